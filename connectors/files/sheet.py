"""One sheet of a workbook: its joined headers and its rows in blocks, and how calamine gives them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any, Protocol

from connectors.files.cells import ERROR, UNWORKED, Cell, cells_of
from connectors.files.sheet_columns import Block
from connectors.files.xls_errors import OLE, error_cells_of_xls
from connectors.files.xlsx_unsound import unsound_cells
from schemas.errors import SourceChanged

ROWS = 16 * 1024

At = tuple[int, int]
"""Row and column of a cell, from 0."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet."""

    where: str
    """Path of the workbook."""
    name: str
    """For `_piece`: the workbook's file, and the sheet where there are several."""
    cells: "Rows"

    def headers(self, rows: Sequence[int]) -> tuple[str, ...]:
        """The texts of the header rows (from 1) joined by "/"; a merged cell counts for all that it spans, once.

        SourceChanged where one is a formula whose value is not there.
        """
        top: dict[At, str] = {}
        for block in self.cells.blocks(1, max(rows)):
            self._worked_out(block, rows)
            top |= {at: text for at, text in _shown(block) if at[0] + 1 in rows}
        width = max((column for _, column in top), default=-1) + 1
        origin = _origins(self.cells.merged, [r - 1 for r in rows], width)
        joined = []
        for column in range(width):
            cells = dict.fromkeys(origin.get((r - 1, column), (r - 1, column)) for r in rows)
            texts = [top.get(at, "") for at in cells]
            joined.append("/".join(t for t in texts if t))
        return tuple(joined)

    def _worked_out(self, block: Block, rows: Sequence[int]) -> None:
        for column, cells in block.columns.items():
            for row, why in cells.errors.items():
                if why == UNWORKED and block.first + row in rows:
                    raise SourceChanged(f"{self.where}: header in row {block.first + row}, column {column + 1}: {why}")


class Rows(Protocol):
    """All rows of a sheet."""

    @property
    def merged(self) -> Sequence[tuple[At, At]]:
        """First and last cell of the ranges that are merged."""
        ...

    def blocks(self, first: int, last: int | None, read: Collection[int] | None = None) -> Iterator[Block]:
        """Rows from number `first` (from 1) up to `last`, without the blank ones at the end, some at a time.

        `read`: a formula that was never worked out in another column than these makes no row; None: in any does.
        """
        ...


class CalamineRows:
    """All rows of a sheet as calamine reads them, held in memory."""

    def __init__(self, opened: Any, content: bytes, name: str) -> None:
        """Looks for what calamine gives as blank and is not, beside it: it lets other threads run meanwhile."""
        with ThreadPoolExecutor(1) as other:
            looking = other.submit(_unsound, content, name)
            self._sheet = opened.get_sheet_by_name(name)
            found = looking.result()
        self._unsound: dict[int, dict[int, str]] = {}
        """Row -> column -> why what stands there is no value."""
        for (row, column), why in found.items():
            self._unsound.setdefault(row, {})[column] = why
        self.merged: Sequence[tuple[At, At]] = self._sheet.merged_cell_ranges or []
        """First and last cell of the ranges that are merged."""
        self._left = self._sheet.start[1] if self._sheet.start else 0

    @property
    def begins(self) -> bool:
        """Whether the very first cell, A1, holds something."""
        return bool(self._sheet.start == (0, 0) and next(self._sheet.iter_rows())[0] != "")

    @property
    def height(self) -> int:
        """Number of the last row, from 1."""
        return int(self._sheet.total_height)

    def blocks(self, first: int, last: int | None, read: Collection[int] | None = None) -> Iterator[Block]:
        """Rows from number `first` (from 1) up to `last`, without the blank ones at the end, some at a time.

        `read`: a formula that was never worked out in another column than these makes no row; None: in any does.
        """
        some: list[Sequence[Cell]] = []
        for number, cells in self.rows(first, last, read):
            some.append(cells)
            if len(some) == ROWS:
                yield self._block(number - ROWS + 1, some)
                some = []
        if some:
            yield self._block(number - len(some) + 1, some)

    def rows(
        self, first: int, last: int | None, read: Collection[int] | None = None
    ) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Rows with their numbers, without what is left of the first column that holds anything."""
        blank: list[tuple[int, Sequence[Cell]]] = []
        for number, cells in enumerate(islice(self._all(), first - 1, last), first):
            if cells.count("") < len(cells) or any(
                read is None or at in read for at in self._unsound.get(number - 1, ())
            ):
                yield from blank
                blank.clear()
                yield number, cells
            else:
                blank.append((number, cells))

    def _all(self) -> Iterator[Sequence[Cell]]:
        """The rows up to the last of which anything is known; calamine ends with the last that holds a value."""
        low, high = self._sheet.start, self._sheet.end
        rows, columns = (high[0] + 1, high[1] - low[1] + 1) if low else (0, 0)
        yield from self._sheet.iter_rows()
        yield from repeat([""] * columns, max(self._unsound, default=-1) + 1 - rows)

    def _block(self, first: int, rows: list[Sequence[Cell]]) -> Block:
        errors: dict[int, dict[int, str]] = {}
        for row in range(len(rows)):
            for column, why in self._unsound.get(first - 1 + row, {}).items():
                errors.setdefault(column, {})[row] = why
        columns = dict.fromkeys(errors, [""] * len(rows)) | dict(enumerate(zip(*rows, strict=True), self._left))
        return Block(first, len(rows), {at: cells_of(cells, errors.get(at, {})) for at, cells in columns.items()})


def _unsound(content: bytes, name: str) -> Mapping[At, str]:
    if content.startswith(OLE):
        return dict.fromkeys(error_cells_of_xls(content, name), ERROR)
    return unsound_cells(content, name)


def _shown(block: Block) -> Iterator[tuple[At, str]]:
    for column, cells in block.columns.items():
        for row in range(block.rows):
            if text := cells.shown(row):
                yield (block.first - 1 + row, column), text


def _origins(merged: Sequence[tuple[At, At]], rows: Sequence[int], width: int) -> dict[At, At]:
    """Cell -> first cell of the merged range that it belongs to, for these rows and so many columns."""
    return {
        (row, column): first
        for first, last in merged
        for row in rows
        if first[0] <= row <= last[0]
        for column in range(first[1], min(last[1] + 1, width))
    }
