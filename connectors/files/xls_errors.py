"""Which cells of an XLS workbook hold #N/A, #REF! and their like: read from its records, [MS-XLS] and [MS-CFB]."""

import struct
from collections.abc import Iterator
from itertools import islice

from schemas.errors import SourceChanged

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a compound file begins, and with it every XLS."""

_END = 0xFFFFFFFA
"""Sector numbers from here on are marks."""
_BOUNDSHEET, _BOOLERR, _FORMULA, _EOF = 0x0085, 0x0205, 0x0006, 0x000A
_STREAMS = ("Workbook", "Book")


def error_cells_of_xls(content: bytes, sheet: str) -> frozenset[tuple[int, int]]:
    """Row and column (from 0) of the sheet's cells that hold an error, typed or worked out by a formula."""
    try:
        stream = _workbook(content)
        start = next((at for at, name in _sheets(stream) if name == sheet), None)
        return frozenset() if start is None else frozenset(_errors(stream, start))
    except (struct.error, IndexError, UnicodeDecodeError) as wrong:
        raise SourceChanged(f"sheet {sheet!r}: {wrong}; the XLS workbook is broken: save it anew") from wrong


def _errors(stream: bytes, start: int) -> Iterator[tuple[int, int]]:
    for kind, body in _records(stream, start):
        if kind == _EOF:
            return
        typed = kind == _BOOLERR and body[7] == 1
        worked_out = kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff"
        if typed or worked_out:
            yield struct.unpack_from("<HH", body)


def _sheets(stream: bytes) -> Iterator[tuple[int, str]]:
    """Where each sheet begins, and its name."""
    for kind, body in _records(stream, 0):
        if kind == _EOF:
            return
        if kind == _BOUNDSHEET:
            start, length, wide = struct.unpack_from("<I2xBB", body)
            text = body[8 : 8 + length * (2 if wide & 1 else 1)]
            yield start, text.decode("utf-16-le" if wide & 1 else "latin-1")


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _workbook(content: bytes) -> bytes:
    """The stream that holds the workbook's records, out of the compound file around it."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    first, cutoff, first_mini = struct.unpack_from("<I4xII", content, 48)
    table = _table(content, size)
    directory = _chain(content, table, first, size)
    entries = {name: (start, length) for name, start, length in _entries(directory)}
    start, length = next(entries[name] for name in _STREAMS if name in entries) if _named(entries) else (_END, 0)
    if length >= cutoff:
        return _chain(content, table, start, size)[:length]
    small = _numbers(_chain(content, table, first_mini, size))
    inside = _chain(content, table, entries.get("Root Entry", (_END, 0))[0], size)
    return _chain(inside, small, start, 64, header=0)[:length]


def _named(entries: dict[str, tuple[int, int]]) -> bool:
    return any(name in entries for name in _STREAMS)


def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
    for at in range(0, len(directory), 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le")
        yield name, *struct.unpack_from("<II", directory, at + 116)


def _table(content: bytes, size: int) -> list[int]:
    """Sector -> the one after it; where it stands itself is told in the header and, of large files, behind it."""
    places = list(struct.unpack_from("<109I", content, 76))
    more, count = struct.unpack_from("<II", content, 68)
    for _ in range(count):
        numbers = _numbers(content[(more + 1) * size : (more + 2) * size])
        places += numbers[:-1]
        more = numbers[-1]
    sectors = (content[(place + 1) * size : (place + 2) * size] for place in places if place < _END)
    return [number for sector in sectors for number in _numbers(sector)]


def _chain(content: bytes, table: list[int], first: int, size: int, *, header: int = 1) -> bytes:
    return b"".join(
        content[(sector + header) * size : (sector + header + 1) * size]
        for sector in islice(_walk(table, first), len(table))
    )


def _walk(table: list[int], sector: int) -> Iterator[int]:
    while sector < _END:
        yield sector
        sector = table[sector]


def _numbers(sector: bytes) -> list[int]:
    return list(struct.unpack_from(f"<{len(sector) // 4}I", sector))
