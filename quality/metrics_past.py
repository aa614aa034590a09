"""How many rows lie in each bin of the past, as aggregates that Great Expectations puts into its one statement."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
    ColumnAggregateMetricProvider,
    column_aggregate_partial,
)

from quality import sql
from quality.engine import DuckDBExecutionEngine


class RowsInPastBins(ColumnAggregateMetricProvider):
    """A list: rows, rows with a value, then the rows of each value, or those below each edge (half of those at it)."""

    metric_name = "column.rows_in_past_bins"
    value_keys = ("values", "edges")

    @column_aggregate_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        self, column: sa.ColumnClause[Any], values: Sequence[str], edges: Sequence[str], **_: Any
    ) -> sa.ColumnElement[Any]:
        name = sql.name(column.name)
        each = [f"count(*) FILTER ({name}::VARCHAR = {sql.text(value)})::DOUBLE" for value in values]
        # A text beside a column takes the column's own type: moments and decimals come back as they went.
        each += [f"sum(({name} < {sql.text(edge)})::INT + ({name} <= {sql.text(edge)})::INT) / 2.0" for edge in edges]
        listed = ", ".join(["count(*)::DOUBLE", f"count({name})::DOUBLE", *(f"coalesce({one}, 0)" for one in each)])
        return sa.literal_column(f"[{listed}]")
