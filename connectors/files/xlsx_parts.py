"""What lies inside an XLSX workbook: the file that holds a sheet, and its cells that hold an error."""

import html
import io
import re
import zipfile

_BLOCK = 1 << 20


def error_cells(content: bytes, name: str) -> frozenset[tuple[int, int]]:
    """Row and column (from 0) of the cells of a sheet that hold #N/A, #REF! and their like."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part = part_of(book, name)
        if not part:
            return frozenset()
        found, tail = set(), b""
        with book.open(part) as opened:
            while block := opened.read(_BLOCK):
                tail += block
                if b't="e"' in tail:
                    found.update(re.findall(rb'<c r="([A-Z]+)([0-9]+)"[^>]*\bt="e"', tail))
                tail = tail[-256:]
    return frozenset((int(row) - 1, column_of(letters.decode())) for letters, row in found)


def part_of(book: zipfile.ZipFile, name: str) -> str:
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


def column_of(letters: str) -> int:
    """Number (from 0) of the column that capital letters name; -1 for none."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
