"""The book of foreign catalogues: which there are, what was found in them, what is new, changed or gone."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from catalog.cards.tokens import plain
from catalog.database import serialise
from catalog.datasets import storable
from catalog.harvest.tables import catalogue, entry
from schemas.errors import BadInput, Unknown
from schemas.foreign import ForeignCatalogue, ForeignEntry, Speaks, address
from schemas.record import to_json

NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Shown:
    """One foreign catalogue and how its last harvest went."""

    catalogue: ForeignCatalogue
    harvested_at: datetime | None
    tried_at: datetime | None
    error: str
    entries: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a harvest changed. `removed` names those that are gone, `entries` says how many there are now."""

    entries: int
    added: int
    changed: int
    removed: tuple[str, ...]


def add(connection: Connection, told: ForeignCatalogue, now: datetime) -> None:
    """Register a catalogue, or where it is read from; its entries stay. BadInput says what does not fit."""
    if not NAME.fullmatch(told.name):
        raise BadInput(f"catalogue {told.name[:80]!r}: expected a short name of a-z, 0-9, _ and -")
    if not address(told.url) or "@" in told.url:
        raise BadInput(f"{told.name}: found the address {told.url[:200]!r}, expected http(s)://host/path")
    known = connection.scalar(select(catalogue.c.name).where(catalogue.c.name == told.name))
    row: dict[str, Any] = {"speaks": told.speaks.value, "url": told.url, "hosts": list(told.hosts), "error": ""}
    if known is None:
        connection.execute(insert(catalogue).values(name=told.name, added_at=now, entries=0, **row))
    else:
        connection.execute(update(catalogue).where(catalogue.c.name == told.name).values(row))


def listed(connection: Connection, name: str = "") -> tuple[Shown, ...]:
    """All foreign catalogues by name, or that one; Unknown where there is none of that name."""
    wanted = select(catalogue).order_by(catalogue.c.name)
    rows = connection.execute(wanted.where(catalogue.c.name == name) if name else wanted).all()
    if name and not rows:
        raise Unknown(f"no foreign catalogue {name[:80]!r}: `yishu harvest list` has those that there are")
    return tuple(map(_shown, rows))


def failed(connection: Connection, name: str, reason: str, now: datetime) -> None:
    """The catalogue could not be read: what was found before stays."""
    told = {"tried_at": now, "error": reason[:2000]}
    connection.execute(update(catalogue).where(catalogue.c.name == name).values(told))


def enter(connection: Connection, name: str, found: Sequence[ForeignEntry], now: datetime) -> Outcome:
    """Make the entries of a catalogue those that were found; the same again changes nothing but the moment."""
    serialise(connection, f"harvest {name}")
    rows = connection.execute(select(entry.c.mark, entry.c.body, entry.c.removed_at, entry.c.title).where(_of(name)))
    known = {row.mark: row for row in rows}
    here = {_mark(one.id): _row(one) for one in found}
    fresh = [{"mark": mark, "catalogue": name, **row} for mark, row in here.items() if mark not in known]
    if fresh:
        connection.execute(insert(entry), [row | {"first_at": now, "harvested_at": now} for row in fresh])
    changed = back = 0
    for mark, values in here.items():
        before = known.get(mark)
        if before is None or (before.body == values["body"] and before.removed_at is None):
            continue
        changed, back = changed + (before.removed_at is None), back + (before.removed_at is not None)
        connection.execute(update(entry).where(_of(name), entry.c.mark == mark).values(removed_at=None, **values))
    gone = [row for mark, row in known.items() if mark not in here and row.removed_at is None]
    for left in gone:
        connection.execute(update(entry).where(_of(name), entry.c.mark == left.mark).values(removed_at=now))
    connection.execute(update(entry).where(_of(name), entry.c.removed_at.is_(None)).values(harvested_at=now))
    told = {"harvested_at": now, "tried_at": now, "error": "", "entries": len(here)}
    connection.execute(update(catalogue).where(catalogue.c.name == name).values(told))
    return Outcome(len(here), len(fresh) + back, changed, tuple(sorted(row.title for row in gone)))


def _row(one: ForeignEntry) -> dict[str, str]:
    return {"title": one.title, "words": words(one), "body": to_json(one).decode()}


def words(one: ForeignEntry) -> str:
    """Everything a search looks through."""
    texts = (one.title, one.title_en, one.publisher, *one.keywords, one.description)
    return "\n".join(text for text in map(plain, texts) if storable(text))


def _of(name: str) -> Any:
    return entry.c.catalogue == name


def _mark(id: str) -> str:
    return hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()


def _shown(row: Row[Any]) -> Shown:
    told = ForeignCatalogue(row.name, Speaks(row.speaks), row.url, tuple(row.hosts))
    return Shown(told, row.harvested_at, row.tried_at, row.error, row.entries)
