"""Any dialect of SQLAlchemy is an exact fallback: shown on SQLite, PostgreSQL and MariaDB."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from connectors.exploring import Weight
from connectors.protocol import Connector
from connectors.registry import connector_for
from connectors.sql import values
from connectors.sql.about import offers, signs
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI, Window
from tests.builders import make_field
from tests.connectors.conformance import DAY, SECRET, Conformance, dataset_of, landed, rejects_of, typed
from tests.connectors.test_mysql import MariaBench, mariadb_connection, told
from tests.connectors.test_sql_table import PostgresBench, SqliteBench, postgres_connection, sqlite_table


def through(connection: Connection, dialect: str) -> Connection:
    facts = {n: getattr(connection, n) for n in ("id", "host", "port", "login", "password", "schema")}
    return Connection(kind="sqlalchemy", extra={"dialect": dialect}, **facts)


class SqliteThrough(SqliteBench):
    def connector(self, dataset: Dataset) -> Connector:
        connection = Connection("db", "sqlalchemy", host=str(self.file), extra={"dialect": "sqlite"})
        return connector_for(dataset, connection)


class PostgresThrough(PostgresBench):
    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, through(postgres_connection(self.url), "postgresql+psycopg"))


class MariaThrough(MariaBench):
    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, through(mariadb_connection(self.url), "mysql+pymysql"))


class TestSqliteThroughSqlAlchemy(Conformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> SqliteThrough:
        return SqliteThrough(tmp_path_factory.mktemp("db") / "民政 100%?.db")


class TestPostgresThroughSqlAlchemy(Conformance):
    @pytest.fixture
    def bench(self, postgres_url: str) -> PostgresThrough:
        return PostgresThrough(postgres_url)


class TestMariaThroughSqlAlchemy(Conformance):
    @pytest.fixture
    def bench(self, mariadb_url: str) -> MariaThrough:
        return MariaThrough(mariadb_url)

    def test_the_password_is_in_no_refusal(self, bench: MariaThrough, dataset: Dataset) -> None:
        wrong = through(mariadb_connection(bench.url, password=SECRET), "mysql+pymysql")
        (problem,) = connector_for(dataset, wrong).check()
        assert problem.code == "NOT_READY"
        assert SECRET not in problem.said

    def test_a_read_that_is_given_up_does_not_read_on(self, mariadb_url: str) -> None:
        told(
            mariadb_url,
            "create table t (id int primary key, pad varchar(600))",
            "insert into t select seq, repeat('x', 500) from seq_1_to_60000",
        )
        dataset = dataset_of(Source("sql_table", "db", {"table": "t"}), (field("id", Kind.INTEGER), field("pad")))
        connector = connector_for(dataset, through(mariadb_connection(mariadb_url), "mysql+pymysql"))
        reading = connector.read(connector.plan(DAY))
        assert 0 < next(reading).rows.num_rows < 60_000
        reading.close()  # type: ignore[attr-defined]
        asked = "select count(*) from information_schema.processlist where db = database() and id <> connection_id()"
        assert told(mariadb_url, "select sleep(0.5)", asked) == ((0,),)


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **more: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **more)


def of(connection: Connection, fields: Sequence[Field], **options: Any) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("sql_table", "db", {"table": "t"} | options), fields)
    return dataset, connector_for(dataset, connection)


AT = ("2026-11-19 23:59:59", "2026-11-20 00:00:00", "2026-11-20 12:30:00", "2026-11-21 00:00:00")


class TestValues:
    @pytest.mark.parametrize("of_type", ["timestamptz", "timestamp", "text", "date"])
    def test_windows_on_postgres(self, postgres_url: str, of_type: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("set timezone = 'Asia/Shanghai'")
            database.execute(f"create table t (id int primary key, at {of_type})")
            for number, at in enumerate(AT):
                database.execute("insert into t values (%s, %s)", (number, at))
        kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
        connection = through(postgres_connection(postgres_url), "postgresql+psycopg")
        fields = (field("id", Kind.INTEGER, key=1), field("at", kind))
        dataset, connector = of(connection, fields, window_column="at")
        table = typed(dataset, connector, Window.parse("2026-11-20"))
        assert table.column("id").to_pylist() == [1, 2]
        if kind is Kind.TIMESTAMP:
            assert table.column("at").to_pylist()[1] == datetime(2026, 11, 20, 12, 30, tzinfo=SHANGHAI)

    @pytest.mark.parametrize("of_type", ["timestamp", "datetime", "varchar(30)", "date"])
    def test_windows_on_mariadb(self, mariadb_url: str, of_type: str) -> None:
        told(
            mariadb_url,
            f"create table t (id int primary key, at {of_type})",
            "set time_zone = '+08:00'",
            "insert into t values (%s, %s)",
            rows=list(enumerate(AT)),
        )
        kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
        connection = through(mariadb_connection(mariadb_url), "mysql+pymysql")
        fields = (field("id", Kind.INTEGER, key=1), field("at", kind))
        dataset, connector = of(connection, fields, window_column="at")
        table = typed(dataset, connector, Window.parse("2026-11-20"))
        assert table.column("id").to_pylist() == [1, 2]
        if kind is Kind.TIMESTAMP:
            assert table.column("at").to_pylist()[1] == datetime(2026, 11, 20, 12, 30, tzinfo=SHANGHAI)

    def test_what_has_no_one_text_is_a_misfit_that_names_column_and_value(
        self, postgres_url: str, tmp_path: Path
    ) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("create table t (id int primary key, doc jsonb, raw bytea, list int[], u uuid, n numeric)")
            database.execute(
                "insert into t values (1, null, null, null, '00000000-0000-0000-0000-000000000001', 1e20), "
                "(2, '{\"a\": 1.10}', null, null, null, 1), (3, null, '\\x00ff', null, null, 1), "
                "(4, null, null, '{1,2}', null, 1), (5, null, null, null, null, 'NaN')"
            )
        fields = (
            field("id", Kind.INTEGER, key=1),
            *map(field, ("doc", "raw", "list", "u")),
            field("n", Kind.DECIMAL, 38, 2),
        )
        dataset, connector = of(through(postgres_connection(postgres_url), "postgresql+psycopg"), fields)
        landing = landed(dataset, connector, tmp_path)
        (row,) = typed(dataset, connector).to_pylist()
        assert (row["u"], row["n"]) == (str(UUID(int=1)), Decimal(10) ** 20)
        rejects = {r["_place"]: (r["field"], r["value"]) for r in rejects_of(tmp_path, landing)}
        assert rejects == {2: ("doc", "{'a': 1.1}"), 3: ("raw", "00ff"), 4: ("list", "[1, 2]"), 5: ("n", "NaN")}

    def test_every_value_of_python_has_its_one_text(self) -> None:
        held = [None, True, 2**70, -(2**63), 0.1, Decimal("1E+3"), Decimal("NaN"), date(1, 1, 1), timedelta(hours=-838)]
        held += [datetime(2026, 11, 20, tzinfo=UTC), datetime.fromisoformat("9999-12-31T23:59:59.999999")]
        texts, wrong = values.column("v", held)
        assert wrong == {}
        assert texts.to_pylist() == [
            None,
            "true",
            str(2**70),
            str(-(2**63)),
            "0.1",
            "1000",
            "NaN",
            "0001-01-01",
            "-838:00:00",
            "2026-11-20 00:00:00+00:00",
            "9999-12-31 23:59:59.999999",
        ]
        assert values.column("v", [1, None, 2**64])[0].to_pylist() == ["1", None, str(2**64)]

    def test_the_session_cannot_write_and_gives_up_after_the_timeout(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url) as database:
            database.execute("create sequence s")
            database.execute("create view t as select nextval('s') as v")
        _, connector = of(through(postgres_connection(postgres_url), "postgresql+psycopg"), (field("v"),))
        with pytest.raises(SourceChanged, match="read-only transaction"):
            list(connector.read(connector.plan(DAY)))
        with psycopg.connect(postgres_url) as database:
            database.execute("drop view t")
            database.execute("create view t as select 1 as v from pg_sleep(5)")
        _, connector = of(through(postgres_connection(postgres_url), "postgresql+psycopg"), (field("v"),), timeout=1)
        with pytest.raises(SourceUnreachable, match="statement timeout"):
            list(connector.read(connector.plan(DAY)))


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({}, "found no dialect in its extra"),
        ({"dialect": "mainframe"}, "driver not installed: .*mainframe"),
        ({"dialect": "postgresql+pg8000"}, "driver not installed: .*pg8000"),
        ({"dialect": "oracle+oracledb"}, "by a connection of kind 'oracle'"),
    ],
)
def test_what_is_missing_is_a_sentence(extra: dict[str, Any], said: str) -> None:
    _, connector = of(Connection("db", "sqlalchemy", host="127.0.0.1", extra=extra), (field("v"),))
    with pytest.raises(NotReady, match=said):
        connector.plan(DAY)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    connection = sqlite_table(tmp_path / "d.db", "create table t (v text)", [("x",)])
    _, connector = of(through(connection, "sqlite"), (field("v"),), table="u")
    with pytest.raises(SourceChanged, match="no table 'u'"):
        connector.plan(DAY)


def test_tables_and_signs_are_told(tmp_path: Path, mariadb_url: str) -> None:
    file = sqlite_table(tmp_path / "d.db", "create table t (v text)", [("x",)])
    assert [(o.name, o.form, o.options) for o in offers(through(file, "sqlite"), "")] == [
        ("t", "table", {"table": "t"})
    ]
    told(mariadb_url, "create table a (v int) comment '低保对象'", "create view b as select v from a")
    connection = through(mariadb_connection(mariadb_url), "mysql+pymysql")
    assert [(o.name, o.form, o.comment) for o in offers(connection, "")] == [
        ("a", "table", "低保对象"),
        ("b", "view", ""),
    ]
    for table, weights in (("a", [Weight.WELL] * 3), ("c", [Weight.WELL, Weight.WELL, Weight.PROBLEM])):
        found = signs(connection, SqlTableOptions(table=table), lambda: datetime.now(UTC))
        assert [sign.weight for sign in found] == weights
