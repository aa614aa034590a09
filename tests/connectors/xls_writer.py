"""Writes XLS workbooks of old, BIFF8 within a compound file, just as far as the tests need it."""

import struct
from collections.abc import Mapping, Sequence

SECTOR, MINI, CUTOFF = 512, 64, 4096
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
ERRORS = {"#N/A": 0x2A, "#REF!": 0x17, "#DIV/0!": 0x07}

Value = str | float | bool | None


def xls(sheets: Mapping[str, Sequence[Sequence[Value]]], filler: int = 0) -> bytes:
    """A workbook; a text that is an error's name is that error, one that begins with `=` a formula that gives it."""
    bodies = [_sheet(rows) for rows in sheets.values()]
    names = [_bound(0, name) for name in sheets]
    start = len(_bof(5)) + sum(map(len, names)) + len(_record(0x0A))
    offsets = [start + sum(map(len, bodies[:n])) for n in range(len(bodies))]
    bounds = [_bound(at, name) for at, name in zip(offsets, sheets, strict=True)]
    stream = _bof(5) + b"".join(bounds) + _record(0x0A) + b"".join(bodies)
    return _compound(stream + b"\0" * filler)


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _bof(of: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, of, 0x0DBB, 0x07CC, 0, 6))


def _bound(at: int, name: str) -> bytes:
    return _record(0x85, struct.pack("<IHBB", at, 0, len(name), 1) + name.encode("utf-16-le"))


def _sheet(rows: Sequence[Sequence[Value]]) -> bytes:
    size = _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    cells = b"".join(_cell(r, c, v) for r, row in enumerate(rows) for c, v in enumerate(row) if v is not None)
    return _bof(0x10) + size + cells + _record(0x0A)


def _cell(row: int, column: int, value: Value) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, bool):
        return _record(0x0205, place + struct.pack("<BB", value, 0))
    if isinstance(value, float | int):
        return _record(0x0203, place + struct.pack("<d", value))
    text = str(value)
    if text in ERRORS:
        return _record(0x0205, place + struct.pack("<BB", ERRORS[text], 1))
    if text.startswith("="):
        result = struct.pack("<BBBBBBH", 2, 0, ERRORS[text[1:]], 0, 0, 0, 0xFFFF)
        return _record(0x06, place + result + struct.pack("<HIH", 0, 0, 0))
    return _record(0x0204, place + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))


def _compound(stream: bytes) -> bytes:
    small = len(stream) < CUTOFF
    unit = MINI if small else SECTOR
    count = -(-len(stream) // unit)
    body = stream.ljust(-(-len(stream) // SECTOR) * SECTOR, b"\0")
    sectors = len(body) // SECTOR
    minis = _links(count).ljust(SECTOR, b"\xff") if small else b""
    fat = struct.pack("<II", FAT, END) + _links(sectors, 2) + (struct.pack("<I", END) if small else b"")
    root = _entry("Root Entry", 5, 2 if small else END, len(body) if small else 0, child=1)
    book = _entry("Workbook", 2, 0 if small else 2, len(stream))
    directory = (root + book).ljust(SECTOR, b"\0")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, CUTOFF, sectors + 2 if small else END, int(small), END, 0)
    header += struct.pack("<I", 0).ljust(109 * 4, b"\xff")
    return header + fat.ljust(SECTOR, b"\xff") + directory + body + minis


def _links(count: int, first: int = 0) -> bytes:
    return b"".join(struct.pack("<I", first + n + 1 if n + 1 < count else END) for n in range(count))


def _entry(name: str, of: int, start: int, size: int, child: int = FREE) -> bytes:
    raw = name.encode("utf-16-le")
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(raw) + 2, of, 1, FREE, FREE, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )
