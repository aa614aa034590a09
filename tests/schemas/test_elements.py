"""Data elements: each is whole, each is found by the words of departments, each is inherited by a field."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.contract import read_contract
from schemas.contract_options import regex_mistake
from schemas.contract_words import EXPECTATIONS
from schemas.dataset import Grade, Identifying, Transform
from schemas.errors import ContractBroken
from schemas.settings import SHIPPED_CONTRACTS
from schemas.standards.elements import ELEMENTS, Element, find_element, plain

WORDS = [(word, one.id) for one in ELEMENTS for word in (one.id, one.title, *one.aliases)]


@pytest.mark.parametrize(
    ("word", "id"),
    [
        ("公民身份号码", "resident_id"),
        ("身份证 号码：", "resident_id"),
        ("ＧＭＳＦＨＭ", "resident_id"),
        ("Resident-ID", "resident_id"),
        ("统一社会信用代码", "credit_code"),
        ("组织机构代码", "organisation_code"),
        ("ZZJGDM", "organisation_code"),
        ("车牌号", "licence_plate"),
        ("hphm", "licence_plate"),
        ("婚姻状况", "marital_status"),
        ("民族", "nationality"),
        ("mz", "nationality"),
        ("政治面貌", "political_status"),
        ("党、派代码", "party"),
        ("学位", "degree"),
        ("行业代码", "industry"),
        ("8位日期", "date_8"),
        ("年月", "month_6"),
    ],
)
def test_an_element_is_found_by_what_departments_write(word: str, id: str) -> None:
    found = find_element(word)
    assert found is not None
    assert found.id == id


@given(st.sampled_from(WORDS), st.sampled_from(["{}", " {} ", "{}：", "（{}）", "{}\t"]), st.booleans())
def test_blanks_punctuation_and_case_do_not_hide_it(known: tuple[str, str], around: str, upper: bool) -> None:
    word, id = known
    found = find_element(around.format(word.upper() if upper else word))
    assert found is not None
    assert found.id == id


@given(st.text(max_size=8))
def test_no_other_word_finds_anything(word: str) -> None:
    known = {plain(one) for one, _ in WORDS}
    assert (find_element(word) is not None) == (plain(word) in known)


def test_no_two_elements_share_a_word_however_it_is_written() -> None:
    owners: dict[str, set[str]] = {}
    for word, id in WORDS:
        owners.setdefault(plain(word), set()).add(id)
    assert {word: ids for word, ids in owners.items() if len(ids) > 1 or not word} == {}


@pytest.mark.parametrize("one", ELEMENTS, ids=lambda one: one.id)
def test_an_element_is_whole(one: Element) -> None:
    assert one.title
    assert one.title_en
    assert one.aliases
    assert one.definition
    assert any(alias.isascii() for alias in one.aliases), "pinyin initials"
    assert one.promises
    for promise in one.promises:
        arguments = dict(promise.arguments)
        assert {"column", *arguments} <= {
            *EXPECTATIONS[promise.expectation].needed,
            *EXPECTATIONS[promise.expectation].either,
        }
        assert regex_mistake(arguments.get("regex", "")) == ""
        assert promise.said
        assert promise.said_en
    if one.identifying in (Identifying.DIRECT, Identifying.SENSITIVE) and one.grade > Grade.GENERAL_2:
        assert one.transform > Transform.CLEAR, "what points at a person leaves in clear only where a contract says so"


def contract(folder: Path, field: dict[str, object]) -> Path:
    """The low-income contract with one more field."""
    text = (SHIPPED_CONTRACTS / "civil_affairs" / "low_income.odcs.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    told["schema"][0]["properties"].append({"name": "more", "businessName": "另一项", **field})
    file = folder / "civil_affairs" / "low_income.odcs.yaml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def custom(property: str, value: str) -> dict[str, str]:
    return {"property": property, "value": value}


@pytest.mark.parametrize("one", [one for one in ELEMENTS if one.id != "division"], ids=lambda one: one.id)
def test_a_field_that_names_its_element_inherits_checks_grade_and_masking(tmp_path: Path, one: Element) -> None:
    told = {"logicalType": "string", "customProperties": [custom("yishu.element", one.id)]}
    dataset = read_contract(contract(tmp_path, told))
    (field,) = [field for field in dataset.fields if field.name == "more"]
    assert (field.element, field.type, field.grade) == (one.id, one.type, one.grade)
    assert (field.identifying, field.transform) == (one.identifying, one.transform)
    rules = {rule.name: rule for rule in dataset.rules if rule.name.startswith("more.")}
    assert set(rules) == {f"more.{promise.suffix}" for promise in one.promises}
    for promise in one.promises:
        rule = rules[f"more.{promise.suffix}"]
        assert rule.expectation == promise.expectation
        assert rule.arguments == {"column": "more", **dict(promise.arguments)}
        assert rule.severity is promise.severity


def test_a_contract_says_otherwise_where_it_wants_to(tmp_path: Path) -> None:
    properties = [custom("yishu.element", "political_status"), custom("yishu.transform", "clear")]
    item = {
        "name": "more.code",
        "type": "custom",
        "engine": "greatExpectations",
        "implementation": {
            "type": "expect_column_values_to_be_in_code_table",
            "kwargs": {"table": "political_status"},
        },
        "severity": "warning",
    }
    told = {"logicalType": "string", "customProperties": properties, "quality": [item]}
    dataset = read_contract(contract(tmp_path, told))
    assert dataset.fields[-1].transform is Transform.CLEAR
    (rule,) = [rule for rule in dataset.rules if rule.name.startswith("more.")]
    assert rule.severity.value == "warning"


@pytest.mark.parametrize(
    ("logical", "table", "said"),
    [
        ("string", "blood", "one of the code tables sex, marital_status"),
        ("integer", "industry", "codes begin with zeros"),
        ("string", ["sex"], "one of the code tables sex, marital_status"),
    ],
)
def test_a_code_table_that_cannot_be_is_a_mistake_of_the_contract(
    tmp_path: Path, logical: str, table: object, said: str
) -> None:
    call = {"type": "expect_column_values_to_be_in_code_table", "kwargs": {"table": table}}
    item = {"name": "more.it", "type": "custom", "engine": "greatExpectations", "implementation": call}
    with pytest.raises(ContractBroken, match=said):
        read_contract(contract(tmp_path, {"logicalType": logical, "quality": [item]}))
