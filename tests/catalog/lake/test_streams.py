"""A stream whose steps run on different machines: each window goes on where the last landing in the lake ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("confluent_kafka", reason="NOT TESTED WITH KAFKA: install yishu[kafka]")

from catalog.database import upgrade
from catalog.lake.where import at_hand
from catalog.shelf import open_shelf
from connectors.streams.cluster import cluster as opened_cluster
from dags import steps
from dags.job import Job
from dags.progress import Listener
from dags.schedule import window_for
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import Busy
from schemas.journey import SHANGHAI
from schemas.settings import Settings, read_settings
from tests.connectors.mock_kafka import TOPIC, MockKafka, start
from tests.dags.parcels import KEY, contract
from tests.s3 import S3

SOURCE = f"""\
kind: kafka
connection: land_bus
load: append
schedule: "*/15 * * * *"
options: {{topic: {TOPIC}, timeout: 10, most_records: 1000}}
"""
BEGAN = datetime(2026, 11, 20, 8, tzinfo=SHANGHAI)


@dataclass(slots=True)
class Machines:
    """Machines that share a catalogue and a lake; where that is a bucket each has a disk of its own."""

    folder: Path
    environment: dict[str, str]
    cluster: MockKafka
    dataset: Dataset
    used: list[Settings] = field(default_factory=list)

    def another(self) -> Settings:
        home = f"machine-{len(self.used)}" if "YISHU_LAKE_URL" in self.environment else "home"
        self.used.append(read_settings(self.environment | {"YISHU_HOME": home}, self.folder))
        return self.used[-1]

    def job(self, quarter: int) -> Job:
        tick = BEGAN + timedelta(minutes=15 * (quarter + 1))
        window = window_for(self.dataset.source, None, tick)
        return Job(self.another(), self.dataset, window, f"run-{quarter}")

    def collect(
        self, quarter: int, *, anew: bool = False, begins: Callable[[str], None] = lambda _: None
    ) -> dict[str, Any]:
        """`begins` is called before each step."""
        now = BEGAN + timedelta(minutes=15 * (quarter + 1), seconds=5)
        connection = Connection("land_bus", "kafka", host=self.cluster.host, port=self.cluster.port)
        job = replace(self.job(quarter), listener=Listener(begins, 3600, steps=True))
        return steps.collect(job, connection, now, anew=anew)

    def run(self, quarter: int, *, anew: bool = False) -> dict[str, Any]:
        now = BEGAN + timedelta(minutes=15 * (quarter + 1), seconds=5)
        collected = self.collect(quarter, anew=anew)
        steps.validate(self.job(quarter), now)
        return collected | steps.issue(self.job(quarter), now)

    def send(self, first: int, last: int) -> None:
        row = '{{"id": "P{:06}", "division": "370402001000", "area": "1.50", "changed": "2026-11-20T08:00:00+08:00"}}'
        self.cluster.send([row.format(number).encode() for number in range(first, last)])

    def published(self) -> list[int]:
        shelf = open_shelf(self.another())
        snapshot = shelf.latest(KEY)
        assert snapshot is not None
        rows = pa.concat_tables(pq.read_table(at_hand(shelf.lake, file.part)) for file in snapshot.files).to_pylist()
        return sorted(int(row["id"][1:]) for row in rows)

    def committed(self) -> int | None:
        connection = Connection("land_bus", "kafka", host=self.cluster.host, port=self.cluster.port)
        with opened_cluster(connection, f"yishu-{KEY}", 10) as opened:
            return opened.topic(TOPIC).partitions[0].committed


@pytest.fixture(params=["folder", "bucket"])
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machines]:
    told = {"YISHU_DATABASE_URL": f"sqlite:///{tmp_path / 'catalogue.db'}"}
    if request.param == "bucket":
        server: S3 = request.getfixturevalue("server")
        told |= {"YISHU_LAKE_URL": f"s3://{server.make_bucket()}/yishu", "YISHU_S3_ENDPOINT": server.endpoint}
        told |= {"YISHU_S3_REGION": "us-east-1"}
    upgrade(told["YISHU_DATABASE_URL"])
    cluster = start()
    cluster.create()
    yield Machines(tmp_path, told, cluster, contract(tmp_path, SOURCE))
    cluster.close()


def test_windows_go_on_from_the_lake_whichever_machine_they_run_on(machines: Machines) -> None:
    machines.send(0, 5)
    told = machines.run(0)
    assert (told["read"], told["version"], told["warnings"]) == (5, 1, [])
    assert machines.committed() == 5
    machines.send(5, 9)
    assert machines.run(2)["read"] == 4, "a tick that was missed is made up for by the next"
    assert machines.run(1)["read"] == 0
    assert machines.published() == list(range(9))
    assert machines.run(0, anew=True)["read"] == 5
    machines.send(9, 10)
    assert machines.run(3)["read"] == 1
    assert machines.published() == list(range(10))
    assert machines.committed() == 10


def test_of_two_windows_that_are_collected_at_once_on_two_machines_one_has_each_message(machines: Machines) -> None:
    machines.send(0, 5)

    def overtaken(step: str) -> None:
        if step == "land":
            machines.send(5, 7)
            assert machines.collect(1)["read"] == 7

    if "YISHU_LAKE_URL" in machines.environment:
        with pytest.raises(Busy, match="has landed 0 to 7; plan anew"):
            machines.collect(0, begins=overtaken)
        assert machines.run(0)["read"] == 0
    else:
        assert machines.collect(0, begins=overtaken)["read"] == 0
    assert machines.run(1)["read"] == 7
    assert machines.published() == list(range(7))


def test_a_cluster_that_cannot_be_told_is_a_warning_and_the_next_window_tells_it(machines: Machines) -> None:
    machines.send(0, 5)
    now = BEGAN + timedelta(minutes=15)
    away = Connection("land_bus", "kafka", host="127.0.0.1", port=9)
    connection = Connection("land_bus", "kafka", host=machines.cluster.host, port=machines.cluster.port)
    job = machines.job(0)
    steps.collect(job, connection, now)
    assert steps.collect(machines.job(0), away, now)["read"] == 5, "what has landed is not asked for again"
    machines.send(5, 7)
    assert machines.run(1)["read"] == 2
    assert machines.committed() == 7
