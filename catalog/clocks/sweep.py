"""What the days bring to clocks: a word before they are due, and after it a breach on record, told to those above."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection

from catalog.clocks import stored, superiors, tables
from catalog.clocks.calendar import known
from catalog.clocks.told import everyone, notices
from catalog.database import writing
from catalog.mending.notices import tell
from catalog.shelf import Shelf
from schemas.dataset import Json
from schemas.deadline import Clock, Move, State, Step
from schemas.journey import SHANGHAI
from schemas.notice import About, Notice
from schemas.working_days import due

REMIND_DAYS = 2
"""Working days before the last one; of a term that is no longer than that there is no word before."""
BATCH = 200
Moved = Callable[[Connection, Clock], tuple[Clock, list[Notice]]]


@dataclass(frozen=True, slots=True)
class Swept:
    """How many clocks were told of."""

    reminded: int
    breached: int
    escalated: int


def sweep(shelf: Shelf, now: datetime) -> Swept:
    """Remind, put breaches on record, tell those above. Each is done once, however often it is called.

    A clock that is overdue goes on until somebody answers: silence is never consent.
    """
    today, table = now.astimezone(SHANGHAI).date(), tables.clock
    with shelf.engine.connect() as connection:
        horizon = due(today, REMIND_DAYS, known(connection)).day
    soon = (table.c.reminded_at.is_(None), table.c.due >= today, table.c.due <= horizon)
    late = (table.c.breached_at.is_(None), table.c.due < today)
    waiting = (table.c.breached_at.is_not(None), table.c.escalated_at.is_(None))
    return Swept(
        reminded=_each(shelf, soon, lambda _, one: _reminded(one, today, now)),
        breached=_each(shelf, late, lambda _, one: _breached(one, today, now), lambda one: _recorded(shelf, one, now)),
        escalated=_each(shelf, waiting, lambda connection, one: _escalated(connection, one, now)),
    )


def _each(
    shelf: Shelf,
    wanted: tuple[ColumnElement[bool], ...],
    move: Moved,
    first: Callable[[Clock], None] = lambda _: None,
) -> int:
    """Move all that are wanted, a batch in one transaction; how many moved. `first` is done with each before it."""
    count = 0
    for found in _batches(shelf, wanted):
        for one in found:
            first(one)
        with writing(shelf.engine) as connection:
            told: list[Notice] = []
            for one in stored.by_id(connection, [each.id for each in found]):
                moved, said = move(connection, one) if one.state is State.RUNNING else (one, [])
                if moved != one:
                    stored.put(connection, moved)
                    told += said
                    count += 1
            tell(connection, told)
    return count


def _batches(shelf: Shelf, wanted: tuple[ColumnElement[bool], ...]) -> Iterator[tuple[Clock, ...]]:
    after = 0
    while True:
        with shelf.engine.connect() as connection:
            found = stored.running(connection, *wanted, after=after, limit=BATCH)
        if not found:
            return
        yield found
        after = found[-1].id


def _reminded(one: Clock, today: date, now: datetime) -> tuple[Clock, list[Notice]]:
    if one.reminded_at is not None or one.overdue(today) or one.rule.days <= REMIND_DAYS:
        return one, []
    told = list(notices(About.CLOCK_DUE_SOON, one, [one.thing.responsible], now, one.due.isoformat()))
    return replace(one, reminded_at=now), told


def _breached(one: Clock, today: date, now: datetime) -> tuple[Clock, list[Notice]]:
    if one.breached_at is not None or not one.overdue(today):
        return one, []
    moved = replace(one, breached_at=now, steps=(*one.steps, Step(now, today, Move.BREACHED, one.due)))
    return moved, list(notices(About.CLOCK_OVERDUE, moved, everyone(moved), now, one.due.isoformat()))


def _escalated(connection: Connection, one: Clock, now: datetime) -> tuple[Clock, list[Notice]]:
    """Nobody above is registered yet: it is tried again with the next sweep."""
    above = superiors.above(connection, one)
    if not above or one.escalated_at is not None:
        return one, []
    return replace(one, escalated_at=now), list(notices(About.CLOCK_ESCALATED, one, above, now, one.due.isoformat()))


def _recorded(shelf: Shelf, one: Clock, now: datetime) -> None:
    """On the ledger first: whose term passed, and when it was due."""
    body: dict[str, Json] = {
        "event": "clock",
        "action": Move.BREACHED.value,
        "clock": one.id,
        "kind": one.thing.kind,
        "thing": one.thing.id,
        "term": one.event.value,
        "organisation": one.thing.responsible,
        "division": one.division,
        "dataset": one.thing.dataset,
        "due": one.due.isoformat(),
        "provisional": one.provisional,
        "moment": now.astimezone(SHANGHAI).isoformat(),
    }
    shelf.ledger.record(body, now, shelf.randomness(16))
