"""Keys alone, of every row that a table has whatever the window: on each engine, typed as the rows are."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.landing.landing import Pull, land, make_plan
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Load, Source
from schemas.errors import BadInput
from schemas.journey import Landing, Window
from tests.builders import make_dataset, make_field
from tests.connectors.databases import connection_to
from tests.connectors.tables import opened_mariadb

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
WINDOW = Window.of_day(date(2026, 11, 19))
REACH = Window(WINDOW.low - timedelta(days=2), WINDOW.high)
ROWS = [("甲", 1, "2026-11-19 08:00:00"), ("甲", 2, "2026-11-01 08:00:00"), ("", 3, "2026-11-18 08:00:00")]
INSERT = "insert into visit (name, no, changed, note) values ({0}, {0}, {0}, 'x')"
TABLE = "create table visit (name varchar(20), no bigint, changed {}, note varchar(20), primary key (name, no))"


def visits(kind: str = "sql_table") -> Dataset:
    fields = (
        make_field("note"),
        make_field("name", key=1, required=True),
        make_field("number", key=2, required=True, type=FieldType(Kind.INTEGER), source_name="no"),
        make_field("changed", type=FieldType(Kind.TIMESTAMP)),
    )
    source = Source(kind, "db", {"table": "visit", "window_column": "changed"}, Load.MERGE, null_markers=(), lag="PT1H")
    return make_dataset("health.visit", fields=fields, source=source, default_scope="")


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Connection:
    if request.param == "sqlite":
        with sqlite3.connect(tmp_path / "office.db") as file:
            file.execute(TABLE.format("text"))
            file.executemany(INSERT.format("?"), ROWS)
        file.close()
        return Connection("db", "sqlite", host=str(tmp_path / "office.db"))
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        with psycopg.connect(url, autocommit=True) as database:
            database.execute(TABLE.format("timestamp"))
            for row in ROWS:
                database.execute(INSERT.format("%s"), row)
        return connection_to(url)
    url = request.getfixturevalue("mariadb_url")
    with opened_mariadb(url) as server, server.cursor() as cursor:
        cursor.execute(TABLE.format("datetime"))
        cursor.executemany(INSERT.format("%s"), ROWS)
    return connection_to(url)


def landed(connection: Connection, lake: Path, *, keys: bool = True) -> Landing:
    dataset = visits()
    connector = connector_for(dataset, connection)
    plan = make_plan(dataset, connector, Pull(WINDOW, REACH, keys), lake)
    assert (plan.window, plan.reach, plan.keys) == (WINDOW, REACH, keys)
    return land(dataset, plan, connector, lake, NOW)


def test_keys_of_all_rows_lie_beside_those_of_the_window(connection: Connection, tmp_path: Path) -> None:
    landing = landed(connection, tmp_path / "lake")
    assert (landing.read, landing.window, landing.reach) == (2, WINDOW, REACH)
    assert landing.keys is not None
    keys = pa.concat_tables(pq.read_table(tmp_path / "lake" / part.path) for part in landing.keys)
    assert keys.column_names == ["name", "number"]
    assert sorted((row["name"], row["number"]) for row in keys.to_pylist()) == sorted((n, k) for n, k, _ in ROWS)
    assert sum(part.rows for part in landing.keys) == len(ROWS)


def test_keys_are_read_only_where_the_plan_says_so(connection: Connection, tmp_path: Path) -> None:
    assert landed(connection, tmp_path / "lake", keys=False).keys is None


def test_a_kind_that_does_not_tell_its_keys_is_refused(tmp_path: Path) -> None:
    dataset = make_dataset(source=Source("csv_folder", "db", {"pattern": "a.csv", "encoding": "utf-8"}))
    (tmp_path / "a.csv").write_text(",".join(field.source_name for field in dataset.fields) + "\n", encoding="utf-8")
    connector = connector_for(dataset, Connection("db", "fs", host=str(tmp_path)))
    plan = make_plan(dataset, connector, Pull(WINDOW, None, keys=True), tmp_path / "lake")
    with pytest.raises(BadInput, match="cannot tell its keys"):
        land(dataset, plan, connector, tmp_path / "lake", NOW)
