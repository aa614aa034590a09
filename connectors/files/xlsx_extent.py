"""How far the cells of a sheet reach: parsers reserve the whole rectangle up to the last one before they say a word.

One stray value in the last corner of a sheet would end the process, which wants 512 GB for it.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.xlsx_parts import column_of, part_of
from schemas.errors import SourceChanged

MOST = 72 << 20
"""As many cells may lie in the rectangle: 2.4 GB of memory."""

_BLOCK = 1 << 20
_LONGEST = 64
"""Bytes that a reference and the tag before it take at most where they look as usual."""
_REFERS = r"""r\s*=\s*["']"""
_FAR = _REFERS + "(?:[A-Za-z]{3}|[A-Za-z]*[0-9]{7}|[A-Za-z]*[0-9]*&)"
"""A reference to a cell beyond column ZZ or row 999,999, or one that is written unusually."""
_WIDE, _LONG = _REFERS + "[A-Za-z]{2}", _REFERS + "[A-Za-z]*[0-9]{6}"
"""Beyond column Z, and beyond row 99,999: either alone is near."""
_REFERENCE = re.compile("([A-Za-z]*)([0-9]*)")


def near(content: bytes, sheet: str) -> None:
    """SourceChanged where a sheet of an XLSX workbook has a cell so far away that memory would not hold the sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part = part_of(book, sheet)
        for name in [part] if part else [n for n in book.namelist() if n.endswith(".xml")]:
            if _perhaps_far(_blocks(book, name)):
                _exactly(book, name, sheet)


def _blocks(book: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """All cells of a sheet, some at a time; each block begins with the end of the one before."""
    with book.open(name) as opened:
        block = opened.read(_BLOCK)
        block = block[max(block.find(b"<sheetData"), 0) :]
        while block:
            yield block
            more = opened.read(_BLOCK)
            block = more and block[-_LONGEST:] + more


def _perhaps_far(blocks: Iterator[bytes]) -> bool:
    wide = long = False
    for block in blocks:
        wide, long = wide or _has(block, _WIDE), long or _has(block, _LONG)
        if (wide and long) or _has(block, _FAR):
            return True
    return False


def _has(block: bytes, pattern: str) -> bool:
    return bool(pc.match_substring_regex(pa.array([block], pa.binary()), pattern=pattern)[0].as_py())


def _exactly(book: zipfile.ZipFile, name: str, sheet: str) -> None:
    """Parses a sheet for the references of its cells, which takes long."""
    last = [0, 0]
    furthest = ["A1", "A1"]

    def look(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "c" and (found := _REFERENCE.fullmatch(attributes.get("r", ""))):
            for axis, number in enumerate((int(found[2] or 0), column_of(found[1].upper()) + 1)):
                if number > last[axis]:
                    last[axis], furthest[axis] = number, attributes["r"]

    parser = expat.ParserCreate()
    parser.StartElementHandler = look
    with book.open(name) as opened:
        try:
            parser.ParseFile(opened)
        except expat.ExpatError:
            return  # whoever reads it says so
    if last[0] * last[1] > MOST:
        raise SourceChanged(
            f"sheet {sheet!r}: found cells as far away as {' and '.join(dict.fromkeys(furthest))}, expected at most "
            f"{MOST} cells in the rectangle that they span; delete the rows and columns that hold no data"
        )
