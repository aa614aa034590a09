"""Matters that wait for a word, as they are stored."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from catalog import tables as catalogue
from catalog.confirming.tables import matter
from catalog.database import serialise
from schemas.errors import Unknown
from schemas.journey import Part
from schemas.matter import LIVING, OPEN, Change, Gone, Kind, Matter, State
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


def alone(connection: Connection, dataset: str) -> None:
    """Until the transaction ends no run and no reviewer moves a matter of this dataset."""
    serialise(connection, f"matter {dataset}")


def living(
    connection: Connection,
    dataset: str,
    kind: Kind,
    window: str | None = None,
    states: Collection[State] = LIVING,
) -> tuple[Matter, ...]:
    """Those that wait or were refused, of a window where one is named; the newest first."""
    told = [state.value for state in states]
    wanted = select(matter).where(matter.c.dataset == dataset, matter.c.kind == kind.value, matter.c.state.in_(told))
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


def get(connection: Connection, identifier: int) -> Matter:
    """One of them, or Unknown."""
    row = connection.execute(select(matter).where(matter.c.id == identifier)).one_or_none()
    if row is None:
        raise Unknown(NO_MATTER)
    return _matter(row)


def move(connection: Connection, one: Matter, state: State, now: datetime, receipt: str = "") -> None:
    """It stands otherwise from now on; its word stays where no other is said. Call it after `alone`."""
    told = {"state": state.value, "moved_at": now, "receipt": receipt or one.receipt}
    connection.execute(update(matter).where(matter.c.id == one.id, matter.c.state == one.state.value).values(told))


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


def agreed(connection: Connection, dataset: str, window: str, base: int) -> Part | None:
    """Keys of that version that a reviewer has said are rightly gone, in this window; None where no word stands."""
    found = living(connection, dataset, Kind.DELETES, window, [State.CONFIRMED])
    said = (one.about for one in found if isinstance(one.about, Gone) and one.about.base == base)
    return next((about.keys for about in said), None)


def spoken_of(connection: Connection, dataset: str) -> frozenset[str]:
    """Digests of the keys that open matters are about."""
    found = living(connection, dataset, Kind.DELETES, states=OPEN)
    return frozenset(one.about.keys.sha256 for one in found if isinstance(one.about, Gone) and one.about.keys)


def _matter(row: Row[*tuple[Any, ...]]) -> Matter:
    about = from_json(BODIES[Kind(row.kind)], row.body, where=f"confirmation {row.id}")
    return Matter(row.id, row.dataset, about, State(row.state), row.found_at, row.moved_at, row.receipt)
