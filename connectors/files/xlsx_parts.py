"""What lies inside an XLSX workbook: the file that holds a sheet."""

import copy
import posixpath
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO
from xml.etree import ElementTree

from schemas.errors import SourceChanged

BLOCK = 1 << 20
"""Bytes of a part that are looked at at a time."""

STRINGS = "xl/sharedstrings.xml"
"""The file of shared texts, in small letters: programs do not mind the case."""

SHEETS = "xl/worksheets/sheet"
"""How files of sheets begin."""

LISTED = 8 << 20
"""Bytes that the list of sheets, and that of their files, may unpack to: as many small elements fill 200 MB."""

_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def part_of(book: zipfile.ZipFile, sheet: str) -> str:
    """The file inside the workbook that holds a sheet.

    SourceChanged where there is no such sheet, or where programs might disagree which file that is: two sheets of one
    name, two files of one name, or a workbook that does not lie where spreadsheets put it.
    """
    files = Counter(name.lower() for name in book.namelist())
    if not {_BOOK, _RELATIONS} <= files.keys():
        raise SourceChanged(f"no {_BOOK} in it; expected an XLSX workbook: save it as one")
    if twice := [name for name, count in files.items() if count > 1]:
        raise SourceChanged(f"two files named {twice[0]} in it; expected one of each name: save the workbook anew")
    sheets = list(_sheets(book))
    found = [relation for name, relation in sheets if name == sheet]
    if not found:
        raise SourceChanged(f"no sheet {sheet!r}; found {', '.join(repr(name) for name, _ in sheets)}")
    targets = [target for relation, target in _relations(book) if relation == found[0]]
    if len(found) > 1 or len(targets) != 1:
        raise SourceChanged(f"found {len(found)} sheets {sheet!r} in {len(targets)} files; expected one: save it anew")
    part = _place(targets[0])
    if part.lower() not in files:
        raise SourceChanged(f"sheet {sheet!r} is to be in {part}, which is not there: save the workbook anew")
    return next(name for name in book.namelist() if name.lower() == part.lower())


@contextmanager
def held(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """A file of the workbook, of which what is left is read, too; SourceChanged where it is longer than it says.

    Python stops at the size that the archive declares, and finds the checksum right that was made for it; parsers read
    on. So one byte more is asked for than may be there.
    """
    longer = copy.copy(part)
    longer.file_size += 1
    with _opened(book, longer) as opened:
        yield opened
        while opened.read(BLOCK):
            pass
        if opened.tell() != part.file_size:
            raise SourceChanged(
                f"{part.filename} says that it unpacks to {part.file_size} bytes, and unpacks to "
                f"{'more' if opened.tell() > part.file_size else opened.tell()}; the workbook is broken: save it anew"
            )


def _opened(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return book.open(part)
    except ValueError as wrong:  # where a broken archive says that the file begins before its own beginning
        raise zipfile.BadZipFile(f"{part.filename}: {wrong}") from wrong


def reckoned_on_load(book: zipfile.ZipFile) -> bool:
    """Whether a workbook asks to have all formulas worked out when it is opened, as writers do that may not reckon."""
    told = _attributes(book, _BOOK, "calcPr")
    return any(attributes.get("fullCalcOnLoad", "").strip() in {"1", "true"} for attributes in told)


def column_of(letters: str) -> int:
    """Number (from 0) of the column that capital letters name; -1 for none."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Names of the sheets and of the relations to their files."""
    for attributes in _attributes(book, _BOOK, "sheet"):
        if "name" in attributes:
            yield attributes["name"], next((v for k, v in attributes.items() if _local(k) == "id"), "")


def _relations(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for attributes in _attributes(book, _RELATIONS, "Relationship"):
        yield attributes.get("Id", ""), attributes.get("Target", "")


def _attributes(book: zipfile.ZipFile, part: str, tag: str) -> Sequence[Mapping[str, str]]:
    """What all elements of that name in a file of the workbook say."""
    entry = next(entry for entry in book.infolist() if entry.filename.lower() == part)
    if entry.file_size > LISTED:
        said = f"{entry.filename} unpacks to {entry.file_size} bytes; expected at most {LISTED}"
        raise SourceChanged(f"{said}: save the data alone, without names and styles that nobody needs")
    with held(book, entry) as opened:
        content = opened.read(entry.file_size)
    told = _Told(tag)
    parser = ElementTree.XMLParser(target=told)  # noqa: S314 - fetches nothing; expat bounds what entities swell to
    try:
        parser.feed(content)
        parser.close()
    except (ElementTree.ParseError, LookupError, ValueError) as wrong:
        raise SourceChanged(f"{part}: {wrong}; its XML is broken: save the workbook anew") from wrong
    return told.found


class _Told:
    """Keeps no tree, and takes no DOCTYPE, whose attributes other programs do not see."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self.found: list[Mapping[str, str]] = []
        """The attributes of each element of that name."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """One more element."""
        if _local(tag) == self._tag:
            self.found.append(attributes)

    def doctype(self, *_: object) -> None:
        """SourceChanged."""
        raise SourceChanged("found a DOCTYPE in it, expected none: save the workbook anew")


def _place(target: str) -> str:
    if target.startswith(("/", "xl/")):
        return posixpath.normpath(target.lstrip("/"))
    return posixpath.normpath(f"xl/{target}")


def _local(name: str) -> str:
    return name.rpartition("}")[2]
