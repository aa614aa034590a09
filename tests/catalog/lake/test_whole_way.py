"""The steps of one run on different machines, with nothing between them but the bucket and the catalogue."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from catalog.database import upgrade
from catalog.lake.named import folders
from catalog.lake.travel import STEPS, own_desk
from catalog.shelf import open_shelf
from cli.door import Door
from cli.main import yishu
from connectors.registry import connector_for
from dags import collecting, steps
from dags.carried import Carried
from dags.job import Job
from demo.city import City, Sizes, build_city
from schemas.connection import Connection
from schemas.divisions import read_division_file
from schemas.errors import Busy, LakeUnreachable
from schemas.index import write_index
from schemas.journey import SHANGHAI, Window
from schemas.settings import Settings, read_settings
from tests.catalog.lake.conftest import Site
from tests.dags.test_steps import DAY, DERIVED, KEY, NOW, contract
from tests.s3 import S3, Tap

DATASET = contract(KEY)
WINDOW = Window.of_day(DAY)


def carried(job: Job) -> Carried:
    """Between the desk of a machine and the bucket."""
    return Carried(open_shelf(job.settings), KEY, WINDOW)


@dataclass(frozen=True, slots=True)
class Workers:
    """Machines that share a catalogue and a bucket, beside a small city."""

    folder: Path
    environment: dict[str, str]
    city: City
    tap: Tap

    def at(self, machine: str) -> Settings:
        """The settings on one of them, each with a disk of its own."""
        return read_settings(self.environment | {"YISHU_HOME": machine}, self.folder)

    def job(self, machine: str, run: str = "run-1", key: str = KEY) -> Job:
        return Job(self.at(machine), contract(key), WINDOW, run)

    @property
    def drop(self) -> Connection:
        return Connection("credit_drop", "fs", host=str(self.folder / "city" / "credit"))

    def left_on(self, machine: str) -> list[str]:
        """Files below its desk, but what can be made again."""
        lake = self.at(machine).lake
        return [p.relative_to(lake).as_posix() for p in lake.rglob("*") if p.is_file() and "reference" not in p.parts]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, City]:
    """A small city, copied by every test."""
    folder = tmp_path_factory.mktemp("built") / "city"
    return folder, build_city(folder, DAY, sizes=Sizes(people=2000, enterprises=1000))


@pytest.fixture
def workers(server: S3, built: tuple[Path, City], tmp_path: Path) -> Iterator[Workers]:
    tap = Tap(server.port)
    told = {
        "YISHU_LAKE_URL": f"s3://{server.make_bucket()}/yishu",
        "YISHU_S3_ENDPOINT": tap.endpoint,
        "YISHU_S3_REGION": "us-east-1",
        "YISHU_DATABASE_URL": f"sqlite:///{tmp_path / 'catalogue.db'}",
    }
    upgrade(told["YISHU_DATABASE_URL"])
    shutil.copytree(built[0], tmp_path / "city")
    yield Workers(tmp_path, told, built[1], tap)
    tap.close()


def test_each_step_on_a_machine_of_its_own_makes_the_version_that_one_would(workers: Workers) -> None:
    collected = steps.collect(workers.job("one"), workers.drop, NOW)
    judged = steps.validate(workers.job("two"), NOW)
    issued = steps.issue(workers.job("three"), NOW)
    truth = workers.city.whole(KEY)
    assert (collected["read"], judged["passed"]) == (truth.read, truth.published)
    assert (issued["version"], issued["rows"]) == (1, truth.published)
    assert [workers.left_on(machine) for machine in ("one", "two", "three")] == [[], [], []]
    shelf = open_shelf(workers.at("four"))
    files = shelf.references(replace(DATASET, source=replace(DATASET.source, inputs=(KEY,))))[KEY]
    assert sum(pq.read_metadata(file).num_rows for file in files) == truth.published


def test_a_window_that_has_landed_is_not_asked_for_again_elsewhere(workers: Workers) -> None:
    first = steps.collect(workers.job("one"), workers.drop, NOW)
    shutil.rmtree(workers.folder / "city" / "credit")
    again = steps.collect(workers.job("two", "run-2"), workers.drop, NOW)
    assert (again["read"], again["landing"]) == (first["read"], first["landing"])


def test_a_window_is_asked_for_anew_and_the_former_landing_stays_beside(workers: Workers) -> None:
    steps.whole_way(workers.job("one"), workers.drop, NOW)
    file = next((workers.folder / "city" / "credit").glob("*.csv"))
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-100]))
    again = steps.whole_way(workers.job("two", "run-2"), workers.drop, NOW, anew=True)
    assert (again["version"], again["read"]) == (2, workers.city.whole(KEY).read - 100)
    kept = folders(open_shelf(workers.at("three")).lake, f"landing/{KEY}")
    assert sorted(name.startswith(f".{DAY}.") for name in kept) == [False, True]


def test_the_same_bytes_uploaded_again_make_no_new_landing_and_no_new_version(workers: Workers) -> None:
    first = steps.whole_way(workers.job("one"), workers.drop, NOW)
    file = next((workers.folder / "city" / "credit").glob("*.csv"))
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    again = steps.whole_way(workers.job("two", "run-2"), workers.drop, NOW, anew=True)
    assert (again["unchanged"], again["version"]) == (True, first["version"])
    kept = folders(open_shelf(workers.at("three")).lake, f"landing/{KEY}")
    assert [name.startswith(".") for name in kept] == [False]


def test_of_two_runs_that_ask_anew_at_once_the_second_is_told_so(workers: Workers) -> None:
    steps.collect(workers.job("one"), workers.drop, NOW)
    file = next((workers.folder / "city" / "credit").glob("*.csv"))
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-100]))
    second = carried(workers.job("two"))
    seen = second.fetch_landing()
    assert seen is not None
    again = steps.collect(workers.job("three", "run-2"), workers.drop, NOW, anew=True)
    with pytest.raises(Busy, match=f"{KEY} {DAY}: another run is collecting this window anew"):
        second.set_aside(seen)
    assert again["read"] == workers.city.whole(KEY).read - 100
    assert steps.collect(workers.job("four", "run-3"), workers.drop, NOW)["read"] == again["read"]


def test_a_plan_that_was_made_elsewhere_is_kept(workers: Workers) -> None:
    job = workers.job("one")
    job.settings.lake.mkdir(parents=True)
    planned = collecting.plan(job, connector_for(DATASET, workers.drop))
    carried(job).send_plan()
    other = workers.job("two")
    carried(other).fetch_landing()
    assert collecting.plan(other, connector_for(DATASET, workers.drop)) == planned


@pytest.mark.parametrize("step", ["collect", "validate", "issue"])
def test_a_step_whose_bucket_is_away_leaves_nothing_half_done_and_goes_well_later(workers: Workers, step: str) -> None:
    def go(name: str, machine: str) -> object:
        job = workers.job(machine)
        return steps.collect(job, workers.drop, NOW) if name == "collect" else getattr(steps, name)(job, NOW)

    order = ["collect", "validate", "issue"]
    for name in order[: order.index(step)]:
        go(name, "one")
    workers.tap.cut(2_000)
    with pytest.raises(LakeUnreachable):
        go(step, "two")
    assert LakeUnreachable.again
    assert workers.left_on("two") == []
    workers.tap.mend()
    assert open_shelf(workers.at("one")).latest(KEY) is None
    for name in order[order.index(step) :]:
        go(name, "three")
    assert open_shelf(workers.at("one")).latest(KEY) is not None


def test_a_derived_dataset_reads_its_inputs_from_the_bucket(workers: Workers) -> None:
    shelf = open_shelf(workers.at("one"))
    known = frozenset(entry.code for entry in shelf.tree())
    shelf.import_divisions(read_division_file(workers.folder / "city" / "divisions.csv", known=known), NOW)
    share = Connection("market_regulation_share", "fs", host=str(workers.folder / "city" / "market_regulation"))
    steps.whole_way(workers.job("one", key="market_regulation.enterprise"), share, NOW)
    steps.whole_way(workers.job("two"), workers.drop, NOW)
    told = steps.whole_way(workers.job("last", key=DERIVED), None, NOW)
    assert told["version"] == 1
    assert told["rows"] > 900


def call(workers: Workers, machine: str, *arguments: str) -> Result:
    drop = json.dumps({"conn_type": "fs", "host": workers.drop.host})
    door = Door(
        workers.environment | {"YISHU_HOME": machine, "AIRFLOW_CONN_CREDIT_DROP": drop}, workers.folder, lambda: NOW
    )
    return CliRunner().invoke(yishu, list(arguments), obj=door, standalone_mode=False)


def test_yishu_run_and_the_pages_of_its_verdict(workers: Workers) -> None:
    for machine in ("one", "two"):
        write_index([DATASET], workers.at(machine).registry)
    done = call(workers, "one", "run", KEY, "--window", str(DAY), "--json")
    assert done.exception is None, done.exception
    assert json.loads(done.stdout)["version"] == 1
    pages = call(workers, "two", "quality", "docs", KEY, "--out", str(workers.folder / "docs"), "--json")
    assert pages.exception is None, pages.exception
    assert KEY in Path(json.loads(pages.stdout)["index"]).read_text(encoding="utf-8")


def test_the_doctor_says_whether_the_bucket_answers(workers: Workers) -> None:
    def lake() -> bool:
        done = call(workers, "one", "doctor", "--json")
        return bool(next(sign["well"] for sign in json.loads(done.stdout) if sign["name"] == "lake"))

    assert lake()
    workers.tap.cut()
    assert not lake()


def test_what_a_killed_step_left_on_the_desk_is_swept(in_bucket: Site) -> None:
    left, fresh = (in_bucket.desk / STEPS / name for name in ("left", "fresh"))
    for folder in (left, fresh):
        (folder / "landing").mkdir(parents=True)
    os.utime(left, (0, 0))
    with own_desk(in_bucket.settings, datetime.now(SHANGHAI)) as settings:
        assert settings.lake.parent == in_bucket.desk / STEPS
        (settings.lake / "file").touch()
    assert set((in_bucket.desk / STEPS).iterdir()) == {fresh}


def test_in_a_folder_every_step_has_the_one_desk(in_folder: Site) -> None:
    with own_desk(in_folder.settings, NOW) as settings:
        assert settings is in_folder.settings
    assert list(in_folder.desk.iterdir()) == []
