"""kill -9 at random moments of a run, then a rerun: nothing lost, nothing doubled, the last good version served."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from catalog.shelf import Shelf, open_shelf
from schemas.access import Ask, Mode, Subject, Tier
from schemas.settings import read_settings

KEY = "kill_test.parcel"
DAY = date(2026, 11, 1)
ROWS = 20_000
KILLS = int(os.environ.get("YISHU_KILLS", "2"))
"""A few in every run of the suite, twenty in `make faults`."""

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: kill_test.parcel
name: 地块
version: 1.0.0
status: active
domain: kill_test
tenant: "370400000000"
description:
  purpose: 反复中断、反复重跑的测试数据
customProperties:
  - {property: yishu.title_en, value: Parcels}
  - {property: yishu.owner, value: {credit_code: "%s", name: 测试部门, division: "370400000000"}}
  - {property: yishu.sharing, value: {class: unconditional}}
  - {property: yishu.update_cycle, value: P1D}
  - {property: yishu.scope, value: division}
  - {property: yishu.purposes, value: [statistics]}
  - property: yishu.source
    value:
      kind: csv_folder
      connection: kill_test
      load: append
      options: {pattern: "parcel_{yyyymmdd}.csv", encoding: utf-8, header_row: 1}
schema:
  - name: parcel
    logicalType: object
    physicalType: table
    properties:
      - {name: id, businessName: 编号, logicalType: string, physicalType: CHAR(8), required: true, primaryKey: true,
         primaryKeyPosition: 1, customProperties: [{property: yishu.title_en, value: Number}]}
      - name: division
        businessName: 所在区划
        logicalType: string
        physicalType: CHAR(12)
        required: true
        customProperties:
          - {property: yishu.title_en, value: Division}
          - {property: yishu.element, value: division}
          - {property: yishu.scope_role, value: occurrence}
      - name: area
        businessName: 面积
        logicalType: number
        physicalType: DECIMAL(12,2)
        required: true
        customProperties: [{property: yishu.title_en, value: Area}]
"""
OWNER = "12370400MB0000001N"


def drop(folder: Path, day: date) -> set[str]:
    """One day's file of the source: `ROWS` rows, of which every 100th has an area that is no number."""
    with (folder / f"parcel_{day:%Y%m%d}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "division", "area"])
        for n in range(ROWS):
            writer.writerow([f"{day:%d}{n:06d}", f"3704{2 + n % 5:02d}001000", "?" if n % 100 == 0 else f"{n}.25"])
    return {f"{day:%d}{n:06d}" for n in range(ROWS) if n % 100}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "contracts" / "kill_test").mkdir(parents=True)
    (tmp_path / "source").mkdir()
    contract = tmp_path / "contracts" / "kill_test" / "parcel.odcs.yaml"
    contract.write_text(CONTRACT % OWNER, encoding="utf-8")
    yishu(tmp_path, "db", "upgrade").wait()
    assert yishu(tmp_path, "contract", "compile").wait() == 0
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    connection = {"conn_type": "fs", "host": str(home / "source"), "password": "kill-test-secret"}
    ours = {"YISHU_HOME": str(home / "home"), "YISHU_CONTRACTS": str(home / "contracts")}
    return {**os.environ, **ours, "AIRFLOW_CONN_KILL_TEST": json.dumps(connection)}


def yishu(home: Path, *words: str) -> subprocess.Popen[str]:
    """One `yishu` command in a process group of its own."""
    log = (home / "log.txt").open("a", encoding="utf-8")
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.Popen(
        command, env=environment(home), stdout=log, stderr=log, text=True, start_new_session=True, cwd=home
    )


def served(shelf: Shelf) -> list[str]:
    """The ids that the owner is served now."""
    dataset = shelf.dataset(KEY)
    mine = Subject("owner", dataset.owner, dataset.owner_name, dataset.division, Tier.CITY)
    ask = Ask(mine, KEY, Mode.BULK, "own_duty", datetime.now(UTC), columns=("id",))
    reader = shelf.open_rows(shelf.decide(ask))
    return [one for batch in reader for one in batch.column("id").to_pylist()]


@pytest.mark.faults
def test_kill_9_at_random_moments_loses_and_doubles_nothing(home: Path) -> None:
    chance = random.Random(20261120)
    expected = drop(home / "source", DAY)
    begun = time.monotonic()
    assert yishu(home, "run", KEY, "--window", DAY.isoformat()).wait() == 0, (home / "log.txt").read_text()
    whole = time.monotonic() - begun
    shelf = open_shelf(read_settings(environment(home), home))
    assert sorted(served(shelf)) == sorted(expected)
    n = killed = 0
    while killed < KILLS:
        n += 1
        day = DAY + timedelta(days=n)
        new = drop(home / "source", day)
        process = yishu(home, "run", KEY, "--window", day.isoformat())
        time.sleep(chance.uniform(0.05, 0.97) * whole)
        os.killpg(process.pid, signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        between = set(served(shelf))
        assert between in (expected, expected | new), f"kill {n}: a half version is served"
        assert yishu(home, "run", KEY, "--window", day.isoformat()).wait() == 0, (home / "log.txt").read_text()
        expected |= new
        now = served(shelf)
        assert len(now) == len(expected), f"kill {n}: {len(now)} rows served, {len(expected)} expected"
        assert set(now) == expected
    assert len(shelf.versions(KEY)) == n + 1
    assert "kill-test-secret" not in (home / "log.txt").read_text()
    print(json.dumps({"killed": killed, "ended before": n - killed}))
