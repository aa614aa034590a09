"""Bodies of receipts end, proofs stay: one is taken out, or those of an old time move to a file; both are on record."""

import hashlib
import os
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, bindparam, delete, select, update

from catalog.database import writing
from catalog.ledger import check, export, reading, tables, tokens
from catalog.ledger.book import Ledger
from catalog.ledger.writer import TILE, microseconds
from schemas.errors import BadInput, HeldBack, Unknown
from schemas.receipt import Receipt

STAY = ("begun", "erased", "archived")
"""Events of receipts that hold the log together: without them nobody could tell an erasure from a gap."""
CHUNK = 10_000
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Archived:
    """What was moved."""

    first: int
    last: int
    sha256: str
    receipt: Receipt
    """Of the move itself."""


def erasable(ledger: Ledger, number: str) -> Receipt:
    """The receipt of that number; Unknown where there is none (any more), BadInput where its body must stay."""
    found = ledger.receipt(number)
    if found is None:
        raise Unknown(f"no receipt has the number {number[:40]!r}, or its body is gone already")
    if found.previous or found.body.get("event") in STAY:
        raise BadInput(f"receipt {found.index} stays: it is one of those that hold the log together")
    return found


def forget(ledger: Ledger, index: int) -> None:
    """Take the body of one receipt out, for ever; a receipt that says so comes before. Its hash stays."""
    _forget(ledger.engine, index, index + 1, ())


def archive(ledger: Ledger, before: datetime, file: Path, at: datetime, nonce: bytes) -> Archived:
    """Move the bodies of all receipts before a moment to `file`, which proves itself to whoever has the public key.

    They leave the ledger only once the file was read again and found whole and the receipt that says so is written.
    BadInput where there is nothing to move, HeldBack where the ledger is not whole; then nothing was moved.
    """
    stay = _staying(ledger)
    first, end = _segment(ledger.engine, before, stay)
    digest = _written(ledger, file, first, end)
    told = {"event": "archived", "leaves": [first, end - 1], "sha256": digest, "before": before.isoformat()}
    receipt = ledger.record(told, at, nonce, (tokens.about_erasures(),))
    _forget(ledger.engine, first, end, stay)
    return Archived(first, end - 1, digest, receipt)


def _staying(ledger: Ledger) -> frozenset[int]:
    """Indexes of the receipts whose bodies never leave."""
    first = reading.receipt(ledger.engine, 0)
    begun = {0} if first is not None and first.body.get("event") in STAY else set()
    return frozenset(begun | {one.index for one in ledger.about(tokens.about_erasures(), None, MANY)})


def _segment(engine: Engine, before: datetime, stay: Collection[int]) -> tuple[int, int]:
    """From the tile of the oldest body that is here up to the first receipt that is not before the moment."""
    table = tables.leaf
    here = select(table.c.idx).where(table.c.body.is_not(None)).order_by(table.c.idx)
    later = select(table.c.idx).where(table.c.at >= microseconds(before)).order_by(table.c.idx).limit(1)
    with engine.connect() as connection:
        oldest = connection.execution_options(yield_per=CHUNK).scalars(here)
        first = next((index for index in oldest if index not in stay), None)
        end = connection.scalar(later)
    end = reading.size(engine) if end is None else end
    if first is None or first >= end:
        raise BadInput(f"no receipt before {before.date()} has its body here: nothing to archive")
    return first // TILE * TILE, end


def _written(ledger: Ledger, file: Path, first: int, end: int) -> str:
    """Write the file, which must not be there yet, down to the disk, and check it; its SHA-256."""
    if file.exists():
        raise BadInput(f"{file}: is there already; an archive is never written over")
    half, digest = file.with_name(f"{file.name}.half"), hashlib.sha256()
    try:
        with half.open("wb") as out:
            for line in export.part(ledger.catalogue, ledger.engine, first, end):
                digest.update(line)
                out.write(line)
            out.flush()
            os.fsync(out.fileno())
        found = check.look_at(half, ledger.key.public_text)
        if found.wrong:
            raise HeldBack(f"nothing was archived, the ledger is not whole: {found.wrong[0].said}; verify it first")
        half.rename(file)
    finally:
        half.unlink(missing_ok=True)
    return digest.hexdigest()


def _forget(engine: Engine, first: int, end: int, stay: Collection[int]) -> None:
    """Take bodies, and the tokens that lead to them, out of the database and out of its free pages."""
    with engine.connect() as connection:  # a search of the whole index, so not while others wait to write
        subject = tables.subject
        led = select(subject.c.token, subject.c.idx).where(subject.c.idx >= first, subject.c.idx < end)
        found = [{"t": row.token, "i": row.idx} for row in connection.execute(led) if row.idx not in stay]
    for start in range(0, len(found), CHUNK):
        with writing(engine) as connection:
            connection.execute(
                delete(subject).where(subject.c.token == bindparam("t"), subject.c.idx == bindparam("i")),
                found[start : start + CHUNK],
            )
    for start in range(first, end, CHUNK):
        _forget_bodies(engine, start, min(end, start + CHUNK), stay)
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _forget_bodies(engine: Engine, first: int, end: int, stay: Collection[int]) -> None:
    leaf = tables.leaf
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        gone = (leaf.c.idx >= first, leaf.c.idx < end, leaf.c.idx.not_in([one for one in stay if first <= one < end]))
        connection.execute(update(leaf).where(*gone).values(body=None))
