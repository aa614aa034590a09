"""Which cells of an XLSX sheet stand there without a value: errors, and formulas that nobody has worked out."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO

from connectors.files.cells import ERROR, UNWORKED
from connectors.files.xlsx_parts import BLOCK, column_of, part_of, reckoned_on_load
from schemas.errors import SourceChanged

_END = re.compile(rb"</(?:\w+:)?sheetData")
_CDATA = b"<![CDATA["
_ASIDE = {b"<!--": b"-->", _CDATA: b"]]>", b"<?": b"?>"}
"""How what is no tag begins -> how it ends."""
_BEGUN = re.compile(rb"<(?:!--|!\[CDATA\[|\?)|<![-\[A-Z]{0,7}\Z")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*[^<>/]|\s)?>[^<]*")
_LONGEST = 16 << 20
"""Bytes of a comment, or of another thing of its kind."""
_ERROR = re.compile(rb"""<(?:\w+:)?c(?P<cell>(?:\s[^<>]*?)?\st\s*=\s*["']e["'][^<>]*)>""")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c(?P<cell>\s[^<>]*)?>\s*"
    rb"<(?:\w+:)?f(?P<formula>\s[^<>]*?)?(?:/>|>[^<]*</(?:\w+:)?f\s*>)\s*"
    rb"(?P<value><(?:\w+:)?v(?:\s[^<>]*?)?(?:/>|>(?P<told>[^<]*)<))?"
)
_ZERO = re.compile(rb"\s*-?0*\.?0*\s*")
_TYPE = re.compile(rb"""\st\s*=\s*["'](?!n["'])""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]+)([0-9]+)["']""")
_TEXT = re.compile(rb"""\st\s*=\s*["']str["']""")
_RANGE = re.compile(rb"""\sref\s*=\s*["']([A-Za-z0-9]+:[A-Za-z0-9]+)["']""")


def unsound_cells(content: bytes, sheet: str) -> Mapping[tuple[int, int], str]:
    """Row and column (from 0) of the cells that hold an error or a formula without its value -> what is wrong.

    Programs that write workbooks and cannot reckon leave the value out, and readers take the cell for a blank one.
    SourceChanged where such a formula fills a range, or such a cell does not say where it is: which cells are blank
    for it cannot be told; and where readers would take a part of a value for the whole. Where the workbook asks to be
    reckoned anew on load, its writer may have reckoned nothing: there a number of 0 and an empty text may stand in a
    value's place, and a true 0 cannot be told from that.
    """
    found: dict[tuple[int, int], str] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as book, book.open(part_of(book, sheet)) as opened:
        waits = reckoned_on_load(book)
        for some in _whole_cells(opened, sheet):
            found.update((_at(error["cell"], sheet, ERROR), ERROR) for error in _ERROR.finditer(some))
            if b"<f" in some or b":f" in some:
                found.update((at, UNWORKED) for at in _unworked(some, sheet, waits=waits))
    return found


def _whole_cells(opened: IO[bytes], sheet: str) -> Iterator[bytes]:
    """The sheet up to the end of its cells, in pieces that end before a cell begins."""
    left = b""
    for some in _shown(opened, sheet):
        left += some
        if end := _END.search(left):
            left = left[: end.start()]
            break
        cut = left.rfind(b"<c")
        if cut < 0:
            cut = left.rfind(b"<", 0, max(left.rfind(b":c"), 0))
        yield left[: max(cut, 0)]
        left = left[max(cut, 0) :]
    yield left


def _shown(opened: IO[bytes], sheet: str) -> Iterator[bytes]:
    """The sheet without comments and their like, which may hide an end of the cells, and with bare texts for CDATA.

    SourceChanged where one stands in a value, of which readers take what stands before it alone.
    """
    left = b""
    while block := opened.read(BLOCK):
        shown, left = _without_asides(left + block, sheet)
        yield shown
        if len(left) > _LONGEST:
            raise SourceChanged(
                f"sheet {sheet!r}: found a comment or text of more than {_LONGEST} bytes, expected cells"
            )
    yield left


def _without_asides(some: bytes, sheet: str) -> tuple[bytes, bytes]:
    """What can be told of, and what needs more to come: an aside without its end, or the last two tags."""
    shown: list[bytes] = []
    at = 0
    while begun := _BEGUN.search(some, at) if b"!" in some or b"?" in some else None:
        start = begun.start()
        if _VALUE.fullmatch(some, max(some.rfind(b"<", at, start), 0), start):
            raise SourceChanged(f"sheet {sheet!r}: found CDATA or a comment in a value, expected text: save it anew")
        end = some.find(_ASIDE[begun[0]], begun.end()) if begun[0] in _ASIDE else -1
        if end < 0:
            return b"".join([*shown, some[at:start]]), some[start:]
        shown.append(some[at:start])
        if begun[0] == _CDATA:
            shown.append(some[begun.end() : end].replace(b"<", b" "))
        at = end + len(_ASIDE[begun[0]])
    cut = max(some.rfind(b"<", at, max(some.rfind(b"<", at), at)), at)
    return b"".join([*shown, some[at:cut]]), some[cut:]


def _unworked(some: bytes, sheet: str, *, waits: bool) -> Iterator[tuple[int, int]]:
    for formula in _FORMULA.finditer(some):
        cell = formula["cell"] or b""
        if _worked(cell, formula["value"], formula["told"] or b"", waits=waits):
            continue
        filled = _RANGE.search(formula["formula"] or b"")
        if filled and b"array" in formula["formula"]:
            raise _nowhere(sheet, f"the cells {filled[1].decode()} hold", UNWORKED)
        yield _at(cell, sheet, UNWORKED)


def _worked(cell: bytes, value: bytes | None, told: bytes, *, waits: bool) -> bool:
    if waits and not _TYPE.search(cell):
        return not _ZERO.fullmatch(told)
    return bool(told or (value and not waits and _TEXT.search(cell)))  # a text may be empty


def _at(cell: bytes, sheet: str, why: str) -> tuple[int, int]:
    place = _PLACE.search(cell)
    if place is None:
        raise _nowhere(sheet, "a cell without a reference holds", why)
    return int(place[2]) - 1, column_of(place[1].decode().upper())


def _nowhere(sheet: str, found: str, why: str) -> SourceChanged:
    return SourceChanged(f"sheet {sheet!r}: {found}{why.removeprefix('the cell holds')}")
