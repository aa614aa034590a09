"""Cells of a spreadsheet straight in the declared type, where the way through text would give the same."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.cells import Cells
from connectors.files.sheet_text import DIGITS, MOST
from schemas.arrow import arrow_type
from schemas.dataset import Field, Kind
from schemas.fitting.convert import from_shanghai, within


def typed(cells: Cells, field: Field, missing: tuple[str, ...]) -> pa.Array | None:
    """The column in its declared type; None where a value, a blank cell or a marker needs to be looked at as text."""
    if len(cells.kinds) != 1 or cells.errors or field.format or set(missing) - {""}:
        return None
    ((kind, array),) = cells.kinds.items()
    if array.null_count and "" not in missing:
        return None
    make = _MADE.get((kind, field.type.kind))
    made = make(array, field) if make else None
    return made if made is not None and within(made) else None


def _same(array: pa.Array, _field: Field) -> pa.Array:
    return array


def _integers(numbers: pa.DoubleArray, _field: Field) -> pa.Array | None:
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), MOST))
    return numbers.cast(pa.int64()) if pc.all(whole).as_py() is not False else None


def _decimals(numbers: pa.DoubleArray, field: Field) -> pa.Array | None:
    """Only one decimal of so few digits stands for a number: its text, which is the shortest there is, is that one."""
    scale = field.type.scale
    if scale > DIGITS:
        return None
    units = pc.round(pc.multiply(numbers, 10.0**scale))
    exact = pc.and_(pc.equal(pc.divide(units, 10.0**scale), numbers), pc.less(pc.abs(units), MOST))
    if pc.all(exact).as_py() is False:
        return None
    try:
        return units.cast(pa.int64()).view(pa.decimal64(DIGITS, scale)).cast(arrow_type(field.type))
    except pa.ArrowInvalid:  # more digits than are declared
        return None


def _moments(moments: pa.TimestampArray, _field: Field) -> pa.Array | None:
    try:
        return from_shanghai(moments)
    except pa.ArrowInvalid:  # the clock skipped or passed one of them twice: told as text, by itself
        return None


_MADE: Mapping[tuple[str, Kind], Callable[[pa.Array, Field], pa.Array | None]] = {
    ("numbers", Kind.INTEGER): _integers,
    ("numbers", Kind.DECIMAL): _decimals,
    ("numbers", Kind.DOUBLE): _same,
    ("truths", Kind.BOOLEAN): _same,
    ("days", Kind.DATE): _same,
    ("moments", Kind.TIMESTAMP): _moments,
}
