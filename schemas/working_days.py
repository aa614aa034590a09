"""When something is due that a rule gives so many working days 工作日 for; the calendar is told, never assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Protocol

DAY = timedelta(days=1)
LATE = (12, 25)
"""From that day on the next year's notice may still speak: that of 2019 made 29 December 2018 a working day."""
ALWAYS_OFF = ((1, 1), (10, 1))
"""New Year and National Day: a year whose table has both as days off is known."""


class Calendar(Protocol):
    """Which days are worked, and of which that is settled."""

    def is_working(self, day: date) -> bool:
        """Whether people are at their desks."""
        ...

    def is_settled(self, day: date) -> bool:
        """Whether the State Council's holiday notice 放假安排 for that day is known."""
        ...


@dataclass(frozen=True, slots=True)
class MondayToFriday:
    """Knows no holidays and no days worked instead 调休: up to a week off around them, so nothing of it is settled."""

    def is_working(self, day: date) -> bool:
        """Monday to Friday."""
        return day.weekday() < 5

    def is_settled(self, day: date) -> bool:  # noqa: ARG002 - the protocol's signature
        """Never."""
        return False


@dataclass(frozen=True)
class WorkCalendar:
    """Monday to Friday, but for the days that a notice speaks of."""

    days: Mapping[date, bool]
    """Day -> whether it is worked: public holidays 节假日 and days worked instead 调休上班."""

    @cached_property
    def years(self) -> frozenset[int]:
        """Those whose notice is known."""
        return frozenset(
            year
            for year in {day.year for day in self.days}
            if all(not self.days.get(date(year, *at), True) for at in ALWAYS_OFF)
        )

    def is_working(self, day: date) -> bool:
        """As the notice says; Monday to Friday where it says nothing."""
        return self.days.get(day, day.weekday() < 5)

    def is_settled(self, day: date) -> bool:
        """Whether the notice of its year is known, in its last days that of the next year too."""
        late = (day.month, day.day) >= LATE
        return day.year in self.years and (not late or day.year + 1 in self.years)


@dataclass(frozen=True, slots=True)
class Due:
    """The last day, and whether it may still move."""

    day: date
    provisional: bool
    """True until the calendar of every day up to it is settled."""


def due(start: date, days: int, calendar: Calendar) -> Due:
    """The `days`-th working day after `start`, which itself does not count."""
    day, left, settled = start, days, True
    while left > 0:
        day += DAY
        left -= calendar.is_working(day)
        settled = settled and calendar.is_settled(day)
    return Due(day, not settled)


def due_in_days(start: date, days: int, calendar: Calendar) -> Due:
    """The `days`-th day after `start`, whichever it is; where that is a day off, the next working day."""
    day = start + days * DAY
    settled = calendar.is_settled(day)
    while not calendar.is_working(day):
        day += DAY
        settled = settled and calendar.is_settled(day)
    return Due(day, not settled)


def worked(start: date, end: date, calendar: Calendar) -> int:
    """Working days after `start` up to `end`, which counts."""
    return sum(calendar.is_working(start + number * DAY) for number in range(1, (end - start).days + 1))
