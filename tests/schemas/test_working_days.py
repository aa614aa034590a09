"""Working days are those of the calendar that is told, and a due date is provisional until all of it is settled."""

from dataclasses import dataclass
from datetime import date

import pytest

from schemas.working_days import Due, MondayToFriday, due


@dataclass(frozen=True)
class NationalDay:
    """The week around 1 October 2025 as the State Council settled it; nothing after 12 October is known."""

    holidays = frozenset(date(2025, 10, day) for day in range(1, 9))
    worked = frozenset({date(2025, 9, 28), date(2025, 10, 11)})

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.holidays)

    def is_settled(self, day: date) -> bool:
        return day <= date(2025, 10, 12)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 20), 10, date(2026, 12, 4)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 23), 5, date(2026, 11, 30)),
    ],
)
def test_without_a_calendar_weekends_are_left_out_and_nothing_is_settled(
    start: date, days: int, expected: date
) -> None:
    assert due(start, days, MondayToFriday()) == Due(expected, True)


@pytest.mark.parametrize(
    ("start", "days", "expected", "provisional"),
    [
        (date(2025, 9, 26), 3, date(2025, 9, 30), False),
        (date(2025, 9, 30), 1, date(2025, 10, 9), False),
        (date(2025, 9, 30), 3, date(2025, 10, 11), False),
        (date(2025, 9, 30), 4, date(2025, 10, 13), True),
    ],
)
def test_holidays_do_not_count_and_days_worked_instead_do(
    start: date, days: int, expected: date, provisional: bool
) -> None:
    assert due(start, days, NationalDay()) == Due(expected, provisional)


def test_nothing_is_due_at_once() -> None:
    assert due(date(2026, 11, 21), 0, NationalDay()) == Due(date(2026, 11, 21), False)
