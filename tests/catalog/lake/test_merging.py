"""Merges whose steps run on different machines, with nothing between them but the bucket and the catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.confirming import desk
from catalog.database import upgrade
from catalog.lake.where import at_hand
from catalog.organisations import Organisation
from catalog.persons import Person
from catalog.shelf import open_shelf
from dags import steps
from dags.job import Job
from schemas.access import Role, Tier
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.deed import Hand, Word
from schemas.errors import HeldBack
from schemas.journey import Window
from schemas.matter import Verb
from schemas.settings import Settings, read_settings
from tests.dags.parcels import KEY, TABLE, TOWNS, Home, Office, contract, moment
from tests.s3 import S3, Tap

SOURCE = TABLE + "deletes: {snapshot: PT0S, most_share: 0.5}\n"


@dataclass(slots=True)
class Machines:
    """Machines that share a catalogue and a bucket; each has a disk of its own, and does one step."""

    folder: Path
    environment: dict[str, str]
    office: Office
    dataset: Dataset
    used: list[Settings] = field(default_factory=list)

    def another(self) -> Settings:
        self.used.append(read_settings(self.environment | {"YISHU_HOME": f"machine-{len(self.used)}"}, self.folder))
        return self.used[-1]

    def run(self, day: int, now: datetime | None = None, *, anew: bool = False) -> dict[str, Any]:
        connection = Connection("land", "sqlite", host=str(self.office.file))
        window, when = Window.of_day(moment(day).date()), now or Home.after(day)
        steps.collect(Job(self.another(), self.dataset, window, f"run-{day}"), connection, when, anew=anew)
        steps.validate(Job(self.another(), self.dataset, window, f"run-{day}"), when)
        return steps.issue(Job(self.another(), self.dataset, window, f"run-{day}"), when)

    def published(self) -> dict[str, tuple[str, str]]:
        shelf = open_shelf(self.another())
        snapshot = shelf.latest(KEY)
        assert snapshot is not None
        rows = pa.concat_tables(pq.read_table(at_hand(shelf.lake, file.part)) for file in snapshot.files).to_pylist()
        return {row["id"]: (row["division"], str(row["area"])) for row in rows}


@pytest.fixture
def machines(server: S3, tmp_path: Path) -> Iterator[Machines]:
    tap = Tap(server.port)
    told = {
        "YISHU_LAKE_URL": f"s3://{server.make_bucket()}/yishu",
        "YISHU_S3_ENDPOINT": tap.endpoint,
        "YISHU_S3_REGION": "us-east-1",
        "YISHU_DATABASE_URL": f"sqlite:///{tmp_path / 'catalogue.db'}",
    }
    upgrade(told["YISHU_DATABASE_URL"])
    yield Machines(tmp_path, told, Office(tmp_path / "office.db"), contract(tmp_path, SOURCE))
    tap.close()


def test_a_merge_finds_the_version_before_and_the_keys_wherever_its_steps_run(machines: Machines) -> None:
    machines.office.put(moment(1), range(30))
    machines.run(1)
    machines.office.put(moment(2), range(5), town=1, area="2.00")
    machines.office.drop([10, 11])
    assert machines.run(2)["version"] == 2
    assert machines.published() == machines.office.rows()
    machines.office.put(moment(3), [40])
    machines.run(3)
    assert machines.run(3)["version"] == machines.run(3)["version"] == 3
    assert machines.published() == machines.office.rows()
    machines.office.put(moment(2, 20), [41])
    machines.run(2, Home.after(4), anew=True)
    assert machines.published() == machines.office.rows()
    shelf = open_shelf(machines.another())
    merged = shelf.version(KEY, 2).merged
    assert merged is not None
    assert merged.tombstones is not None
    removed = pq.read_table(at_hand(shelf.lake, merged.tombstones)).to_pylist()
    assert removed == [{"id": "P000010", "division": TOWNS[2]}, {"id": "P000011", "division": TOWNS[3]}]


def test_keys_that_a_reviewer_confirmed_are_found_wherever_the_window_runs_again(machines: Machines) -> None:
    machines.office.put(moment(1), range(30))
    machines.run(1)
    machines.office.drop(range(20))
    with pytest.raises(HeldBack, match=r"deletes\.share"):
        machines.run(2)
    shelf = open_shelf(machines.another())
    owner = shelf.dataset(KEY).owner
    shelf.parties.add_organisation(Organisation(owner, "测试部门", "", "370400000000", Tier.CITY))
    shelf.parties.add_person(Person("reviewer", owner, "王丽", frozenset({Role.SOURCE_REVIEWER})))
    desk.decide(shelf, 1, Verb.CONFIRM, Word(Hand(person="reviewer"), "两镇合并登记"), moment(3))
    machines.run(2)
    assert machines.published() == machines.office.rows()
