"""Values that fail a check digit, found once for a run: judging, counting and quarantine ask for membership.

The checks are the dearest conditions of all, so they are no conditions of DuckDB's: the column is read once, in pieces,
`quality.pairs` looks each piece up, and only what is wrong is kept.
"""

from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from quality.engine import DuckDBExecutionEngine
from quality.once import once, text
from quality.pairs import Code, credit_codes, fits, resident_ids

Column = sa.ColumnClause[Any]

PIECE = 122_880
"""Rows of a piece: a row group."""


class ResidentId(ColumnMapMetricProvider):
    """GB 11643: shape, date of birth, check digit."""

    condition_metric_name = "column_values.resident_id"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, _table: Any, _sqlalchemy_engine: sa.Engine, **_: Any) -> sa.ColumnElement[bool]:
        return _fit(column, _table, _sqlalchemy_engine, resident_ids())


class CreditCode(ColumnMapMetricProvider):
    """GB 32100: shape and check character."""

    condition_metric_name = "column_values.credit_code"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, _table: Any, _sqlalchemy_engine: sa.Engine, **_: Any) -> sa.ColumnElement[bool]:
        return _fit(column, _table, _sqlalchemy_engine, credit_codes())


def _fit(column: Column, rows: Any, engine: sa.Engine, code: Code) -> sa.ColumnElement[bool]:
    source = rows.subquery() if isinstance(rows, sa.Select) else rows
    values = text(engine, sa.select(column.label("v")).select_from(source).where(column.is_not(None)))

    def make(connection: sa.Connection, name: str) -> None:
        keep_unfit(connection.connection.driver_connection, values, code, name)

    table = sa.table(once(engine, "unfit", f"{code.name}: {values}", make), sa.column("v"))
    return column.not_in(sa.select(table.c.v))


def keep_unfit(database: Any, values: str, code: Code, name: str) -> None:
    """Make the table `name` of those of `values`, a query of one text column `v` without NULL, that are no such codes.

    A second connection writes, so that the first can go on reading.
    """
    with database.duplicate() as writing:
        writing.execute(f"CREATE OR REPLACE TABLE {name} (v VARCHAR)")
        for piece in database.execute(values).to_arrow_reader(PIECE):
            wrong = piece.filter(pa.array(~fits(code, piece.column(0))))
            if wrong.num_rows:
                writing.register("wrong", pa.table(wrong.columns, ["v"]))
                writing.execute(f"INSERT INTO {name} SELECT DISTINCT v FROM wrong")
                writing.unregister("wrong")
