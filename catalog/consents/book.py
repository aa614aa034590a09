"""The book of consents: who may read whose rows for what, from when until when, and when it was taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from catalog.consents import tables
from catalog.database import serialise
from catalog.put import put
from schemas.dataset import Json
from schemas.errors import BadInput

_BOOK, _TURN, _BATCH = tables.consent, tables.consent_turn, tables.consent_batch


@dataclass(frozen=True, slots=True)
class Terms:
    """What is consented to; the same for every subject of a batch."""

    owner: str
    """Credit code of the organisation whose data it opens."""
    dataset: str
    """Empty: every dataset of the owner, for this purpose."""
    recipient: str
    purpose: str
    begins: datetime
    ends: datetime
    evidence: str
    """Where the consent itself is kept: the number of a form or of a record."""


@dataclass(frozen=True, slots=True)
class Held:
    """One consent on record, without its subject."""

    id: int
    owner: str
    dataset: str
    recipient: str
    purpose: str
    begins: datetime
    ends: datetime
    evidence: str
    recorded_by: str
    recorded_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Which:
    """Some of the consents to an owner's data; what is empty or None says nothing."""

    owner: str = ""
    dataset: str = ""
    recipient: str = ""
    purpose: str = ""
    recorded_by: str = ""
    person: bytes = b""
    id: int | None = None


def record(connection: Connection, terms: Terms, persons: Iterable[bytes], by: str, now: datetime) -> int:
    """Enter a consent of each of `persons`, once each; returns how many. Call it inside `writing`."""
    shared = {name: getattr(terms, name) for name in Terms.__slots__}
    shared |= {"recorded_by": by, "recorded_at": now}
    rows = [shared | {"person": person} for person in dict.fromkeys(persons)]
    connection.execute(insert(_BOOK), rows)
    _turn(connection, terms.owner, terms.recipient)
    return len(rows)


def withdraw(connection: Connection, which: Which, now: datetime) -> tuple[Held, ...]:
    """Take back what `which` names; returns what was not withdrawn before. Call it inside `writing`."""
    living = _BOOK.c.withdrawn_at.is_(None)
    found = tuple(_held(row) for row in connection.execute(_seen().where(_those(which), living)))
    ids = [one.id for one in found]
    for start in range(0, len(ids), 500):
        some = _BOOK.c.id.in_(ids[start : start + 500])
        connection.execute(update(_BOOK).where(some, living).values(withdrawn_at=now))
    for owner, recipient in dict.fromkeys((one.owner, one.recipient) for one in found):
        _turn(connection, owner, recipient)
    return found


def listed(connection: Connection, which: Which, before: int | None, limit: int) -> tuple[Held, ...]:
    """The newest consents of `which`, or the newest before an id."""
    wanted = _seen().where(_those(which)).order_by(_BOOK.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(_BOOK.c.id < before)
    return tuple(_held(row) for row in connection.execute(wanted))


def counted(connection: Connection, which: Which, now: datetime) -> tuple[tuple[str, str, str, int], ...]:
    """(dataset, recipient, purpose) -> persons whose consent is in force."""
    by = (_BOOK.c.dataset, _BOOK.c.recipient, _BOOK.c.purpose)
    living = and_(_BOOK.c.withdrawn_at.is_(None), _BOOK.c.begins <= now, _BOOK.c.ends > now)
    wanted = select(*by, func.count(_BOOK.c.person.distinct())).where(_those(which), living).group_by(*by).order_by(*by)
    return tuple((row[0], row[1], row[2], row[3]) for row in connection.execute(wanted))


def turn(connection: Connection, owner: str, recipient: str) -> int:
    """How often the consents to a recipient's reading of an owner's data have changed."""
    where = (_TURN.c.owner == owner) & (_TURN.c.recipient == recipient)
    return connection.scalar(select(_TURN.c.turn).where(where)) or 0


def answered(connection: Connection, organisation: str, key: str, digest: str) -> Json:
    """What a batch of this Idempotency-Key was answered; None for a new one, BadInput where it was another batch."""
    serialise(connection, f"consents {organisation} {key}")
    where = (_BATCH.c.organisation == organisation) & (_BATCH.c.key == key)
    row = connection.execute(select(_BATCH).where(where)).one_or_none()
    if row is not None and row.digest != digest:
        raise BadInput(f"Idempotency-Key {key[:40]!r} was sent with another batch; expected a new key for a new batch")
    return None if row is None else row.answer


def note_batch(connection: Connection, told: Mapping[str, Any]) -> None:
    """Remember the answer of a batch: organisation, key, digest, answer, at."""
    connection.execute(insert(_BATCH).values(dict(told)))


def _turn(connection: Connection, owner: str, recipient: str) -> None:
    serialise(connection, f"consent turn {owner} {recipient}")
    put(connection, _TURN, {"owner": owner, "recipient": recipient, "turn": turn(connection, owner, recipient) + 1})


def _seen() -> Any:
    return select(*(_BOOK.c[name] for name in Held.__slots__))


def _held(row: Any) -> Held:
    return Held(**row._mapping)


def _those(which: Which) -> ColumnElement[bool]:
    told: Sequence[ColumnElement[bool]] = [
        _BOOK.c[name] == getattr(which, name) for name in Which.__slots__ if getattr(which, name) not in ("", b"", None)
    ]
    if not told:
        raise BadInput("which consents: expected at least one of owner, recipient, person, id; found none")
    return and_(*told)
