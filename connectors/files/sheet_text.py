"""Cells of a spreadsheet as exact text, a whole column of some rows at a time."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.cells import Cells
from schemas.dataset import Field, Kind

DIGITS = 15
"""As many digits as a spreadsheet keeps of a number."""

MOST = 10.0**DIGITS
_MIDNIGHT = time()


def column_text(cells: Cells, field: Field) -> tuple[pa.StringArray, Mapping[int, str]]:
    """What was typed: integers without a point, numbers in full, dates as the field is written; never trimmed.

    A text for each cell, empty where it is blank; and for those whose text is not what was typed why not.
    """
    texts = [_TEXT[name](array, field) for name, array in cells.kinds.items()]
    numbers = cells.kinds.get("numbers")
    wrong = {} if numbers is None or field.type.kind is Kind.DOUBLE else _destroyed(numbers, field)
    if len(texts) == 1 and not texts[0].null_count:
        return texts[0], wrong
    return pc.coalesce(*texts, pa.scalar("")) if texts else pa.repeat(pa.scalar(""), cells.rows), wrong


def _texts(texts: pa.StringArray, _field: Field) -> pa.StringArray:
    return texts


def _numbers(numbers: pa.DoubleArray, _field: Field) -> pa.StringArray:
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), MOST))
    integers = pc.if_else(whole, numbers, 0.0).cast(pa.int64()).cast(pa.string())
    texts = pc.if_else(whole, integers, numbers.cast(pa.string()))
    short = pc.fill_null(pc.match_substring(texts, "e"), fill_value=False)
    if pc.any(short).as_py():
        rows = pc.indices_nonzero(short).to_pylist()
        full = [format(Decimal(repr(numbers[row].as_py())), "f").removesuffix(".0") for row in rows]
        texts = pc.replace_with_mask(texts, short, pa.array(full, pa.string()))
    return texts


def _destroyed(numbers: pa.DoubleArray, field: Field) -> Mapping[int, str]:
    lost = pc.indices_nonzero(pc.fill_null(pc.greater_equal(pc.abs(numbers), MOST), fill_value=False))
    return {
        row: f"found the number {_numbers(numbers.slice(row, 1), field)[0]}: a spreadsheet has destroyed it, since it "
        f"keeps {DIGITS} digits of a number; expected a cell formatted as text"
        for row in lost.to_pylist()
    }


def _truths(truths: pa.BooleanArray, _field: Field) -> pa.StringArray:
    return truths.cast(pa.string())


def _days(days: pa.Date32Array, field: Field) -> pa.StringArray:
    return _each(days, lambda day: day.strftime(field.format)) if field.format else days.cast(pa.string())


def _moments(moments: pa.TimestampArray, field: Field) -> pa.StringArray:
    seconds = moments.cast(pa.timestamp("s"), safe=False)
    if field.format or pc.any(pc.not_equal(seconds.cast(pa.timestamp("us")), moments)).as_py():
        return _each(moments, lambda moment: _moment(moment, field))
    texts = seconds.cast(pa.string())
    if field.type.kind is Kind.TIMESTAMP:
        return texts
    days = moments.cast(pa.date32(), safe=False)
    midnight = pc.equal(days.cast(pa.timestamp("us")), moments)
    return pc.if_else(midnight, days.cast(pa.string()), texts)


def _moment(moment: datetime, field: Field) -> str:
    bare = moment.date() if moment.time() == _MIDNIGHT and field.type.kind is not Kind.TIMESTAMP else moment
    if field.format:
        return bare.strftime(field.format)
    return bare.isoformat(sep=" ") if isinstance(bare, datetime) else str(bare)


def _each(values: pa.Array, text: Callable[[datetime], str]) -> pa.StringArray:
    """The text of each value; each distinct one is made once."""
    found = values.dictionary_encode()
    return pa.array([text(value) for value in found.dictionary.to_pylist()], pa.string()).take(found.indices)


_TEXT: Mapping[str, Callable[[pa.Array, Field], pa.StringArray]] = {
    "texts": _texts,
    "numbers": _numbers,
    "truths": _truths,
    "days": _days,
    "moments": _moments,
    "clocks": _texts,
}
