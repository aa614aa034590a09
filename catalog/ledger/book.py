"""The ledger as doors hold it: put on record, read, prove, export, verify."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from catalog.database import UNAVAILABLE, connect
from catalog.ledger import body, chain, check, export, merkle, reading, tables
from catalog.ledger.postgres_store import PostgresStore
from catalog.ledger.signer import Signer, signer
from catalog.ledger.sqlite_store import SqliteStore
from catalog.ledger.store import Store, away
from catalog.ledger.writer import Waiting, Writer, microseconds
from schemas.dataset import Json
from schemas.receipt import Fault, Proof, Receipt


class Ledger:
    """Safe to share between threads. It holds no connection until it is used."""

    def __init__(self, catalogue: Engine, engine: Engine, store: Store, key: Signer) -> None:
        self.catalogue = catalogue
        """Where the hash chain of earlier releases lies."""
        self.engine = engine
        self.key = key
        self._writer = Writer(store, key, self._first)

    # writing

    def record(self, told: Mapping[str, Json], at: datetime, nonce: bytes, about: Sequence[bytes] = ()) -> Receipt:
        """Put it on record; when this returns it is on disk, under a signed checkpoint.

        `nonce` is 16 random bytes, `about` the stored tokens under which it is found. NotReady: nothing may be served.
        """
        waiting = Waiting(body.spelt(told, at, nonce), microseconds(at), about)
        self._writer.write(waiting)
        return body.receipt(waiting.body, waiting.hashed)

    def later(self, told: Mapping[str, Json], at: datetime, nonce: bytes, about: Sequence[bytes] = ()) -> None:
        """Put it on record soon, without waiting."""
        self._writer.queue(Waiting(body.spelt(told, at, nonce), microseconds(at), about))

    def settle(self) -> None:
        """Wait until everything is on disk that this process put on record."""
        self._writer.settle()

    def close(self) -> None:
        """Write what is queued and give the connections back; the next receipt opens them again."""
        self._writer.close()
        if self.engine is not self.catalogue:
            self.engine.dispose()

    def _first(self) -> Waiting | None:
        """The very first receipt commits to the chain before, where there is one."""
        try:
            before = chain.head(self.catalogue)
        except (DBAPIError, *UNAVAILABLE) as wrong:
            raise away(wrong) from wrong
        if not before.size:
            return None
        told = {"event": "begun", "origin": self.key.origin, "earlier": asdict(before)}
        now = datetime.now(UTC)
        return Waiting(body.spelt(told, now, before.hash.encode()[:16]), microseconds(now), followed=False)

    # reading

    def receipts(self, before: int | None = None, limit: int = 100) -> tuple[Receipt, ...]:
        """The newest receipts, or the newest before an index; newest first."""
        self.settle()
        return reading.receipts(self.engine, before, limit)

    def receipt(self, number: str) -> Receipt | None:
        """The receipt of that number, one of the chain before too; None where there is none."""
        if not chain.NUMBER.fullmatch(number):
            return None
        index = int(number[:12], 16)
        found = reading.receipt(self.engine, index) if index < reading.size(self.engine) else None
        if found is not None and found.number == number:
            return found
        return chain.receipt(self.catalogue, number)

    def bodies_since(self, at: datetime, most: int) -> Sequence[str]:
        """Bodies of the newest receipts since a moment, those of the chain before too."""
        self.settle()
        found = list(reading.bodies_since(self.engine, at, most))
        return found + list(chain.bodies_since(self.catalogue, at, most - len(found)))

    def about(self, token: bytes, before: int | None, limit: int) -> tuple[Receipt, ...]:
        """Receipts under that stored token, newest first, or the newest before an index."""
        self.settle()
        return reading.about(self.engine, token, before, limit)

    def checkpoint(self) -> str:
        """The newest signed checkpoint; that of no receipts where there is none yet."""
        return reading.checkpoint(self.engine) or self.key.note(0, merkle.EMPTY)

    def inclusion(self, index: int, size: int | None = None) -> Proof:
        """Proof that receipt `index` is among the first `size`; ValueError where it is not."""
        here = reading.size(self.engine)
        size = here if size is None else size
        if size > here:
            raise ValueError(f"there are {here} receipts, found size {size}")
        subtrees = reading.Subtrees(self.engine)
        path = merkle.inclusion(subtrees, index, size)
        return Proof(size, merkle.span(subtrees, 0, size), tuple(path), subtrees(0, index))

    def alone(self, index: int) -> dict[str, Json]:
        """One receipt with what proves it, as `check.py` reads it; ValueError where its body is not there."""
        note, text = self.checkpoint(), reading.text(self.engine, index)
        if text is None:
            raise ValueError(f"the body of receipt {index} is not here")
        path = self.inclusion(index, check.opened(note, "").size).path
        return {"receipt": text, "path": [base64.b64encode(one).decode() for one in path], "checkpoint": note}

    def consistency(self, old: int, new: int | None = None) -> Proof:
        """Proof that the first `new` receipts begin with the first `old`; ValueError where they do not."""
        here = reading.size(self.engine)
        new = here if new is None else new
        if new > here:
            raise ValueError(f"there are {here} receipts, found {new}")
        subtrees = reading.Subtrees(self.engine)
        path = merkle.consistency(subtrees, old, new)
        return Proof(new, merkle.span(subtrees, 0, new), tuple(path), merkle.span(subtrees, 0, old))

    # handing over

    def verify(self, *since: str) -> tuple[Fault, ...]:
        """Every changed, missing, reordered or unreadable receipt; `since` are checkpoints noted earlier."""
        self.settle()
        found = check.verify(export.lines(self.catalogue, self.engine), self.key.public_text, *since)
        return tuple(Fault(one.index, one.kind, one.said) for one in found)

    def export(self, file: Path) -> int:
        """Everything as JSON Lines, which `check.py` checks without this package; how many receipts there are."""
        self.settle()
        with file.open("wb") as out:
            out.writelines(export.lines(self.catalogue, self.engine))
        return reading.size(self.engine)


def open_ledger(catalogue: Engine, file: Path, seed: bytes) -> Ledger:
    """The ledger of a catalogue: in PostgreSQL beside it, else in `file`; signed with the key of `seed`."""
    if catalogue.dialect.name == "postgresql":
        dsn = catalogue.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return Ledger(catalogue, catalogue, PostgresStore(dsn), signer(seed))
    engine = connect(f"sqlite:///{file}")
    tables.prepare(engine)
    return Ledger(catalogue, engine, SqliteStore(file), signer(seed))
