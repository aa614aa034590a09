"""What Great Expectations counts, in DuckDB's words: metrics for `DuckDBExecutionEngine`.

Great Expectations calls each `_duckdb` with the class in the place of `self`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
    MulticolumnMapMetricProvider,
)

from quality import sql
from quality.engine import DuckDBExecutionEngine

Condition = sa.ColumnElement[bool]
Column = sa.ColumnClause[Any]


def bound(value: Any) -> sa.ColumnElement[Any]:
    """A bound as a typed literal, the same text whenever it is compiled; numbers are exact decimals, not doubles."""
    if isinstance(value, datetime):
        return sa.literal_column(f"CAST('{value.isoformat(sep=' ')}' AS TIMESTAMPTZ)")
    if isinstance(value, date):
        return sa.literal_column(f"CAST('{value.isoformat()}' AS DATE)")
    exact = Decimal(str(value))
    # Great Expectations makes 18 an 18.0, and lengths would be compared as decimals of sixteen bytes.
    whole = exact.to_integral_value()
    return sa.literal_column(f"({whole if whole == exact else exact:f})")


def within(value: sa.ColumnElement[Any], bounds: Mapping[str, Any]) -> Condition:
    """Between `min_value` and `max_value`, of which one may be missing; without the bound itself where `strict_…`."""
    low, high = bounds.get("min_value"), bounds.get("max_value")
    kept: list[Condition] = []
    if low is not None:
        kept.append(value > bound(low) if bounds.get("strict_min") else value >= bound(low))
    if high is not None:
        kept.append(value < bound(high) if bounds.get("strict_max") else value <= bound(high))
    return sa.and_(*kept)


class Regex(ColumnMapMetricProvider):
    """RE2 by `regexp_matches`: found anywhere in the value, as everywhere in Great Expectations."""

    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, regex: str, **_: Any) -> Condition:
        return sa.func.regexp_matches(column, sa.literal(regex), type_=sa.Boolean)


class NotRegex(ColumnMapMetricProvider):
    """The opposite of `Regex`."""

    condition_metric_name = "column_values.not_match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, regex: str, **_: Any) -> Condition:
        return sa.not_(sa.func.regexp_matches(column, sa.literal(regex), type_=sa.Boolean))


class Like(ColumnMapMetricProvider):
    """SQL's LIKE: `%` any text, `_` one character."""

    condition_metric_name = "column_values.match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, like_pattern: str, escape: str | None = None, **_: Any) -> Condition:
        return column.like(like_pattern, escape=escape)


class NotLike(ColumnMapMetricProvider):
    """The opposite of `Like`."""

    condition_metric_name = "column_values.not_match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, like_pattern: str, escape: str | None = None, **_: Any) -> Condition:
        return column.not_like(like_pattern, escape=escape)


class Between(ColumnMapMetricProvider):
    """Ranges of numbers, days and moments."""

    condition_metric_name = "column_values.between"
    condition_value_keys = ("min_value", "max_value", "strict_min", "strict_max")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, **bounds: Any) -> Condition:
        return within(column, bounds)


class LengthEquals(ColumnMapMetricProvider):
    """Characters of a text. Great Expectations' own form asks for the lengths first, and then once more by itself."""

    condition_metric_name = "column_values.value_length.equals"
    condition_value_keys = ("value",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, value: Any, **_: Any) -> Condition:
        return sa.func.length(column) == bound(value)


class LengthBetween(ColumnMapMetricProvider):
    """Characters of a text, within bounds."""

    condition_metric_name = "column_values.value_length.between"
    condition_value_keys = ("min_value", "max_value", "strict_min", "strict_max")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, **bounds: Any) -> Condition:
        return within(sa.func.length(column), bounds)


class OrganisationCode(ColumnMapMetricProvider):
    """GB 11714: shape and check character."""

    condition_metric_name = "column_values.organisation_code"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, **_: Any) -> Condition:
        return sa.func.yishu_organisation_code(column, type_=sa.Boolean)


class Luhn(ColumnMapMetricProvider):
    """ISO/IEC 7812: bank cards and other numbers with a Luhn check digit."""

    condition_metric_name = "column_values.luhn"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, **_: Any) -> Condition:
        return sa.func.yishu_luhn(column, type_=sa.Boolean)


class InFiles(ColumnMapMetricProvider):
    """Whether a value stands in a column of Parquet files. A set of 700,000 values costs what a join costs."""

    condition_metric_name = "column_values.in_files"
    condition_value_keys = ("files", "dataset_column")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, files: Sequence[str], dataset_column: str, **_: Any) -> Condition:
        return _stands_in(column, files, dataset_column)


class CountyInFiles(ColumnMapMetricProvider):
    """Whether the first six digits of a resident id are a county of the files; permits 81, 82 and 83 name none."""

    condition_metric_name = "column_values.county_in_files"
    condition_value_keys = ("files", "dataset_column")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, files: Sequence[str], dataset_column: str, **_: Any) -> Condition:
        county = sa.func.concat(sa.func.substr(column, 1, 6), "000000", type_=sa.String)
        permit = sa.func.substr(column, 1, 6).in_(("810000", "820000", "830000"))
        return sa.or_(permit, _stands_in(county, files, dataset_column))


def _stands_in(value: sa.ColumnElement[Any], files: Sequence[str], dataset_column: str) -> Condition:
    known: sa.ColumnElement[Any] = sa.literal_column(sql.name(dataset_column))
    source = sa.text(sql.parquet(Path(file) for file in files).replace(":", r"\:"))
    # NOT IN over a set with a NULL is never true: an empty cell of the other dataset would excuse every value.
    return value.in_(sa.select(known).select_from(source).where(known.is_not(None)))


class Since(ColumnMapMetricProvider):
    """Whether a day or moment is not older than `since`."""

    condition_metric_name = "column_values.since"
    condition_value_keys = ("since",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, since: str, **_: Any) -> Condition:
        day = len(since) == len("2026-11-20")
        return column >= bound(date.fromisoformat(since) if day else datetime.fromisoformat(since))


class SumIs(MulticolumnMapMetricProvider):
    """The sum of the columns; a row that lacks one of them has none."""

    condition_metric_name = "multicolumn_sum.equal"
    condition_value_keys = ("sum_total",)

    @multicolumn_condition_partial(engine=DuckDBExecutionEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _duckdb(self, column_list: Sequence[Column], sum_total: Any, **_: Any) -> Condition:
        return sa.or_(*(one.is_(None) for one in column_list), _held(_sum(column_list) == bound(sum_total)))


class SumEquals(MulticolumnMapMetricProvider):
    """The first column is the sum of the others."""

    condition_metric_name = "multicolumn_values.first_is_sum"

    @multicolumn_condition_partial(engine=DuckDBExecutionEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _duckdb(self, column_list: Sequence[Column], **_: Any) -> Condition:
        return _held(column_list[0] == _sum(column_list[1:]))


class SumAtMost(MulticolumnMapMetricProvider):
    """The first column is at least the sum of the others."""

    condition_metric_name = "multicolumn_values.first_is_at_least_sum"

    @multicolumn_condition_partial(engine=DuckDBExecutionEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _duckdb(self, column_list: Sequence[Column], **_: Any) -> Condition:
        return _held(column_list[0] >= _sum(column_list[1:]))


def _sum(columns: Sequence[Column]) -> sa.ColumnElement[Any]:
    return reduce(add, columns)


def _held(condition: Condition) -> Condition:
    """False where the sum is larger than its type: one such row is refused, and does not stop the judging of all."""
    return sa.func.coalesce(getattr(sa.func, "try")(condition, type_=sa.Boolean), sa.false(), type_=sa.Boolean)
