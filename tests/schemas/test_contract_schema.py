"""The JSON Schema for editors is made from the vocabulary, and takes what the reader takes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from schemas import contract_words as words
from schemas.contract import find_contracts
from schemas.contract_schema import FILE, contract_schema, schema_text
from schemas.schema_words import OURS_SAID
from schemas.settings import SHIPPED_CONTRACTS

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
GOOD = (
    SHIPPED_CONTRACTS,
    ROOT / "demo" / "contracts",
    ROOT / "docs" / "examples",
    ROOT / "tests" / "real" / "contracts",
    HERE / "contracts",
)

CHECK = jsonschema.Draft7Validator(contract_schema())


def told(text: str) -> list[str]:
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in CHECK.iter_errors(yaml.safe_load(text))]


def test_the_file_is_what_the_vocabulary_makes() -> None:
    file = ROOT / "schemas" / FILE
    assert file.read_text(encoding="utf-8") == schema_text(), f"yishu contract schema > schemas/{FILE}"


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(contract_schema())


@pytest.mark.parametrize("file", find_contracts(GOOD), ids=lambda f: f"{f.parent.name}/{f.name}")
def test_it_takes_every_contract_that_the_reader_takes(file: Path) -> None:
    assert told(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("kind: DataContract", "kind: Contract", "kind"),
        ("status: active", "status: alive", "status"),
        ("version: 2.0.0", "version: one", "version"),
        ('tenant: "370400000000"', "tenant: 370400000000", "tenant"),
        ("name: 城乡低保对象", "title: 城乡低保对象", ""),
        ("name: 城乡低保对象", 'name: "TODO: name"', "name"),
        ("yishu.update_cycle, value: P1D", "yishu.update_cycle, value: daily", "customProperties"),
        ("class: conditional", "class: secret", "customProperties"),
        ('condition: "按授权的用途、范围和期限使用，不得转授", ', "", "customProperties"),
        ("yishu.subject, value: person", "yishu.subjects, value: person", "customProperties"),
        ("modes, value: [bulk", "modes, value: [look", "customProperties"),
        ("social_assistance, public", "curiosity, public", "customProperties"),
        ("connection: civil_affairs_db", "pool: civil_affairs_db", "customProperties"),
        ("logicalType: integer", "logicalType: int", "schema"),
        ("physicalType: DECIMAL(10,2)", "physicalType: MONEY", "schema"),
        ("yishu.element, value: resident_id", "yishu.element, value: id_number", "schema"),
        ("yishu.grade, value: general-3", "yishu.grade, value: general-7", "schema"),
        ("yishu.shareable, value: false", 'yishu.shareable, value: "no"', "schema"),
        ("expect_column_values_to_be_in_set", "expect_miracles", "schema"),
        ("{value_set: [", "{values: [", "schema"),
        ("severity: error", "severity: grave", "schema"),
        ("kwargs: {min_value: 1}", "kwargs: {}", "schema"),
    ],
)
def test_it_refuses_what_the_reader_refuses(old: str, new: str, where: str) -> None:
    text = (SHIPPED_CONTRACTS / "civil_affairs" / "low_income.odcs.yaml").read_text(encoding="utf-8")
    assert old in text
    found = told(text.replace(old, new, 1))
    assert found
    assert all(one.startswith(where) for one in found)


def properties(schema: Any) -> Iterator[str]:
    """Names that completion offers for `property`."""
    if isinstance(schema, dict):
        if "const" in schema and str(schema["const"]).startswith("yishu.") and "description" in schema:
            yield schema["const"]
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def test_every_property_of_ours_is_offered_with_its_meaning_in_both_languages() -> None:
    assert set(properties(contract_schema())) == {*words.OURS, *words.OURS_OF_FIELD} == set(OURS_SAID)
    assert all(" · " in said and said.isascii() is False for said in OURS_SAID.values())


def shapes() -> Iterator[tuple[str, Any]]:
    """Each property of ours with the shape of its value, those of the dataset and those of fields."""
    schema = contract_schema()
    for table in (schema, schema["definitions"]["property"]):
        for case in table["properties"]["customProperties"]["items"]["allOf"]:
            yield case["if"]["properties"]["property"]["const"], case["then"]["properties"]["value"]


def lists(shape: Any) -> Iterator[Any]:
    """Every list of words inside a shape."""
    if isinstance(shape, dict):
        yield from [shape] if "enum" in shape else []
        shape = list(shape.values())
    for one in shape if isinstance(shape, list) else []:
        yield from lists(one)


@pytest.mark.parametrize(("name", "shape"), list(shapes()))
def test_the_value_of_every_property_of_ours_is_offered_with_meaning_and_with_words_or_an_example(
    name: str, shape: Any
) -> None:
    assert shape["description"] == OURS_SAID[name]
    examples = shape.get("examples", [])
    offered = [*examples, *lists(shape), *(shape if "anyOf" in shape else [])]
    assert offered
    for example in examples:
        jsonschema.Draft7Validator(shape).validate(example)
    for key, inner in shape.get("properties", {}).items():
        assert inner.get("description"), f"{name}.{key}"


def test_every_word_of_a_list_of_ours_has_its_meaning() -> None:
    told = [one for _, shape in shapes() for one in lists(shape) if "enumDescriptions" in one]
    assert len(told) >= 9
    for one in told:
        assert len(one["enum"]) == len(one["enumDescriptions"])
        assert all(" · " in meaning for meaning in one["enumDescriptions"])


def test_it_names_no_host_but_the_standard_of_schemas() -> None:
    assert json.dumps(contract_schema()).count("://") == 1
