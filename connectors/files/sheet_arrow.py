"""A sheet whose columns each hold one kind of cell, read into Arrow at once; anything unusual is left to calamine.

fastexcel says nothing of cells that it makes NULL: errors of the spreadsheet, texts like `N/A` among numbers. So the
cells that stand in the sheet's file are counted by kind beside it: only where none is missing are its columns taken.
Then they hold what calamine would have given cell by cell, in a third of the time.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.drivers import driver
from connectors.files.cells import Cells
from connectors.files.sheet import At, CalamineRows
from connectors.files.sheet_columns import Block
from connectors.files.xlsx_count import Counted, counted
from connectors.files.xlsx_near import near

logging.getLogger("fastexcel").setLevel(logging.ERROR)  # else it warns of each column that is blank from top to bottom

ROWS = 32 * 1024
"""At most this many rows make a block…"""
CELLS = 16 * ROWS
"""…and fewer where they are wider than 16 columns."""
_MOMENTS = pa.timestamp("ms")
_KINDS = {pa.string(): "texts", pa.float64(): "numbers", pa.bool_(): "truths", _MOMENTS: "moments"}
_SURE = (-2082758400000, 253402300799999)
"""1904-01-02 to the last millisecond of 9999. Earlier, a number is a time of day in a workbook that counts from 1904,
or lies before the 29th of February 1900 that never was in one that does not; later, it is no day at all."""


@dataclass(frozen=True, slots=True)
class ArrowRows:
    """All rows of a sheet from `first` (from 1) on, and those above it as calamine reads them."""

    above: CalamineRows
    first: int
    rows: int
    columns: Mapping[int, pa.Array]

    @property
    def merged(self) -> Sequence[tuple[At, At]]:
        """First and last cell of the ranges that are merged."""
        return self.above.merged

    def blocks(self, first: int, last: int | None, _read: Collection[int] | None = None) -> Iterator[Block]:
        """Rows from number `first` (from 1) up to `last`: either above the data, or all of them."""
        if first < self.first:
            yield from self.above.blocks(first, last)
            return
        most = min(ROWS, max(1, CELLS // max(1, len(self.columns))))
        for start in range(0, self.rows, most):
            count = min(most, self.rows - start)
            columns = {at: _cells(column.slice(start, count)) for at, column in self.columns.items()}
            yield Block(self.first + start, count, columns)


def arrow_rows(content: bytes, sheet: str, first: int, opened: Callable[[bytes], Any]) -> ArrowRows | None:
    """The rows of a sheet of an XLSX workbook whose data begin in row `first`; None where they cannot be had so.

    `opened` opens a workbook with calamine: the few rows above the data are read from one that has no others.
    """
    fastexcel = driver("fastexcel")
    with ThreadPoolExecutor(1) as other:
        looking = other.submit(near, content, sheet)
        try:
            book = fastexcel.read_excel(content)
            if not looking.result():
                return None
            counting = other.submit(counted, content, sheet, first)
            found = _columns(book, sheet, first)
        except (fastexcel.FastExcelError, pa.ArrowInvalid):
            return None
        there = counting.result()
    if there is None or not _all_there(found, there):
        return None
    above = _above(there.above, sheet, first, opened)
    return (
        None if above is None else ArrowRows(above, first, _until_blank(found.columns), dict(enumerate(found.columns)))
    )


def _above(content: bytes, sheet: str, first: int, opened: Callable[[bytes], Any]) -> CalamineRows | None:
    """The rows above the data; None where they do not begin in A1, which all places are counted from, or go on."""
    try:
        rows = CalamineRows(opened(content), content, sheet)
    except driver("python_calamine").CalamineError:
        return None
    return rows if rows.begins and rows.height < first else None


def _columns(book: Any, sheet: str, first: int) -> pa.RecordBatch:
    """A column that holds several kinds of cells is an error; its kind is told by all of its cells."""
    rows: pa.RecordBatch = book.load_sheet(
        sheet, header_row=None, skip_rows=first - 1, schema_sample_rows=None, dtype_coercion="strict", eager=True
    )
    return rows


def _all_there(found: pa.RecordBatch, there: Counted) -> bool:
    """Whether each cell of the file is a value of its own kind."""
    held = dict.fromkeys((*_KINDS.values(),), 0)
    for column in found.columns:
        kind = _KINDS.get(column.type)
        if kind is None or (kind == "moments" and not _certain(column)):
            return False
        held[kind] += len(column) - column.null_count
    counts = (held["texts"], held["truths"], held["numbers"] + held["moments"])
    return counts == (there.texts, there.truths, there.numbers)


def _certain(moments: pa.TimestampArray) -> bool:
    low, high = pc.min_max(moments.view(pa.int64())).values()
    return not low.is_valid or bool(low.as_py() >= _SURE[0] and high.as_py() <= _SURE[1])


def _until_blank(columns: Sequence[pa.Array]) -> int:
    """As many rows as there are up to the last that is not blank."""
    return max((_length(column) for column in columns), default=0)


def _length(column: pa.Array) -> int:
    if not len(column) or column[-1].as_py() not in (None, ""):
        return len(column)
    rows = pc.indices_nonzero(pc.not_equal(column, "") if column.type == pa.string() else column.is_valid())
    return rows[-1].as_py() + 1 if len(rows) else 0


def _cells(column: pa.Array) -> Cells:
    kind = _KINDS[column.type]
    return Cells(len(column), _days_apart(column) if kind == "moments" else {kind: column})


def _days_apart(moments: pa.TimestampArray) -> Mapping[str, pa.Array]:
    """Midnights are days, as calamine gives them."""
    days = moments.cast(pa.date32(), safe=False)
    midnight = pc.equal(days.cast(_MOMENTS), moments)
    moments = moments.cast(pa.timestamp("us"))
    if pc.all(midnight).as_py() is not False:
        return {"days": days}
    if not pc.any(midnight).as_py():
        return {"moments": moments}
    nothing = pa.scalar(None, days.type), pa.scalar(None, moments.type)
    return {
        "moments": pc.if_else(midnight, nothing[1], moments),
        "days": pc.if_else(midnight, days, nothing[0]),
    }
