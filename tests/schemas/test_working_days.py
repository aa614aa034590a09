"""Working days are those of the calendar that is told, and a due date is provisional until all of it is settled."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from schemas.errors import BadInput
from schemas.work_day_file import WorkDay, calendar_of, read_work_days, shipped_work_days, work_days
from schemas.working_days import Due, MondayToFriday, WorkCalendar, due, due_in_days, worked


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


SHIPPED = calendar_of(shipped_work_days())


def test_counting_monday_to_friday_misdates_64_of_225_ten_day_terms_of_2025() -> None:
    """Terms that begin on the working days of January to November: beyond them the next year's notice would count."""
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(334)]
    starts = [day for day in days if SHIPPED.is_working(day)]
    apart = [abs((due(day, 10, SHIPPED).day - due(day, 10, MondayToFriday()).day).days) for day in starts]
    assert (len(starts), sum(far > 0 for far in apart), max(apart)) == (225, 64, 7)


WORKED_INSTEAD = {
    2025: ("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
    2026: ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
}


@pytest.mark.parametrize("year", WORKED_INSTEAD)
def test_the_package_carries_what_the_state_council_settled(year: int) -> None:
    ours = [one for one in shipped_work_days() if one.day.year == year]
    assert tuple(str(one.day) for one in ours if one.working) == WORKED_INSTEAD[year]
    assert all(one.source.startswith(f"国务院办公厅关于{year}年部分节假日安排的通知") for one in ours)
    assert all(one.day.weekday() >= 5 for one in ours if one.working)
    assert not SHIPPED.is_working(date(year, 10, 1))


def test_a_year_is_settled_by_its_notice_and_its_last_days_by_the_next_years_too() -> None:
    assert SHIPPED.years == {2024, 2025, 2026}
    assert SHIPPED.is_settled(date(2026, 12, 24))
    assert not SHIPPED.is_settled(date(2026, 12, 25))
    assert SHIPPED.is_settled(date(2025, 12, 31))
    assert not SHIPPED.is_settled(date(2027, 1, 4))
    assert not WorkCalendar({date(2027, 10, 1): False}).is_settled(date(2027, 5, 6))


def test_a_term_in_days_that_ends_on_a_day_off_ends_with_the_next_working_day() -> None:
    assert due_in_days(date(2025, 9, 26), 5, SHIPPED) == Due(date(2025, 10, 9), False)
    assert due_in_days(date(2025, 9, 26), 2, SHIPPED) == Due(date(2025, 9, 28), False)
    assert due_in_days(date(2026, 12, 20), 10, SHIPPED) == Due(date(2026, 12, 30), True)


def test_days_worked_are_counted_from_the_day_after_to_the_last() -> None:
    assert worked(date(2025, 9, 26), date(2025, 10, 9), SHIPPED) == 4
    assert worked(date(2025, 9, 26), date(2025, 9, 26), SHIPPED) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,working\n", "no column source"),
        ("day,working,source\n", "found no day"),
        ("day,working,source\n2027-13-01,no,x\n", "calendar.csv:2: day: found 2027-13-01"),
        ("day,working,source\n2027-01-01,perhaps,x\n", "expected yes or no"),
        ("day,working,source\n2027-01-01,no,\n", "expected the notice that says so"),
        ("day,working,source\n2027-01-01,no,x\n2027-01-01,no,x\n", "each day once"),
    ],
)
def test_a_calendar_file_with_mistakes_is_refused_as_a_whole(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        work_days(text, "calendar.csv")


def test_a_calendar_file_is_read_in_the_encodings_that_offices_use(tmp_path: Path) -> None:
    file = tmp_path / "2027.csv"
    file.write_bytes("\ufeffday,working,source\n2027-01-02,是,通知\n2027-01-01,no,通知\n".encode())
    assert read_work_days(file) == (
        WorkDay(date(2027, 1, 1), False, "通知"),
        WorkDay(date(2027, 1, 2), True, "通知"),
    )
    file.write_bytes("day,working,source\n2027-01-01,no,国务院通知\n".encode("gb18030"))
    assert read_work_days(file) == (WorkDay(date(2027, 1, 1), False, "国务院通知"),)
    file.write_bytes(b"day,working,source\n\xff\xff")
    with pytest.raises(BadInput, match="neither UTF-8 nor GB18030"):
        read_work_days(file)
