"""The calendar of working days: what the package carries, and the years that an installation imported."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, update

from catalog.clocks import tables
from catalog.database import serialise
from schemas.errors import BadInput
from schemas.work_day_file import WorkDay, calendar_of, shipped_work_days
from schemas.working_days import WorkCalendar


def days(connection: Connection) -> tuple[WorkDay, ...]:
    """Every day that is not as the week has it; what was imported counts for more than what the package carries."""
    rows = connection.execute(select(tables.work_day).order_by(tables.work_day.c.day))
    known = {one.day: one for one in shipped_work_days()} | {row.day: WorkDay(**row._mapping) for row in rows}
    return tuple(known[day] for day in sorted(known))


def known(connection: Connection) -> WorkCalendar:
    """The calendar that terms are counted in."""
    return calendar_of(days(connection))


def add(connection: Connection, more: Sequence[WorkDay]) -> int:
    """Store them; how many were new or other than before. BadInput where a year would be known in part only.

    Call it inside `writing`.
    """
    serialise(connection, tables.work_day.name)
    before = {one.day: one for one in days(connection)}
    fresh = [one for one in more if before.get(one.day) != one]
    together = calendar_of([*before.values(), *more])
    partly = sorted({one.day.year for one in more} - together.years)
    if partly:
        raise BadInput(
            f"calendar: found days of {', '.join(map(str, partly))} without both 1 January and 1 October as days off: "
            "import a year's notice as a whole, or nobody could tell its other days from days not yet known"
        )
    for one in fresh:
        _put(connection, one)
    return len(fresh)


def _put(connection: Connection, one: WorkDay) -> None:
    table, values = tables.work_day, {"working": one.working, "source": one.source}
    if not connection.execute(update(table).where(table.c.day == one.day).values(values)).rowcount:
        connection.execute(insert(table).values(day=one.day, **values))
