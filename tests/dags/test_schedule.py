"""Schedules: what each tick collects, that no day is left out or collected twice, and which ones are refused."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dags.schedule import meeting_mistake, schedule_mistake, ticks_of, window_for
from schemas.dataset import Dataset, Source
from schemas.errors import BadInput
from schemas.journey import SHANGHAI, Window
from schemas.source_limits import SourceLimits
from tests.builders import make_dataset
from tests.dags.in_airflow import answer

MONDAY = datetime(2026, 11, 2, 2, tzinfo=SHANGHAI)
CRONS = (
    "0 2 * * *",
    "30 4 * * 1",
    "0 2 * * 1-5",
    "0 2 1 * *",
    "0 2 1,15 * *",
    "0 2 1 */3 *",
    "0 2 29 2 *",
    "0 2 * * 0,7",
)
OFTEN = ("*/15 * * * *", "30 6,18 * * 1")

AIRFLOWS = """
import json, logging, sys, pendulum
import structlog
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
from airflow.timetables.trigger import CronPartitionTimetable
told = {{}}
for cron in {crons!r}:
    form = "%Y-%m-%dT%H:%M" if cron in {often!r} else "%Y-%m-%d"
    table = CronPartitionTimetable(cron, timezone="Asia/Shanghai", run_offset=-1, key_format=form)
    keys, at = [], pendulum.parse("2023-01-01T00:00:00+08:00")
    for _ in range(12):
        at = table._get_next(at)
        keys.append([at.isoformat(), table._get_partition_info(run_date=at)[1]])
    told[cron] = keys
print(json.dumps(told))
"""


def source(schedule: str, *inputs: str) -> Source:
    return Source("csv_folder", "credit_drop", {}, schedule=schedule, inputs=inputs)


def days(low: str, high: str) -> Window:
    return Window(*(datetime.combine(date.fromisoformat(end), datetime.min.time(), SHANGHAI) for end in (low, high)))


@pytest.mark.parametrize(
    ("schedule", "low", "high"),
    [
        ("0 2 * * *", "2026-11-01", "2026-11-02"),
        ("0 2 * * 1", "2026-10-26", "2026-11-02"),
        ("0 2 1 * *", "2026-10-01", "2026-11-01"),
        ("0 2 * * 1-5", "2026-10-30", "2026-11-02"),
    ],
)
def test_a_tick_collects_all_days_since_the_one_before(schedule: str, low: str, high: str) -> None:
    assert window_for(source(schedule), None, MONDAY) == days(low, high)
    assert window_for(source(schedule), low, MONDAY) == days(low, high)


def test_any_day_stands_for_the_span_that_holds_it() -> None:
    assert window_for(source("0 2 * * 1"), "2026-10-29", MONDAY) == days("2026-10-26", "2026-11-02")


def test_two_moments_are_taken_as_they_are_and_what_is_neither_is_refused() -> None:
    both = "2026-10-26T00:00:00+08:00/2026-10-27T00:00:00+08:00"
    assert window_for(source("0 2 * * 1"), both, MONDAY) == Window.parse(both)
    with pytest.raises(BadInput, match="expected a day"):
        window_for(source("0 2 * * *"), "last week", MONDAY)


def test_a_derived_dataset_takes_the_day_of_its_inputs() -> None:
    assert window_for(source("", "credit.penalty"), "2026-11-01", MONDAY) == days("2026-11-01", "2026-11-02")


@given(st.sampled_from(CRONS), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_one_span_ends_where_the_next_begins(schedule: str, day: date) -> None:
    this = window_for(source(schedule), day.isoformat(), MONDAY)
    following = window_for(source(schedule), this.high.date().isoformat(), MONDAY)
    assert this.low.date() <= day < this.high.date()
    assert following.low == this.high


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("", "five parts"),
        ("0 * * * *", "one minute and one hour"),
        ("0,30 2 * * *", "one minute and one hour"),
        ("0 2 1 * 1", "day of the month or for the day of the week"),
        ("0 99 * * *", "0 to 23 as the hour"),
        ("0 2 * * 8", "0 to 7 as the weekday"),
        ("0 2 5-1 * *", "1 to 31 as the day"),
        ("0 2 */0 * *", "1 to 31 as the day"),
        ("0 2 31 2 *", "never comes"),
    ],
)
def test_a_schedule_that_airflow_or_we_could_not_keep_is_refused(schedule: str, said: str) -> None:
    assert said in schedule_mistake(source(schedule))


def test_a_schedule_outside_the_hours_of_its_source_is_refused() -> None:
    night = replace(source("0 2 * * *"), limits=SourceLimits(("20:00-06:00",)))
    assert schedule_mistake(night) == ""
    said = schedule_mistake(replace(night, schedule="30 12 * * *"))
    assert said == "a time within the hours at which its source may be asked, 20:00-06:00"


def test_what_is_not_refused_can_be_kept() -> None:
    assert [schedule_mistake(source(cron)) for cron in CRONS] == [""] * len(CRONS)
    assert schedule_mistake(source("", "credit.penalty")) == ""


def stream(schedule: str) -> Source:
    return Source("kafka", "bus", {}, schedule=schedule)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-02T{clock}+08:00")


def test_a_stream_may_tick_many_times_a_day_and_nothing_else_may() -> None:
    assert schedule_mistake(stream("*/15 * * * *")) == ""
    assert schedule_mistake(stream("*/15 8-18 * * 1-5")) == ""
    assert "0 to 59 as the minute" in schedule_mistake(stream("*/15,60 * * * *"))
    assert "one minute and one hour" in schedule_mistake(source("*/15 * * * *"))
    assert "one minute and one hour" in schedule_mistake(Source("mainframe", "x", {}, schedule="*/15 * * * *"))


@pytest.mark.parametrize(
    ("schedule", "asked", "low", "high"),
    [
        ("*/15 * * * *", None, "01:45:00", "02:00:00"),
        ("*/15 * * * *", "2026-11-02T01:45", "01:45:00", "02:00:00"),
        ("*/15 * * * *", "2026-11-02T01:50", "01:45:00", "02:00:00"),
        ("0 8-18 * * *", "2026-11-02T18:00", "18:00:00", "32:00:00"),
        ("*/15 * * * *", "2026-11-02", "00:00:00", "24:00:00"),
        ("*/15 * * * *", "20261102T010000.000000_20261102T020000.000000", "01:00:00", "02:00:00"),
    ],
)
def test_a_window_of_a_stream_lies_between_two_ticks(schedule: str, asked: str | None, low: str, high: str) -> None:
    hours, rest = high.split(":", 1)
    ends = at(low), at(f"{int(hours) % 24:02}:{rest}") + timedelta(days=int(hours) // 24)
    assert window_for(stream(schedule), asked, MONDAY) == Window(*ends)


def test_a_stream_is_no_input_of_a_derived_dataset() -> None:
    known = {"x.often": make_dataset("x.often", source=stream("*/15 * * * *"))}
    derived = a_dataset("x.made", "", "x.often")
    assert meeting_mistake(derived, known) == "inputs that come once a day at most: x.often comes more often"


def a_dataset(key: str, schedule: str, *inputs: str) -> Dataset:
    return make_dataset(key, source=source(schedule, *inputs))


DAILY, WEEKLY, MONTHLY = "0 2 * * *", "30 4 * * 1", "0 2 1 * *"


@pytest.mark.parametrize(
    ("schedules", "said"),
    [
        ((DAILY, DAILY), ""),
        ((DAILY, WEEKLY), ""),
        ((MONTHLY, DAILY, DAILY), ""),
        ((WEEKLY, MONTHLY), "come on the days of x.two, the rarest: x.one do not"),
        ((WEEKLY, "0 2 * * 2"), "do not"),
        ((DAILY, "0 2 1 */3 *", MONTHLY), ""),
    ],
)
def test_inputs_of_a_derived_dataset_must_meet_on_the_days_of_the_rarest(schedules: tuple[str, ...], said: str) -> None:
    """Weekly and daily meet every Monday; weekly and monthly only where the first is a Monday."""
    inputs = [a_dataset(f"x.{name}", cron) for name, cron in zip(("one", "two", "three"), schedules, strict=False)]
    made = a_dataset("x.made", "", *(one.key for one in inputs))
    told = meeting_mistake(made, {one.key: one for one in (*inputs, made)})
    assert said in told
    assert bool(told) == bool(said)


def test_what_is_derived_comes_when_its_inputs_do() -> None:
    known = {
        one.key: one
        for one in (
            a_dataset("x.weekly", WEEKLY),
            a_dataset("x.daily", DAILY),
            a_dataset("x.both", "", "x.weekly", "x.daily"),
            a_dataset("x.monthly", MONTHLY),
            a_dataset("x.good", "", "x.both", "x.daily"),
            a_dataset("x.bad", "", "x.both", "x.monthly"),
            a_dataset("x.round", "", "x.round", "x.daily"),
        )
    }
    assert meeting_mistake(known["x.good"], known) == ""
    assert "x.monthly" in meeting_mistake(known["x.bad"], known)
    assert meeting_mistake(known["x.daily"], known) == ""
    assert isinstance(meeting_mistake(known["x.round"], known), str), "a circle ends"


def test_airflow_ticks_on_the_same_days_and_names_the_same_first_day(tmp_path: Path) -> None:
    told = answer(tmp_path, AIRFLOWS.format(crons=CRONS + OFTEN, often=OFTEN))
    for cron, runs in told.items():
        for at, key in runs:
            moment = datetime.fromisoformat(at)
            window = window_for(source(cron), key, moment)
            assert window == window_for(source(cron), None, moment), (cron, at, key)
            assert window.low == datetime.fromisoformat(key).replace(tzinfo=SHANGHAI)
            assert ticks_of(cron).on(moment.astimezone(SHANGHAI).date())
            assert moment - window.high < timedelta(days=1)
            assert moment == window.high or cron not in OFTEN
