"""Until when an incident is to be mended: its clock, by the calendar and the rules of its department's division."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, update

from catalog.clocks import clocks
from catalog.mending import tables
from schemas.dataset import Dataset
from schemas.deadline import Clock, Event, Thing
from schemas.incident import Incident

KIND = "incident"


def begin(connection: Connection, one: Incident, dataset: Dataset, now: datetime) -> Clock:
    """Its clock starts, or is the one that runs."""
    return clocks.start(connection, _thing(one, dataset), Event.CORRECTION, dataset.division, now)


def answered(connection: Connection, before: Incident, moved: Incident, dataset: Dataset, now: datetime) -> Incident:
    """After an answer: its clock stops where nothing waits for the department, and begins where that is taken back."""
    if not moved.waits:
        end(connection, moved.id, now)
    elif not before.waits:
        clock = begin(connection, moved, dataset, now)
        return replace(moved, due=clock.due, provisional=clock.provisional)
    return moved


def end(connection: Connection, identifier: int, now: datetime) -> None:
    """Its department has answered, or there is nothing more to answer."""
    clocks.stop(connection, Thing(KIND, str(identifier)), Event.CORRECTION, now)


def clock_of(connection: Connection, identifier: int) -> Clock | None:
    """Its last clock; None of an incident of an older release."""
    every = clocks.of(connection, Thing(KIND, str(identifier)))
    return every[-1] if every else None


def follow(connection: Connection, moved: Sequence[Clock]) -> None:
    """Incidents whose clocks are due on another day say so too."""
    table = tables.incident
    for one in moved:
        if one.thing.kind == KIND:
            told = {"due": one.due, "provisional": one.provisional}
            connection.execute(update(table).where(table.c.id == int(one.thing.id)).values(told))


def _thing(one: Incident, dataset: Dataset) -> Thing:
    return Thing(
        kind=KIND,
        id=str(one.id),
        responsible=dataset.owner,
        dataset=dataset.key,
        title=one.title or one.rule,
        title_en=one.title_en or one.rule,
        path=f"/incidents/{one.id}",
    )
