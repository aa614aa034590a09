"""The ledger of earlier releases: every receipt holds the hash of the one before. It is read, and grows no more."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update
from sqlalchemy.exc import DBAPIError

from catalog import tables
from catalog.database import UNAVAILABLE, writing
from catalog.ledger import chain_verify
from catalog.ledger.chain_verify import Entry, Head
from schemas.dataset import Json
from schemas.errors import NotReady
from schemas.receipt import Fault, Receipt

CHUNK = 10_000
NUMBER = re.compile("[0-9a-f]{32}")


def record(engine: Engine, body: Mapping[str, Json], at: datetime, chance: bytes) -> Receipt:
    """Write one receipt in a transaction of its own; when this returns it is on disk.

    `chance` is 32 random bytes: half becomes the number, half the nonce that keeps an erased body from being guessed
    back from its hash. Raises NotReady where the ledger cannot be written: then nothing may be served.
    """
    number = chance[:16].hex()
    told = dict(body) | {"number": number, "at": _text(at), "nonce": chance[16:32].hex()}
    head = tables.ledger_head
    try:
        with writing(engine) as connection:
            last = connection.execute(select(head.c.size, head.c.hash).where(head.c.id == 1).with_for_update()).one()
            text = _storable(told | {"index": last.size})
            digest = chain_verify.chained(last.hash, text)
            connection.execute(
                insert(tables.receipt).values(
                    idx=last.size, number=number, at=at, body=text, previous=last.hash, hash=digest
                )
            )
            connection.execute(update(head).where(head.c.id == 1).values(size=last.size + 1, hash=digest))
    except (DBAPIError, *UNAVAILABLE) as wrong:
        raise NotReady(
            "the ledger cannot be written, so nothing is served; look at the database and its disk"
        ) from wrong
    return Receipt(last.size, number, at, json.loads(text), digest, last.hash)


def head(engine: Engine) -> Head:
    """How many receipts there are and the hash of the last: note it elsewhere, and nobody can cut the tail unseen."""
    with engine.connect() as connection:
        row = connection.execute(select(tables.ledger_head.c.size, tables.ledger_head.c.hash)).one_or_none()
    return Head(0, "") if row is None else Head(row.size, row.hash)


def entries(engine: Engine) -> Iterator[Entry]:
    """Every receipt in the order of its index, a chunk at a time."""
    table = tables.receipt
    with engine.connect() as connection:
        rows = connection.execution_options(yield_per=CHUNK).execute(select(table).order_by(table.c.idx))
        for row in rows:
            yield Entry(row.idx, row.number, _text(row.at), row.body, row.previous, row.hash)


def receipts(engine: Engine, *, before: int | None = None, limit: int = 100) -> tuple[Receipt, ...]:
    """The newest receipts, or the newest before an index; newest first."""
    table = tables.receipt
    wanted = select(table).order_by(table.c.idx.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(table.c.idx < before)
    with engine.connect() as connection:
        return tuple(map(_receipt, connection.execute(wanted)))


def receipt(engine: Engine, number: str) -> Receipt | None:
    """The receipt of that number, or None."""
    if not NUMBER.fullmatch(number):
        return None
    wanted = select(tables.receipt).where(tables.receipt.c.number == number)
    with engine.connect() as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else _receipt(row)


def bodies_since(engine: Engine, at: datetime, most: int) -> Sequence[str]:
    """Those of the newest `most` bodies that are not older than a moment, the newest first."""
    table = tables.receipt
    wanted = select(table.c.body).where(table.c.at >= at).order_by(table.c.idx.desc()).limit(max(0, most))
    with engine.connect() as connection:
        return connection.scalars(wanted).all()


def verify(where: Engine | Path, known: Head | None = None) -> tuple[Fault, ...]:
    """Every changed, missing, reordered or unreadable receipt of a catalogue, or of an export of it."""
    if isinstance(where, Engine):
        with where.connect() as connection:
            row = connection.execute(select(tables.ledger_head.c.size, tables.ledger_head.c.hash)).one_or_none()
        found = chain_verify.verify(entries(where), None if row is None else Head(row.size, row.hash), known)
    else:
        found = chain_verify.verify_export(where, known)
    return tuple(Fault(one.index, one.kind, one.said) for one in found)


def export(engine: Engine, file: Path) -> Head:
    """All receipts as JSON Lines, the head on the last line; `chain_verify.py` checks it without this package."""
    last = head(engine)
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for entry in entries(engine):
            if entry.index >= last.size:
                break
            out.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        out.write(json.dumps({"head": asdict(last)}) + "\n")
    return last


def _receipt(row: Row[*tuple[Any, ...]]) -> Receipt:
    return Receipt(row.idx, row.number, row.at, json.loads(row.body), row.hash, row.previous)


def _storable(body: Mapping[str, Json]) -> str:
    """Canonical, and free of the half characters that an asker may send and no database can hold."""
    return chain_verify.canonical(body).encode("utf-8", "replace").decode()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
