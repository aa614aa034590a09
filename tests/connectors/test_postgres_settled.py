"""A window that ends where the oldest open transaction began loses no late row and reads none twice."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from connectors.registry import connector_for
from connectors.sql import postgres
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection
from schemas.dataset import Kind
from tests.connectors.databases import connection_to, field, of
from tests.postgres import Postgres


@pytest.fixture
def database(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute("create table t (id bigserial primary key, updated_at timestamptz not null default now())")
        yield database


@contextmanager
def session(connection: Connection) -> Iterator[postgres.PostgresSession]:
    opened = postgres.connect(connection, SqlTableOptions(table="t"))
    try:
        yield opened
    finally:
        opened.close()


def settled(connection: Connection) -> datetime | None:
    with session(connection) as opened:
        return opened.settled()


def now(database: psycopg.Connection[Any]) -> datetime:
    row = database.execute("select clock_timestamp()").fetchone()
    assert row
    return row[0]


def test_with_nothing_open_it_is_a_second_ago(database: psycopg.Connection[Any], postgres_url: str) -> None:
    before = now(database)
    bound = settled(connection_to(postgres_url))
    assert bound is not None
    assert before <= bound + timedelta(seconds=1) <= now(database)


def test_an_open_transaction_holds_it_at_its_own_beginning(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as writer:
        row = writer.execute("select now()").fetchone()
        assert row
        time.sleep(1.2)
        assert settled(connection_to(postgres_url)) == row[0]
        with session(connection_to(postgres_url)) as opened:
            assert opened.settled() == row[0]
            writer.execute("insert into t default values")
            writer.commit()
            assert opened.settled() > row[0], "asked again in the same session, it does not say what was"  # type: ignore[operator]


def test_what_is_open_in_another_database_holds_nothing(
    database: psycopg.Connection[Any], postgres_url: str, postgres: Postgres
) -> None:
    with psycopg.connect(postgres.url("postgres")) as elsewhere:
        elsewhere.execute("select 1")
        time.sleep(1.2)
        before = now(database)
        bound = settled(connection_to(postgres_url))
        assert bound is not None
        assert bound + timedelta(seconds=1) >= before


def test_a_login_that_may_not_see_the_sessions_of_others_is_told_none(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    login = f"settled_{os.getpid()}"
    database.execute(f"create role {login} login password 'reader'")
    try:
        connection = connection_to(postgres_url, login=login, password="reader")
        with session(connection) as opened:
            assert opened.settled() is None
            assert opened.settled() is None, "the session is of use afterwards"
        database.execute(f"grant pg_read_all_stats to {login}")
        assert settled(connection) is not None
    finally:
        database.execute(f"drop role {login}")


def test_check_warns_of_late_rows_where_the_bound_cannot_be_seen(
    database: psycopg.Connection[Any], postgres_url: str
) -> None:
    login = f"warned_{os.getpid()}"
    database.execute(f"create role {login} login password 'reader'")
    database.execute(f"grant select on t to {login}")
    fields = (field("id", Kind.INTEGER, key=1), field("updated_at", Kind.TIMESTAMP))
    blind = connection_to(postgres_url, login=login, password="reader")
    try:
        dataset, connector = of(blind, fields, window_column="updated_at")
        (problem,) = connector.check()
        assert (problem.code, problem.warning) == ("LATE_ROWS", True)
        assert "updated_at: this login cannot see which transactions are open" in problem.said
        assert "pg_read_all_stats" in problem.advice
        lagging = replace(dataset, source=replace(dataset.source, lag="PT10M"))
        assert connector_for(lagging, blind).check() == ()
        assert of(connection_to(postgres_url), fields, window_column="updated_at")[1].check() == ()
    finally:
        database.execute(f"drop owned by {login}")
        database.execute(f"drop role {login}")


def test_a_session_that_hides_what_it_does_makes_it_none(database: psycopg.Connection[Any], postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as writer:
        writer.execute("set track_activities = off")
        assert settled(connection_to(postgres_url)) is None
    assert settled(connection_to(postgres_url)) is not None


def test_a_prepared_transaction_is_given_an_hour(database: psycopg.Connection[Any], postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as writer:
        writer.tpc_begin("settled")
        writer.execute("insert into t default values")
        writer.tpc_prepare()
        bound = settled(connection_to(postgres_url))
        assert bound is not None
        assert now(database) - bound >= timedelta(hours=1)
        writer.tpc_rollback()
