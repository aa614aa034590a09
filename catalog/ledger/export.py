"""The whole ledger as JSON Lines, in the form that `check.py` describes and checks without this package."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Engine

from catalog.database import connect, require_current
from catalog.ledger import chain, check, merkle, reading, tables
from catalog.ledger.writer import TILE
from schemas.dataset import Json

PLACED = re.compile(r'\{"#":([0-9]+),')
NOTHING = bytes(32)
"""Stands in a tile for a receipt that is not there."""


def lines(catalogue: Engine, ledger: Engine) -> Iterator[bytes]:
    """Line by line; receipts whose head is gone have no checkpoint at their end."""
    yield from _chain(catalogue)
    note = reading.checkpoint(ledger)
    size = check.opened(note, "").size if note else None
    there = False
    for line in _receipts(ledger, 0, size):
        yield line
        there = True
    if note or not there:
        yield _line({"checkpoint": note or None})


def part(catalogue: Engine, ledger: Engine, first: int, end: int) -> Iterator[bytes]:
    """Receipts `first` (the first of a tile) up to `end`; of all others the roots that lead to the checkpoint."""
    note = reading.checkpoint(ledger)
    subtrees = reading.Subtrees(ledger)
    if first == 0:
        yield from _chain(catalogue)
    yield from _without(subtrees, 0, first)
    yield from _receipts(ledger, first, end)
    yield from _without(subtrees, end, check.opened(note, "").size)
    yield _line({"checkpoint": note})


def _chain(catalogue: Engine) -> Iterator[bytes]:
    for entry in chain.entries(catalogue):
        yield _line({"earlier": asdict(entry)})


def _receipts(ledger: Engine, first: int, end: int | None) -> Iterator[bytes]:
    """Bodies, and after those of each tile their hashes."""
    hashes: dict[int, bytes] = {}
    number = first // TILE
    for index, hashed, text in reading.bodies(ledger, first, end):
        while index // TILE > number:
            yield _tile(ledger, number, hashes)
            number, hashes = number + 1, {}
        yield _line({"erased": index}) if text is None else text.encode() + b"\n"
        hashes[_place(index, text or "")] = hashed
    if hashes:
        yield _tile(ledger, number, hashes, end)


def _without(get: merkle.Subtree, first: int, end: int) -> Iterator[bytes]:
    """The roots of the largest perfect subtrees from `first` up to `end`."""
    while first < end:
        count = 1 << ((end - first).bit_length() - 1)
        while first % count:
            count >>= 1
        level = count.bit_length() - 1
        yield _line({"without": count, "root": get(level, first >> level).hex()})
        first += count


def _place(index: int, text: str) -> int:
    """The index that a receipt says itself; where it says none, that of its row."""
    told = PLACED.match(text)
    return int(told[1]) if told else index


def _tile(ledger: Engine, number: int, hashes: Mapping[int, bytes], size: int | None = None) -> bytes:
    """The hashes as they were kept when they were complete; at the end as they stand beside the bodies.

    A tile that was completed after the checkpoint that this export ends with counts as it was then.
    """
    known = reading.tile(ledger, number) if size is None or (number + 1) * TILE <= size else None
    if known is None:
        first = number * TILE
        end = max(first, *hashes) + 1 if hashes else first
        known = b"".join(hashes.get(index, NOTHING) for index in range(first, min(end, first + TILE))), b""
    packed, root = known
    return _line({"tile": number, "hashes": base64.b64encode(packed).decode(), "root": root.hex()})


def _line(told: Mapping[str, Json]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def of_database(url: str) -> Iterator[bytes]:
    """The lines of a catalogue of this release and of its ledger, which on SQLite is `ledger.db` beside it. NotReady.

    Where no receipt was ever written there is no such file, and the ledger is empty.
    """
    catalogue = connect(url)
    require_current(catalogue)
    if catalogue.dialect.name == "postgresql":
        return lines(catalogue, catalogue)
    file = Path(str(catalogue.url.database)).with_name("ledger.db")
    if not file.is_file():
        return chain_alone(catalogue)
    ledger = connect(f"sqlite:///{file}")
    tables.prepare(ledger)
    return lines(catalogue, ledger)


def chain_alone(catalogue: Engine) -> Iterator[bytes]:
    """What an installation has before the first receipt of its log."""
    yield from _chain(catalogue)
    yield _line({"checkpoint": None})
