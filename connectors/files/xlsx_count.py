"""How many cells of each kind the file of a sheet holds, told by their tags without parsing it.

A `<` never stands within a text of XML, so a pattern that has one is found in tags alone. Cells that are written in
another way than spreadsheets write them (attributes in another order, formulas, prefixes) are counted otherwise or not
at all: whoever compares finds a difference then, and must read the sheet another way.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import IO

from connectors.files.xlsx_parts import part_of

_BLOCK = 1 << 20
_END = b"</sheetData>"
_SHARED = re.compile(rb't="s"[^>]*><v>([0-9]+)</v>')
_STRING_ENDS = re.compile(rb"</si>|<si/>")


@dataclass(frozen=True, slots=True)
class Counted:
    """The cells of a sheet from some row on, and a workbook of those above it."""

    texts: int
    truths: int
    numbers: int
    """Numbers, days and moments, and all cells with a value that are no texts or truths of the usual make."""
    above: bytes
    """An XLSX workbook whose sheet has the rows above alone, and the merged ranges of all."""


def counted(content: bytes, sheet: str, first: int) -> Counted | None:
    """The cells of a sheet from row `first` (from 1) on; None where it has no such row or formulas, or is no XLSX."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part = part_of(book, sheet)
        if not part:
            return None
        with book.open(part) as opened:
            above, left = _until(opened, b'<row r="%d"' % first)
            tally = _Tally()
            while (end := left.find(_END)) < 0:
                cut = max(left.rfind(b"<c "), 0)
                tally.take(left[:cut])
                more = opened.read(_BLOCK)
                if not more:
                    return None
                left = left[cut:] + more
            tally.take(left[:end])
            if tally.formulas:
                return None
            top = _book(book, part, above, above + left[end:] + opened.read())
    return Counted(tally.texts, tally.truths, tally.values - tally.shared - tally.truths, top)


@dataclass(slots=True)
class _Tally:
    shared: int = 0
    inline: int = 0
    truths: int = 0
    values: int = 0
    formulas: bool = False

    @property
    def texts(self) -> int:
        return self.shared + self.inline

    def take(self, some: bytes) -> None:
        """Counts whole cells."""
        self.shared += some.count(b't="s"><v>')
        self.inline += some.count(b't="inlineStr"><is>')
        self.truths += some.count(b't="b"><v>')
        self.values += some.count(b"<v>")
        self.formulas = self.formulas or b"<f" in some


def _until(opened: IO[bytes], tag: bytes) -> tuple[bytes, bytes]:
    """What stands before a tag, and what was read from it on; all and nothing where there is none."""
    found = opened.read(_BLOCK)
    while (at := found.find(tag)) < 0:
        more = opened.read(_BLOCK)
        if not more:
            return found, b""
        found += more
    return found[:at], found[at:]


def _book(book: zipfile.ZipFile, part: str, above: bytes, sheet: bytes) -> bytes:
    """The same workbook with that sheet alone, and as many shared texts as the rows above need."""
    needed = max(map(int, _SHARED.findall(above)), default=-1) + 1
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as small:
        for name in book.namelist():
            if name == part:
                small.writestr(name, sheet)
            elif name.lower() == "xl/sharedstrings.xml":
                if needed:
                    with book.open(name) as opened:
                        small.writestr(name, _some(opened, needed))
            elif name.endswith((".xml", ".rels")) and not name.startswith("xl/worksheets/"):
                small.writestr(name, book.read(name))
    return made.getvalue()


def _some(opened: IO[bytes], needed: int) -> bytes:
    """The first shared texts; all where there are fewer, or where they are written otherwise."""
    found = b""
    while more := opened.read(_BLOCK):
        found += more
        ends = [end.end() for end in _STRING_ENDS.finditer(found)]
        if len(ends) >= needed:
            return found[: ends[needed - 1]] + b"</sst>"
    return found
