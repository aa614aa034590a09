"""Any dialect of SQLAlchemy is an exact fallback: shown on SQLite, PostgreSQL and MariaDB."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.exploring import Weight
from connectors.sql import values
from connectors.sql.about import offers, signs
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection
from schemas.errors import NotReady
from tests.connectors.conformance import DAY
from tests.connectors.databases import field, of
from tests.connectors.sql_conformance import ServerConformance, SqlConformance
from tests.connectors.tables import MariaTables, PostgresTables, SqlBench, SqliteTables


def through(dialect: str) -> Callable[[Connection], Connection]:
    def connection(to: Connection) -> Connection:
        facts = {n: getattr(to, n) for n in ("id", "host", "port", "login", "schema")}
        password = "" if dialect == "sqlite" else to.password
        return Connection(kind="sqlalchemy", extra={"dialect": dialect}, password=password, **facts)

    return connection


class TestSqliteThroughSqlAlchemy(SqlConformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> SqlBench:
        tables = SqliteTables(tmp_path_factory.mktemp("db") / "民政 100%?.db")
        return SqlBench(tables, "sqlalchemy", through("sqlite"), ("NUMERIC(9, 6)", "VARCHAR(20)", "INTEGER"))


class TestPostgresThroughSqlAlchemy(ServerConformance):
    @pytest.fixture
    def bench(self, postgres_url: str) -> SqlBench:
        described = ("NUMERIC(9, 6)", "VARCHAR(20)", "INTEGER")
        return SqlBench(PostgresTables(postgres_url), "sqlalchemy", through("postgresql+psycopg"), described)


class TestMariaThroughSqlAlchemy(ServerConformance):
    @pytest.fixture
    def bench(self, mariadb_url: str) -> SqlBench:
        described = ("DECIMAL(9, 6)", "VARCHAR(20)", "INTEGER(11)")
        return SqlBench(MariaTables(mariadb_url), "sqlalchemy", through("mysql+pymysql"), described)

    def test_views_and_signs_are_told(self, bench: Any) -> None:
        bench.tables.told("create table a (v int) comment '低保对象'", "create view b as select v from a")
        assert [(o.name, o.form, o.comment) for o in offers(bench.connection(), "")] == [
            ("a", "table", "低保对象"),
            ("b", "view", ""),
        ]
        for table, weights in (("a", [Weight.WELL] * 3), ("c", [Weight.WELL, Weight.WELL, Weight.PROBLEM])):
            found = signs(bench.connection(), SqlTableOptions(table=table), lambda: datetime.now(UTC))
            assert [sign.weight for sign in found] == weights


def test_every_value_of_python_has_its_one_text() -> None:
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
