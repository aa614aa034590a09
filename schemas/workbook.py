"""One sheet of an XLSX workbook as rows of text, written and read with the standard library alone.

Everything is written as text, so that no code loses its zeros and nothing is a formula. Reading keeps to the cells that
are there (a cell far away costs nothing), refuses entities, and stops at a size that no form has.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import IO
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

from schemas.errors import BadInput

LARGEST = 64 << 20
"""Bytes of one part, unpacked."""
MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_PARTS = 20_000
"""Elements of one row, or of one shared text."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ODD = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, Xml.ParseError, KeyError, NotImplementedError, EOFError, RuntimeError,
)  # fmt: skip


def write_workbook(rows: Iterable[Sequence[str]], title: str) -> bytes:
    """A workbook of one sheet; the same rows give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in _PARTS.items():
            parts.writestr(zipfile.ZipInfo(name, _EPOCH), _HEAD + text, zipfile.ZIP_DEFLATED)
        book = f'<sheets><sheet name="{escape(title, {chr(34): ""})}" sheetId="1" r:id="rId1"/></sheets>'
        parts.writestr(
            zipfile.ZipInfo("xl/workbook.xml", _EPOCH), _HEAD + _rooted("workbook", book), zipfile.ZIP_DEFLATED
        )
        told = zipfile.ZipInfo("xl/worksheets/sheet1.xml", _EPOCH)
        told.compress_type = zipfile.ZIP_DEFLATED
        with parts.open(told, "w") as sheet:
            sheet.write((_HEAD + _rooted("worksheet", "<sheetData>").removesuffix("</worksheet>")).encode())
            for number, row in enumerate(rows, 1):
                sheet.write(_row(number, row).encode())
            sheet.write(b"</sheetData></worksheet>")
    return out.getvalue()


def read_workbook(raw: bytes) -> list[list[str]]:
    """The rows of the first sheet, those without a cell empty; BadInput where it is no workbook, or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            shared = _shared(parts)
            return _rows(parts, _first_sheet(parts), shared)
    except _UNREADABLE as wrong:
        raise BadInput(
            f"found no XLSX workbook that can be read ({wrong}); expected one of Excel's or WPS's"
        ) from wrong


def column(number: int) -> str:
    """Letters of a column, from 1."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def _rooted(name: str, inside: str) -> str:
    spaces = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    spaces += ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    return f"<{name} {spaces}>{inside}</{name}>"


def _row(number: int, row: Sequence[str]) -> str:
    cells = (
        f'<c r="{column(place)}{number}" t="inlineStr"><is><t xml:space="preserve">{_spelt(text)}</t></is></c>'
        for place, text in enumerate(row, 1)
        if text
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def _spelt(text: str) -> str:
    """What XML cannot hold is written as Excel does, `_x000B_`; so is what would be read as such."""
    told = _ODD.sub(lambda found: f"_x005F_x{found[1]}_", text)
    told = _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", told)
    return escape(told).replace("\r", "_x000D_")


def _read(text: str) -> str:
    """As it was meant; half a character, which no text can hold, stays as it is spelt."""
    return _ODD.sub(lambda found: found[0] if 0xD800 <= int(found[1], 16) < 0xE000 else chr(int(found[1], 16)), text)


class _Bounded:
    """A part of the workbook that ends with an error before it grows too large or declares entities."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part, self._left, self._tail = part, LARGEST, b""

    def read(self, size: int = -1, /) -> bytes:
        """As many bytes as there are, BadInput beyond the bound."""
        piece = self._part.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise BadInput(f"this workbook unpacks to more than {LARGEST >> 20} MiB; split it")
        if b"<!" in self._tail + piece.replace(b"\0", b""):
            raise BadInput("this workbook declares entities or comments, which no spreadsheet program writes")
        self._tail = piece[-1:]
        return piece


def _each(parts: zipfile.ZipFile, name: str, wanted: str) -> Iterator[Xml.Element]:
    """Elements of that name, each forgotten after it was looked at; what stands beside them is forgotten at once."""
    with parts.open(name) as part:
        path: list[Xml.Element] = []
        inside = held = 0
        for event, one in Xml.iterparse(_Bounded(part), ("start", "end")):  # noqa: S314 - as above
            sought = one.tag == _MAIN + wanted
            if event == "start":
                path.append(one)
                inside, held = inside + sought, held + 1 if inside else 0
                if held > MOST_PARTS:
                    raise BadInput(f"this workbook has a {wanted} of more than {MOST_PARTS:,} parts; no form has")
                continue
            path.pop()
            inside -= sought
            if inside:
                continue
            held = 0
            if sought:
                yield one
            one.clear()
            if path:
                path[-1].remove(one)


def _first_sheet(parts: zipfile.ZipFile) -> str:
    names = sorted(one for one in parts.namelist() if re.fullmatch(r"xl/worksheets/sheet[0-9]+\.xml", one))
    if not names:
        raise KeyError("no sheet")
    return min(names, key=lambda one: (len(one), one))


def _shared(parts: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in parts.namelist():
        return []
    return [_text(one) for one in _each(parts, "xl/sharedStrings.xml", "si")]


def _text(holder: Xml.Element) -> str:
    """Plain and rich text without its phonetic hints."""
    said = [one.text or "" for one in holder.findall(f"{_MAIN}t")]
    said += [one.text or "" for one in holder.findall(f"{_MAIN}r/{_MAIN}t")]
    return _read("".join(said))


def _rows(parts: zipfile.ZipFile, name: str, shared: list[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for row in _each(parts, name, "row"):
        told = row.get("r", str(len(found) + 1))
        number = int(told) if told.isdecimal() and len(told) < 10 else 0
        if not len(found) < number <= MOST_ROWS:
            raise BadInput(f"row {told[:20]}: expected rows in their order, at most {MOST_ROWS:,}")
        found += [[] for _ in range(number - 1 - len(found))]
        found.append(_cells(row, shared))
    return found


def _cells(row: Xml.Element, shared: list[str]) -> list[str]:
    told: list[str] = []
    for cell in row.findall(f"{_MAIN}c"):
        place = _CELL.fullmatch(cell.get("r", ""))
        number = _numbered(place[1]) if place else len(told) + 1
        if number > MOST_COLUMNS:
            text = _value(cell, shared)
            if text.strip():
                raise BadInput(f"cell {cell.get('r')}: expected at most {MOST_COLUMNS} columns")
            continue
        told += [""] * (number - len(told))
        told[number - 1] = _value(cell, shared)
    return told


def _value(cell: Xml.Element, shared: list[str]) -> str:
    kind, value = cell.get("t", "n"), cell.find(f"{_MAIN}v")
    if kind == "inlineStr":
        holder = cell.find(f"{_MAIN}is")
        return _text(holder) if holder is not None else ""
    text = (value.text or "") if value is not None else ""
    if kind == "s":
        place = int(text) if text.isdecimal() and len(text) < 10 else len(shared)
        return shared[place] if place < len(shared) else ""
    if kind == "str":
        return _read(text)
    return _number(text) if kind == "n" else text


def _number(text: str) -> str:
    """A whole number as its digits; any other as it stands."""
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if abs(value) < 1e15 and value.is_integer() else text


def _numbered(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
