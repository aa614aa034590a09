"""Evaluates a filter on rows, the typed expression of `catalog.filters.expression`, on an Arrow table."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from catalog.filters.expression import columns_in
from schemas.dataset import Json
from schemas.errors import BadInput

_COMPARE: Mapping[str, Callable[[pa.ChunkedArray, pa.Scalar], pa.ChunkedArray]] = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def columns_of(expression: Json) -> frozenset[str]:
    """Names of the columns that a filter needs; none for None. BadInput where it is no filter."""
    if expression is None:
        return frozenset()
    try:
        return columns_in(expression)
    except ValueError as wrong:
        raise BadInput(str(wrong)) from wrong


def passing(table: pa.Table, expression: Json) -> pa.ChunkedArray:
    """True for rows that pass; a comparison with NULL is unknown, as in SQL, and an unknown row does not pass."""
    if "column" in expression:
        return _compare(table, expression)
    word, inner = next(iter(expression.items()))
    if word == "not":
        return pc.invert(passing(table, inner))
    join = pc.and_kleene if word == "and" else pc.or_kleene
    found = passing(table, inner[0])
    for one in inner[1:]:
        found = join(found, passing(table, one))
    return found


def _compare(table: pa.Table, expression: Mapping[str, Json]) -> pa.ChunkedArray:
    name, op, value = expression["column"], expression["op"], expression.get("value")
    column = table.column(name)
    if op == "is_null":
        found = pc.is_null(column)
        return pc.invert(found) if value is False else found
    if op == "in":
        if not isinstance(value, list | tuple):
            raise BadInput(f"filter on {name!r}: found {value!r}, expected a list for `in`")
        return _in(column, [_literal(name, one, column.type) for one in value])
    if op == "starts":
        return _starts(name, column, value)
    return _COMPARE[op](column, _literal(name, value, column.type))


def _starts(name: str, column: pa.ChunkedArray, value: Json) -> pa.ChunkedArray:
    if not isinstance(value, str) or not pa.types.is_string(column.type):
        raise BadInput(
            f"filter on {name!r}: found {value!r} and a {column.type}, expected a text and a column of texts"
        )
    return pc.starts_with(column, pattern=value)


def _in(column: pa.ChunkedArray, values: list[pa.Scalar]) -> pa.ChunkedArray:
    found = pc.is_in(column, value_set=pa.array([v.as_py() for v in values], column.type))
    return pc.if_else(pc.is_null(column), pa.scalar(None, pa.bool_()), found)


def _literal(name: str, value: Json, kind: pa.DataType) -> pa.Scalar:
    """A JSON value as a value of the column's type; text is read as that type (dates, moments, decimals)."""
    if not _fits(value, kind):
        raise BadInput(f"filter on {name!r}: found {value!r}, expected one value of type {kind}")
    try:
        return pa.scalar(value).cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as wrong:
        raise BadInput(f"filter on {name!r}: found {value!r}, expected a value of type {kind}: {wrong}") from wrong


def _fits(value: Json, kind: pa.DataType) -> bool:
    if isinstance(value, str):
        return True
    if isinstance(value, bool):
        return bool(pa.types.is_boolean(kind))
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return isinstance(value, int | float) and number
