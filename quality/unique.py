"""Keys that occur more than once, found once for a run: counting and quarantine look into the same small table.

Great Expectations' own SQL counts with a window over all rows, or joins the whole table to its groups, and again for
the rows themselves. Here a grouping leaves the few keys that repeat, and each rule is a condition like any other,
which Great Expectations counts together with the rest in one statement.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from great_expectations import ExpectationSuite
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

from quality.engine import DuckDBExecutionEngine
from quality.once import once, text

Column = sa.ColumnClause[Any]

ALONE = "yishu: unique alone"
"""Where a connection keeps the columns of which a rule says that no value occurs twice."""


class Unique(ColumnMapMetricProvider):
    """Every copy of a value that occurs more than once is counted, whichever of them is right."""

    condition_metric_name = "column_values.unique"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, _table: Any, _sqlalchemy_engine: sa.Engine, **_: Any) -> sa.ColumnElement[bool]:
        return column.not_in(repeated(_sqlalchemy_engine, _table, [column]))


class CompoundUnique(MulticolumnMapMetricProvider):
    """The same of several columns; a row that lacks one of them is nobody's copy, as in Great Expectations' own SQL."""

    condition_metric_name = "compound_columns.unique"

    @multicolumn_condition_partial(engine=DuckDBExecutionEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _duckdb(
        self, column_list: Sequence[Column], _table: Any, _sqlalchemy_engine: sa.Engine, **_: Any
    ) -> sa.ColumnElement[bool]:
        found = sa.tuple_(*column_list).in_(repeated(_sqlalchemy_engine, _table, column_list))
        return sa.or_(*(column.is_(None) for column in column_list), sa.not_(found))


# Once registered, a name of their own: by the two names Great Expectations knows its own conditions, which bring the
# rows along; ours are asked of the rows like any other.
Unique.condition_metric_name = "column_values.unique.by_repeated_keys"
CompoundUnique.condition_metric_name = "compound_columns.unique.by_repeated_keys"


def announce(connection: sa.Connection, suite: ExpectationSuite) -> None:
    """Tell which columns are to have no value twice: a key with such a column can only repeat where that does."""
    asked: Sequence[Any] = suite.expectations
    connection.info[ALONE] = {
        one.column
        for one in asked
        if getattr(one, "map_metric", None) == "column_values.unique" and not one.row_condition
    }


def repeated(engine: sa.Engine, rows: Any, columns: Sequence[Column]) -> sa.Select[Any]:
    """The keys, none of them NULL, that occur more than once among `rows`; they are looked for the first time only.

    Eight bytes a row are grouped first, and keys only where their hash occurs twice: long keys never all lie in memory.
    """
    source = rows.subquery() if isinstance(rows, sa.Select) else rows
    present = sa.select(*columns).select_from(source).where(*(column.is_not(None) for column in columns))
    present = present.where(*_twice_alone(engine, rows, columns))
    digest, listed = sa.func.hash(*columns), text(engine, sa.tuple_(*columns)).strip("()")
    first = f"{text(engine, present.with_only_columns(digest.label('h')).group_by(digest))} HAVING count(*) > 1"
    alike = f"{text(engine, present)} AND hash({listed})"

    def make(connection: sa.Connection, name: str) -> None:
        connection.exec_driver_sql(f"CREATE TEMP TABLE first_{name} AS {first}").close()
        found = f"{alike} IN (FROM first_{name}) GROUP BY {listed} HAVING count(*) > 1"
        connection.exec_driver_sql(f"CREATE TEMP TABLE {name} AS {found}").close()

    return sa.select(*columns).select_from(sa.table(once(engine, "repeated", text(engine, present), make)))


def _twice_alone(engine: sa.Engine, rows: Any, columns: Sequence[Column]) -> list[sa.ColumnElement[bool]]:
    """That a column's value repeats, where it is looked for anyway: few rows are then left to be grouped."""
    with engine.connect() as connection:
        known = connection.info.get(ALONE, ())
    alone = [column for column in columns if column.name in known] if len(columns) > 1 else []
    return [column.in_(repeated(engine, _all(rows), [column])) for column in alone[:1]]


def _all(rows: Any) -> Any:
    """The rows below the selections that Great Expectations has put around them: where it selects them all."""
    if isinstance(rows, sa.Subquery):
        return _all(rows.element)
    below = rows.get_final_froms()[0] if isinstance(rows, sa.Select) else rows
    return _all(below) if isinstance(below, sa.Subquery) else rows
