"""Until when data are in time: update cycle and grace, on the calendar of Shanghai."""

from datetime import UTC, datetime

import pytest

from schemas.due import due, later, overdue
from schemas.journey import SHANGHAI
from tests.builders import make_dataset


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("cycle", "grace", "moment"),
    [
        ("P1D", "", at(2026, 11, 21)),
        ("P1D", "P2D", at(2026, 11, 23)),
        ("P1W", "", at(2026, 11, 27)),
        ("P1M", "P5D", at(2026, 12, 25)),
        ("P3M", "", at(2027, 2, 20)),
        ("P1Y", "P1M", at(2027, 12, 20)),
        ("P1D", "PT6H", at(2026, 11, 21)),
        ("P1D", "PT23H", at(2026, 11, 22)),
    ],
)
def test_a_cycle_of_days_ends_with_its_last_day_in_shanghai(cycle: str, grace: str, moment: datetime) -> None:
    dataset = make_dataset(update_cycle=cycle, grace=grace)
    came = at(2026, 11, 19, 2, 5)
    assert due(dataset, came) == moment
    assert due(dataset, came.astimezone(UTC)) == moment


def test_a_cycle_of_hours_is_due_to_the_minute() -> None:
    dataset = make_dataset(update_cycle="PT1H", grace="PT30M")
    assert due(dataset, at(2026, 11, 19, 2, 5)) == at(2026, 11, 19, 3, 35)


def test_it_is_overdue_from_the_moment_on_and_not_before() -> None:
    dataset, came = make_dataset(update_cycle="P1D"), at(2026, 11, 19, 2, 5)
    assert not overdue(dataset, came, at(2026, 11, 20, 23, 59))
    assert overdue(dataset, came, at(2026, 11, 21))


def test_what_promises_nothing_or_has_nothing_is_never_overdue() -> None:
    assert due(make_dataset(update_cycle=""), at(2026, 1, 1)) is None
    assert not overdue(make_dataset(update_cycle=""), at(1990, 1, 1), at(2026, 1, 1))
    assert not overdue(make_dataset(update_cycle="P1D"), None, at(2026, 1, 1))


def test_a_month_after_the_thirty_first_is_the_end_of_the_month_and_ages_are_no_error() -> None:
    assert later(at(2026, 1, 31), "P1M") == at(2026, 2, 28)
    assert later(at(2024, 2, 29), "P1Y") == at(2025, 2, 28)
    assert later(at(2026, 11, 20), "P99999Y").year >= 9998
    assert later(at(2026, 11, 20), "P99999999999D").year >= 9998
    with pytest.raises(ValueError, match="expected an ISO 8601 duration"):
        later(at(2026, 1, 1), "daily")
