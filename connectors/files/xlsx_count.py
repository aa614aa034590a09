"""How many cells of each kind the file of a sheet holds, told by their tags without parsing it.

It holds for sheets that `xlsx_near` found to be of the usual make: no comment and no CDATA hides a tag there, so that
a `<` begins one wherever it stands. A value that is written in another way is never guessed at: nothing is counted.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.xlsx_parts import BLOCK, STRINGS, part_of

ABOVE = 8 << 20
"""Bytes that the rows above the data may take."""

_END = b"</sheetData>"
_SHARED = re.compile(rb't="s"[^>]*><v>([0-9]+)</v>')
_STRING_ENDS = re.compile(rb"</si>|<si/>")
_NEEDED = frozenset(
    {"[content_types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
)
_OTHER_ENCODING = re.compile(rb"""^.{0,80}?encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE | re.DOTALL)


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
    """The cells of a sheet from row `first` (from 1) on; None where it has formulas or no such row, or is unusual."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part, tally = part_of(book, sheet), _Tally()
        with book.open(part) as opened:
            above, left = _until(opened, b'<row r="%d"' % first)
            if _OTHER_ENCODING.match(above) or _OTHER_ENCODING.match(_head(book)):
                return None
            while left and (end := left.find(_END)) < 0:
                cut = max(left.rfind(b"<c "), 0)
                tally.take(left[:cut])
                more = opened.read(BLOCK)
                left = left[cut:] + more if more and cut else b""
            if not left:
                return None
            tally.take(left[:end])
            if not tally.usual:
                return None
            top = _book(book, part, above, above + left[end:] + opened.read())
    return Counted(tally.shared + tally.inline, tally.truths, tally.values - tally.shared - tally.truths, top)


@dataclass(slots=True)
class _Tally:
    shared: int = 0
    inline: int = 0
    truths: int = 0
    values: int = 0
    usual: bool = True
    """Whether each value is written as it is counted, and none is worked out by a formula."""

    def take(self, some: bytes) -> None:
        """Counts whole cells."""
        inline = some.count(b't="inlineStr"><is>')
        pattern = "<(?:f|v[^>])" if inline else "<(?:f|v[^>]|is)"
        unusual = pc.match_substring_regex(pa.array([some], pa.binary()), pattern=pattern)[0].as_py()
        self.usual = self.usual and not unusual and (not inline or some.count(b"<is") == inline)
        self.shared += some.count(b't="s"><v>')
        self.truths += some.count(b't="b"><v>')
        self.values += some.count(b"<v>")
        self.inline += inline


def _until(opened: IO[bytes], tag: bytes) -> tuple[bytes, bytes]:
    """What stands before a tag, and what was read from it on; nothing from there on where it does not come soon."""
    found = opened.read(BLOCK)
    while (at := found.find(tag)) < 0 and len(found) < ABOVE:
        more = opened.read(BLOCK)
        if not more:
            break
        found += more
    return (found[:at], found[at:]) if at >= 0 else (found, b"")


def _head(book: zipfile.ZipFile) -> bytes:
    for name in book.namelist():
        if name.lower() == STRINGS:
            with book.open(name) as opened:
                return opened.read(1 << 10)
    return b""


def _book(book: zipfile.ZipFile, part: str, above: bytes, sheet: bytes) -> bytes:
    """The same workbook with that sheet alone, and as many shared texts as the rows above need."""
    needed = max(map(int, _SHARED.findall(above)), default=-1) + 1
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as small:
        for name in book.namelist():
            if name == part:
                small.writestr(name, sheet)
            elif name.lower() == STRINGS and needed:
                with book.open(name) as opened:
                    small.writestr(name, _some(opened, needed))
            elif name.lower() in _NEEDED:
                small.writestr(name, book.read(name))
    return made.getvalue()


def _some(opened: IO[bytes], needed: int) -> bytes:
    """The first shared texts; all where there are fewer, or where they are written otherwise."""
    found = b""
    while more := opened.read(BLOCK):
        found += more
        ends = [end.end() for end in _STRING_ENDS.finditer(found)]
        if len(ends) >= needed:
            return found[: ends[needed - 1]] + b"</sst>"
    return found
