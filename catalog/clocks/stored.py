"""Clocks as they are stored, and back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite

from catalog.clocks import tables
from schemas.deadline import Clock, Event, Rule, State, Step, Thing
from schemas.record import from_json, to_json

ONCE = ("kind", "thing", "event")
"""What makes two living clocks the same."""
MOMENTS = ("started_at", "reminded_at", "breached_at", "escalated_at", "stopped_at")
Steps = tuple[Step, ...]
Rules = tuple[Rule, ...]


def of_thing(connection: Connection, kind: str, thing: str, *, lock: bool = False) -> tuple[Clock, ...]:
    """All clocks of a thing, the first one first; with `lock` nobody else moves them until the transaction ends."""
    table = tables.clock
    return _found(connection, select(table).where(table.c.kind == kind, table.c.thing == thing), lock=lock)


def of_things(connection: Connection, kind: str, things: Sequence[str]) -> tuple[Clock, ...]:
    """All clocks of several things, in one statement."""
    table = tables.clock
    return _found(connection, select(table).where(table.c.kind == kind, table.c.thing.in_(list(things))))


def running(connection: Connection, *wanted: ColumnElement[bool], after: int, limit: int) -> tuple[Clock, ...]:
    """Some that run, by id, from beyond the id `after` on."""
    table = tables.clock
    asked = select(table).where(table.c.state == State.RUNNING.value, table.c.id > after, *wanted)
    return _found(connection, asked, limit=limit)


def living(connection: Connection, after: int, limit: int) -> tuple[Clock, ...]:
    """Some that have not stopped, by id, from beyond the id `after` on; locked."""
    table = tables.clock
    asked = select(table).where(table.c.state != State.STOPPED.value, table.c.id > after)
    return _found(connection, asked, limit=limit, lock=True)


def by_id(connection: Connection, identifiers: Sequence[int]) -> tuple[Clock, ...]:
    """Those of these ids; locked."""
    return _found(connection, select(tables.clock).where(tables.clock.c.id.in_(list(identifiers))), lock=True)


def enter(connection: Connection, clock: Clock) -> bool:
    """Store a new one; False where one of the same thing and event is living."""
    table, values = tables.clock, _values(clock)
    living = table.c.state != State.STOPPED.value
    if connection.dialect.name == "postgresql":
        made = postgresql.insert(table).values(values).on_conflict_do_nothing(index_elements=ONCE, index_where=living)
        return connection.execute(made).rowcount == 1
    made_there = sqlite.insert(table).values(values).on_conflict_do_nothing(index_elements=ONCE, index_where=living)
    return connection.execute(made_there).rowcount == 1


def put(connection: Connection, clock: Clock) -> None:
    """Store what has become of it."""
    connection.execute(update(tables.clock).where(tables.clock.c.id == clock.id).values(_values(clock)))


def before_day(day: date) -> ColumnElement[bool]:
    """Due before a day."""
    return tables.clock.c.due < day


def _found(
    connection: Connection, asked: Select[Any], *, limit: int | None = None, lock: bool = False
) -> tuple[Clock, ...]:
    asked = asked.order_by(tables.clock.c.id).limit(limit)
    return tuple(_clock(row) for row in connection.execute(asked.with_for_update() if lock else asked))


def _values(clock: Clock) -> dict[str, Any]:
    thing = clock.thing
    told: dict[str, Any] = {name: getattr(clock, name) for name in (*MOMENTS, "division", "due", "provisional")}
    told |= {name: getattr(thing, name) for name in ("kind", "responsible", "dataset", "title", "title_en", "path")}
    return told | {
        "thing": thing.id,
        "parties": list(thing.parties),
        "event": clock.event.value,
        "state": clock.state.value,
        "rules": to_json(clock.rules, of=Rules).decode(),
        "steps": to_json(clock.steps, of=Steps).decode(),
    }


def _clock(row: Row[Any]) -> Clock:
    told = row._mapping
    names = ("kind", "responsible", "dataset", "title", "title_en", "path")
    return Clock(
        id=row.id,
        thing=Thing(id=row.thing, parties=tuple(row.parties), **{name: told[name] for name in names}),
        event=Event(row.event),
        state=State(row.state),
        rules=from_json(Rules, row.rules, where="a clock's rules"),
        steps=from_json(Steps, row.steps, where="a clock's steps"),
        **{name: told[name] for name in (*MOMENTS, "division", "due", "provisional")},
    )
