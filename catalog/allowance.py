"""What a grant gives in a day: so many rows, so many subjects; counted by the day in Shanghai, over all processes."""

from collections import OrderedDict
from datetime import date, datetime, time, timedelta
from math import ceil
from threading import Lock

from sqlalchemy import Connection, select

from catalog import tables
from catalog.database import serialise
from catalog.put import put
from schemas.access import Ask, Grant, Mode
from schemas.errors import DaySpent
from schemas.journey import SHANGHAI


class Meter:
    """Rows that have left under grants with a daily limit and are not in the database yet; safe between threads.

    An answer's rows are known when it has ended. They are entered with the grant's next ask, so that no answer waits
    for that; a process that is killed forgets those of its last answers.
    """

    REMEMBERED = 10_000

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: OrderedDict[str, str] = OrderedDict()
        """Receipt -> grant, of answers that have not ended."""
        self._rows: dict[str, int] = {}

    def opened(self, receipt: str, grant: str) -> None:
        """An answer begins under that grant."""
        with self._lock:
            self._open[receipt] = grant
            if len(self._open) > self.REMEMBERED:
                self._open.popitem(last=False)

    def ended(self, receipt: str, rows: int) -> None:
        """So many rows have left with it; nothing where its grant has no limit."""
        with self._lock:
            grant = self._open.pop(receipt, "")
            if grant:
                self._rows[grant] = self._rows.get(grant, 0) + rows

    def drained(self, grant: str) -> int:
        """What has left since the last time."""
        with self._lock:
            return self._rows.pop(grant, 0)


def take(connection: Connection, grant: Grant, ask: Ask, left: int) -> DaySpent | None:
    """Enter the rows that `left`, and take the subjects of this ask, all or none; what to raise where it is too much.

    Call it inside `writing`, and raise after it: the rows have left in any case.
    """
    serialise(connection, f"grant {grant.number}")
    day = _day(ask.moment)
    rows, subjects = _so_far(connection, grant.number, day)
    rows, asked = rows + left, ask.reads if ask.mode is Mode.VERIFY else 0
    short = _short(grant, rows, subjects + asked)
    taken = subjects if short else subjects + asked
    put(connection, tables.grant_day, {"grant": grant.number, "day": day, "rows": rows, "subjects": taken})
    return (
        DaySpent(f"grant {grant.number} gives {short} a day, and today's are spent", _until(ask.moment))
        if short
        else None
    )


def enter(connection: Connection, grant: str, now: datetime, left: int) -> None:
    """Enter the rows that `left` before there is a next ask. Call it inside `writing`."""
    serialise(connection, f"grant {grant}")
    rows, subjects = _so_far(connection, grant, _day(now))
    put(connection, tables.grant_day, {"grant": grant, "day": _day(now), "rows": rows + left, "subjects": subjects})


def limited(grant: Grant) -> bool:
    """Whether it has a limit for the day."""
    return grant.rows_per_day is not None or grant.subjects_per_day is not None


def _so_far(connection: Connection, grant: str, day: date) -> tuple[int, int]:
    """Rows and subjects of that day."""
    table = tables.grant_day
    found = connection.execute(select(table).where(table.c.grant == grant, table.c.day == day)).one_or_none()
    return (found.rows, found.subjects) if found else (0, 0)


def _short(grant: Grant, rows: int, subjects: int) -> str:
    if grant.rows_per_day is not None and rows >= grant.rows_per_day:
        return f"{grant.rows_per_day} rows"
    if grant.subjects_per_day is not None and subjects > grant.subjects_per_day:
        return f"{grant.subjects_per_day} subjects"
    return ""


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def _until(moment: datetime) -> int:
    """Seconds until the next day begins."""
    begins = datetime.combine(_day(moment) + timedelta(days=1), time(), SHANGHAI)
    return max(1, ceil((begins - moment).total_seconds()))
