"""Proves that the cells of a sheet lie near enough for memory: parsers reserve the whole rectangle up to the last one.

One stray value in the last corner of a sheet would end the process, which wants 512 GB for it. Cells that are all
written as spreadsheets write them are told from one pass of a regular expression over their tags; where one is not,
the sheet is parsed for it, which takes ten times as long.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import IO
from xml.parsers import expat

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.ahead import ahead
from connectors.files.xlsx_parts import BLOCK, column_of, held, part_of
from schemas.errors import SourceChanged

MOST = 72 << 20
"""As many cells may lie in the rectangle: 2.4 GB of memory."""

_LONGEST = 16 << 20
"""Bytes between one tag and the next, beyond which a sheet is of no usual make."""
_END = "</sheetData>"
_NAME = r"[^<> \t\r\n]"
_HIDDEN = rf"""<(?:[!?]|{_NAME}*["']|(?:{_NAME}*:)?c[ \t\r\n/>])"""
"""A cell behind the end of the cells, or a tag that may hide one: the end was none."""
_DECLARED = re.compile(rb"^\xef\xbb\xbf?<\?xml[^<>]*\?>|^<\?xml[^<>]*\?>")
_REFERENCE = re.compile("([A-Za-z]*)([0-9]*)")
_LETTERS, _DIGITS = 3, 7
"""Of the last cell of all, XFD1048576."""


def _unusual(far: str, digits: int) -> str:
    """What some tag looks like unless each cell begins with `<c r="`, a reference, and `"`, and nothing hides any."""
    again = r"""[^<>]*[ \t\r\n"']r[ \t\r\n]*="""  # the last one would count
    after = f'[^1-9A-Z]|[0-9]{{{digits + 1}}}|[0-9]{{1,{digits}}}(?:[^0-9"]|"{again})'
    reference = f"[^A-Z]|[A-Z]{{3}}|{far}[A-Z]{{1,2}}(?:{after})"
    cell = rf'[>/\t\r\n]| (?:[^r]|r(?:[^=]|=(?:[^"]|"(?:{reference}))))'
    return rf"""<(?:[!?]|{_NAME}*[:"']|c(?:{cell}))"""


_NARROW = _unusual("[C-Z][A-Z]|B[X-Z]|", 6)
"""A cell beyond column BW or row 999,999, or a tag that may be one, or may hide one."""
_SHORT = _unusual("", 5)
"""The same for column ZZ and row 99,999."""


def near(content: bytes, sheet: str) -> bool:
    """Whether all cells of a sheet of an XLSX workbook are written as usual; all of them are near.

    SourceChanged where one is so far away that memory would not hold the sheet, or where that cannot be told, and where
    the sheet is longer than the archive says.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part = book.getinfo(part_of(book, sheet))
        if _never(book, part, _NARROW) or _never(book, part, _SHORT):
            return True
        with held(book, part) as opened:
            _exactly(opened, sheet)
    return False


def _never(book: zipfile.ZipFile, part: zipfile.ZipInfo, pattern: str) -> bool:
    sought = f"{pattern}|{_END}"
    with held(book, part) as opened, closing(ahead(_tags(opened))) as blocks:
        for tags in blocks:
            if tags.rfind(b"<") > tags.rfind(b">"):  # what the block ends before stands inside a tag
                return False
            if _matches(tags, sought):
                cells, end, after = tags.partition(_END.encode())
                if sought is _HIDDEN or not end or _matches(cells, pattern) or _matches(after, _HIDDEN):
                    return False
                sought = _HIDDEN
    return True


def _matches(tags: bytes, pattern: str) -> bool:
    found: bool = pc.match_substring_regex(pa.array([tags]), pattern=pattern)[0].as_py()
    return found


def _tags(opened: IO[bytes]) -> Iterator[bytes]:
    """A sheet in blocks that end before a `<`; an unusual one where the next one is far away."""
    left, more = b"", _DECLARED.sub(b"", opened.read(BLOCK))
    while more:
        if (cut := more.rfind(b"<")) < 0:
            left += more
        else:
            yield b"".join((left, memoryview(more)[:cut]))
            left = more[cut:]
        more = opened.read(BLOCK) if len(left) <= _LONGEST else b""
    yield left if len(left) <= _LONGEST else b"<!"


def _exactly(opened: IO[bytes], sheet: str) -> None:
    """Parses a sheet for where its cells lie that hold anything."""
    seen = _Seen()
    parser = expat.ParserCreate()
    parser.StartElementHandler = seen.begun
    parser.StartDoctypeDeclHandler = partial(_no_doctype, sheet)
    try:
        parser.ParseFile(opened)
    except (expat.ExpatError, LookupError) as wrong:
        raise SourceChanged(f"sheet {sheet!r}: {wrong}; its XML is broken: save the workbook anew") from wrong
    if seen.rows * seen.columns > MOST:
        raise SourceChanged(
            f"sheet {sheet!r}: found values as far away as row {seen.rows} and column {seen.columns}, expected at most "
            f"{MOST} cells in the rectangle that they span; delete what stands there, or save the data alone"
        )


def _no_doctype(sheet: str, *_: object) -> None:
    raise SourceChanged(f"sheet {sheet!r}: found a DOCTYPE, expected none: save the workbook anew")


class _Seen:
    """How far the cells with a value reach; where a cell does not say where it is, it is the next one."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._row = self._column = 0

    def begun(self, tag: str, attributes: dict[str, str]) -> None:
        """Takes one more element."""
        name = tag.rpartition(":")[2]
        if name == "row":
            told = attributes.get("r", "")
            self._row, self._column = _number(told) if told.isdecimal() else self._row + 1, 0
        elif name == "c":
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            letters, digits = found.groups() if found else ("", "")
            self._column = _number_of(letters) if letters else self._column + 1
            self._row = _number(digits) if digits else max(self._row, 1)
        elif name in {"v", "is", "f", "t"}:
            self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)


def _number(digits: str) -> int:
    """Of a row; beyond all where it has more digits than any."""
    return int(digits) if len(digits) <= _DIGITS else MOST + 1


def _number_of(letters: str) -> int:
    """Of a column, from 1; beyond all where it has more letters than any."""
    return column_of(letters.upper()) + 1 if len(letters) <= _LETTERS else MOST + 1
