"""Uniqueness: counted with the other rules in one statement, and by the same table in quarantine."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from quality.check import check
from tests.quality.landings import NOW, dataset, failures, field, land, quarantined, rule

PAIR = rule("pair.unique", "compound_columns_to_be_unique", column_list=["a", "b"])
SINGLE = rule("a.unique", "column_values_to_be_unique", column="a")
FIELDS = [field("n", key=1), field("a"), field("b")]


def rows(*pairs: tuple[str | None, str | None]) -> list[dict[str, Any]]:
    return [{"n": str(number), "a": a, "b": b} for number, (a, b) in enumerate(pairs, 1)]


@pytest.mark.parametrize("ignore", ["all_values_are_missing", "any_value_is_missing", "never"])
def test_a_row_that_lacks_a_part_of_its_key_is_no_copy_of_another(tmp_path: Path, ignore: str) -> None:
    pair = rule("pair.unique", "compound_columns_to_be_unique", column_list=["a", "b"], ignore_row_if=ignore)
    landed = rows(("x", None), ("x", None), (None, None), (None, None), ("x", "1"), ("x", "1"), ("x", "2"))
    of = dataset(FIELDS, [pair])
    verdict = check(of, land(of, landed, tmp_path), tmp_path, {}, NOW)
    assert failures(verdict) == {"pair.unique": 2}
    assert {row["n"] for row in quarantined(verdict, tmp_path)} == {"5", "6"}


def test_several_rules_about_keys_that_share_columns_are_told_apart(tmp_path: Path) -> None:
    of = dataset(FIELDS, [PAIR, SINGLE])
    verdict = check(of, land(of, rows(("x", "1"), ("x", "1"), ("x", "2"), ("y", "1")), tmp_path), tmp_path, {}, NOW)
    assert failures(verdict) == {"pair.unique": 2, "a.unique": 3}
    broke = {row["n"]: row["_rules"] for row in quarantined(verdict, tmp_path)}
    assert broke == {"1": ["pair.unique", "a.unique"], "2": ["pair.unique", "a.unique"], "3": ["a.unique"]}


ROWS = rows(("x", "1"), ("x", "1"), ("x", "2"), ("y", "1"), ("y", None), ("z", "3"), (None, "3"), (None, "3"))


@pytest.mark.parametrize("single", ["a", "b", "n"])
def test_a_key_with_a_column_that_is_unique_alone_is_counted_as_without_that_rule(tmp_path: Path, single: str) -> None:
    alone = rule("alone.unique", "column_values_to_be_unique", column=single)
    found = []
    for number, rules in enumerate(([PAIR], [PAIR, alone], [alone, PAIR])):
        of, lake = dataset(FIELDS, rules), tmp_path / str(number)
        lake.mkdir()
        verdict = check(of, land(of, ROWS, lake), lake, {}, NOW)
        broke = {row["n"] for row in quarantined(verdict, lake) if "pair.unique" in row["_rules"]}
        found.append((failures(verdict)["pair.unique"], broke))
    assert found == [(2, {"1", "2"})] * 3


def test_a_rule_about_some_rows_says_nothing_of_a_key_in_all(tmp_path: Path) -> None:
    where = {"type": "comparison", "column": {"name": "b"}, "operator": "==", "parameter": "2"}
    some = rule("a.unique", "column_values_to_be_unique", column="a", row_condition=where)
    of = dataset(FIELDS, [PAIR, some])
    verdict = check(of, land(of, ROWS, tmp_path), tmp_path, {}, NOW)
    assert failures(verdict) == {"pair.unique": 2}


def test_rules_about_single_columns_are_counted_in_one_statement(tmp_path: Path) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    rules = [
        SINGLE,
        rule("n.unique", "column_values_to_be_unique", column="n"),
        rule("a.length", "column_value_lengths_to_be_between", column="a", max_value=9),
        rule("b.length", "column_value_lengths_to_equal", column="b", value=1),
        rule("b.set", "column_values_to_be_in_set", column="b", value_set=["1"]),
    ]
    of = dataset(FIELDS, rules)
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        check(of, land(of, rows(("x", "1")), tmp_path), tmp_path, {}, NOW)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    (counting,) = (statement for statement in asked if "unexpected_count" in statement)
    assert counting.count("unexpected_count") >= len(rules)
