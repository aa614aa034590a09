"""What is refused at once is what validation would refuse, and nothing else: the same rules, judged twice."""

import random
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.inbox.judged import judged
from catalog.inbox.slices import Slice
from connectors.landing.landing import land, make_plan
from connectors.protocol import Batch, Connector, Problem, Stream
from quality.check import check
from schemas.contract_rules import field_rules
from schemas.dataset import Dataset, Dimension, FieldType, Kind, Rule, Severity
from schemas.fitting.promises import promises
from schemas.journey import Plan, Window
from schemas.standards.code_tables import codes
from tests.builders import NOW, make_dataset, make_field

DAY = Window.of_day(date(2026, 11, 20))
VALUES: dict[str, tuple[str | None, ...]] = {
    "id": ("11010119900307002X", "110101199003070021", "11010119900307002x", "0", "", None, "110101199013070021"),
    "credit": ("91110000600037341L", "91110000600037341M", "9111", None),
    "organisation": ("600037341", "60003734X", "60003734-1", None),
    "card": ("6222021001116245702", "4111111111111111", "4111111111111112", "１２", None),
    "sex": ("1", "2", "9", "5", "01", None),
    "place": ("370402", "370402000000", "37040", "3704020000001", "370402 ", None),
    "mobile": ("13912345678", "12345678901", "139123456789", "+8613912345678", None),
    "number": ("0", "1", "5", "6", "-1", "05", "9223372036854775808", "1.0", None),
    "money": ("0", "0.10", "0.1", "99.99", "100", "100.01", "1e2", "0.001", "-0.00", None),
    "share": ("0.1", "0.10000000000000001", "0.09", "0.9", "0.90000001", "NaN", "1e400", None),
    "day": ("2026-01-01", "2025-12-31", "2026-12-31", "2027-01-01", "2026-02-30", None),
    "moment": ("2026-01-01T00:00:00+08:00", "2025-12-31T23:59:59", "2026-06-01 12:00:00", "2026-13-01T00:00:00", None),
    "word": ("甲", "乙", "丙", "丁", "甲 ", "𠮷𠮷𠮷", "é", "e\u0301", None),
    "yes": ("true", "0", "是", "yes", None),
}
TYPES = {
    "number": FieldType(Kind.INTEGER),
    "money": FieldType(Kind.DECIMAL, 10, 2),
    "share": FieldType(Kind.DOUBLE),
    "day": FieldType(Kind.DATE),
    "moment": FieldType(Kind.TIMESTAMP),
    "yes": FieldType(Kind.BOOLEAN),
}
ELEMENTS = {"id": "resident_id", "credit": "credit_code", "card": "bank_card", "sex": "sex", "place": "division",
            "mobile": "mobile", "organisation": "organisation_code"}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "number": {"minimum": 1, "maximum": 5},
    "money": {"minimum": 0.1, "maximum": 100},
    "share": {"minimum": 0.1, "maximum": 0.9},
    "day": {"minimum": "2026-01-01", "maximum": "2026-12-31"},
    "moment": {"minimum": "2026-01-01T00:00:00+08:00"},
    "word": {"maxLength": 2, "minLength": 1, "pattern": "^[^乙]"},
}


def dataset() -> Dataset:
    fields = tuple(
        make_field(
            name, type=TYPES.get(name, FieldType(Kind.STRING)), element=ELEMENTS.get(name), required=name == "id"
        )
        for name in (*VALUES, "serial")
    )
    rules = [rule for field in fields for rule in field_rules(field, False, OPTIONS.get(field.name, {}))]
    own = (
        ("be_in_set", {"column": "word", "value_set": ["甲", "乙", "丙"]}),
        ("not_be_in_set", {"column": "number", "value_set": [3]}),
        ("not_match_regex", {"column": "mobile", "regex": "^199"}),
    )
    for name, told in own:
        expectation = f"expect_column_values_to_{name}"
        rules.append(Rule(f"own.{name}", expectation, told, Severity.ERROR, Dimension.CONFORMITY, "x", "x"))
    waiting = [rule for rule in rules if rule.severity is not Severity.WARNING]
    return make_dataset("civil_affairs.both", fields=fields, rules=tuple(waiting), default_scope="", subject_kind="")


def rows(count: int) -> pa.RecordBatch:
    chance = random.Random(11)
    columns = {name: [values[0] if chance.random() < 0.7 else chance.choice(values) for _ in range(count)]
               for name, values in VALUES.items()}  # fmt: skip
    every = max(len(values) for values in VALUES.values())
    for name, values in VALUES.items():  # each value alone in a row that is good otherwise, too
        columns[name] += [
            (values + (good(name),) * every)[n] if other == name else good(name)
            for other in VALUES
            for n in range(every)
        ]
    columns["serial"] = [str(n) for n in range(len(columns["id"]))]  # no two rows alike: copies are dropped unjudged
    return pa.record_batch({name: pa.array(column, pa.string()) for name, column in columns.items()})


def good(name: str) -> str | None:
    return {"number": "1", "money": "1", "share": "0.5", "word": "甲"}.get(name, VALUES[name][0])


class Handed:
    """A source of one batch."""

    def __init__(self, dataset: Dataset, found: pa.RecordBatch) -> None:
        self.dataset, self.found = dataset, found

    def check(self) -> tuple[Problem, ...]:
        return ()

    def discover(self) -> tuple[Stream, ...]:
        return ()

    def plan(self, window: Window) -> Plan:
        return Plan(self.dataset.key, self.dataset.contract_hash, window, ({"name": "p"},), "")

    def read(self, _plan: Plan) -> Any:
        yield Batch("p", 1, self.found)


@pytest.mark.parametrize("count", [400])
def test_at_once_and_in_validation_the_same_rows_break_the_same_rules(tmp_path: Path, count: int) -> None:
    of, found = dataset(), rows(count)
    places = tuple(range(1, found.num_rows + 1))
    (at_once,) = judged(of, promises(of, lambda _: True), [Slice(found, places, ())])
    told = {(fault.row, fault.rule) for fault in at_once.faults}

    table = tmp_path / "sex.parquet"
    pq.write_table(pa.table({"code": [one.code for one in codes("sex")]}), table)
    source: Connector = Handed(of, found)  # type: ignore[assignment]
    landing = land(of, make_plan(of, source, DAY, tmp_path), source, tmp_path, NOW)
    verdict = check(of, landing, tmp_path, {"codes/sex": (table,)}, NOW)
    later = set()
    for part in verdict.quarantine:
        for row in pq.read_table(tmp_path / part.path).to_pylist():
            later |= {(row["_place"], rule) for rule in row["_rules"]}

    misfits = {row for row, rule in later if rule.endswith(".misfit")}
    assert {row for row, _ in told} == {row for row, _ in later}, "the same rows"
    # A row with a misfit is not looked at further by validation; at once the first rule of each field is told.
    columns = {rule.name: rule.arguments["column"] for rule in of.rules}
    sound = {one for one in later if one[0] not in misfits}
    first = {one for one in told if one[0] not in misfits}
    assert first <= sound
    assert {(row, columns[rule]) for row, rule in first} == {(row, columns[rule]) for row, rule in sound}
    assert {row for row, rule in told if rule.endswith(".misfit")} == misfits
    assert len({rule for _, rule in later}) > 15, "the test looks at most kinds of rules"
    assert at_once.rows.num_rows + len({row for row, _ in told}) == found.num_rows
    assert verdict.passed + verdict.duplicates == at_once.rows.num_rows
