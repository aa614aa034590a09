"""Clocks inside a transaction: started, stopped, paused, gone on, extended; `with writing(...)` is the caller's."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from catalog.clocks import rules, stored
from catalog.clocks.calendar import known
from schemas.deadline import Clock, Event, Extension, Move, State, Step, Thing, check_extension, reckon, term
from schemas.divisions import normalise
from schemas.errors import BadInput, Unknown
from schemas.journey import SHANGHAI
from schemas.working_days import Due


def start(connection: Connection, thing: Thing, event: Event, division: str, now: datetime) -> Clock:
    """A clock by the strictest rule of the division on this day; the one that lives already where there is one."""
    day = _day(now)
    applying = rules.applying(connection, event, division, day)
    due = term(applying[0], day, applying[0].days, known(connection))
    clock = Clock(
        id=0,
        thing=thing,
        event=event,
        division=_full(division),
        state=State.RUNNING,
        rules=applying,
        due=due.day,
        provisional=due.provisional,
        started_at=now,
        steps=(Step(now, day, Move.STARTED, due.day),),
    )
    stored.enter(connection, clock)
    return _living(connection, thing, event)


def pause(connection: Connection, thing: Thing, event: Event, now: datetime, said: str = "") -> Clock:
    """Stop it for a while: the time used is kept. One that is paused already stays so."""
    clock = _living(connection, thing, event)
    if clock.state is State.PAUSED:
        return clock
    return _moved(
        connection, replace(clock, state=State.PAUSED), Step(now, _day(now), Move.PAUSED, clock.due, said=said)
    )


def resume(connection: Connection, thing: Thing, event: Event, now: datetime) -> Clock:
    """It goes on with what was left. One that runs already goes on as it does."""
    clock = _living(connection, thing, event)
    if clock.state is State.RUNNING:
        return clock
    resumed = replace(clock, state=State.RUNNING, reminded_at=None)
    return _moved(connection, resumed, Step(now, _day(now), Move.RESUMED, clock.due))


def extend(connection: Connection, thing: Thing, event: Event, extension: Extension, now: datetime) -> Clock:
    """Add days within the rules' limit, with the approval they ask for. Who may approve is the caller's to look at.

    BadInput after the day has passed: what is overdue is no more extended, only answered.
    """
    clock = _living(connection, thing, event)
    check_extension(clock, extension.days, extension.approver)
    if clock.overdue(_day(now)):
        raise BadInput(f"this {event.value} clock was due on {clock.due}: an extension is asked for before that day")
    by = f"{extension.approver.value} {extension.by}".strip()
    step = Step(now, _day(now), Move.EXTENDED, clock.due, days=extension.days, by=by, said=extension.said)
    return _moved(connection, replace(clock, reminded_at=None), step)


def stop(connection: Connection, thing: Thing, event: Event, now: datetime) -> Clock | None:
    """It is done; too late goes on record. None where none is living."""
    found = _find(connection, thing, event)
    if found is None:
        return None
    late = found.overdue(_day(now)) and found.breached_at is None
    clock = replace(found, state=State.STOPPED, stopped_at=now, breached_at=now if late else found.breached_at)
    clock = replace(clock, steps=(*clock.steps, Step(now, _day(now), Move.STOPPED, clock.due)))
    stored.put(connection, clock)
    return clock


def of(connection: Connection, thing: Thing) -> tuple[Clock, ...]:
    """Every clock of a thing, those that have stopped too, the first one first."""
    return stored.of_thing(connection, thing.kind, thing.id)


def living(connection: Connection, thing: Thing, event: Event) -> Clock | None:
    """The one that runs or is paused; None where there is none."""
    return next((one for one in of(connection, thing) if one.event is event and one.state is not State.STOPPED), None)


def forecast(connection: Connection, event: Event, division: str, now: datetime) -> Due:
    """When a clock that started now would be due."""
    applying = rules.applying(connection, event, division, _day(now))
    return term(applying[0], _day(now), applying[0].days, known(connection))


def _moved(connection: Connection, clock: Clock, step: Step) -> Clock:
    steps = (*clock.steps, step)
    due = reckon(clock.rule, steps, known(connection))
    moved = replace(clock, steps=(*clock.steps, replace(step, due=due.day)), due=due.day, provisional=due.provisional)
    stored.put(connection, moved)
    return moved


def _find(connection: Connection, thing: Thing, event: Event) -> Clock | None:
    every = stored.of_thing(connection, thing.kind, thing.id, lock=True)
    return next((one for one in every if one.event is event and one.state is not State.STOPPED), None)


def _living(connection: Connection, thing: Thing, event: Event) -> Clock:
    found = _find(connection, thing, event)
    if found is None:
        raise Unknown(f"no {event.value} clock of {thing.kind} {thing.id} is running")
    return found


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def _full(division: str) -> str:
    try:
        return normalise(division)
    except ValueError:
        return division
