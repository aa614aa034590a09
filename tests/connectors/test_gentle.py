"""A source is asked no faster and at no other hours than its owner allows."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.landing.gentle import Clock, gently, require_open
from connectors.landing.landing import Pull, land, make_plan, read_landing
from connectors.protocol import Batch, Misfit, Problem, Stream
from connectors.registry import connector_for
from schemas.connection import Connection, nearest
from schemas.dataset import Dataset, Source
from schemas.errors import BadInput, SourceUnreachable
from schemas.journey import SHANGHAI, Plan, Window
from schemas.source_limits import SourceLimits
from tests.builders import make_dataset, make_field
from tests.connectors.conformance import DAY

NIGHT = datetime(2026, 11, 21, 5, 50, tzinfo=SHANGHAI)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=SHANGHAI)


@dataclass
class Slow:
    """A clock on which reading takes no time, and waiting all of it."""

    passed: float = 0.0
    waits: list[float] = field(default_factory=list)
    of_a_batch: float = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(self.ticks, self.wait)

    def ticks(self) -> float:
        return self.passed

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.passed += seconds


def limited(**limits: object) -> Dataset:
    dataset = make_dataset()
    return replace(dataset, source=replace(dataset.source, limits=SourceLimits(**limits)))  # type: ignore[arg-type]


def batches(*sizes: int, slow: Slow | None = None) -> Iterator[Batch]:
    for size in sizes:
        if slow is not None:
            slow.passed += slow.of_a_batch
        yield Batch("t", 1, pa.record_batch({"a": pa.array([""] * size)}))


def test_no_more_rows_leave_than_the_rate_allows() -> None:
    slow = Slow()
    assert [
        b.rows.num_rows for b in gently(batches(500, 250, 250), limited(rows_per_second=1000), NOON, slow.clock)
    ] == [500, 250, 250]
    assert slow.waits == [0.5, 0.25, 0.25]


def test_rows_that_do_not_fit_were_read_too() -> None:
    slow = Slow()
    misfits = tuple(Misfit(place, "a", "", "", "") for place in range(100))
    list(
        gently(
            iter([Batch("t", 1, pa.record_batch({"a": pa.array([], pa.string())}), None, misfits)]),
            limited(rows_per_second=100),
            NOON,
            slow.clock,
        )
    )
    assert slow.waits == [1.0]


def test_a_source_that_is_slower_than_the_rate_is_not_waited_for() -> None:
    slow = Slow(of_a_batch=2.0)
    list(gently(batches(500, 500, slow=slow), limited(rows_per_second=1000), NOON, slow.clock))
    assert slow.waits == []


def test_outside_the_hours_nothing_is_asked_and_the_refusal_says_when_again() -> None:
    with pytest.raises(
        SourceUnreachable, match=r"it is 12:00, .* asked 20:00-06:00 only .* again from 2026-11-21 20:00"
    ):
        require_open(limited(hours=("20:00-06:00",)), NOON)
    require_open(limited(hours=("20:00-06:00",)), NIGHT)


def test_hours_that_end_while_rows_are_read_end_the_reading() -> None:
    slow = Slow(of_a_batch=400.0)
    reading = gently(batches(10, 10, 10, slow=slow), limited(hours=("20:00-06:00",)), NIGHT, slow.clock)
    assert next(reading).rows.num_rows == 10
    assert next(reading).rows.num_rows == 10
    with pytest.raises(SourceUnreachable, match="20 rows were read and none is kept"):
        next(reading)


def test_a_reading_that_is_whole_is_kept_though_its_hours_ended_with_the_last_batch() -> None:
    slow = Slow(of_a_batch=400.0)
    reading = gently(batches(10, 10, slow=slow), limited(hours=("20:00-06:00",)), NIGHT, slow.clock)
    assert [batch.rows.num_rows for batch in reading] == [10, 10]
    assert slow.passed == 800.0, "the second batch came at 06:03"


def test_an_empty_batch_after_the_hours_throws_nothing_away() -> None:
    slow = Slow(of_a_batch=400.0)
    found = gently(batches(10, 10, 0, slow=slow), limited(hours=("20:00-06:00",)), NIGHT, slow.clock)
    assert [one.rows.num_rows for one in found] == [10, 10, 0]


def test_nothing_is_asked_for_where_the_hours_are_over_before_the_first_batch() -> None:
    asked: list[int] = []

    def reading() -> Iterator[Batch]:
        asked.append(1)
        yield from batches(1)

    with pytest.raises(SourceUnreachable, match="it is 12:00"):
        next(gently(reading(), limited(hours=("20:00-06:00",)), NOON))
    assert asked == []


def test_a_landing_whose_hours_ended_leaves_nothing_and_lands_the_next_night(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "a.csv").write_text("person_id\n1\n", encoding="utf-8")
    source = Source(
        "csv_folder", "drop", {"pattern": "a.csv", "encoding": "utf-8"}, limits=SourceLimits(("20:00-06:00",))
    )
    dataset = make_dataset(fields=(make_dataset().fields[0],), source=source, default_scope="")
    (drop / "a.csv").write_text(f"{dataset.fields[0].source_name}\n1\n", encoding="utf-8")
    connector = connector_for(dataset, Connection("drop", "fs", host=str(drop)))
    plan = make_plan(dataset, connector, DAY, tmp_path)
    with pytest.raises(SourceUnreachable):
        land(dataset, plan, connector, tmp_path, NOON)
    assert read_landing(tmp_path, dataset.key, DAY) is None
    assert land(dataset, plan, connector, tmp_path, NIGHT + timedelta(days=1)).rows == 1


@dataclass(frozen=True)
class Lingering:
    """A table whose rows end after the hours of its system."""

    dataset: Dataset

    def check(self) -> tuple[Problem, ...]:
        return ()

    def discover(self) -> tuple[Stream, ...]:
        return ()

    def plan(self, window: Window) -> Plan:
        return Plan(self.dataset.key, self.dataset.contract_hash, window, ({"name": "t"},), "")

    def read(self, _plan: Plan) -> Iterator[Batch]:
        names = [one.name for one in self.dataset.fields]
        yield Batch("t", 1, pa.record_batch([pa.array(["1"])] * len(names), names))
        time.sleep(0.6)

    def keys(self, plan: Plan) -> Iterator[Batch]:
        return self.read(plan)


def test_keys_that_are_read_after_the_rows_keep_to_the_hours_too(tmp_path: Path) -> None:
    limits = SourceLimits(("20:00-06:00",))
    dataset = make_dataset(
        fields=(make_field("id", key=1),), source=Source("t", "db", {}, limits=limits), default_scope=""
    )
    connector = Lingering(dataset)
    plan = make_plan(dataset, connector, Pull(DAY, DAY, keys=True), tmp_path)
    with pytest.raises(SourceUnreachable, match="it is 06:00"):
        land(dataset, plan, connector, tmp_path, NIGHT.replace(minute=59, second=59, microsecond=500_000))


def test_a_replica_is_asked_in_place_of_the_system_itself() -> None:
    system = Connection(
        "db", "postgres", host="10.0.0.1", port=5432, login="reader", extra={"replica": "10.0.0.2:5433"}
    )
    assert (nearest(system).host, nearest(system).port, nearest(system).login) == ("10.0.0.2", 5433, "reader")  # type: ignore[union-attr]
    assert nearest(replace(system, extra={"replica": "standby"})) == replace(
        system, host="standby", extra={"replica": "standby"}
    )
    assert nearest(replace(system, extra={})) == replace(system, extra={})
    assert nearest(None) is None
    with pytest.raises(BadInput, match="extra replica: expected host or host:port"):
        nearest(replace(system, extra={"replica": ":5433"}))
