"""A workbook, XLSX or XLS of old; calamine reads its sheets, each once."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from connectors.drivers import driver
from connectors.files.packed import RATIO, SMALL
from connectors.files.sheet import CalamineRows, Sheet
from connectors.files.xls_errors import OLE
from schemas.errors import SourceChanged

MOST = 2 << 30
"""Bytes that a workbook may unpack to."""


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
        with sound(self.where):
            return Sheet(self.where, name, CalamineRows(self.opened, self.content, name))


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
