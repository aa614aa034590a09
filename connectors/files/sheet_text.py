"""Cells of a spreadsheet as exact text, a whole column of some rows at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.dataset import Field, Kind

DIGITS = 15
"""As many digits as a spreadsheet keeps of a number."""

Cell = str | float | int | bool | date | datetime | time | timedelta
Texts = tuple[pa.StringArray, Mapping[int, str]]
"""A text for each cell, and for those whose text is not what was typed why not."""

_MOST = 10.0**DIGITS
_MIDNIGHT = time()
_KINDS: Sequence[tuple[type, ...]] = ((str,), (float, int), (bool,), (datetime,), (date,), (time,), (timedelta,))
"""What stands together in one Arrow column; a truth is no number, a moment no day."""


def column_text(cells: Sequence[Cell | None], field: Field) -> Texts:
    """What was typed: integers without a point, numbers in full, dates as the field is written; never trimmed."""
    there = set(map(type, cells)) - {type(None)}
    if there <= {str}:
        return pa.array(cells, pa.string()), {}
    groups = [group for group in _KINDS if there & set(group)]
    texts, wrong = pa.nulls(len(cells), pa.string()), dict[int, str]()
    for group in groups:
        of = cells if len(groups) == 1 else [c if type(c) in group else None for c in cells]
        found, why = _TEXT[group[0]](of, field)
        texts = found if len(groups) == 1 else pc.coalesce(texts, found)
        wrong |= why
    return texts, wrong


def _strings(cells: Sequence[Cell | None], _field: Field) -> Texts:
    return pa.array(cells, pa.string()), {}


def _numbers(cells: Sequence[Cell | None], field: Field) -> Texts:
    numbers = pa.array(cells, pa.float64())
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), _MOST))
    integers = pc.if_else(whole, numbers, 0.0).cast(pa.int64()).cast(pa.string())
    texts = pc.if_else(whole, integers, numbers.cast(pa.string()))
    short = pc.fill_null(pc.match_substring(texts, "e"), fill_value=False)
    if pc.any(short).as_py():
        rows = pc.indices_nonzero(short).to_pylist()
        full = [format(Decimal(repr(numbers[row].as_py())), "f").removesuffix(".0") for row in rows]
        texts = pc.replace_with_mask(texts, short, pa.array(full, pa.string()))
    if field.type.kind is Kind.DOUBLE:
        return texts, {}
    lost = pc.indices_nonzero(pc.fill_null(pc.greater_equal(pc.abs(numbers), _MOST), fill_value=False))
    return texts, {row: _destroyed(texts[row].as_py()) for row in lost.to_pylist()}


def _destroyed(text: str) -> str:
    return (
        f"found the number {text}: a spreadsheet has destroyed it, since it keeps {DIGITS} digits of a number; "
        "expected a cell formatted as text"
    )


def _truths(cells: Sequence[Cell | None], _field: Field) -> Texts:
    return pa.array(cells, pa.bool_()).cast(pa.string()), {}


def _days(cells: Sequence[Cell | None], field: Field) -> Texts:
    days = pa.array(cells, pa.date32())
    return (_each(days, lambda day: day.strftime(field.format)) if field.format else days.cast(pa.string())), {}


def _moments(cells: Sequence[Cell | None], field: Field) -> Texts:
    moments = pa.array(cells, pa.timestamp("us"))
    seconds = moments.cast(pa.timestamp("s"), safe=False)
    if field.format or pc.any(pc.not_equal(seconds.cast(pa.timestamp("us")), moments)).as_py():
        return _each(moments, lambda moment: _moment(moment, field)), {}
    texts = seconds.cast(pa.string())
    if field.type.kind is Kind.TIMESTAMP:
        return texts, {}
    days = moments.cast(pa.date32(), safe=False)
    midnight = pc.equal(days.cast(pa.timestamp("us")), moments)
    return pc.if_else(midnight, days.cast(pa.string()), texts), {}


def _moment(moment: datetime, field: Field) -> str:
    bare = moment.date() if moment.time() == _MIDNIGHT and field.type.kind is not Kind.TIMESTAMP else moment
    if field.format:
        return bare.strftime(field.format)
    return bare.isoformat(sep=" ") if isinstance(bare, datetime) else str(bare)


def _clocks(cells: Sequence[Cell | None], _field: Field) -> Texts:
    return pa.array([None if cell is None else str(cell) for cell in cells], pa.string()), {}


def _each(values: pa.Array, text: Callable[[datetime], str]) -> pa.StringArray:
    """The text of each value; each distinct one is made once."""
    found = values.dictionary_encode()
    return pa.array([text(value) for value in found.dictionary.to_pylist()], pa.string()).take(found.indices)


_TEXT: Mapping[type, Callable[[Sequence[Cell | None], Field], Texts]] = {
    str: _strings,
    float: _numbers,
    bool: _truths,
    date: _days,
    datetime: _moments,
    time: _clocks,
    timedelta: _clocks,
}
