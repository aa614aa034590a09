"""kill -9 while windows are planned, landed, judged and merged, of files, tables and services; then a run again."""

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from catalog.shelf import Shelf, open_shelf
from schemas.journey import SHANGHAI
from schemas.settings import read_settings
from tests.connectors.paged_source import Answer, ok, serving
from tests.dags.parcels import KEY, TOWNS, contract, table

KILLS = int(os.environ.get("YISHU_KILLS", "1"))
"""Of each kind of source: one in every run of the suite, twenty in `make faults`."""
ROWS, CHANGED, NEW, GONE = 12_000, 2_000, 300, 20
PLACES = ("landing/{key}/*/plan.json", "landing/{key}/*/*.tmp", "verdicts/{key}/*/.work/*", "datasets/{key}/.staging-*")
"""What shows that a run is at its plan, its landing, its verdict, its publication."""


def moment(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment that is past by every clock."""
    return datetime(2024, 11, 1, hour, minute, tzinfo=SHANGHAI) + timedelta(days=day - 1)


Row = tuple[str, str, str, str]
"""Id, division, area, changed."""


class Office(Protocol):
    """A department's system of some kind."""

    source: str
    connection: dict[str, Any]
    loses: bool
    """Whether what is gone there is noticed."""

    def show(self, whole: dict[str, Row], changed: list[Row], day: int) -> None:
        """What the system shows on a day: its rows as they are, and which of them changed."""
        ...


@dataclass
class Files:
    """A file a day with the rows that changed, some of them twice."""

    folder: Path
    source: str = (
        "kind: csv_folder\nconnection: land\nload: merge\norder: changed\n"
        'options: {pattern: "parcel_{yyyymmdd}.csv", encoding: utf-8, header_row: 1}\n'
    )
    loses: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.connection = {"conn_type": "fs", "host": str(self.folder)}

    def show(self, whole: dict[str, Row], changed: list[Row], day: int) -> None:
        del whole
        earlier = [(key, place, "0.01", moment(day, 1).isoformat()) for key, place, _, _ in changed[:100]]
        with (self.folder / f"parcel_{moment(day):%Y%m%d}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "division", "area", "changed"), *earlier, *changed])


@dataclass
class Table:
    """A table whose rows know when they changed, and lose some."""

    file: Path
    source: str = (
        "kind: sql_table\nconnection: land\nload: merge\nlag: PT6H\ndeletes: {snapshot: PT0S}\n"
        "options: {table: parcel, window_column: changed}\n"
    )
    loses: bool = True

    def __post_init__(self) -> None:
        self.connection = {"conn_type": "sqlite", "host": str(self.file)}

    def show(self, whole: dict[str, Row], changed: list[Row], day: int) -> None:
        del changed, day
        rows = [(key, place, area, at[:19].replace("T", " ")) for key, place, area, at in whole.values()]
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute("drop table if exists parcel")
            database.execute("create table parcel (id text primary key, division text, area text, changed text)")
            database.executemany("insert into parcel values (?, ?, ?, ?)", rows)


@dataclass
class Pages:
    """A service that gives what changed between two moments, page by page."""

    port: int
    rows: list[Row] = field(default_factory=list)
    loses: bool = False

    def __post_init__(self) -> None:
        self.connection = {"conn_type": "http", "host": "127.0.0.1", "port": self.port}
        self.source = (
            "kind: rest\nconnection: land\nload: merge\nlag: PT6H\noptions:\n  path: /parcels\n  page_size: 2000\n"
            "  page: {kind: offset}\n  window_params: {low: since, high: until}\n"
        )

    def show(self, whole: dict[str, Row], changed: list[Row], day: int) -> None:
        del changed, day
        self.rows = sorted(whole.values())

    def answer(self, asked: dict[str, str]) -> Answer:
        low, high = (
            datetime.fromisoformat(asked.get(name, end.isoformat()))
            for name, end in (("since", moment(1)), ("until", moment(30)))
        )
        found = [row for row in self.rows if low <= datetime.fromisoformat(row[3]) < high]
        start = int(asked["offset"])
        names = ("id", "division", "area", "changed")
        return ok([dict(zip(names, row, strict=True)) for row in found[start : start + int(asked["limit"])]])


@pytest.fixture(params=["files", "sql", "rest"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    if request.param != "rest":
        yield Files(tmp_path / "drop") if request.param == "files" else Table(tmp_path / "office.db")
        return
    with serving() as service:
        pages = Pages(service.port)
        service.answer = pages.answer
        yield pages


@dataclass
class World:
    """The rows as they really are, day by day."""

    chance: random.Random
    rows: dict[str, Row] = field(default_factory=dict)

    def pass_day(self, day: int, *, lose: bool) -> list[Row]:
        """Some rows change, some move, some are new, some are gone; those that changed."""
        keys = sorted(self.rows)
        touched = self.chance.sample(keys, min(CHANGED, len(keys)))
        fresh = [f"P{len(keys) + 100_000 * day + number:07d}" for number in range(NEW if keys else ROWS)]
        at = moment(day, 3, 30).isoformat()
        changed = [
            (key, self.chance.choice(TOWNS), f"{self.chance.randrange(10**6)}.25", at) for key in touched + fresh
        ]
        self.rows |= {row[0]: row for row in changed}
        for key in self.chance.sample(keys, GONE if lose and keys else 0):
            del self.rows[key]
        return [row for row in changed if row[0] in self.rows]


def environment(home: Path, connection: dict[str, Any]) -> dict[str, str]:
    ours = {"YISHU_HOME": str(home / "home"), "YISHU_CONTRACTS": str(home / "contracts")}
    told = json.dumps(connection | {"password": "kill-test-secret"})
    return {**os.environ, **ours, "AIRFLOW_CONN_LAND": told}


def served(shelf: Shelf, lake: Path) -> dict[str, tuple[str, str]]:
    snapshot = shelf.latest(KEY)
    assert snapshot is not None
    rows = table(read_settings({"YISHU_HOME": str(lake.parent)}, lake.parent), snapshot).to_pylist()
    found = {row["id"]: (row["division"], str(row["area"])) for row in rows}
    assert len(found) == len(rows) == snapshot.rows, "a key stands there twice"
    return found


def killed_at(place: int, process: subprocess.Popen[str], lake: Path, before: set[Path], wait: float) -> bool:
    """Kill the process a moment after it is seen at that place; False where it ended before."""
    pattern = PLACES[place].format(key=KEY)
    while process.poll() is None and not {*lake.glob(pattern)} - before:
        time.sleep(0.002)
    time.sleep(wait)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


@pytest.mark.faults
def test_kill_9_at_each_step_of_a_merge_loses_and_doubles_nothing(office: Office, tmp_path: Path) -> None:
    chance = random.Random(20261127)
    world, lake = World(chance), tmp_path / "home" / "lake"
    contract(tmp_path, office.source)
    env = environment(tmp_path, office.connection)

    def yishu(*words: str) -> subprocess.Popen[str]:
        log = (tmp_path / "log.txt").open("a", encoding="utf-8")
        command = [sys.executable, "-m", "cli.main", *words]
        return subprocess.Popen(
            command, env=env, stdout=log, stderr=log, text=True, start_new_session=True, cwd=tmp_path
        )

    def run(day: int) -> Callable[[], subprocess.Popen[str]]:
        return lambda: yishu("run", KEY, "--window", moment(day).date().isoformat())

    def expected() -> dict[str, tuple[str, str]]:
        return {key: (place, area) for key, place, area, _ in world.rows.values()}

    def done(process: subprocess.Popen[str]) -> None:
        assert process.wait() == 0, (tmp_path / "log.txt").read_text()[-3000:]

    done(yishu("db", "upgrade"))
    done(yishu("contract", "compile"))
    office.show(world.rows, world.pass_day(1, lose=False), 1)
    done(run(1)())
    shelf = open_shelf(read_settings(env, tmp_path))
    assert served(shelf, lake) == expected()
    n = killed = 0
    while killed < KILLS:
        n += 1
        day, before = 1 + n, expected()
        office.show(world.rows, world.pass_day(day, lose=office.loses), day)
        place = (n + KILLS) % len(PLACES)
        seen = {*lake.glob(PLACES[place].format(key=KEY))}
        killed += killed_at(place, run(day)(), lake, seen, chance.uniform(0, 0.15))
        assert served(shelf, lake) in (before, expected()), f"kill {n}: a half version is served"
        done(run(day)())
        assert served(shelf, lake) == expected(), f"kill {n}"
    assert len(shelf.versions(KEY)) == n + 1
    for one in shelf.runs(KEY):
        assert one.read == one.published + one.quarantined + one.duplicates
    assert "kill-test-secret" not in (tmp_path / "log.txt").read_text()
    shelf.engine.dispose()
    print(json.dumps({"killed": killed, "ended before": n - killed}))
