"""Matters that wait for a word, as they are stored."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from catalog import tables as catalogue
from catalog.confirming.tables import matter
from schemas.errors import Unknown
from schemas.matter import LIVING, Change, Gone, Kind, Matter, State
from schemas.record import from_json, to_json

BODIES: dict[Kind, type[Gone | Change]] = {Kind.DELETES: Gone, Kind.CHANGE: Change}
NO_MATTER = "no confirmation of this number that you may know of; GET /api/v1/confirmations lists yours"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them."""

    owner: str | None = None
    """Credit code; None: of all owners."""
    states: Collection[State] = ()
    """Empty: in any state."""
    before: int | None = None
    """Only ids below this one."""
    limit: int = 50


def living(connection: Connection, dataset: str, kind: Kind, window: str | None = None) -> tuple[Matter, ...]:
    """Those that wait or were refused, of a window where one is named; the newest first."""
    states = [state.value for state in LIVING]
    wanted = select(matter).where(matter.c.dataset == dataset, matter.c.kind == kind.value, matter.c.state.in_(states))
    if window is not None:
        wanted = wanted.where(matter.c.window == window)
    return tuple(_matter(row) for row in connection.execute(wanted.order_by(matter.c.id.desc())))


def enter(connection: Connection, dataset: str, about: Gone | Change, now: datetime) -> Matter:
    """A new one waits from now on."""
    gone = about if isinstance(about, Gone) else None
    values = {"dataset": dataset, "kind": about.kind.value, "state": State.WAITING.value, "mark": about.mark}
    numbers = {"window": gone.window if gone else "", "removed": gone.removed if gone else 0}
    told = {"body": to_json(about).decode(), "found_at": now, "moved_at": now, "receipt": ""}
    made = connection.execute(insert(matter).values(values | numbers | told).returning(matter.c.id))
    return get(connection, made.scalar_one())


def get(connection: Connection, identifier: int, *, lock: bool = False) -> Matter:
    """One of them, or Unknown."""
    wanted = select(matter).where(matter.c.id == identifier)
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None:
        raise Unknown(NO_MATTER)
    return _matter(row)


def move(connection: Connection, identifier: int, state: State, now: datetime, receipt: str = "") -> None:
    """It stands otherwise from now on."""
    told = {"state": state.value, "moved_at": now, "receipt": receipt}
    connection.execute(update(matter).where(matter.c.id == identifier).values(told))


def listed(connection: Connection, wanted: Wanted) -> tuple[Matter, ...]:
    """A page of them, the newest first."""
    found = select(matter).order_by(matter.c.id.desc()).limit(wanted.limit)
    if wanted.owner is not None:
        dataset = catalogue.dataset
        found = found.where(matter.c.dataset.in_(select(dataset.c.key).where(dataset.c.owner == wanted.owner)))
    if wanted.states:
        found = found.where(matter.c.state.in_([state.value for state in wanted.states]))
    if wanted.before is not None:
        found = found.where(matter.c.id < wanted.before)
    return tuple(_matter(row) for row in connection.execute(found))


def waiting(connection: Connection, owner: str) -> int:
    """How many wait for an organisation."""
    dataset = catalogue.dataset
    wanted = select(func.count()).select_from(matter.join(dataset, dataset.c.key == matter.c.dataset))
    return connection.scalar(wanted.where(dataset.c.owner == owner, matter.c.state == State.WAITING.value)) or 0


def confirmed(connection: Connection, dataset: str, window: str) -> int:
    """As many removed rows as are confirmed for a window; 0 where none are."""
    wanted = select(func.max(matter.c.removed)).where(matter.c.dataset == dataset, matter.c.window == window)
    return connection.scalar(wanted.where(matter.c.state == State.CONFIRMED.value)) or 0


def _matter(row: Row[*tuple[Any, ...]]) -> Matter:
    about = from_json(BODIES[Kind(row.kind)], row.body, where=f"confirmation {row.id}")
    return Matter(row.id, row.dataset, about, State(row.state), row.found_at, row.moved_at, row.receipt)
