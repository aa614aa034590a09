"""Each expectation on rows with known faults: which rows break it, and that quarantine holds just those."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quality.check import check
from schemas.contract_words import EXPECTATIONS
from schemas.dataset import Kind, Severity
from tests.quality.landings import (
    NOW,
    dataset,
    failures,
    field,
    known_codes,
    known_divisions,
    land,
    money,
    quarantined,
    rule,
)

FIELDS = [
    field("n", Kind.INTEGER),
    *(field(name) for name in ("a", "b", "c")),
    *(money(name) for name in ("x", "y", "z")),
    field("day", Kind.DATE),
    field("moment", Kind.TIMESTAMP),
    field("rate", Kind.DOUBLE),
    field("yes", Kind.BOOLEAN),
]
LOW = datetime(2026, 11, 19, 16, tzinfo=UTC)
"""The window's beginning: midnight of 20 November in Shanghai."""
NASTY = 'O\'x\\d "q" 100% :p $1 -- /* ? 一数'

CASES: list[tuple[str, dict[str, Any], list[dict[str, Any]], set[int]]] = [
    ("column_values_to_not_be_null", {"column": "a"}, [{"a": ""}, {"a": None}, {"a": "x"}], {2}),
    ("column_values_to_be_null", {"column": "a"}, [{"a": ""}, {"a": None}, {"a": "x"}], {1, 3}),
    ("column_values_to_be_unique", {"column": "a"}, [{"a": v} for v in ("1", "2", "1", None, None, "1")], {1, 3, 6}),
    (
        "compound_columns_to_be_unique",
        {"column_list": ["a", "b"]},
        [{"a": a, "b": b} for a, b in ("11", "12", "11")] + [{"a": "1"}, {"a": "1"}],
        {1, 3},
    ),
    ("column_values_to_be_in_set", {"column": "a", "value_set": ["1", NASTY]}, [{"a": NASTY}, {"a": "2"}, {}], {2}),
    ("column_values_to_not_be_in_set", {"column": "a", "value_set": ["1", NASTY]}, [{"a": NASTY}, {"a": "2"}], {1}),
    (
        "column_values_to_be_in_set",
        {"column": "day", "value_set": ["2026-01-01"]},
        [{"day": date(2026, 1, d)} for d in (1, 2)],
        {2},
    ),
    (
        "column_values_to_be_in_set",
        {"column": "x", "value_set": ["0.10", 2]},
        [{"x": Decimal(v)} for v in ("0.1", "2", "0.2")],
        {3},
    ),
    (
        "column_values_to_match_regex",
        {"column": "a", "regex": r"^\d{2}'%:\\$"},
        [{"a": "12'%:\\"}, {"a": "12'%:"}, {}],
        {2},
    ),
    ("column_values_to_not_match_regex", {"column": "a", "regex": r"[\s　]"}, [{"a": "张 三"}, {"a": "张三"}], {1}),
    ("column_values_to_match_like_pattern", {"column": "a", "like_pattern": "a%'_"}, [{"a": "abc'd"}, {"a": "b"}], {2}),
    ("column_values_to_not_match_like_pattern", {"column": "a", "like_pattern": "a%"}, [{"a": "ab"}, {"a": "b"}], {1}),
    (
        "column_value_lengths_to_be_between",
        {"column": "a", "min_value": 2, "max_value": 3},
        [{"a": v} for v in ("䅟", "一数", "四个汉字", None)],
        {1, 3},
    ),
    ("column_value_lengths_to_equal", {"column": "a", "value": 2}, [{"a": "一数"}, {"a": "一"}], {2}),
    (
        "column_values_to_be_between",
        {"column": "x", "min_value": "0.10", "max_value": 100},
        [{"x": Decimal(v)} for v in ("0.09", "0.10", "100", "100.01")] + [{}],
        {1, 4},
    ),
    (
        "column_values_to_be_between",
        {"column": "x", "min_value": 0, "strict_min": True},
        [{"x": Decimal(0)}, {"x": Decimal(1)}],
        {1},
    ),
    (
        "column_values_to_be_between",
        {"column": "rate", "max_value": 0.1},
        [{"rate": 0.1}, {"rate": 0.1 + 1e-15}, {"rate": -1e300}],
        {2},
    ),
    ("column_values_to_be_between", {"column": "n", "max_value": 10}, [{"n": 10}, {"n": 11}, {"n": -(2**63)}], {2}),
    (
        "column_values_to_be_between",
        {"column": "day", "min_value": "1900-01-01", "max_value": "2026-11-20"},
        [{"day": d} for d in (date(1899, 12, 31), date(1900, 1, 1), date(2026, 11, 20), date(2026, 11, 21))],
        {1, 4},
    ),
    (
        "column_values_to_be_between",
        {"column": "moment", "min_value": "2026-11-20"},
        [{"moment": LOW}, {"moment": LOW - timedelta(microseconds=1)}],
        {2},
    ),
    (
        "column_values_to_be_resident_id",
        {"column": "a"},
        [{"a": "11010519491231002X"}, {"a": "110105194912310021"}, {}],
        {2},
    ),
    (
        "column_values_to_be_credit_code",
        {"column": "a"},
        [{"a": "91370402MA3C1AXH8R"}, {"a": "91370402MA3C1AXH81"}, {}],
        {2},
    ),
    (
        "column_values_to_be_organisation_code",
        {"column": "a"},
        [{"a": "D2143569X"}, {"a": "D21435690"}, {"a": "D2143569-X"}, {}],
        {2, 3},
    ),
    (
        "column_values_to_be_in_code_table",
        {"column": "a", "table": "industry"},
        [{"a": "0111"}, {"a": "A"}, {"a": "1"}, {"a": "A0111"}, {}, {"a": "０１"}],
        {3, 4, 6},
    ),
    ("column_values_to_be_luhn", {"column": "a"}, [{"a": "4532015112830366"}, {"a": "4532015112830367"}, {}], {2}),
    ("column_values_to_be_known_division", {"column": "a"}, [{"a": "370402000000"}, {"a": "370401000000"}, {}], {2}),
    (
        "column_values_to_begin_with_known_county",
        {"column": "a"},
        [{"a": "370402199001010019"}, {"a": "370401199001010019"}, {"a": "830000199001010019"}, {}],
        {2},
    ),
    (
        "column_values_to_be_in_dataset",
        {"column": "a", "dataset": "market.shop", "dataset_column": "编 号"},
        [{"a": "甲"}, {"a": "乙"}, {}],
        {2},
    ),
    (
        "column_values_to_be_timely",
        {"column": "moment", "days": 2},
        [{"moment": LOW - timedelta(days=2)}, {"moment": LOW - timedelta(days=2, seconds=1)}, {}],
        {2},
    ),
    ("column_values_to_be_timely", {"column": "day", "days": 2}, [{"day": date(2026, 11, d)} for d in (18, 17)], {2}),
    (
        "column_pair_values_a_to_be_greater_than_b",
        {"column_A": "x", "column_B": "y", "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        [{"x": Decimal(x), "y": Decimal(y)} for x, y in ((2, 1), (1, 1), (1, 2))] + [{"x": Decimal(1)}],
        {3},
    ),
    (
        "column_pair_values_a_to_be_greater_than_b",
        {"column_A": "x", "column_B": "y"},
        [{"x": Decimal(x), "y": Decimal(y)} for x, y in ((2, 1), (1, 1))] + [{"x": Decimal(1)}, {}],
        {2},
    ),
    (
        "column_pair_values_to_be_equal",
        {"column_A": "a", "column_B": "b"},
        [{"a": "1", "b": "1"}, {"a": "1", "b": "2"}, {}],
        {2},
    ),
    (
        "select_column_values_to_be_unique_within_record",
        {"column_list": ["a", "b", "c"]},
        [{"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "2", "c": "1"}],
        {2},
    ),
    (
        "multicolumn_sum_to_equal",
        {"column_list": ["x", "y"], "sum_total": 100},
        [{"x": Decimal("99.5"), "y": Decimal("0.5")}, {"x": Decimal(1), "y": Decimal(2)}],
        {2},
    ),
    (
        "column_to_be_sum_of_columns",
        {"column": "x", "columns": ["y", "z"]},
        [
            {"x": Decimal("0.3"), "y": Decimal("0.1"), "z": Decimal("0.2")},
            {"x": Decimal(1), "y": Decimal(1), "z": Decimal(1)},
            {"x": Decimal(1), "y": Decimal(3)},
        ],
        {2},
    ),
    ("column_to_be_sum_of_columns", {"column": "n", "columns": ["n", "n"]}, [{"n": 0}, {"n": 2**63 - 1}], {2}),
    ("sum_of_columns_to_be_at_most_column", {"column": "n", "columns": ["n", "n"]}, [{"n": 0}, {"n": -(2**63)}], {2}),
    ("multicolumn_sum_to_equal", {"column_list": ["n", "n"], "sum_total": 0}, [{"n": 0}, {"n": 2**63 - 1}], {2}),
    (
        "sum_of_columns_to_be_at_most_column",
        {"columns": ["y", "z"], "column": "x"},
        [{"x": Decimal(x), "y": Decimal(1), "z": Decimal(1)} for x in (3, 2, 1)] + [{"x": Decimal(1), "y": Decimal(3)}],
        {3},
    ),
]


def references(lake: Path) -> dict[str, tuple[Path, ...]]:
    """Divisions, and two files of another dataset with a hole in the column that is looked up."""
    some = known_divisions(lake, "370402000000")
    files = (lake / "shop-0.parquet", lake / "shop-1.parquet")
    pq.write_table(pa.table({"编 号": ["丙", None]}), files[0])
    pq.write_table(pa.table({"编 号": ["甲"]}), files[1])
    return {**some, **known_codes(lake, "industry"), "market.shop": files}


@pytest.mark.parametrize(
    ("expectation", "arguments", "rows", "broken"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)]
)
def test_just_the_rows_that_break_a_rule_go_to_quarantine(
    tmp_path: Path, expectation: str, arguments: dict[str, Any], rows: list[dict[str, Any]], broken: set[int]
) -> None:
    of = dataset(FIELDS, [rule("it", expectation, **arguments)])
    numbered = [{"n": number, **row} for number, row in enumerate(rows, 1000)] if "n" not in rows[0] else rows
    verdict = check(of, land(of, numbered, tmp_path), tmp_path, references(tmp_path), NOW)
    assert {row["_row"] for row in quarantined(verdict, tmp_path)} == broken
    assert failures(verdict) == ({"it": len(broken)} if broken else {})
    assert verdict.passed == len(rows) - len(broken)


WHOLE: list[tuple[str, dict[str, Any], bool]] = [
    ("table_row_count_to_be_between", {"min_value": 3}, True),
    ("table_row_count_to_be_between", {"min_value": 4}, False),
    ("table_row_count_to_equal", {"value": 3}, True),
    ("column_max_to_be_between", {"column": "x", "max_value": 3}, True),
    ("column_max_to_be_between", {"column": "day", "max_value": "2026-01-02"}, False),
    ("column_min_to_be_between", {"column": "day", "min_value": "2026-01-01"}, True),
    ("column_mean_to_be_between", {"column": "x", "min_value": 2, "max_value": 2}, True),
    ("column_median_to_be_between", {"column": "x", "min_value": 3}, False),
    ("column_stdev_to_be_between", {"column": "x", "min_value": 0.9, "max_value": 1.1}, True),
    ("column_sum_to_be_between", {"column": "x", "min_value": 6, "max_value": 6}, True),
    ("column_unique_value_count_to_be_between", {"column": "a", "max_value": 2}, True),
    ("column_proportion_of_unique_values_to_be_between", {"column": "a", "min_value": 0.9}, False),
    ("column_proportion_of_non_null_values_to_be_between", {"column": "a", "min_value": 1}, True),
    ("column_distinct_values_to_be_in_set", {"column": "a", "value_set": ["1"]}, False),
    ("column_distinct_values_to_contain_set", {"column": "a", "value_set": ["1"]}, True),
    ("column_distinct_values_to_equal_set", {"column": "a", "value_set": ["1", "2"]}, True),
]


def test_a_rule_about_the_whole_is_looked_at_once_and_moves_no_row(tmp_path: Path) -> None:
    of = dataset(FIELDS, [rule(f"w{n}", case[0], Severity.CRITICAL, **case[1]) for n, case in enumerate(WHOLE)])
    rows = [{"n": n, "a": a, "x": Decimal(n), "day": date(2026, 1, n)} for n, a in ((1, "1"), (2, "2"), (3, "1"))]
    verdict = check(of, land(of, rows, tmp_path), tmp_path, {}, NOW)
    found = {one.rule: one for one in verdict.findings}
    told = [(found[f"w{n}"].checked, found[f"w{n}"].failed, found[f"w{n}"].success) for n in range(len(WHOLE))]
    assert told == [(1, int(not kept), kept) for _, _, kept in WHOLE]
    assert verdict.blocked == tuple(f"w{n}" for n, case in enumerate(WHOLE) if not case[2])
    assert verdict.passed == 3
    assert (found["w0"].observed, found["w13"].observed) == ("3", "unexpected: 1")


def test_no_rule_about_rows_stumbles_over_an_empty_landing(tmp_path: Path) -> None:
    of = dataset(FIELDS, [rule(f"r{n}", case[0], **case[1]) for n, case in enumerate(CASES)])
    verdict = check(of, land(of, [], tmp_path), tmp_path, references(tmp_path), NOW)
    assert (verdict.read, verdict.blocked, failures(verdict)) == (0, (), {})
    assert {one.checked for one in verdict.findings} == {0}
    assert verdict.scores == {}


IN_TEST_DRIFT = {
    "expect_table_row_count_to_be_near_past",
    "expect_table_row_count_to_equal_source",
    "expect_column_distribution_to_be_near_past",
}
"""They need a past, or a source's count."""


def test_every_expectation_that_a_contract_may_use_is_tried_here() -> None:
    tried = {f"expect_{case[0]}" for case in (*CASES, *WHOLE)}
    assert set(EXPECTATIONS) - tried == IN_TEST_DRIFT


def test_an_error_rule_with_a_tolerance_quarantines_only_when_it_fails(tmp_path: Path) -> None:
    rows = [{"n": n, "a": None if n < 3 else "x"} for n in range(10)]
    for mostly, gone in ((0.5, 0), (0.9, 3)):
        of = dataset(FIELDS, [rule("it", "column_values_to_not_be_null", column="a", mostly=mostly)])
        verdict = check(of, land(of, rows, tmp_path), tmp_path, {}, NOW)
        assert (verdict.quarantined, failures(verdict)) == (gone, {"it": 3})


def test_a_row_that_breaks_several_rules_is_counted_once_and_names_them_all(tmp_path: Path) -> None:
    rules = [rule(f"r{n}", "column_values_to_not_be_null", column="a") for n in range(70)]
    rules.append(rule("w", "column_values_to_not_be_null", Severity.WARNING, column="a"))
    of = dataset(FIELDS, rules)
    verdict = check(of, land(of, [{"n": 1}, {"n": 2, "a": "x"}], tmp_path), tmp_path, {}, NOW)
    (row,) = quarantined(verdict, tmp_path)
    assert row["_rules"] == [f"r{n}" for n in range(70)]
    assert (verdict.quarantined, len(failures(verdict))) == (1, 71)
