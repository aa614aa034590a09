"""When something is due that a rule gives so many working days 工作日 for; the calendar is told, never assumed."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol


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
        day += timedelta(days=1)
        left -= calendar.is_working(day)
        settled = settled and calendar.is_settled(day)
    return Due(day, not settled)
