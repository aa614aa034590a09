"""A calendar or rules are imported: on record, and every clock whose due date is another one now tells its parties."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from catalog.clocks import calendar, rules, stored
from catalog.clocks.told import everyone, notices
from catalog.database import writing
from catalog.mending import terms
from catalog.mending.notices import tell
from catalog.shelf import Shelf
from schemas.deadline import Clock, Move, Rule, Step, reckon
from schemas.journey import SHANGHAI
from schemas.notice import About
from schemas.record import to_json
from schemas.work_day_file import WorkDay
from schemas.working_days import WorkCalendar

BATCH = 200


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought."""

    read: int
    added: int
    """New, or other than before."""
    moved: int
    """Clocks that are due on another day."""


def import_calendar(shelf: Shelf, days: Sequence[WorkDay], now: datetime) -> Imported:
    """Take days into the calendar, and reckon every clock anew that has not stopped."""
    with writing(shelf.engine) as connection:
        added = calendar.add(connection, days)
        moved = _reckon(connection, now) if added else 0
        if added:
            _record(shelf, "calendar", to_json(tuple(days), of=tuple[WorkDay, ...]), added, now)
    return Imported(len(days), added, moved)


def import_rules(shelf: Shelf, more: Sequence[Rule], now: datetime) -> Imported:
    """Take rules in. They count for clocks that start from now on: what runs keeps the rule it started under."""
    with writing(shelf.engine) as connection:
        added = rules.add(connection, more)
        if added:
            _record(shelf, "deadline_rules", to_json(tuple(more), of=tuple[Rule, ...]), added, now)
    return Imported(len(more), added, 0)


def _reckon(connection: Connection, now: datetime) -> int:
    days, after, count = calendar.known(connection), 0, 0
    while found := stored.living(connection, after, BATCH):
        after = found[-1].id
        moved = [one for one in (_reckoned(each, days, now) for each in found) if one is not None]
        for one in moved:
            stored.put(connection, one)
        elsewhere = [one for one, before in zip(moved, _before(moved, found), strict=True) if one.due != before]
        told = [
            n for one in elsewhere for n in notices(About.CLOCK_MOVED, one, everyone(one), now, one.due.isoformat())
        ]
        tell(connection, told)
        terms.follow(connection, moved)
        count += len(elsewhere)
    return count


def _before(moved: Sequence[Clock], found: Sequence[Clock]) -> list[date]:
    was = {one.id: one.due for one in found}
    return [was[one.id] for one in moved]


def _reckoned(one: Clock, days: WorkCalendar, now: datetime) -> Clock | None:
    """The clock by the new calendar; None where nothing is other. A breach that was none is taken back."""
    due = reckon(one.rule, one.steps, days)
    if (due.day, due.provisional) == (one.due, one.provisional):
        return None
    today = now.astimezone(SHANGHAI).date()
    moved = replace(one, due=due.day, provisional=due.provisional)
    if due.day == one.due:
        return moved
    moved = replace(moved, reminded_at=None, steps=(*one.steps, Step(now, today, Move.RECKONED, due.day)))
    return replace(moved, breached_at=None, escalated_at=None) if today <= due.day else moved


def _record(shelf: Shelf, what: str, told: bytes, added: int, now: datetime) -> None:
    body = {"event": "import", "what": what, "digest": hashlib.sha256(told).hexdigest(), "added": added}
    shelf.ledger.record(body | {"moment": now.astimezone(SHANGHAI).isoformat()}, now, shelf.randomness(16))
