"""Hostile values of a real PostgreSQL arrive exactly, or their row is rejected under column and value."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.protocol import Connector
from connectors.registry import connector_for
from schemas.dataset import Dataset, Field, Kind, Source
from schemas.errors import SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI
from tests.connectors.conformance import DAY, dataset_of, landed, rejects_of, rows_of, typed
from tests.connectors.test_sql_table import field, postgres_connection

SERVER: dict[str, tuple[Field, list[tuple[str, Any]], list[str]]] = {
    "numeric(38,18)": (
        field("v", Kind.DECIMAL, 38, 18),
        [("12345678901234567890.123456789012345678", Decimal("12345678901234567890.123456789012345678")),
         ("-0.000000000000000001", Decimal("-0.000000000000000001"))],
        ["NaN"],
    ),
    "numeric": (
        field("v", Kind.DECIMAL, 38, 18),
        [("1.5", Decimal("1.5"))],
        ["NaN", "Infinity", "0.0000000000000000001", "123456789012345678901", "9" * 39],
    ),
    "numeric(20,2)": (
        field("v", Kind.DECIMAL, 18, 2), [("9" * 16 + ".99", Decimal("9" * 16 + ".99"))], ["9" * 17 + ".00"]
    ),
    "bigint": (field("v", Kind.INTEGER), [(str(2**63 - 1), 2**63 - 1), (str(-(2**63)), -(2**63))], []),
    "smallint": (field("v", Kind.INTEGER), [("-32768", -32768)], []),
    "boolean": (field("v", Kind.BOOLEAN), [("true", True), ("false", False)], []),
    "date": (
        field("v", Kind.DATE),
        [("0001-01-01", date(1, 1, 1)), ("9999-12-31", date(9999, 12, 31))],
        ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01"],
    ),
    "timestamp": (
        field("v", Kind.TIMESTAMP),
        [("9999-12-31 23:59:59.999999", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)),
         ("1901-01-01 00:00:00", datetime(1901, 1, 1, tzinfo=SHANGHAI)),
         ("2026-11-20 08:00:00", datetime(2026, 11, 20, 8, tzinfo=SHANGHAI))],
        ["infinity", "0001-01-01 00:00:00", "1986-05-04 02:30:00", "1986-09-14 01:30:00"],
    ),
    "timestamptz": (
        field("v", Kind.TIMESTAMP),
        [("0001-01-01 00:00:00+00", datetime(1, 1, 1, tzinfo=UTC)),
         ("9999-12-31 23:59:59.999999+00", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
         ("2026-11-20 00:00:00+08", datetime(2026, 11, 19, 16, tzinfo=UTC))],
        ["infinity", "-infinity", "10000-01-01 00:00:00+00"],
    ),
    "real": (field("v", Kind.DOUBLE), [("0.1", 0.1)], ["NaN", "Infinity"]),
    "double precision": (field("v", Kind.DOUBLE), [("0.1", 0.1), ("1e-300", 1e-300)], ["NaN", "-Infinity"]),
    "text": (
        field("v"),
        [(t, t) for t in ("", "\\N", "\\", "\\.", "a\tb\r\n\v\f\bc", '"', "䶮𠮷", "\ufeff甲", "NULL", " x ")],
        [],
    ),
    "jsonb": (field("v"), [('{"a": "\\"\\\\\\n甲", "b": 1.10}', '{"a": "\\"\\\\\\n甲", "b": 1.10}')], []),
    "uuid": (field("v"), [("11370400-0043-0567-9a00-000000000001",) * 2], []),
    "text[]": (field("v"), [('{"a,b",NULL,"NULL","\\"𠮷",""}',) * 2], []),
    "int[][]": (field("v"), [("{{1,2},{3,NULL}}",) * 2], []),
    "bytea": (field("v"), [("\\x00ff5c4e",) * 2], []),
    "interval": (field("v"), [("1 mon 2 days 03:04:05.6", "P1M2DT3H4M5.6S")], []),
    "money": (field("v", Kind.DECIMAL, 18, 2), [], ["$1,234.50"]),
    "inet": (field("v"), [("10.3.7.0/24",) * 2], []),
    "int4range": (field("v"), [("[1,5)",) * 2], []),
    "bit varying": (field("v"), [("0101",) * 2], []),
    "xml": (field("v"), [("<a>\n\t甲</a>",) * 2], []),
    "point": (field("v"), [("(1,2)",) * 2], []),
}  # fmt: skip
"""Type of PostgreSQL -> field, values with what they become, and values that become a reject."""


@pytest.fixture
def database(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        yield database


def of(url: str, *fields: Field) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("sql_table", "db", {"table": "t"}), fields)
    return dataset, connector_for(dataset, postgres_connection(url))


@pytest.mark.parametrize("of_type", SERVER)
def test_each_value_is_exact_or_rejected_under_column_and_value(
    of_type: str, database: psycopg.Connection[Any], postgres_url: str, tmp_path: Path
) -> None:
    to, good, bad = SERVER[of_type]
    database.execute(f"create table t (id int primary key, v {of_type})")
    for number, text in enumerate([*(text for text, _ in good), *bad, None], 1):
        database.execute(f"insert into t values (%s, %s::text::{of_type})", (number, text))
    dataset, connector = of(postgres_url, field("id", Kind.INTEGER, key=1), to)
    landing = landed(dataset, connector, tmp_path)
    assert [row["v"] for row in rows_of(tmp_path, landing)] == [*(value for _, value in good), None]
    rejects = rejects_of(tmp_path, landing)
    assert [(r["field"], r["value"]) for r in rejects] == [("v", text) for text in bad]
    assert all(r["reason"].startswith(f"found {r['value'][:40]!r}"[:20]) for r in rejects)
    assert landing.source_rows == landing.read == len(good) + len(bad) + 1


def test_money_and_numbers_are_what_was_stored_where_the_contract_takes_text(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    database.execute("create table t (a money, b numeric, c date)")
    database.execute("insert into t values (1234.5, 'NaN', 'infinity')")
    dataset, connector = of(postgres_url, field("a"), field("b"), field("c"))
    assert typed(dataset, connector).select(["a", "b", "c"]).to_pylist() == [
        {"a": "$1,234.50", "b": "NaN", "c": "infinity"}
    ]


def test_a_database_that_keeps_bytes_refuses_those_that_are_no_text(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    database.execute("create database bytes template template0 encoding 'SQL_ASCII' locale 'C'")
    try:
        url = postgres_url.rsplit("/", 1)[0] + "/bytes"
        with psycopg.connect(url, autocommit=True) as kept:
            kept.execute("create table t (id int, name text)")
            kept.execute("copy t from program 'printf \"1\\t\\316\\312\\n\"'")
        dataset, connector = of(url, field("id", Kind.INTEGER), field("name"))
        with pytest.raises(SourceChanged, match=r"t: invalid byte sequence for encoding .UTF8.: 0xce 0xca"):
            typed(dataset, connector)
    finally:
        database.execute("drop database bytes with (force)")


def test_a_session_that_is_ended_in_the_middle_is_told_at_once_and_may_be_tried_again(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    database.execute("create table t (id int primary key, pad text)")
    database.execute("insert into t select n, repeat('x', 1000) from generate_series(1, 60000) n")
    _, connector = of(postgres_url, field("id", Kind.INTEGER, key=1), field("pad"))
    reading = connector.read(connector.plan(DAY))
    next(reading)
    ended = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'yishu' and datname = "
    assert database.execute(ended + "current_database()").fetchall() == [(True,)]
    with pytest.raises(SourceUnreachable, match="connection") as refusal:
        list(reading)
    assert refusal.value.again


def test_a_value_that_cannot_be_worked_out_half_way_stops_the_read_with_postgresql_s_words(
    database: psycopg.Connection[Any], postgres_url: str, tmp_path: Path
) -> None:
    database.execute("create table u (id int primary key)")
    database.execute("insert into u select generate_series(1, 100000)")
    database.execute("create view t as select id, 1 / (90000 - id) as share from u")
    dataset, connector = of(postgres_url, field("id", Kind.INTEGER, key=1), field("share", Kind.INTEGER))
    with pytest.raises(SourceChanged, match="t: division by zero"):
        landed(dataset, connector, tmp_path)
    assert not list(tmp_path.rglob("manifest.json"))


def test_rows_longer_than_a_block_and_many_blocks_keep_their_places(
    database: psycopg.Connection[Any], postgres_url: str, tmp_path: Path
) -> None:
    database.execute("create table t (id int primary key, pad text, d date)")
    database.execute(
        "insert into t select n, repeat(chr(19968 + n), case when n = 3 then 3000000 else 1000 end), "
        "case when n = 9000 then date 'infinity' else date '2026-11-20' end from generate_series(1, 10000) n"
    )
    dataset, connector = of(postgres_url, field("id", Kind.INTEGER, key=1), field("pad"), field("d", Kind.DATE))
    landing = landed(dataset, connector, tmp_path)
    rows = rows_of(tmp_path, landing)
    assert [r["id"] for r in rows] == [n for n in range(1, 10_001) if n != 9000]
    assert all(r["_place"] == r["id"] == r["_row"] for r in rows)
    assert {len(r["pad"]) for r in rows} == {1000, 3_000_000}
    (reject,) = rejects_of(tmp_path, landing)
    assert (reject["_place"], reject["field"], reject["value"]) == (9000, "d", "infinity")
