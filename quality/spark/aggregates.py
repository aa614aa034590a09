"""Figures about whole columns in Spark's words, where Great Expectations' own would be told otherwise than DuckDB's."""

from collections.abc import Sequence
from typing import Any

from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
    ColumnAggregateMetricProvider,
    column_aggregate_partial,
)
from pyspark.sql import Column
from pyspark.sql import functions as sf
from pyspark.sql import types as st

from quality.spark.engine import SparkEngine


class Sum(ColumnAggregateMetricProvider):
    """Exact for whole numbers of any size; Great Expectations' own is a double on Spark."""

    metric_name = "column.sum"

    @column_aggregate_partial(engine=SparkEngine)
    def _spark(self, column: Column, **told: Any) -> Column:
        whole = isinstance(_type(told), st.LongType)
        return sf.sum(column.cast("decimal(38,0)") if whole else column)


class Mean(ColumnAggregateMetricProvider):
    """As a double; Spark would round the mean of decimals to six places."""

    metric_name = "column.mean"

    @column_aggregate_partial(engine=SparkEngine)
    def _spark(self, column: Column, **_: Any) -> Column:
        return sf.mean(column.cast("double"))


class RowsInPastBins(ColumnAggregateMetricProvider):
    """A list: rows, rows with a value, then the rows of each value, or those below each edge (half of those at it)."""

    metric_name = "column.rows_in_past_bins"
    value_keys = ("values", "edges")

    @column_aggregate_partial(engine=SparkEngine)
    def _spark(self, column: Column, values: Sequence[str], edges: Sequence[str], **told: Any) -> Column:
        typed = [sf.lit(edge).cast(_type(told)) for edge in edges]
        each = [sf.count_if(column.cast("string") == value) for value in values]
        each += [sf.sum((column < edge).cast("int") + (column <= edge).cast("int")) / 2 for edge in typed]
        doubles = (one.cast("double") for one in (sf.count(sf.lit(1)), sf.count(column), *each))
        return sf.array(*(sf.coalesce(one, sf.lit(0.0)) for one in doubles))


def _type(told: dict[str, Any]) -> st.DataType:
    return told["_table"].schema[told["_column_name"]].dataType
