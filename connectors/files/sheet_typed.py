"""Cells of a spreadsheet straight in the declared type, where the way through text would give the same."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.cells import Cells
from connectors.files.sheet_text import MOST
from schemas.arrow import arrow_type
from schemas.dataset import Field, Kind
from schemas.fitting.convert import within


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


def _moments(moments: pa.TimestampArray, field: Field) -> pa.Array | None:
    try:
        return pc.assume_timezone(moments, "Asia/Shanghai").cast(arrow_type(field.type))
    except pa.ArrowInvalid:  # the clock skipped or passed one of them twice: told as text, by itself
        return None


_MADE: Mapping[tuple[str, Kind], Callable[[pa.Array, Field], pa.Array | None]] = {
    ("numbers", Kind.INTEGER): _integers,
    ("numbers", Kind.DOUBLE): _same,
    ("truths", Kind.BOOLEAN): _same,
    ("days", Kind.DATE): _same,
    ("moments", Kind.TIMESTAMP): _moments,
}
