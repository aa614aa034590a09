"""Rules of a contract as a Great Expectations suite."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from great_expectations.expectations.registry import get_expectation_impl

from quality.suite import Frame, suite_for
from schemas.contract_words import EXPECTATIONS
from schemas.dataset import Dataset, Kind, Severity
from schemas.errors import BadInput, NotReady
from tests.quality.landings import DAY, dataset, field, money, rule

FIELDS = [field("person_id"), money("amount"), field("n", Kind.INTEGER), field("day", Kind.DATE)]
FIELDS += [field("moment", Kind.TIMESTAMP), field("rate", Kind.DOUBLE), field("yes", Kind.BOOLEAN)]


def suite(of: Dataset, **references: tuple[Path, ...]) -> Any:
    return suite_for(of, Frame(DAY, references))


def one(expectation: str, **arguments: Any) -> Any:
    return suite(dataset(FIELDS, [rule("it", expectation, **arguments)])).expectations[0]


def test_the_same_rules_have_the_same_ids() -> None:
    of = dataset(
        FIELDS, [rule("a", "column_values_to_be_null", column="n"), rule("b", "column_values_to_be_unique", column="n")]
    )
    first, second = suite(of), suite(of)
    assert (first.id, [e.id for e in first.expectations]) == (second.id, [e.id for e in second.expectations])
    assert len({e.id for e in first.expectations}) == 2


def test_an_expectation_knows_its_rule_dimension_severity_and_standard() -> None:
    it = one("column_values_to_be_resident_id", column="person_id")
    assert it.meta == {"rule": "it", "dimension": "accuracy", "severity": "error", "standard": "GB 11643-1999"}


@pytest.mark.parametrize(("ours", "theirs"), [("critical", "critical"), ("error", "warning"), ("warning", "info")])
def test_severities_stand_in_great_expectations_own_field(ours: str, theirs: str) -> None:
    of = dataset(FIELDS, [rule("it", "column_values_to_be_null", Severity(ours), column="n")])
    assert suite(of).expectations[0].severity == theirs


def test_bounds_written_as_text_take_the_type_of_their_column() -> None:
    between = "column_values_to_be_between"
    assert one(between, column="day", min_value="2026-01-31").min_value == date(2026, 1, 31)
    assert one(between, column="moment", max_value="2026-01-31T08:00").max_value == datetime.fromisoformat(
        "2026-01-31T08:00+08:00"
    )
    assert one(between, column="amount", min_value="0.01").min_value == pytest.approx(0.01)
    assert one("column_values_to_be_in_set", column="amount", value_set=["1.50"]).value_set == [Decimal("1.50")]


@pytest.mark.parametrize(
    ("expectation", "arguments", "said"),
    [
        ("column_values_to_sparkle", {"column": "n"}, "expected one of .*expect_column_values_to_be_resident_id"),
        ("column_values_to_be_null", {"column": "nn"}, "found the columns nn, expected some of person_id, amount"),
        ("column_values_to_match_regex", {"column": "n", "regeks": "x"}, "regeks"),
        ("column_values_to_be_between", {"column": "day", "min_value": "yesterday"}, "found 'yesterday' for day"),
        ("column_values_to_be_between", {"column": "person_id", "min_value": 1}, "person_id is a string"),
        ("column_values_to_be_between", {"column": "n"}, "min_value and max_value cannot both be None"),
        ("column_values_to_be_timely", {"column": "n", "days": 3}, "expected a date or timestamp"),
        ("column_values_to_be_in_code_table", {"column": "person_id", "table": "blood"}, "expected one of sex, "),
        ("column_values_to_be_in_code_table", {"column": "n", "table": "sex"}, "expected a text: codes begin with"),
        ("column_values_to_be_in_set", {"column": "person_id", "value_set": ["1", 2]}, "found 2 .*, expected a text"),
        ("column_values_to_be_in_set", {"column": "amount", "value_set": ["viel"]}, "expected a decimal"),
    ],
)
def test_a_rule_that_cannot_be_says_why(expectation: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        one(expectation, **arguments)


def test_names_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(BadInput, match="several columns named a, expected each name once"):
        suite(dataset([field("a"), field("A")]))
    same = rule("it", "column_values_to_be_null", column="n")
    with pytest.raises(BadInput, match="several rules named it, expected each name once"):
        suite(dataset(FIELDS, [same, same]))


@pytest.mark.parametrize(
    ("expectation", "arguments", "dataset"),
    [
        ("column_values_to_be_known_division", {}, "divisions"),
        ("column_values_to_begin_with_known_county", {}, "divisions"),
        ("column_values_to_be_in_dataset", {"dataset": "market.shop", "dataset_column": "id"}, "market.shop"),
    ],
)
def test_a_reference_that_is_not_published_yet_is_named(
    expectation: str, arguments: dict[str, str], dataset: str
) -> None:
    with pytest.raises(NotReady, match=f"looks values up in {dataset}, which has no published version"):
        one(expectation, column="person_id", **arguments)


def test_a_rule_tells_the_standard_that_it_keeps() -> None:
    looked_up = rule("it", "column_values_to_be_in_code_table", column="person_id", table="industry")
    made = suite(dataset(FIELDS, [looked_up]), **{"codes/industry": (Path("industry.parquet"),)})
    assert [one.meta["standard"] for one in made.expectations] == ["GB/T 4754-2017"]
    coded = one("column_values_to_be_organisation_code", column="person_id")
    assert coded.meta["standard"] == "GB 11714-1997"


def test_a_code_table_that_is_not_in_the_lake_is_named() -> None:
    with pytest.raises(NotReady, match="code table sex is not in the lake; give it as the reference codes/sex"):
        one("column_values_to_be_in_code_table", column="person_id", table="sex")


def test_every_expectation_that_a_contract_may_use_is_known_here() -> None:
    assert [name for name in EXPECTATIONS if get_expectation_impl(name) is None] == []
