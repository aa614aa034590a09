"""What Great Expectations counts, in Spark's words: metrics for `SparkEngine` that say what those for DuckDB say.

Those of Great Expectations' own that say the same on both engines are left to it; those that a lookup has answered
before stand in `quality.spark.flags`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import (
    column_pair_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_map_metric_provider import (
    ColumnPairMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
    MulticolumnMapMetricProvider,
)
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from quality.spark import regex as spark_regex
from quality.spark.engine import SparkEngine

BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")


def bound(value: Any) -> Column:
    """A bound as a typed literal; numbers are exact decimals, not doubles."""
    return sf.lit(value if isinstance(value, date) else Decimal(f"{Decimal(str(value)):f}"))


def within(value: Column, bounds: Mapping[str, Any]) -> Column:
    """Between `min_value` and `max_value`, of which one may be missing; without the bound itself where `strict_…`."""
    low, high = bounds.get("min_value"), bounds.get("max_value")
    kept = sf.lit(True)
    if low is not None:
        kept = kept & (value > bound(low) if bounds.get("strict_min") else value >= bound(low))
    if high is not None:
        kept = kept & (value < bound(high) if bounds.get("strict_max") else value <= bound(high))
    return kept


class Regex(ColumnMapMetricProvider):
    """Found anywhere in the value."""

    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, regex: str, **_: Any) -> Column:
        return spark_regex.found(column, regex)


class NotRegex(ColumnMapMetricProvider):
    """The opposite of `Regex`."""

    condition_metric_name = "column_values.not_match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, regex: str, **_: Any) -> Column:
        return ~spark_regex.found(column, regex)


class Like(ColumnMapMetricProvider):
    """SQL's LIKE: `%` any text, `_` one character; Spark's own would read a backslash as an escape."""

    condition_metric_name = "column_values.match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, like_pattern: str, **_: Any) -> Column:
        return column.like(like_pattern.replace("\\", "\\\\"))


class NotLike(ColumnMapMetricProvider):
    """The opposite of `Like`."""

    condition_metric_name = "column_values.not_match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, like_pattern: str, **_: Any) -> Column:
        return ~column.like(like_pattern.replace("\\", "\\\\"))


class Between(ColumnMapMetricProvider):
    """Ranges of numbers, days and moments."""

    condition_metric_name = "column_values.between"
    condition_value_keys = BOUNDS

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, **bounds: Any) -> Column:
        return within(column, bounds)


class LengthEquals(ColumnMapMetricProvider):
    """Characters of a text."""

    condition_metric_name = "column_values.value_length.equals"
    condition_value_keys = ("value",)

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, value: Any, **_: Any) -> Column:
        return sf.length(column) == bound(value)


class LengthBetween(ColumnMapMetricProvider):
    """Characters of a text, within bounds."""

    condition_metric_name = "column_values.value_length.between"
    condition_value_keys = BOUNDS

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, **bounds: Any) -> Column:
        return within(sf.length(column), bounds)


class Since(ColumnMapMetricProvider):
    """Whether a day or moment is not older than `since`."""

    condition_metric_name = "column_values.since"
    condition_value_keys = ("since",)

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, since: str, **_: Any) -> Column:
        day = len(since) == len("2026-11-20")
        return column >= bound(date.fromisoformat(since) if day else datetime.fromisoformat(since))


class PairEqual(ColumnPairMapMetricProvider):
    """Both values are there and the same."""

    condition_metric_name = "column_pair_values.equal"

    @column_pair_condition_partial(engine=SparkEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _spark(self, column_A: Column, column_B: Column, **_: Any) -> Column:  # noqa: N803  # the framework's names
        return (column_A == column_B) & column_A.isNotNull() & column_B.isNotNull()


class SumIs(MulticolumnMapMetricProvider):
    """The sum of the columns; Great Expectations' own takes a missing part for 0 on Spark, and in SQL it does not."""

    condition_metric_name = "multicolumn_sum.equal"
    condition_value_keys = ("sum_total",)

    @multicolumn_condition_partial(engine=SparkEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _spark(self, column_list: DataFrame, sum_total: Any, **_: Any) -> Column:
        missing = reduce(or_, (sf.col(column).isNull() for column in column_list.columns))
        return missing | _held(_sum(column_list.columns) == bound(sum_total))


class SumEquals(MulticolumnMapMetricProvider):
    """The first column is the sum of the others."""

    condition_metric_name = "multicolumn_values.first_is_sum"

    @multicolumn_condition_partial(engine=SparkEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _spark(self, column_list: DataFrame, **_: Any) -> Column:
        first, *others = column_list.columns
        return _held(sf.col(first) == _sum(others))


class SumAtMost(MulticolumnMapMetricProvider):
    """The first column is at least the sum of the others."""

    condition_metric_name = "multicolumn_values.first_is_at_least_sum"

    @multicolumn_condition_partial(engine=SparkEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _spark(self, column_list: DataFrame, **_: Any) -> Column:
        first, *others = column_list.columns
        return _held(sf.col(first) >= _sum(others))


def _sum(columns: Sequence[str]) -> Column:
    return reduce(sf.try_add, (sf.col(column) for column in columns))


def _held(condition: Column) -> Column:
    """False where the sum is larger than its type, and so NULL."""
    return sf.coalesce(condition, sf.lit(False))
