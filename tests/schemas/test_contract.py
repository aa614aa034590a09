"""Reading contracts: what a good one becomes, and that a broken one is told everything at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.arrow import arrow_schema
from schemas.contract import find_contracts, read_contract
from schemas.dataset import Dataset, FieldType, Grade, Identifying, Kind, Load, ScopeRole, Severity, Sharing, Transform
from schemas.errors import BadInput, ContractBroken, Mistake
from schemas.record import from_json, to_json
from schemas.source_limits import SourceLimits

HERE = Path(__file__).parent
GOOD = HERE / "contracts" / "civil_affairs" / "low_income.odcs.yaml"
BROKEN = HERE / "broken" / "civil_affairs" / "low_income.odcs.yaml"

COUNTED = "_table_row_count_to_be_between, kwargs: {min_value: 1}"
ROW_COUNT = ("schema[0].quality[0].implementation",)
KWARGS = ("schema[0].quality[0].implementation.kwargs",)
Mistakes = Callable[[str, str], tuple[Mistake, ...]]


@pytest.fixture
def mistakes(tmp_path: Path) -> Mistakes:
    """The mistakes of the good contract after one piece of its text was replaced."""

    def read(old: str, new: str) -> tuple[Mistake, ...]:
        text = GOOD.read_text(encoding="utf-8")
        assert old in text, old
        return broken_by(tmp_path, text.replace(old, new, 1).encode())

    return read


def broken_by(folder: Path, raw: bytes) -> tuple[Mistake, ...]:
    file = folder / "civil_affairs" / "low_income.odcs.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(raw)
    with pytest.raises(ContractBroken) as told:
        read_contract(file)
    return told.value.mistakes


def test_a_contract_becomes_a_dataset_with_every_word_of_it() -> None:
    dataset = read_contract(GOOD)
    assert (dataset.key, dataset.department, dataset.version) == ("civil_affairs.low_income", "civil_affairs", "1.0.0")
    assert (dataset.owner, dataset.division) == ("11370400DEM000014H", "370400000000")
    assert (dataset.sharing, dataset.sharing_condition) == (Sharing.CONDITIONAL, "按授权的用途使用")
    assert dataset.key_fields == ("person_id", "month")
    assert dataset.scopes() == {ScopeRole.HOUSEHOLD: "household_division"}
    assert dataset.default_scope == "household_division"
    assert dataset.extra == {"contact": {"room": "301"}, "opened": 2026}
    source = dataset.source
    assert (source.kind, source.load, source.on_misfit) == ("sql_table", Load.SNAPSHOT, Severity.CRITICAL)
    assert (source.null_markers, source.pool) == (("", "-"), "source_civil_affairs_db")
    assert dataset.contract_file == "civil_affairs/low_income.odcs.yaml"


def test_a_field_takes_grade_and_transform_from_its_data_element_unless_the_contract_says_so() -> None:
    dataset = read_contract(GOOD)
    person, amount, place = (dataset.field(n) for n in ("person_id", "monthly_amount", "household_division"))
    assert (person.grade, person.identifying, person.transform) == (
        Grade.GENERAL_3,
        Identifying.DIRECT,
        Transform.MASK,
    )
    assert (amount.grade, amount.transform, amount.null_markers) == (Grade.GENERAL_3, Transform.BUCKET, ("NA",))
    assert (place.grade, place.identifying) == (Grade.GENERAL_1, Identifying.QUASI)
    assert not dataset.field("remark").shareable
    assert person.source_name == "SFZH"


def test_codes_are_text_and_money_is_decimal() -> None:
    dataset = read_contract(GOOD)
    assert dataset.field("monthly_amount").type == FieldType(Kind.DECIMAL, 18, 2)
    assert [str(t) for t in arrow_schema(dataset).types] == [
        *("string", "string", "decimal128(18, 2)", "string", "date32[day]", "string"),
    ]


def test_rules_have_always_the_same_names_and_order() -> None:
    rules = read_contract(GOOD).rules
    assert [rule.name for rule in rules] == [
        "person_id.required",
        "person_id.resident_id",
        "person_id.county",
        "month.required",
        "month.pattern",
        "month.length",
        "monthly_amount.range",
        "household_division.required",
        "household_division.known",
        "remark.unique",
        "key.unique",
        "table.row_count_to_be_between",
    ]
    assert all(rule.title and rule.title_en for rule in rules)
    assert rules == read_contract(GOOD).rules


def test_a_compound_key_brings_a_rule_that_no_part_is_missing() -> None:
    rules = {rule.name: rule for rule in read_contract(GOOD).rules}
    assert rules["key.unique"].expectation == "expect_compound_columns_to_be_unique"
    assert rules["key.unique"].arguments == {"column_list": ["person_id", "month"]}
    assert rules["month.required"].arguments == {"column": "month"}


def test_a_contract_restates_a_compiled_rule_with_another_severity() -> None:
    known = next(rule for rule in read_contract(GOOD).rules if rule.name == "household_division.known")
    assert known.severity is Severity.ERROR
    assert (known.title, known.title_en) == ("户籍地区划须为已知区划", "The household's division must be known")


def test_an_unknown_division_is_only_a_warning_where_the_contract_says_nothing(tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8")
    start, end = text.index("        quality:\n          - name: household"), text.index("      - name: approved_on")
    file = tmp_path / "civil_affairs" / "low_income.odcs.yaml"
    file.parent.mkdir()
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    known = next(rule for rule in read_contract(file).rules if rule.name == "household_division.known")
    assert known.severity is Severity.WARNING


def test_every_mistake_of_a_file_is_told_at_once_with_its_line() -> None:
    with pytest.raises(ContractBroken) as told:
        read_contract(BROKEN)
    expected = (HERE / "broken" / "low_income.mistakes.txt").read_text(encoding="utf-8").splitlines()
    found = [f"{m.line}: {m.where}: found {m.found}, expected {m.expected}" for m in told.value.mistakes]
    assert found == expected
    assert len(found) >= 40
    assert str(told.value).splitlines()[0].startswith(f"{BROKEN}:1: ")


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ('division: "3704"', "division: 370400000000", "yishu.owner.division", "write it in quotes"),
        ('tenant: "370400000000"', "tenant: 370400000000", "tenant", "write it in quotes"),
        ("version: 1.0.0", "version: 1.0", "version", "write it in quotes"),
        ("version: 1.0.0", "version: one", "version", "three numbers"),
        ("version: 1.0.0", "version: TODO", "version", "it filled in"),
        ('{room: "301"}', '{room: "TODO: ask"}', "yishu.extra.contact.room", "it filled in"),
        ("DECIMAL(18,2)", "DECIMAL", "schema[0].properties[2].physicalType", "DECIMAL(p,s)"),
        ("DECIMAL(18,2)", "DECIMAL(40,2)", "schema[0].properties[2].physicalType", "p from 1 to 38"),
        ("DECIMAL(18,2)", "VARCHAR(9)", "schema[0].properties[2].physicalType", "fits logicalType number"),
        ("DEM000014H", "DEM000041H", "yishu.owner.credit_code", "(the check character 'H'), expected '"),
        ("class: conditional", "class: secret", "yishu.sharing.class", "open, unconditional, conditional, withheld"),
        ("condition: 按授权的用途使用", 'condition: ""', "yishu.sharing.condition", "the condition"),
        ("[social_assistance,", "[assistance,", "yishu.purposes[0]", "social_assistance"),
        ("[bulk, query", "[bulk, guess", "yishu.modes[1]", "bulk, delta, query, verify, file"),
        ("value: household_division}", "value: month}", "yishu.scope", "one of household_division"),
        ("value: household}", "value: birth}", "schema[0].properties[3].yishu.scope_role", "household, residence"),
        ("id: civil_affairs.low_income", "id: civil.low_income", "id", "the file at civil/low_income.odcs.yaml"),
        ("id: civil_affairs.low_income", "id: low_income", "id", "<department>.<dataset>"),
        ("yishu.grade,", "yishu.graed,", "schema[0].properties[2].yishu.graed", "yishu.grade"),
        ("    logicalType: object", "    logicaltype: object", "schema[0].logicaltype", "logicalType"),
        ("name: month\n", "name: Month\n", "schema[0].properties[1].name", "small letters"),
        ("name: month\n", "name: person_id\n", "schema[0].properties[1].name", "each once; line 42"),
        ("primaryKeyPosition: 2", "primaryKeyPosition: 3", "schema[0].properties[1].primaryKeyPosition", "from 1 to 2"),
        ('"^[0-9]{6}$"', '"^[0-9{6}$"', "schema[0].properties[1].logicalTypeOptions.pattern", "RE2"),
        ('"^[0-9]{6}$"', '"^(?=2)[0-9]{6}$"', "schema[0].properties[1].logicalTypeOptions.pattern", "RE2"),
        ("minLength: 6", "minLength: 7", "schema[0].properties[1].logicalTypeOptions.maxLength", "at least minLength"),
        ('"0 2 * * *"', '"0 2 * *"', "yishu.source.schedule", "five parts"),
        ("{table: low_income}", "{api_key: x}", "yishu.source.options", "no secrets"),
        ("load: snapshot", "load: snapshot\n      lode: x", "yishu.source.lode", "kind, connection"),
        ("apiVersion: v3.1.0", "apiVersion: v2.2.2", "apiVersion", "v3.1.0"),
        ("kind: DataContract", "kind: Contract", "kind", "DataContract"),
        ("status: active", "status: active\nstatus: draft", "status", "each key once; line 6"),
        ("value: P1D", "value: P", "yishu.update_cycle", "ISO 8601"),
        ("required: true", "required: yes", "schema[0].properties[0].required", "true or false"),
        ("{type: expect_table_row_count_to_be_between, kwargs: {min_value: 1}}", "x", *ROW_COUNT, "a table"),
        ("expect_table_row_count_to_be_between", "expect_column_values_to_be_null", *KWARGS, "column for expect_"),
        (COUNTED, "_column_values_to_be_null, kwargs: {column: [x]}", *KWARGS, "person_id"),
        (COUNTED, "_compound_columns_to_be_unique, kwargs: {column_list: x}", *KWARGS, "person_id"),
        (COUNTED, "_column_values_to_be_in_set, kwargs: {column: month, value_set: [202601]}", *KWARGS, "in quotes"),
        (COUNTED, "_column_values_to_be_timely, kwargs: {column: month, days: soon}", *KWARGS, "whole number"),
        (
            COUNTED,
            "_column_values_to_be_in_dataset, kwargs: {column: month, dataset: X, dataset_column: m}",
            *KWARGS,
            "department.dataset",
        ),
        ("{min_value: 1}", "{min_value: [1]}", *KWARGS, "a number"),
        ("{min_value: 1}", "{least: 1}", "schema[0].quality[0].implementation.kwargs", "min_value or max_value"),
        ('value: "%Y/%m/%d"', "value: Y/m/d", "schema[0].properties[4].yishu.format", "strptime"),
        ("value: false}", 'value: "no"}', "schema[0].properties[5].yishu.shareable", "true or false"),
        ("《社会救助暂行办法》第六十一条", '""', "schema[0].properties[5].yishu.withheld_basis", "law"),
        ('{room: "301"}', "{since: 2026-01-01}", "yishu.extra.contact.since", "in quotes"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_would_do(
    mistakes: Mistakes, old: str, new: str, where: str, said: str
) -> None:
    found = mistakes(old, new)
    here = [m for m in found if m.where == where]
    assert here, [str(m) for m in found]
    assert any(said in f"found {m.found}, expected {m.expected}" for m in here), [str(m) for m in here]
    assert all(m.line > 0 for m in found)


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (b"apiVersion: v3.1.0\nid:\t\n\tname: x\n", 3, "tab"),
        (b"apiVersion: v3.1.0\nid: [a, b\nname: x\n", 3, "YAML"),
        (b"a: 1\n---\nb: 2\n", 2, "YAML"),
        (b"a: &x 1\nb: *x\n", 1, "anchor"),
        (b"a: !!python/object:os.system x\n", 1, "tag"),
        ("名称: 枣庄\n".encode("gb18030"), 1, "UTF-8"),
        ("kind: a\nversion：1.0.0\nstatus: b\n".encode(), 2, "full-width colon"),
        ("a:\n  - kind：x\n    name: y\n".encode(), 2, "full-width colon"),
        (b"- a\n", 1, "mapping"),
        (b"", 1, "mapping"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, 1, "levels"),
        (b"a: \x00\n", 1, "U+0000"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(tmp_path: Path, raw: bytes, line: int, said: str) -> None:
    (only,) = broken_by(tmp_path, raw)
    assert only.line == line, str(only)
    assert said in str(only)


def test_a_missing_contract_is_a_mistake_and_no_crash(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="No such file"):
        read_contract(tmp_path / "nobody" / "nothing.odcs.yaml")


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "civil_affairs" / "low_income.odcs.yaml"
    file.parent.mkdir()
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.read_bytes().replace(b"\n", b"\r\n"))
    assert read_contract(file).rules == read_contract(GOOD).rules


def test_contracts_are_found_below_folders_each_once_and_sorted() -> None:
    found = find_contracts([HERE / "contracts", GOOD, HERE / "contracts" / "civil_affairs"])
    assert found == (GOOD,)
    with pytest.raises(BadInput, match="expected a folder"):
        find_contracts([HERE / "nowhere"])


def test_every_contract_that_ships_can_be_read() -> None:
    shipped = find_contracts([HERE.parent.parent / "schemas" / "contracts"])
    assert len({read_contract(file).key for file in shipped}) == len(shipped) >= 6


LINES = GOOD.read_text(encoding="utf-8").splitlines()
odd = st.sampled_from(
    ["", "null", "[]", "{}", "[[1]]", "{a: {b: 1}}", "1", "1.5", "yes", "''", "2026-01-01", "~", "- x", "é"]
)
splices = st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(["value", "drop", "double", "indent", "cut"]), odd)


def spliced(lines: list[str], place: int, how: str, value: str) -> list[str]:
    """The lines with one of them changed in a way that people change them."""
    line = lines[place % len(lines)]
    head, _, tail = line.rpartition(": ")
    closing = tail[len(tail.rstrip("}]")) :] if "{" in head else ""
    changed = {
        "value": [f"{head}: {value}{closing}"],
        "drop": [],
        "double": [line, line],
        "indent": [f"  {line}"],
        "cut": [line[: len(line) // 2]],
    }
    return [*lines[: place % len(lines)], *changed[how], *lines[place % len(lines) + 1 :]]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(splices, min_size=1, max_size=3))
def test_whatever_people_do_to_a_contract_it_is_read_or_its_mistakes_are_told(
    tmp_path: Path, changes: list[tuple[int, str, str]]
) -> None:
    lines = LINES
    for place, how, value in changes:
        lines = spliced(lines, place, how, value) or LINES
    file = tmp_path / "civil_affairs" / "low_income.odcs.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(lines), encoding="utf-8")
    outcome = read_or_told(file)
    if isinstance(outcome, Dataset):
        assert from_json(Dataset, to_json(outcome), where="here") == outcome
    else:
        assert outcome
        assert all(0 < m.line <= len(lines) + 1 for m in outcome), outcome


def read_or_told(file: Path) -> Dataset | tuple[Mistake, ...]:
    try:
        return read_contract(file)
    except ContractBroken as told:
        return told.mistakes


LIMITS = "limits: {hours: ['20:00-06:00', '12:00-13:00'], rows_per_second: 5000, slots: 1}"


def with_limits(limits: str) -> str:
    text = GOOD.read_text(encoding="utf-8")
    return text.replace("kind: sql_table", f"kind: sql_table\n      {limits}", 1)


def test_a_contract_says_how_gently_its_source_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "civil_affairs" / "low_income.odcs.yaml"
    file.parent.mkdir()
    file.write_text(with_limits(LIMITS), encoding="utf-8")
    limits = read_contract(file).source.limits
    assert limits == SourceLimits(("20:00-06:00", "12:00-13:00"), 5000, 1)


def test_limits_that_cannot_be_kept_are_mistakes(tmp_path: Path) -> None:
    told = broken_by(
        tmp_path, with_limits("limits: {hours: ['20-6'], rows_per_second: 0, slots: -1, days: 3}").encode()
    )
    assert {m.where.rpartition("limits.")[2]: m.expected for m in told} == {
        "hours[0]": "a span of the day such as 20:00-06:00, from 00:00 to 24:00",
        "rows_per_second": "a whole number from 1 on",
        "slots": "a whole number from 1 on",
        "days": "one of hours, rows_per_second, slots",
    }
