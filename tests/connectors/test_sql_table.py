"""SQL tables keep what every source keeps, on SQLite and PostgreSQL: one snapshot, no way to write, exact texts."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from connectors.sql.sqlite import quoted
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import BadInput, NotReady, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI, Window
from tests.builders import make_field
from tests.connectors.conformance import (
    DAY,
    SECRET,
    Conformance,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)

TABLE = 'low "income"; drop table x --'


@dataclass
class SqliteBench:
    file: Path
    counts = True
    knows_null = True

    def source(self) -> Source:
        return Source("sql_table", "db", {"table": TABLE})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        with sqlite3.connect(self.file) as database:
            database.execute(f"drop table if exists {quoted(TABLE)}")
            columns = ", ".join(f"{quoted(n)} text" for n in names)
            database.execute(f"create table {quoted(TABLE)} ({columns})")
            marks = ", ".join("?" * len(names))
            database.executemany(
                f"insert into {quoted(TABLE)} values ({marks})", [[row[n] for n in names] for row in rows]
            )
        database.close()

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, Connection("db", "sqlite", host=str(self.file), password=SECRET))

    def state(self) -> object:
        return self.file.read_bytes(), sorted(f.name for f in self.file.parent.iterdir())


class TestSqlite(Conformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> SqliteBench:
        return SqliteBench(tmp_path_factory.mktemp("db") / "民政 100%?.db")


@dataclass
class PostgresBench:
    url: str
    counts = True
    knows_null = True

    def source(self) -> Source:
        return Source("sql_table", "db", {"table": TABLE, "schema": "Civil Affairs"})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        types = {"person_id": "char(18)", "amount": "numeric(18,2)", "precise": "numeric"}
        table = sql.Identifier("Civil Affairs", TABLE)
        columns = [sql.SQL("{} " + types.get(n, "text")).format(sql.Identifier(n)) for n in names]
        with psycopg.connect(self.url) as database:
            database.execute('create schema if not exists "Civil Affairs"')
            database.execute(sql.SQL("drop table if exists {}").format(table))
            database.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(columns)))
            marks = sql.SQL(", ").join([sql.Placeholder()] * len(names))
            for row in rows:
                database.execute(sql.SQL("insert into {} values ({})").format(table, marks), [row[n] for n in names])

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, postgres_connection(self.url))

    def state(self) -> object:
        with psycopg.connect(self.url) as database:
            table = sql.Identifier("Civil Affairs", TABLE)
            return database.execute(sql.SQL("select xmin, ctid, * from {}").format(table)).fetchall()


def postgres_connection(url: str, **told: Any) -> Connection:
    parts = urlsplit(url)
    facts = {"host": parts.hostname, "port": parts.port, "login": parts.username, "password": parts.password}
    return Connection(**{"id": "db", "kind": "postgres", "schema": parts.path.lstrip("/"), **facts, **told})


class TestPostgres(Conformance):
    @pytest.fixture
    def bench(self, postgres_url: str) -> PostgresBench:
        return PostgresBench(postgres_url)

    def test_the_password_is_in_no_refusal(self, bench: PostgresBench, dataset: Dataset) -> None:
        wrong = postgres_connection(bench.url, password=SECRET)
        (problem,) = connector_for(dataset, wrong).check()
        assert problem.code == "NOT_READY"
        assert "authentication failed" in problem.said
        assert SECRET not in problem.said


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **told)


def sqlite_table(file: Path, create: str, rows: Sequence[Sequence[Any]]) -> Connection:
    with sqlite3.connect(file) as database:
        database.execute(create)
        database.executemany(f"insert into t values ({', '.join('?' * len(rows[0]))})", rows)
    database.close()
    return Connection("db", "sqlite", host=str(file))


def of(connection: Connection, fields: Sequence[Field], **options: Any) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("sql_table", "db", {"table": "t"} | options), fields)
    return dataset, connector_for(dataset, connection)


def day(text: str) -> Window:
    return Window.parse(text)


class TestSqliteValues:
    def test_every_storage_class_comes_as_exact_text(self, tmp_path: Path) -> None:
        rows = [(1, 9007199254740993), (2, 0.1), (3, 1e-7), (4, "007"), (5, None), (6, ""), (7, 1.0)]
        connection = sqlite_table(tmp_path / "d.db", "create table t (id integer primary key, v)", rows)
        dataset, connector = of(connection, (field("id", Kind.INTEGER, key=1), field("v")))
        found = typed(dataset, connector).column("v").to_pylist()
        assert found == ["9007199254740993", "0.1", "1e-07", "007", None, "", "1.0"]

    def test_a_blob_is_a_misfit_with_its_place(self, tmp_path: Path) -> None:
        rows = [(1, "甲"), (2, b"\x00\xff"), (3, "丙")]
        connection = sqlite_table(tmp_path / "d.db", "create table t (id integer primary key, v)", rows)
        dataset, connector = of(connection, (field("id", Kind.INTEGER, key=1), field("v")))
        landing = landed(dataset, connector, tmp_path / "lake")
        assert [(r["_place"], r["v"]) for r in rows_of(tmp_path / "lake", landing)] == [(1, "甲"), (3, "丙")]
        (reject,) = rejects_of(tmp_path / "lake", landing)
        assert (reject["_place"], reject["field"], reject["value"]) == (2, "v", "00ff")

    def test_a_file_that_nobody_may_write_is_read(self, tmp_path: Path) -> None:
        connection = sqlite_table(tmp_path / "d.db", "create table t (v text)", [("甲",)])
        with sqlite3.connect(tmp_path / "d.db") as database:
            database.execute("pragma journal_mode = wal")
        database.close()
        (tmp_path / "d.db").chmod(0o400)
        tmp_path.chmod(0o500)
        try:
            dataset, connector = of(connection, (field("v"),))
            assert typed(dataset, connector).column("v").to_pylist() == ["甲"]
        finally:
            tmp_path.chmod(0o700)

    def test_moments_stored_as_numbers_are_warned_of(self, tmp_path: Path) -> None:
        rows = [("2026-11-20",), (1_800_000_000,), (None,)]
        connection = sqlite_table(tmp_path / "d.db", "create table t (at)", rows)
        _, connector = of(connection, (field("at", Kind.TIMESTAMP),), window_column="at")
        (problem,) = connector.check()
        assert problem.warning
        assert "1 rows hold integer" in problem.said
        assert "1 rows hold null" in problem.said

    def test_a_text_that_is_no_utf8_is_refused_with_the_table(self, tmp_path: Path) -> None:
        connection = sqlite_table(tmp_path / "d.db", "create table t (v text)", [("x",)])
        with sqlite3.connect(tmp_path / "d.db") as database:
            database.execute("update t set v = cast(x'ceca' as text)")
        database.close()
        _, connector = of(connection, (field("v"),))
        with pytest.raises(SourceChanged, match="t: Could not decode to UTF-8 column"):
            list(connector.read(connector.plan(DAY)))

    def test_what_is_no_database_is_unreachable(self, tmp_path: Path) -> None:
        (tmp_path / "d.db").write_text("keine Datenbank" * 100)
        _, connector = of(Connection("db", "sqlite", host=str(tmp_path / "d.db")), (field("v"),))
        with pytest.raises(SourceUnreachable, match="not a database"):
            connector.plan(DAY)
        _, connector = of(Connection("db", "sqlite", host=str(tmp_path / "e.db")), (field("v"),))
        with pytest.raises(SourceUnreachable, match="no SQLite file"):
            connector.plan(DAY)


AT = ("2026-11-19 23:59:59", "2026-11-20 00:00:00", "2026-11-20 12:30:00", "2026-11-21 00:00:00")


class TestWindows:
    def test_sqlite_reads_low_to_high_and_not_high(self, tmp_path: Path) -> None:
        connection = sqlite_table(tmp_path / "d.db", "create table t (at text)", [(t,) for t in AT])
        dataset, connector = of(connection, (field("at", Kind.TIMESTAMP, key=1),), window_column="at")
        table = typed(dataset, connector, day("2026-11-20"))
        assert [v.astimezone(SHANGHAI).hour for v in table.column("at").to_pylist()] == [0, 12]
        half = day("2026-11-20T12:30+08:00/2026-11-21T00:00+08:00")
        assert typed(dataset, connector, half).num_rows == 1

    def test_sqlite_bounds_are_written_as_the_column_is(self, tmp_path: Path) -> None:
        rows = [("20261119",), ("20261120",), ("20261121",)]
        connection = sqlite_table(tmp_path / "d.db", "create table t (d text)", rows)
        dataset, connector = of(connection, (field("d", Kind.DATE, format="%Y%m%d"),), window_column="d")
        assert typed(dataset, connector).column("d").to_pylist() == [date(2026, 11, 20)]

    def test_a_date_stands_for_its_midnight_so_no_window_reads_it_twice(self, tmp_path: Path) -> None:
        connection = sqlite_table(tmp_path / "d.db", "create table t (d text)", [("2026-11-20",)])
        dataset, connector = of(connection, (field("d", Kind.DATE),), window_column="d")
        halves = ("2026-11-20T00:00+08:00/2026-11-20T06:00+08:00", "2026-11-20T06:00+08:00/2026-11-21T00:00+08:00")
        assert [typed(dataset, connector, day(half)).num_rows for half in halves] == [1, 0]

    @pytest.mark.parametrize("of_type", ["timestamptz", "timestamp", "text", "date"])
    def test_postgres_reads_low_to_high_whatever_the_column_is(self, postgres_url: str, of_type: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("set timezone = 'Asia/Shanghai'")
            database.execute(f"create table t (id int primary key, at {of_type})")
            for number, at in enumerate(AT):
                database.execute("insert into t values (%s, %s)", (number, at))
        kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
        fields = (field("id", Kind.INTEGER, key=1), field("at", kind))
        dataset, connector = of(postgres_connection(postgres_url), fields, window_column="at")
        table = typed(dataset, connector, day("2026-11-20"))
        assert table.column("id").to_pylist() == [1, 2]
        if kind is Kind.TIMESTAMP:
            assert table.column("at").to_pylist()[1] == datetime(2026, 11, 20, 12, 30, tzinfo=SHANGHAI)

    def test_a_window_column_must_be_a_date_or_moment_of_the_contract(self) -> None:
        fields = (field("v"), field("at", Kind.TIMESTAMP, source_name="UPDATED"))
        dataset = dataset_of(Source("sql_table", "db", {"table": "t", "window_column": "v"}), fields)
        assert option_mistakes(dataset) == ("options.window_column: found 'v', expected one of UPDATED",)

    @pytest.mark.parametrize(
        ("written", "sorts"), [("%Y%m%d", True), ("%Y年%m月%d日%H时", True), ("%d/%m/%Y", False), ("%Y-%d-%m", False)]
    )
    def test_texts_that_do_not_sort_by_time_bound_no_window(self, written: str, sorts: bool) -> None:
        dataset = dataset_of(
            Source("sql_table", "db", {"table": "t", "window_column": "d"}), (field("d", Kind.DATE, format=written),)
        )
        said = f"options.window_column: found texts as {written!r}, expected some that sort by time: year, month, day"
        assert option_mistakes(dataset) == (() if sorts else (f"{said}, or a column of the database's own type",))


class TestPostgresValues:
    @pytest.fixture
    def database(self, postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(postgres_url, autocommit=True) as database:
            yield database

    def test_hostile_values_are_exact_or_a_named_misfit(
        self, database: psycopg.Connection[Any], postgres_url: str, tmp_path: Path
    ) -> None:
        database.execute(
            "create table t (id int primary key, s text, n numeric, d date, ts timestamp, tz timestamptz, "
            "b boolean, f float8, big bigint)"
        )
        rows = [
            (1, r"\N", "1.5", "0001-01-01", "9999-12-31 23:59:59.999999", "2026-11-20 00:00+08", True, 0.1, 2**63 - 1),
            (2, "", "NaN", "2026-11-20", None, None, False, 1.5, 1),
            (3, 'a"b\r\n\t,', "1e30", "2026-11-20", None, None, None, 1.5, 1),
            (4, None, "1", "infinity", None, None, None, 1.5, 1),
            (5, "𠮷䶮", "1", "2026-11-20", "infinity", None, None, 1.5, 1),
            (6, "x", "1", "2026-11-20", None, None, None, float("nan"), 1),
            (7, "x", "1", "0044-03-15 BC", None, None, None, 1.5, 1),
            (8, "x", "1", "2026-11-20", None, None, None, float("inf"), 1),
        ]
        for row in rows:
            database.execute("insert into t values (%s, %s, %s, %s, %s, %s, %s, %s, %s)", row)
        fields = (
            field("id", Kind.INTEGER, key=1),
            field("s"),
            field("n", Kind.DECIMAL, 18, 2),
            field("d", Kind.DATE),
            field("ts", Kind.TIMESTAMP),
            field("tz", Kind.TIMESTAMP),
            field("b", Kind.BOOLEAN),
            field("f", Kind.DOUBLE),
            field("big", Kind.INTEGER),
        )
        dataset, connector = of(postgres_connection(postgres_url), fields)
        landing = landed(dataset, connector, tmp_path)
        (kept,) = rows_of(tmp_path, landing)
        assert kept["s"] == r"\N"
        assert kept["d"] == date(1, 1, 1)
        assert kept["ts"] == datetime(9999, 12, 31, 15, 59, 59, 999999, tzinfo=kept["ts"].tzinfo)
        assert kept["tz"] == datetime(2026, 11, 20, tzinfo=SHANGHAI)
        assert (kept["b"], kept["f"], kept["big"]) == (True, 0.1, 2**63 - 1)
        rejects = {r["raw"].split('"id": "')[1][0]: (r["field"], r["value"]) for r in rejects_of(tmp_path, landing)}
        assert rejects == {
            "2": ("n", "NaN"),
            "3": ("n", "1000000000000000000000000000000"),
            "4": ("d", "infinity"),
            "5": ("ts", "infinity"),
            "6": ("f", "NaN"),
            "7": ("d", "0044-03-15 BC"),
            "8": ("f", "Infinity"),
        }

    def test_one_column_of_nulls_and_empty_texts_keeps_every_row(
        self, database: psycopg.Connection[Any], postgres_url: str
    ) -> None:
        database.execute("create table t (v text)")
        for value in (None, "", "x", None):
            database.execute("insert into t values (%s)", (value,))
        dataset, connector = of(postgres_connection(postgres_url), (field("v"),))
        assert typed(dataset, connector).column("v").to_pylist() == [None, "", "x", None]

    def test_comments_types_and_key_are_told(self, database: psycopg.Connection[Any], postgres_url: str) -> None:
        database.execute("create table t (a numeric(9,6), b varchar(20), c int, primary key (c, a))")
        database.execute("comment on column t.b is '姓名'")
        _, connector = of(postgres_connection(postgres_url), (field("b"),))
        (stream,) = connector.discover()
        assert [(c.name, c.type, c.comment) for c in stream.columns] == [
            ("a", "numeric(9,6)", ""),
            ("b", "character varying(20)", "姓名"),
            ("c", "integer", ""),
        ]
        assert stream.key == ("c", "a")

    def test_a_retyped_column_is_refused_even_where_arrow_would_not_notice(
        self, database: psycopg.Connection[Any], postgres_url: str
    ) -> None:
        database.execute("create table t (v char(12))")
        _, connector = of(postgres_connection(postgres_url), (field("v"),))
        plan = connector.plan(DAY)
        database.execute("alter table t add column more text")
        assert sum(batch.rows.num_rows for batch in connector.read(plan)) == 0
        database.execute("alter table t alter v type varchar(20)")
        with pytest.raises(SourceChanged, match=r"v was character\(12\), is character varying\(20\)"):
            list(connector.read(plan))

    def test_rows_that_arrive_while_reading_are_not_seen(
        self, database: psycopg.Connection[Any], postgres_url: str
    ) -> None:
        database.execute("create table t (id int primary key, pad text)")
        database.execute("insert into t select n, repeat('x', 500) from generate_series(1, 40000) n")
        dataset, connector = of(postgres_connection(postgres_url), (field("id", Kind.INTEGER, key=1), field("pad")))
        reading = connector.read(connector.plan(DAY))
        count = next(reading).rows.num_rows
        database.execute("insert into t select n, '' from generate_series(40001, 50000) n")
        count += sum(batch.rows.num_rows for batch in reading)
        assert count == 40_000
        assert typed(dataset, connector).column("id").to_pylist() == list(range(1, 50_001))

    def test_a_read_that_is_given_up_leaves_no_session_behind(
        self, database: psycopg.Connection[Any], postgres_url: str
    ) -> None:
        database.execute("create table t (id int primary key, pad text)")
        database.execute("insert into t select n, repeat('x', 500) from generate_series(1, 80000) n")
        _, connector = of(postgres_connection(postgres_url), (field("id", Kind.INTEGER, key=1), field("pad")))
        for _ in range(10):
            reading = connector.read(connector.plan(DAY))
            next(reading)
            reading.close()  # type: ignore[attr-defined]
        asked = (
            "select count(*) from pg_stat_activity where application_name = 'yishu' and datname = current_database()"
        )
        patience = time.monotonic() + 60
        while (left := database.execute(asked).fetchone()) != (0,) and time.monotonic() < patience:
            time.sleep(0.05)
        assert left == (0,)

    def test_the_source_gives_up_a_query_after_the_timeout(
        self, database: psycopg.Connection[Any], postgres_url: str
    ) -> None:
        database.execute("create view t as select n as v from generate_series(1, 3) n, pg_sleep(5)")
        _, connector = of(postgres_connection(postgres_url), (field("v", Kind.INTEGER),), timeout=1)
        with pytest.raises(SourceUnreachable, match="statement timeout"):
            list(connector.read(connector.plan(DAY)))

    def test_what_the_login_may_not_see_is_told_as_the_sources_matter(
        self, database: psycopg.Connection[Any], postgres_url: str
    ) -> None:
        database.execute("create table t (v text)")
        database.execute(f"create role reader_{os.getpid()} login password 'reader'")
        login = postgres_connection(postgres_url, login=f"reader_{os.getpid()}", password="reader")
        _, connector = of(login, (field("v"),))
        with pytest.raises(SourceChanged, match="permission denied"):
            list(connector.read(connector.plan(DAY)))

    def test_a_server_that_is_not_there_is_unreachable(self) -> None:
        _, connector = of(Connection("db", "postgres", host="127.0.0.1", port=9, schema="x"), (field("v"),))
        with pytest.raises(SourceUnreachable) as refusal:
            connector.plan(DAY)
        assert refusal.value.again


def test_a_missing_table_is_refused_with_the_tables_there_are(tmp_path: Path) -> None:
    connection = sqlite_table(tmp_path / "d.db", "create table t (v text)", [("x",)])
    _, connector = of(connection, (field("v"),), table="u")
    with pytest.raises(SourceChanged, match="no table 'u'; found t"):
        connector.plan(DAY)


def test_a_retyped_column_of_sqlite_is_refused(tmp_path: Path) -> None:
    connection = sqlite_table(tmp_path / "d.db", "create table t (v text)", [("x",)])
    _, connector = of(connection, (field("v"),))
    plan = connector.plan(DAY)
    with sqlite3.connect(tmp_path / "d.db") as database:
        database.execute("drop table t")
        database.execute("create table t (v integer)")
    database.close()
    with pytest.raises(SourceChanged, match="v was TEXT, is INTEGER"):
        list(connector.read(plan))


def test_a_connection_of_another_kind_is_refused_with_the_kinds_there_are(tmp_path: Path) -> None:
    dataset = dataset_of(Source("sql_table", "db", {"table": "t"}), (field("v"),))
    with pytest.raises(BadInput, match=r"found kind 'mainframe', expected one of .*postgres, postgresql, .*sqlite"):
        connector_for(dataset, Connection("db", "mainframe"))
    with pytest.raises(NotReady, match="no connection 'db'"):
        connector_for(replace(dataset), None)
