"""Licence plates, and days written as text: the patterns against the calendar and against plates by hand."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contract_options import regex_mistake
from schemas.standards.date_forms import MOMENT, MONTH, day_form, is_day
from schemas.standards.licence_plate import FORM, PROVINCES, is_licence_plate

LOW, HIGH = datetime(1000, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
MOMENTS = st.datetimes(LOW.replace(tzinfo=None), HIGH.replace(tzinfo=None))


def on_the_calendar(text: str) -> bool:
    """The oracle: eight ASCII digits that Python's calendar knows, from the year 1000 to 2999."""
    if not re.fullmatch("[0-9]{8}", text) or not 1000 <= int(text[:4]) <= 2999:
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def test_every_day_and_every_near_day_of_2000_years_is_judged_as_the_calendar_does() -> None:
    form = re.compile(day_form())
    for year in [*range(990, 1010), *range(1580, 1620), *range(1890, 2110), *range(2380, 2410), *range(2990, 3010)]:
        for month in range(14):
            for day in (0, 1, 9, 10, 28, 29, 30, 31, 32):
                text = f"{year:04}{month:02}{day:02}"
                assert (form.fullmatch(text) is not None) == on_the_calendar(text), text
    for century in range(10, 30):
        for year in range(100):
            text = f"{century}{year:02}0229"
            assert (form.fullmatch(text) is not None) == on_the_calendar(text), text


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_a_real_day_is_right_in_its_own_form_only(day: date) -> None:
    assert is_day(f"{day:%Y%m%d}")
    assert is_day(day.isoformat(), "-")
    assert not is_day(day.isoformat())
    assert not is_day(f"{day:%Y%m%d}", "-")
    assert re.fullmatch(MONTH, f"{day:%Y%m}")


@given(MOMENTS)
def test_a_real_moment_is_right(moment: datetime) -> None:
    assert re.fullmatch(MOMENT, f"{moment:%Y%m%d%H%M%S}")


@given(st.text("0123456789０-", min_size=6, max_size=10))
def test_any_text_is_a_day_just_when_the_calendar_has_it(text: str) -> None:
    assert is_day(text) == on_the_calendar(text)
    parts = text.split("-")
    shaped = [len(part) for part in parts] == [4, 2, 2]
    assert is_day(text, "-") == (shaped and on_the_calendar("".join(parts)))


@pytest.mark.parametrize("text", ["20261120240000", "20261120235960", "20260230120000", "2026112012000"])
def test_a_moment_that_no_clock_shows_is_wrong(text: str) -> None:
    assert not re.fullmatch(MOMENT, text)


@pytest.mark.parametrize(
    ("plate", "right"),
    [
        ("鲁D12345", True),
        ("鲁DA1234", True),
        ("京A0001B", True),
        ("鲁DD12345", True),
        ("鲁DF1A345", False),
        ("鲁DDA2345", True),
        ("鲁D12345D", True),
        ("鲁D12345F", True),
        ("鲁D1A345F", False),
        ("鲁DL12345", False),
        ("鲁D12345L", False),
        ("鲁D·12345", False),
        ("鲁D 12345", False),
        ("鲁D1234", False),
        ("鲁D123456", False),
        ("鲁I12345", False),
        ("鲁DO1234", False),
        ("鲁d12345", False),
        ("鲁D１2345", False),
        ("使A12345", False),
        ("鲁D1234学", False),
        ("", False),
    ],
)
def test_plates_by_hand(plate: str, right: bool) -> None:
    assert is_licence_plate(plate) is right


def test_there_are_31_provinces_on_plates_and_every_pattern_does_in_re2() -> None:
    assert len(set(PROVINCES)) == len(PROVINCES) == 31
    assert [regex_mistake(form) for form in (FORM, day_form(), day_form("-"), MONTH, MOMENT)] == [""] * 5
