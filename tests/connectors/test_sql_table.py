"""SQL tables of every kind, and those of SQLite: one snapshot, no way to write, exact texts."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import connector_for, option_mistakes
from schemas.connection import Connection
from schemas.dataset import Kind, Source
from schemas.errors import BadInput, NotReady, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI, Window
from tests.connectors.conformance import DAY, dataset_of, typed
from tests.connectors.databases import field, of
from tests.connectors.sql_conformance import AT, SqlConformance
from tests.connectors.tables import SqlBench, SqliteTables


class TestSqlite(SqlConformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> SqlBench:
        tables = SqliteTables(tmp_path_factory.mktemp("db") / "民政 100%?.db")
        return SqlBench(tables, described=("numeric(9,6)", "varchar(20)", "INTEGER"))


def sqlite_table(file: Path, create: str, rows: Sequence[Sequence[Any]]) -> Connection:
    with sqlite3.connect(file) as database:
        database.execute(create)
        database.executemany(f"insert into t values ({', '.join('?' * len(rows[0]))})", rows)
    database.close()
    return Connection("db", "sqlite", host=str(file))


def day(text: str) -> Window:
    return Window.parse(text)


class TestSqliteValues:
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
