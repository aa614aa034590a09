"""One sheet of a workbook: its joined headers, its rows of cells, and each cell as exact text."""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from connectors.drivers import driver
from connectors.files.packed import RATIO, SMALL
from connectors.files.sheet_columns import Block
from connectors.files.sheet_text import Cell
from connectors.files.xls_errors import OLE, error_cells_of_xls
from schemas.errors import SourceChanged

ROWS = 16 * 1024

At = tuple[int, int]
"""Row and column of a cell, from 0."""

MOST = 2 << 30
"""Bytes that a workbook may unpack to."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that calamine opened."""

    where: str
    """Path of the workbook."""
    name: str
    """For `_piece`: the workbook's file, and the sheet where there are several."""
    opened: Any
    errors: frozenset[At]
    """Cells that hold #N/A, #REF! and their like, which calamine gives as blank."""

    def headers(self, rows: Sequence[int]) -> tuple[str, ...]:
        """The texts of the header rows (from 1) joined by "/"; a merged cell counts for all that it spans, once."""
        origin = _origins(self.opened.merged_cell_ranges or [], [r - 1 for r in rows])
        left = [""] * self.left
        top = {number: [*left, *cells] for number, cells in self.rows(1, max(rows)) if number in rows}
        width = max((len(cells) for cells in top.values()), default=0)
        joined = []
        for column in range(width):
            cells = dict.fromkeys(origin.get((r - 1, column), (r - 1, column)) for r in rows)
            texts = [str(_cell(top.get(r + 1, ()), c)) for r, c in cells]
            joined.append("/".join(t for t in texts if t))
        return tuple(joined)

    def blocks(self, first: int, last: int | None = None) -> Iterator[Block]:
        """Rows from number `first` (from 1) up to `last`, without the blank ones at the end, some at a time."""
        some: list[Sequence[Cell]] = []
        for number, cells in self.rows(first, last):
            some.append(cells)
            if len(some) == ROWS:
                yield self._block(number - ROWS + 1, some)
                some = []
        if some:
            yield self._block(number - len(some) + 1, some)

    def rows(self, first: int, last: int | None = None) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Rows with their numbers, without what is left of the first column that holds anything."""
        blank: list[tuple[int, Sequence[Cell]]] = []
        for number, cells in enumerate(islice(self.opened.iter_rows(), first - 1, last), first):
            if cells.count("") < len(cells):
                yield from blank
                blank.clear()
                yield number, cells
            else:
                blank.append((number, cells))

    def errors_in(self, block: Block, position: int) -> Sequence[int]:
        """Rows of a block whose cell in one column holds an error."""
        if not self.errors:
            return ()
        return [row for row in range(block.rows) if (block.first - 1 + row, position) in self.errors]

    @property
    def left(self) -> int:
        """Columns before the first one that holds anything."""
        return self.opened.start[1] if self.opened.start else 0

    def _block(self, first: int, rows: list[Sequence[Cell]]) -> Block:
        blank = [[""] * len(rows)] * self.left
        return Block(first, [*blank, *zip(*rows, strict=True)], len(rows))


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that calamine opened: XLSX, or XLS of old."""

    where: str
    """For messages: its path."""
    content: bytes
    opened: Any
    kept: dict[str, Sheet] = field(default_factory=dict, repr=False)
    """The sheet that was opened last: opening one costs as much as reading it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its sheets in their order."""
        return tuple(self.opened.sheet_names)

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name; SourceChanged lists those that there are."""
        if name not in self.names:
            raise SourceChanged(f"{self.where}: no sheet {name!r}; found {', '.join(map(repr, self.names))}")
        if name not in self.kept:
            self.kept.clear()
            self.kept[name] = self._sheet(name)
        return self.kept[name]

    def _sheet(self, name: str) -> Sheet:
        """Looks for its errors beside calamine, which lets other threads run meanwhile."""
        look = error_cells_of_xls if self.content.startswith(OLE) else _error_cells
        with sound(self.where), ThreadPoolExecutor(1) as other:
            errors = other.submit(look, self.content, name)
            opened = self.opened.get_sheet_by_name(name)
            return Sheet(self.where, name, opened, errors.result())


def open_workbook(content: bytes, where: str) -> Workbook:
    """Opens a workbook; SourceChanged where it is none, needs a password, or unpacks to more than a table does."""
    calamine = driver("python_calamine")
    with sound(where):
        if not content.startswith(OLE):
            _small(content, where)
        return Workbook(where, content, calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)))


@contextmanager
def sound(where: str) -> Iterator[None]:
    """What is broken in a workbook is the department's to mend."""
    calamine = driver("python_calamine")
    try:
        yield
    except (calamine.CalamineError, zipfile.BadZipFile, zlib.error, EOFError) as wrong:
        raise SourceChanged(f"{where}: {wrong}; expected an XLSX workbook, or XLS, without a password") from wrong
    except BaseException as wrong:
        if type(wrong).__name__ != "PanicException":  # what Rust calls a failure that nobody foresaw
            raise
        raise SourceChanged(f"{where}: {wrong}; the workbook is broken: save it anew") from wrong


def _small(content: bytes, where: str) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        unpacked = sum(entry.file_size for entry in book.infolist())
    if unpacked > max(SMALL, len(content) * RATIO) or unpacked > MOST:
        raise SourceChanged(
            f"{where}: {len(content)} bytes that unpack to {unpacked}; expected at most {RATIO} times the size "
            f"and {MOST} bytes: split the workbook"
        )


def _cell(cells: Sequence[Cell], column: int) -> Cell:
    return cells[column] if column < len(cells) else ""


def _origins(merged: Sequence[tuple[At, At]], rows: Sequence[int]) -> dict[At, At]:
    """Cell -> first cell of the merged range that it belongs to, for these rows."""
    return {
        (row, column): first
        for first, last in merged
        for row in rows
        if first[0] <= row <= last[0]
        for column in range(first[1], last[1] + 1)
    }


def _error_cells(content: bytes, name: str) -> frozenset[At]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part = _part(book, name)
        if not part:
            return frozenset()
        found, tail = set(), b""
        with book.open(part) as opened:
            while block := opened.read(_BLOCK):
                tail += block
                if b't="e"' not in tail:
                    tail = tail[-256:]
                    continue
                found.update(re.findall(rb'<c r="([A-Z]+)([0-9]+)"[^>]*\bt="e"', tail))
                tail = tail[-256:]
    return frozenset((int(row) - 1, _column(letters)) for letters, row in found)


def _part(book: zipfile.ZipFile, name: str) -> str:
    """The file inside the workbook that holds a sheet; empty where the usual relations are not there."""
    names = set(book.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return ""
    sheets = {_attribute(tag, "name"): _attribute(tag, "r:id") for tag in _tags(book, "xl/workbook.xml", "sheet")}
    relations = _tags(book, "xl/_rels/workbook.xml.rels", "Relationship")
    targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in relations}
    target = targets.get(sheets.get(name, ""), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in names else ""


def _tags(book: zipfile.ZipFile, part: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag} [^>]*>", book.read(part).decode("utf-8"))


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
