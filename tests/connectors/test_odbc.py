"""ODBC on real servers through psqlODBC and MariaDB's driver; 达梦 and 人大金仓 on stand-ins: neither could be had."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.protocol import Connector
from connectors.registry import connector_for
from connectors.sql.about import offers
from connectors.sql.offered import tables
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI, Window
from tests.builders import make_field
from tests.connectors.conformance import (
    DAY,
    SECRET,
    Conformance,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)
from tests.connectors.test_mysql import MariaBench, mariadb_connection, told
from tests.connectors.test_sql_table import PostgresBench, postgres_connection


@pytest.fixture(autouse=True)
def drivers() -> None:
    """The drivers of the two servers; skipped loudly where they are not installed, an error under CI."""
    named = Path("/etc/odbcinst.ini").read_text() if Path("/etc/odbcinst.ini").is_file() else ""
    missing = [driver for driver in ("PostgreSQL Unicode", "MariaDB Unicode") if f"[{driver}]" not in named]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"ODBC drivers that /etc/odbcinst.ini does not name: {missing}")
    if missing:
        pytest.skip(f"NOT TESTED THROUGH ODBC: /etc/odbcinst.ini does not name {missing}")


def through(connection: Connection, product: str, **extra: Any) -> Connection:
    facts = {n: getattr(connection, n) for n in ("id", "host", "port", "login", "password", "schema")}
    return Connection(kind="odbc", extra={"product": product} | extra, **facts)


class PostgresThrough(PostgresBench):
    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, through(postgres_connection(self.url), "postgres"))


class MariaThrough(MariaBench):
    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, through(mariadb_connection(self.url), "mariadb"))


class TestPostgresThroughOdbc(Conformance):
    @pytest.fixture
    def bench(self, postgres_url: str) -> PostgresThrough:
        return PostgresThrough(postgres_url)

    def test_the_password_is_in_no_refusal(self, bench: PostgresThrough, dataset: Dataset) -> None:
        wrong = through(postgres_connection(bench.url, password=SECRET), "postgres")
        (problem,) = connector_for(dataset, wrong).check()
        assert problem.code == "NOT_READY"
        assert SECRET not in problem.said


class TestMariaThroughOdbc(Conformance):
    @pytest.fixture
    def bench(self, mariadb_url: str) -> MariaThrough:
        return MariaThrough(mariadb_url)

    def test_the_password_is_in_no_refusal(self, bench: MariaThrough, dataset: Dataset) -> None:
        wrong = through(mariadb_connection(bench.url, password=SECRET), "mariadb")
        (problem,) = connector_for(dataset, wrong).check()
        assert problem.code == "NOT_READY"
        assert SECRET not in problem.said


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **more: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **more)


def of(connection: Connection, fields: Sequence[Field], **options: Any) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("sql_table", "db", {"table": "t"} | options), fields)
    return dataset, connector_for(dataset, connection)


AT = ("2026-11-19 23:59:59", "2026-11-20 00:00:00", "2026-11-20 12:30:00", "2026-11-21 00:00:00")


class TestPostgres:
    def test_hostile_values_are_exact_or_a_named_misfit(self, postgres_url: str, tmp_path: Path) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute(
                "create table t (id int primary key, s text, n numeric, big bigint, d date, ts timestamp, "
                "tz timestamptz, b boolean, f float8, f4 float4, u uuid, j jsonb, a int[], raw bytea)"
            )
            database.execute(
                "insert into t values (1, '䶮𠮷''\"\\N', 12345678901234567890.123456789012345678, 9223372036854775807, "
                "'0001-01-01', '9999-12-31 23:59:59.999999', '2026-11-20 00:00+08', true, 0.1::float8 + 0.2::float8, "
                "123456.789, '00000000-0000-0000-0000-000000000001', '{\"a\": 1.10}', '{1,2}', null), "
                "(2, '', 'NaN', 1, null, null, null, null, null, null, null, null, null, null), "
                "(3, null, 1, 1, 'infinity', null, null, null, null, null, null, null, null, null), "
                "(4, null, 1, 1, null, '-infinity', null, null, null, null, null, null, null, null), "
                "(5, null, 1, 1, null, null, null, null, null, null, null, null, null, '\\x00ff'), "
                "(6, repeat('龘', 4000), 1, 1, null, null, null, null, 'infinity', null, null, null, null, null)"
            )
        fields = (
            field("id", Kind.INTEGER, key=1),
            field("s"),
            field("n", Kind.DECIMAL, 38, 18),
            field("big", Kind.INTEGER),
            field("d", Kind.DATE),
            field("ts", Kind.TIMESTAMP),
            field("tz", Kind.TIMESTAMP),
            field("b", Kind.BOOLEAN),
            field("f", Kind.DOUBLE),
            *map(field, ("f4", "u", "j", "a", "raw")),
        )
        dataset, connector = of(through(postgres_connection(postgres_url), "postgres"), fields)
        landing = landed(dataset, connector, tmp_path)
        (row,) = rows_of(tmp_path, landing)
        assert row["s"] == "䶮𠮷'\"\\N"
        assert row["n"] == Decimal("12345678901234567890.123456789012345678")
        assert row["big"] == 2**63 - 1
        assert row["d"] == date(1, 1, 1)
        assert row["ts"] == datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)
        assert row["tz"] == datetime(2026, 11, 20, tzinfo=SHANGHAI)
        assert (row["b"], row["f"], row["f4"]) == (True, 0.1 + 0.2, "123456.79")
        assert (row["j"], row["a"], row["u"][-1]) == ('{"a": 1.10}', "{1,2}", "1")
        rejects = {r["_place"]: (r["field"], r["value"]) for r in rejects_of(tmp_path, landing)}
        assert rejects == {
            2: ("n", "NaN"),
            3: ("d", "infinity"),
            4: ("ts", "-infinity"),
            5: ("raw", "00ff"),
            6: ("f", "Infinity"),
        }

    def test_a_text_that_is_longer_than_the_buffer_is_refused_and_never_cut(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("create table t (s text)")
            database.execute("insert into t values (repeat('龘', 5400))")
        connection = postgres_connection(postgres_url)
        _, connector = of(through(connection, "postgres"), (field("s"),))
        with pytest.raises(SourceChanged, match="a text is longer than 4000; say a larger max_text"):
            list(connector.read(connector.plan(DAY)))
        dataset, connector = of(through(connection, "postgres", max_text=5400), (field("s"),))
        assert typed(dataset, connector).column("s").to_pylist() == ["龘" * 5400]

    @pytest.mark.parametrize("of_type", ["timestamptz", "timestamp", "text", "date"])
    def test_windows_hold_low_and_not_high(self, postgres_url: str, of_type: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("set timezone = 'Asia/Shanghai'")
            database.execute(f"create table t (id int primary key, at {of_type})")
            for number, at in enumerate(AT):
                database.execute("insert into t values (%s, %s)", (number, at))
        kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
        fields = (field("id", Kind.INTEGER, key=1), field("at", kind))
        dataset, connector = of(through(postgres_connection(postgres_url), "postgres"), fields, window_column="at")
        table = typed(dataset, connector, Window.parse("2026-11-20"))
        assert table.column("id").to_pylist() == [1, 2]
        if kind is Kind.TIMESTAMP:
            assert table.column("at").to_pylist()[1] == datetime(2026, 11, 20, 12, 30, tzinfo=SHANGHAI)

    def test_the_session_cannot_write_and_gives_up_after_the_timeout(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("create sequence s")
            database.execute("create view t as select nextval('s') as v")
        connection = through(postgres_connection(postgres_url), "postgres")
        _, connector = of(connection, (field("v"),))
        with pytest.raises(SourceChanged, match="read-only transaction"):
            list(connector.read(connector.plan(DAY)))
        with psycopg.connect(postgres_url) as database:
            database.execute("drop view t")
            database.execute("create view t as select 1 as v from pg_sleep(5)")
        _, connector = of(connection, (field("v"),), timeout=1)
        with pytest.raises(SourceUnreachable, match="timeout"):
            list(connector.read(connector.plan(DAY)))

    def test_comments_types_and_key_are_told(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("create table t (a numeric(9,6), b varchar(20), c int, primary key (c, a))")
            database.execute("comment on column t.b is '姓名'")
        _, connector = of(through(postgres_connection(postgres_url), "postgres"), (field("b"),))
        (stream,) = connector.discover()
        assert [(c.name, c.type, c.comment, c.nullable) for c in stream.columns] == [
            ("a", "numeric(9,6)", "", False),
            ("b", "character varying(20)", "姓名", True),
            ("c", "integer", "", False),
        ]
        assert stream.key == ("c", "a")

    def test_tables_of_all_schemas_are_told(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute('create schema "Civil Affairs"')
            database.execute('create table "Civil Affairs"."Low" (v int)')
            database.execute("create table t (v int)")
            database.execute("comment on table t is '低保对象'")
            database.execute("create view u as select v from t")
        found = offers(through(postgres_connection(postgres_url), "postgres"), "")
        assert [(o.name, o.form, o.comment) for o in found] == [
            ("Civil Affairs.Low", "table", ""),
            ("t", "table", "低保对象"),
            ("u", "view", ""),
        ]
        assert found[0].options == {"table": "Low", "schema": "Civil Affairs"}

    def test_rows_that_arrive_while_reading_are_not_seen(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as database:
            database.execute("create table t (id int primary key, pad text)")
            database.execute("insert into t select n, repeat('x', 50) from generate_series(1, 40000) n")
            fields = (field("id", Kind.INTEGER, key=1), field("pad"))
            _, connector = of(through(postgres_connection(postgres_url), "postgres"), fields)
            reading = connector.read(connector.plan(DAY))
            count = next(reading).rows.num_rows
            assert count < 40_000
            database.execute("insert into t select n, '' from generate_series(40001, 50000) n")
            count += sum(batch.rows.num_rows for batch in reading)
        assert count == 40_000

    def test_a_read_that_is_given_up_leaves_no_session_behind(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as database:
            database.execute("create table t (id int primary key, pad text)")
            database.execute("insert into t select n, repeat('x', 50) from generate_series(1, 40000) n")
            fields = (field("id", Kind.INTEGER, key=1), field("pad"))
            _, connector = of(through(postgres_connection(postgres_url), "postgres"), fields)
            reading = connector.read(connector.plan(DAY))
            next(reading)
            reading.close()  # type: ignore[attr-defined]
            asked = (
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            )
            patience = time.monotonic() + 30
            while (left := database.execute(asked).fetchone()) != (0,) and time.monotonic() < patience:
                time.sleep(0.05)
        assert left == (0,)


class TestMariaDB:
    def test_tables_are_told_with_their_comments(self, mariadb_url: str) -> None:
        told(mariadb_url, "create table t (v int) comment '低保对象'")
        (offer,) = [o for o in offers(through(mariadb_connection(mariadb_url), "mariadb"), "") if o.name == "t"]
        assert (offer.form, offer.comment, offer.options) == ("table", "低保对象", {"table": "t"})

    def test_every_type_is_exact_or_a_named_misfit(self, mariadb_url: str, tmp_path: Path) -> None:
        told(
            mariadb_url,
            "create table t (id bigint unsigned primary key, yes tinyint(1), bits bit(12), price decimal(38,18), "
            "d double, f float, born date, at datetime(6), moment timestamp(6) null, span time(3), raw varbinary(99))",
            "set time_zone = '+08:00'",
            "set sql_mode = ''",
            "insert into t values (1, 1, b'101', 12345678901234567890.123456789012345678, 0.1e0 + 0.2e0, 0.5, "
            "'0001-01-01', '9999-12-31 23:59:59.999999', '2026-11-20 08:00:00.000001', '-838:59:59', null), "
            "(2, 0, null, null, null, null, 0, null, null, null, null), "
            "(3, 0, null, null, null, null, null, null, 0, null, null), "
            "(4, 0, null, null, null, null, null, null, null, null, x'00ff'), "
            "(18446744073709551615, 0, null, null, null, null, null, null, null, null, null)",
        )
        fields = (
            field("id", Kind.INTEGER, key=1),
            field("yes", Kind.BOOLEAN),
            field("bits", Kind.INTEGER),
            field("price", Kind.DECIMAL, 38, 18),
            field("d", Kind.DOUBLE),
            field("f", Kind.DOUBLE),
            field("born", Kind.DATE),
            field("at", Kind.TIMESTAMP),
            field("moment", Kind.TIMESTAMP),
            field("span"),
            field("raw"),
        )
        dataset, connector = of(through(mariadb_connection(mariadb_url), "mariadb"), fields)
        landing = landed(dataset, connector, tmp_path)
        (row,) = rows_of(tmp_path, landing)
        assert (row["yes"], row["bits"], row["d"], row["f"]) == (True, 5, 0.1 + 0.2, 0.5)
        assert row["price"] == Decimal("12345678901234567890.123456789012345678")
        assert row["born"] == date(1, 1, 1)
        assert row["at"] == datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)
        assert row["moment"] == datetime(2026, 11, 20, 0, 0, 0, 1, tzinfo=UTC)
        assert row["span"] == "-838:59:59.000"
        rejects = {r["_place"]: (r["field"], r["value"]) for r in rejects_of(tmp_path, landing)}
        assert rejects == {
            2: ("born", "0000-00-00"),
            3: ("moment", "0000-00-00 00:00:00.000000"),
            4: ("raw", "00ff"),
            5: ("id", "18446744073709551615"),
        }

    @pytest.mark.parametrize("of_type", ["timestamp", "datetime", "varchar(30)", "date"])
    def test_windows_hold_low_and_not_high(self, mariadb_url: str, of_type: str) -> None:
        told(
            mariadb_url,
            f"create table t (id int primary key, at {of_type})",
            "set time_zone = '+08:00'",
            "insert into t values (%s, %s)",
            rows=list(enumerate(AT)),
        )
        kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
        fields = (field("id", Kind.INTEGER, key=1), field("at", kind))
        dataset, connector = of(through(mariadb_connection(mariadb_url), "mariadb"), fields, window_column="at")
        assert typed(dataset, connector, Window.parse("2026-11-20")).column("id").to_pylist() == [1, 2]


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
    def connection(self, postgres_url: str) -> Connection:
        with psycopg.connect(postgres_url) as database:
            database.execute(DICTIONARY)
        real = postgres_connection(postgres_url)
        facts = {n: getattr(real, n) for n in ("id", "host", "login", "password", "schema")}
        extra = {"driver": "PostgreSQL Unicode", "attributes": {"Port": str(real.port)}}
        return Connection(kind="dm", extra=extra, **facts)

    def test_a_table_is_described_and_its_window_read(self, connection: Connection, postgres_url: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("create table t (id bigint primary key, name varchar(20), n numeric(18,2), at timestamp)")
            database.execute("comment on column t.name is '姓名'")
            for number, at in enumerate(AT):
                database.execute("insert into t values (%s, '䶮𠮷', 1234567890123456.78, %s)", (number, at))
        fields = (
            field("id", Kind.INTEGER, key=1),
            field("name"),
            field("n", Kind.DECIMAL, 18, 2),
            field("at", Kind.TIMESTAMP),
        )
        dataset, connector = of(connection, fields, window_column="at")
        (stream,) = connector.discover()
        assert [(c.name, c.type, c.comment) for c in stream.columns] == [
            ("id", "BIGINT(64,0)", ""),
            ("name", "VARCHAR(20)", "姓名"),
            ("n", "DEC(18,2)", ""),
            ("at", "TIMESTAMP", ""),
        ]
        assert stream.key == ("id",)
        assert [(o.name, o.options) for o in tables(connection) if o.name == "t"] == [("t", {"table": "t"})]
        rows = typed(dataset, connector, Window.parse("2026-11-20")).to_pylist()
        assert [(r["id"], r["name"], r["n"]) for r in rows] == [
            (1, "䶮𠮷", Decimal("1234567890123456.78")),
            (2, "䶮𠮷", Decimal("1234567890123456.78")),
        ]
        assert rows[1]["at"] == datetime(2026, 11, 20, 12, 30, tzinfo=SHANGHAI)

    @pytest.mark.parametrize("of_type", ["timestamptz", "bytea"])
    def test_a_type_that_would_lose_something_is_refused(
        self, connection: Connection, postgres_url: str, of_type: str
    ) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute(f"create table t (v {of_type})")
        _, connector = of(connection, (field("v"),))
        with pytest.raises(SourceChanged, match=r"t\.v: .* does not come over this driver as it is; ask for a view"):
            list(connector.read(connector.plan(DAY)))


class KingbaseThrough(PostgresBench):
    def connector(self, dataset: Dataset) -> Connector:
        real = postgres_connection(self.url)
        facts = {n: getattr(real, n) for n in ("id", "host", "port", "login", "password", "schema")}
        return connector_for(dataset, Connection(kind="kingbase", extra={"driver": "PostgreSQL Unicode"}, **facts))


class TestKingbaseOnAStandIn(Conformance):
    """人大金仓 comes from PostgreSQL; its statements on one, for no KingbaseES could be had."""

    @pytest.fixture
    def bench(self, postgres_url: str) -> KingbaseThrough:
        return KingbaseThrough(postgres_url)


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

    def test_a_server_that_is_not_there_is_unreachable(self) -> None:
        connection = Connection("db", "odbc", host="127.0.0.1", port=9, schema="x", extra={"product": "postgres"})
        _, connector = of(connection, (field("v"),))
        with pytest.raises(SourceUnreachable):
            connector.plan(DAY)

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
