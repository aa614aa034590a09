"""A small registry of parcels at a department, its contract, and an installation that merges what changes in it."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.database import upgrade
from catalog.shelf import Shelf, open_shelf
from dags import steps
from dags.job import Job
from schemas.connection import Connection
from schemas.contract import read_contract
from schemas.dataset import Dataset
from schemas.journey import SHANGHAI, Snapshot, Window
from schemas.settings import Settings, read_settings

KEY = "land.parcel"
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: land.parcel
name: 地块
version: 1.0.0
status: active
domain: land
tenant: "370400000000"
description:
  purpose: 一行是一宗地块的现状，由业务系统逐笔更新
customProperties:
  - {property: yishu.title_en, value: Parcels}
  - {property: yishu.owner, value: {credit_code: 12370400MB0000001N, name: 测试部门, division: "370400000000"}}
  - {property: yishu.sharing, value: {class: unconditional}}
  - {property: yishu.update_cycle, value: P1D}
  - {property: yishu.scope, value: division}
  - {property: yishu.purposes, value: [statistics]}
  - property: yishu.source
    value:
SOURCE
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
        customProperties:
          - {property: yishu.title_en, value: Division}
          - {property: yishu.element, value: division}
          - {property: yishu.scope_role, value: occurrence}
      - name: area
        businessName: 面积
        logicalType: number
        physicalType: DECIMAL(12,2)
        customProperties: [{property: yishu.title_en, value: Area}]
      - name: changed
        businessName: 更新时间
        logicalType: timestamp
        physicalType: TIMESTAMP
        required: true
        customProperties: [{property: yishu.title_en, value: Changed at}]
"""
TABLE = """\
kind: sql_table
connection: land
load: merge
lag: PT0S
options: {table: parcel, window_column: changed}
"""
TOWNS = ("370402001000", "370403002000", "370481003000", "370481004000")


def moment(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def contract(folder: Path, source: str = TABLE) -> Dataset:
    """The dataset with what is told of its source."""
    file = folder / "contracts" / "land" / "parcel.odcs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(f"      {line}" for line in source.strip().splitlines())
    file.write_text(CONTRACT.replace("SOURCE", lines), encoding="utf-8")
    return read_contract(file)


@dataclass(slots=True)
class Office:
    """The department: a table whose rows know when they changed."""

    file: Path

    def __post_init__(self) -> None:
        """Make the table, where it is not there."""
        self._tell("create table if not exists parcel (id text primary key, division text, area text, changed text)")

    def put(self, at: datetime, ids: Iterable[int], town: int = 0, area: str = "1.00") -> None:
        """Insert or replace rows, changed at this moment."""
        written = at.astimezone(SHANGHAI).replace(tzinfo=None).isoformat(sep=" ")
        for number in ids:
            place = TOWNS[(number + town) % len(TOWNS)]
            self._tell("insert or replace into parcel values (?, ?, ?, ?)", f"P{number:06d}", place, area, written)

    def drop(self, ids: Iterable[int]) -> None:
        """Delete rows for good."""
        for number in ids:
            self._tell("delete from parcel where id = ?", f"P{number:06d}")

    def rows(self) -> dict[str, tuple[str, str]]:
        """Id -> division and area, as they are now."""
        with closing(sqlite3.connect(self.file)) as database:
            return {
                key: (place, area) for key, place, area in database.execute("select id, division, area from parcel")
            }

    def _tell(self, sql: str, *values: str) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute(sql, values)


class Home:
    """An installation that collects the parcels."""

    def __init__(self, folder: Path, source: str = TABLE) -> None:
        self.folder = folder
        self.settings: Settings = read_settings({"YISHU_HOME": "home"}, folder)
        upgrade(self.settings.database_url)
        self.shelf: Shelf = open_shelf(self.settings)
        self.dataset = contract(folder, source)
        self.office = Office(folder / "office.db")
        self.connection = Connection("land", "sqlite", host=str(self.office.file))
        self._runs = 0

    def job(self, day: int) -> Job:
        """The window of a day."""
        self._runs += 1
        window = Window.of_day(moment(day).date())
        return Job(self.settings, self.dataset, window, f"run-{self._runs}")

    def run(self, day: int, now: datetime | None = None, *, anew: bool = False) -> dict[str, Any]:
        """The whole way of a day, by default two hours after it has ended."""
        return steps.whole_way(self.job(day), self.connection, now or self.after(day), anew=anew)

    @staticmethod
    def after(day: int) -> datetime:
        """When a day is usually collected."""
        return moment(day, 0) + timedelta(days=1, hours=2)

    def snapshot(self) -> Snapshot:
        """The version that is served."""
        found = self.shelf.latest(KEY)
        assert found is not None
        return found

    def published(self) -> dict[str, tuple[str, str]]:
        """Id -> division and area, as they are served; each id stands there once."""
        rows = table(self.settings, self.snapshot()).to_pylist()
        found = {row["id"]: (row["division"], str(row["area"])) for row in rows}
        assert len(found) == len(rows), "a key stands there twice"
        return found


def table(settings: Settings, snapshot: Snapshot) -> pa.Table:
    """All rows of a version, in the order of its files."""
    return pa.concat_tables(pq.read_table(settings.lake / file.part.path) for file in snapshot.files)
