"""Values that fail a check digit, found once for a run: judging, counting and quarantine ask for membership.

The checks are the dearest conditions of all. As macros they are worked out for each statement anew, and DuckDB shares
no subexpression inside CASE; here each step is a column of a subquery, made once, and only what is wrong is kept.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from quality.engine import DuckDBExecutionEngine
from quality.once import once, text
from schemas.standards.credit_code import ALPHABET, WEIGHTS

Column = sa.ColumnClause[Any]

STEPS = (("A", 7), ("J", 1), ("P", 1), ("T", 1), ("W", 1))
"""From this letter on, the value of a character is by so much less than its distance from `0`: seven characters stand
between 9 and A, and I, O, S and V are left out."""


class ResidentId(ColumnMapMetricProvider):
    """GB 11643: shape, date of birth, check digit."""

    condition_metric_name = "column_values.resident_id"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, _table: Any, _sqlalchemy_engine: sa.Engine, **_: Any) -> sa.ColumnElement[bool]:
        return _fit(column, _table, _sqlalchemy_engine, unfit_resident_ids)


class CreditCode(ColumnMapMetricProvider):
    """GB 32100: shape and check character."""

    condition_metric_name = "column_values.credit_code"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(self, column: Column, _table: Any, _sqlalchemy_engine: sa.Engine, **_: Any) -> sa.ColumnElement[bool]:
        return _fit(column, _table, _sqlalchemy_engine, unfit_credit_codes)


def _fit(column: Column, rows: Any, engine: sa.Engine, unfit: Callable[[str], str]) -> sa.ColumnElement[bool]:
    source = rows.subquery() if isinstance(rows, sa.Select) else rows
    values = sa.select(column.label("v")).select_from(source).where(column.is_not(None))
    table = sa.table(once(engine, "unfit", unfit(text(engine, values))), sa.column("v"))
    return column.not_in(sa.select(table.c.v))


def unfit_resident_ids(values: str) -> str:
    """SQL for those of `values`, a query of one column `v` without NULL, that are no resident ids."""
    return f"SELECT DISTINCT v FROM ({values}) WHERE NOT yishu_resident_id(v)"


def unfit_credit_codes(values: str) -> str:
    """The same of credit codes: eight characters are taken as one number of eight bytes, their values found at once."""
    shape = f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}"
    shaped = f"SELECT v, CASE WHEN regexp_full_match(v, '{shape}') THEN v END AS code FROM ({values})"
    parts = {first: (*WEIGHTS, 1)[first : first + 8] for first in (0, 8, 16)}
    far = ", ".join(
        f"encode(substr(code, {first + 1}, 8))::BIT::UBIGINT - {_each(ord('0'), len(part))} AS far{first}"
        for first, part in parts.items()
    )
    valued = ", ".join(f"{_values(f'far{first}', len(part))} AS v{first}" for first, part in parts.items())
    far = f"SELECT v, {far} FROM ({shaped})"
    total = " + ".join(
        f"(v{first} >> {8 * (len(part) - 1 - place)} & 31) * {weight}"
        for first, part in parts.items()
        for place, weight in enumerate(part)
    )
    return f"SELECT DISTINCT v FROM (SELECT v, {valued} FROM ({far})) WHERE (({total}) % 31 = 0) IS NOT TRUE"


def _values(far: str, bytes_: int) -> str:
    """From distances to `0`, a byte each, the places in the alphabet: no byte borrows from the next, none overflows."""
    less = (
        f"{by} * (({far} + {_each(128 - ord(letter) + ord('0'), bytes_)}) >> 7 & {_each(1, bytes_)})"
        for letter, by in STEPS
    )
    return " - ".join((far, *less))


def _each(byte: int, times: int) -> int:
    """The number of so many bytes, all the same."""
    return int.from_bytes(bytes([byte]) * times)
