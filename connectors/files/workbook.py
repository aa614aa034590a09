"""A workbook, XLSX or XLS of old, and its sheets, each read once."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from connectors.drivers import driver
from connectors.files.packed import RATIO, SMALL
from connectors.files.sheet import CalamineRows, Rows, Sheet
from connectors.files.sheet_arrow import arrow_rows
from connectors.files.xls_errors import OLE
from connectors.files.xlsx_near import near
from connectors.files.xlsx_parts import BLOCK, SHEETS, STRINGS, held
from schemas.errors import SourceChanged

MOST = 2 << 30
"""Bytes that a workbook may unpack to."""


_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OverflowError, UnicodeDecodeError)
"""What reading a broken or locked archive raises, and times that are no times."""
_COUNTED = re.compile(rb"""uniqueCount\s*=\s*["']([0-9]+)""")


class Workbook:
    """A workbook: XLSX, or XLS of old. It is opened by calamine when something is asked that only calamine knows."""

    def __init__(self, content: bytes, where: str) -> None:
        """`where` is its path, for messages."""
        self.where, self.content = where, content
        self._kept: dict[tuple[str, int], Sheet] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its sheets in their order."""
        with sound(self.where):
            return tuple(self._opened.sheet_names)

    def sheet(self, name: str, first: int = 0) -> Sheet:
        """The sheet of that name, the last one kept; SourceChanged lists those that there are.

        Where its data begin in row `first` and nothing ends them, they are read at once if they can be.
        """
        if (name, first) not in self._kept:
            self._kept.clear()
            with sound(self.where):
                self._kept[name, first] = Sheet(self.where, name, self._rows(name, first))
        return self._kept[name, first]

    def _rows(self, name: str, first: int) -> Rows:
        if first and not self.content.startswith(OLE):
            rows = arrow_rows(self.content, name, first, _open)
            if rows is not None:
                return rows
        return self.cells(name)

    def cells(self, name: str) -> CalamineRows:
        """The rows of that sheet as calamine gives them; SourceChanged lists the sheets that there are."""
        with sound(self.where):
            if not self.content.startswith(OLE):
                near(self.content, name)
            elif name not in self.names:
                raise SourceChanged(f"no sheet {name!r}; found {', '.join(map(repr, self.names))}")
            return CalamineRows(self._opened, self.content, name)

    @cached_property
    def _opened(self) -> Any:
        return _open(self.content)


def open_workbook(content: bytes, where: str) -> Workbook:
    """Opens a workbook; SourceChanged where it is none, needs a password, or unpacks to more than a table does."""
    book = Workbook(content, where)
    with sound(where):
        if content.startswith(OLE):
            _ = book.names
        else:
            _small(content, where)
    return book


def _open(content: bytes) -> Any:
    return driver("python_calamine").CalamineWorkbook.from_filelike(io.BytesIO(content))


@contextmanager
def sound(where: str) -> Iterator[None]:
    """What is broken in a workbook is the department's to mend, and is said with the workbook's path."""
    calamine = driver("python_calamine")
    try:
        yield
    except SourceChanged as wrong:
        raise wrong if str(wrong).startswith(where) else SourceChanged(f"{where}: {wrong}") from wrong
    except (calamine.CalamineError, *_BROKEN) as wrong:
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
        for entry in book.infolist():
            _true(book, entry)


def _true(book: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Parsers trust what files say of themselves; a sheet is looked at when it is read."""
    name = entry.filename.lower()
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SourceChanged(f"{entry.filename} is packed by method {entry.compress_type}; expected deflate, or none")
    if name.startswith(SHEETS):
        return
    with held(book, entry) as opened:
        if name == STRINGS:
            _few_texts(opened.read(BLOCK), entry)


def _few_texts(head: bytes, entry: zipfile.ZipInfo) -> None:
    """Parsers reserve room for as many shared texts as their file says that there are."""
    said = max(map(int, _COUNTED.findall(head)), default=0)
    if said > entry.file_size:
        raise SourceChanged(
            f"{entry.filename} says that it has {said} texts in {entry.file_size} bytes; "
            "the workbook is broken: save it anew"
        )
