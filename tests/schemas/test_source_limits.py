"""What a system's owner allows: spans of the day, also across midnight, and when the next one begins."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.journey import SHANGHAI
from schemas.source_limits import NO_LIMITS, SourceLimits, checked_hours

NIGHT = SourceLimits(("20:00-06:00",))
MOMENTS = st.integers(0, 525_600).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)
CLOCKS = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda at: f"{at[0]:02}:{at[1]:02}")
SPANS = st.tuples(CLOCKS, st.one_of(CLOCKS, st.just("24:00"))).filter(lambda ends: ends[0] != ends[1]).map("-".join)


def at(clock: str, day: int = 20) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("clock", "open_"), [("19:59", False), ("20:00", True), ("00:00", True), ("05:59", True), ("06:00", False)]
)
def test_a_span_across_midnight_holds_its_beginning_and_not_its_end(clock: str, open_: bool) -> None:
    assert NIGHT.open(at(clock)) is open_


def test_a_span_to_the_end_of_the_day_ends_there() -> None:
    evening = SourceLimits(("22:00-24:00",))
    assert evening.open(at("23:59"))
    assert not evening.open(at("00:00"))


def test_without_hours_every_moment_is_open() -> None:
    assert NO_LIMITS.open(at("12:00"))


def test_the_next_opening_is_today_or_tomorrow() -> None:
    lunch = SourceLimits(("12:00-13:00", "01:00-02:00"))
    assert lunch.opening(at("09:00")) == at("12:00")
    assert lunch.opening(at("15:00")) == at("01:00", 21)
    assert lunch.opening(at("12:30")) == at("12:30")


@given(st.lists(SPANS, min_size=1, max_size=3), MOMENTS)
def test_it_is_open_from_the_next_opening_on_and_closed_until_then(hours: list[str], moment: datetime) -> None:
    limits = SourceLimits(tuple(hours))
    opening = limits.opening(moment)
    assert limits.open(opening)
    assert moment <= opening <= moment + timedelta(days=1)
    if opening > moment:
        assert not limits.open(opening - timedelta(minutes=1)) or opening - timedelta(minutes=1) < moment


@pytest.mark.parametrize(
    "text", ["20-06", "20:00-20:00", "25:00-06:00", "20:00-24:30", "20:00", "", "20:00 - 06:00", "20:00-06:00\n"]
)
def test_what_is_no_span_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a span of the day such as 20:00-06:00"):
        checked_hours(text)
