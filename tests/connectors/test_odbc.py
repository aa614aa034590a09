"""ODBC on real servers through psqlODBC and MariaDB's driver; 达梦 and 人大金仓 on stand-ins: neither could be had."""

import faulthandler
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from signal import SIGSEGV
from typing import Any

import psycopg
import pytest

from connectors.sql.about import offers
from connectors.sql.offered import tables as tables_of
from schemas.connection import Connection
from schemas.dataset import Kind
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import Window
from tests.connectors.conformance import DAY, SECRET, typed
from tests.connectors.databases import field, of
from tests.connectors.hostile import moment
from tests.connectors.sql_conformance import AT, MANY, ServerConformance, SqlConformance
from tests.connectors.tables import MariaTables, PostgresTables, SqlBench, T, Table


@pytest.fixture(autouse=True)
def drivers() -> None:
    """The drivers of the two servers; skipped loudly where they are not installed, an error under CI."""
    named = Path("/etc/odbcinst.ini").read_text() if Path("/etc/odbcinst.ini").is_file() else ""
    missing = [driver for driver in ("PostgreSQL Unicode", "MariaDB Unicode") if f"[{driver}]" not in named]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"ODBC drivers that /etc/odbcinst.ini does not name: {missing}")
    if missing:
        pytest.skip(f"NOT TESTED THROUGH ODBC: /etc/odbcinst.ini does not name {missing}")


def through(kind: str = "odbc", **extra: Any) -> Callable[[Connection], Connection]:
    def connection(to: Connection) -> Connection:
        facts = {n: getattr(to, n) for n in ("id", "host", "port", "login", "password", "schema")}
        return Connection(kind=kind, extra=extra, **facts)

    return connection


_UNREACHABLE = 7


def _read_while_it_hangs_up(bench: Any, many: int) -> None:
    faulthandler.disable()
    _, connector = of(bench.connection(), MANY)
    reading = connector.read(connector.plan(DAY))
    assert 0 < next(reading).rows.num_rows < many
    bench.tables.told(*bench.words.ending)
    try:
        list(reading)
    except SourceUnreachable:
        os._exit(_UNREACHABLE)
    os._exit(0)


class TestPostgresThroughOdbc(ServerConformance):
    @pytest.fixture
    def bench(self, postgres_url: str) -> SqlBench:
        return SqlBench(PostgresTables(postgres_url), "odbc", through(product="postgres"))

    def test_a_server_that_hangs_up_while_it_is_read_is_unreachable(self, bench: Any, many: int) -> None:
        """In a process of its own: psqlODBC may end the process that reads, as a kill would."""
        reading = get_context("fork").Process(target=_read_while_it_hangs_up, args=(bench, many))
        reading.start()
        reading.join(60)
        assert reading.exitcode in (_UNREACHABLE, -SIGSEGV)

    def test_a_text_that_is_longer_than_the_buffer_is_refused_and_never_cut(self, bench: SqlBench) -> None:
        bench.tables.make(T, Table([("s", "text")], [["龘" * 5400]]))
        _, connector = of(bench.connection(), (field("s"),))
        with pytest.raises(SourceChanged, match="a text is longer than 4000; say a larger max_text"):
            list(connector.read(connector.plan(DAY)))
        wider = through(product="postgres", max_text=5400)(bench.tables.connection())
        assert typed(*of(wider, (field("s"),))).column("s").to_pylist() == ["龘" * 5400]

    def test_tables_of_all_schemas_are_told(self, bench: Any) -> None:
        bench.tables.told(
            'create schema "Civil Affairs"',
            'create table "Civil Affairs"."Low" (v int)',
            "create table t (v int)",
            "comment on table t is '低保对象'",
            "create view u as select v from t",
        )
        found = offers(bench.connection(), "")
        assert [(o.name, o.form, o.comment) for o in found] == [
            ("Civil Affairs.Low", "table", ""),
            ("t", "table", "低保对象"),
            ("u", "view", ""),
        ]
        assert found[0].options == {"table": "Low", "schema": "Civil Affairs"}


class TestMariaThroughOdbc(ServerConformance):
    @pytest.fixture
    def bench(self, mariadb_url: str) -> SqlBench:
        described = ("decimal(9,6)", "varchar(20)", "int")
        tables, quick = MariaTables(mariadb_url), "select seq as id, repeat('x', 500) as pad from seq_1_to_60000"
        tables.words = replace(tables.words, slowing=quick)  # the driver waits for the whole answer
        return SqlBench(tables, "odbc", through(product="mariadb"), described)

    def test_the_session_cannot_write(self, bench: Any) -> None:
        """A view that would write is not even described in a transaction that cannot."""
        bench.tables.told(*bench.words.writing)
        _, connector = of(bench.connection(), (field("v"),))
        with pytest.raises(SourceChanged):
            list(connector.read(connector.plan(DAY)))
        bench.tables.told(
            "drop view t", "create table t (id int primary key, pad text)", "insert into t values (1, 'x')"
        )
        _, connector = of(bench.connection(), MANY)
        reading = connector.read(connector.plan(DAY))
        next(reading)
        mine = "select id from information_schema.processlist where db = database()"
        asked = f"select trx_is_read_only from information_schema.innodb_trx where trx_mysql_thread_id in ({mine})"
        assert bench.tables.told(asked) == ((1,),)
        reading.close()  # type: ignore[attr-defined]


class TestKingbaseOnAStandIn(SqlConformance):
    """人大金仓 comes from PostgreSQL; its statements on one, for no KingbaseES could be had."""

    @pytest.fixture
    def bench(self, postgres_url: str) -> SqlBench:
        return SqlBench(PostgresTables(postgres_url), "odbc", through("kingbase", driver="PostgreSQL Unicode"))


DICTIONARY = """
create function sys_context(text, text) returns text language sql as 'select current_schema::text';
create view all_tab_columns as
select table_schema::text as owner, table_name::text, column_name::text, ordinal_position as column_id,
       case data_type when 'character varying' then 'VARCHAR' when 'numeric' then 'DEC' when 'bytea' then 'BLOB'
       when 'timestamp without time zone' then 'TIMESTAMP' else upper(data_type) end as data_type,
       character_maximum_length as data_length, numeric_precision as data_precision, numeric_scale as data_scale,
       left(is_nullable, 1) as nullable
from information_schema.columns;
create view all_col_comments as
select table_schema::text as owner, table_name::text, column_name::text,
       col_description(to_regclass(quote_ident(table_name)), ordinal_position::int) as comments
from information_schema.columns where table_schema = current_schema;
create view all_tab_comments as
select table_schema::text as owner, table_name::text, 'TABLE' as table_type,
       obj_description(to_regclass(quote_ident(table_name))) as comments
from information_schema.tables where table_schema = current_schema and table_name not like 'all%';
create view all_constraints as
select table_schema::text as owner, table_name::text, constraint_name::text, left(constraint_type, 1) as constraint_type
from information_schema.table_constraints;
create view all_cons_columns as
select table_schema::text as owner, constraint_name::text, column_name::text, ordinal_position as position
from information_schema.key_column_usage;
"""
"""The views of 达梦's data dictionary that we ask, on PostgreSQL: a stand-in, for no 达梦 could be had."""


class TestDmOnAStandIn:
    """The statements, types and windows of 达梦, on a PostgreSQL that has its dictionary, through psqlODBC."""

    @pytest.fixture
    def tables(self, postgres_url: str) -> PostgresTables:
        with psycopg.connect(postgres_url) as database:
            database.execute(DICTIONARY)
        return PostgresTables(postgres_url)

    @pytest.fixture
    def connection(self, tables: PostgresTables) -> Connection:
        attributes = {"Port": str(tables.connection().port)}
        return through("dm", driver="PostgreSQL Unicode", attributes=attributes)(tables.connection(port=None))

    def test_a_table_is_described_and_its_window_read(self, connection: Connection, tables: PostgresTables) -> None:
        columns = [("id", "bigint"), ("name", "varchar(20)"), ("n", "numeric(18,2)"), ("at", "timestamp")]
        rows = [[str(number), "䶮𠮷", "1234567890123456.78", at] for number, at in enumerate(AT)]
        tables.make(T, Table(columns, rows, ["id"], {"name": "姓名"}))
        kinds = (Kind.INTEGER, Kind.STRING, Kind.DECIMAL, Kind.TIMESTAMP)
        fields = [field(name, kind, 18, 2) for (name, _), kind in zip(columns, kinds, strict=True)]
        dataset, connector = of(connection, fields, window_column="at")
        (stream,) = connector.discover()
        assert [(c.name, c.type, c.comment) for c in stream.columns] == [
            ("id", "BIGINT(64,0)", ""),
            ("name", "VARCHAR(20)", "姓名"),
            ("n", "DEC(18,2)", ""),
            ("at", "TIMESTAMP", ""),
        ]
        assert stream.key == ("id",)
        assert [(o.name, o.options) for o in tables_of(connection) if o.name == "t"] == [("t", {"table": "t"})]
        found = typed(dataset, connector, Window.parse("2026-11-20")).to_pylist()
        assert [(r["id"], r["name"], r["n"], r["at"]) for r in found] == [
            (number, "䶮𠮷", Decimal("1234567890123456.78"), moment(AT[number])) for number in (1, 2)
        ]

    @pytest.mark.parametrize("of_type", ["timestamptz", "bytea"])
    def test_a_type_that_would_lose_something_is_refused(
        self, connection: Connection, tables: PostgresTables, of_type: str
    ) -> None:
        tables.make(T, Table([("v", of_type)], []))
        _, connector = of(connection, (field("v"),))
        with pytest.raises(SourceChanged, match=r"t\.v: .* does not come over this driver as it is; ask for a view"):
            list(connector.read(connector.plan(DAY)))


class TestWithoutAServer:
    """What is said where there is no driver, and no server."""

    @pytest.mark.parametrize(
        ("kind", "extra", "said"),
        [
            ("dm", {}, "Can't open lib 'DM8 ODBC DRIVER'"),
            ("kingbase", {}, "Can't open lib 'KingbaseES ODBC Driver'"),
            ("dm", {"driver": "DM9"}, "Can't open lib 'DM9'"),
            ("odbc", {}, "its extra names no driver"),
            ("odbc", {"product": "db2"}, "found product 'db2' in its extra, expected one of dm, kingbase"),
        ],
    )
    def test_what_is_missing_is_a_sentence(self, kind: str, extra: dict[str, Any], said: str) -> None:
        connection = Connection("db", kind, host="127.0.0.1", password=SECRET, extra=extra)
        _, connector = of(connection, (field("v"),))
        with pytest.raises(NotReady, match=said) as refusal:
            connector.plan(DAY)
        assert SECRET not in str(refusal.value)

    def test_a_locale_in_which_drivers_lose_texts_is_refused(self) -> None:
        code = (
            "from connectors.sql.odbc import connect\n"
            "from connectors.sql.table import SqlTableOptions\n"
            "from schemas.connection import Connection\n"
            "connect(Connection('db', 'dm'), SqlTableOptions(table='t'))\n"
        )
        environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
        )
        assert "set LC_ALL=C.UTF-8" in done.stderr
