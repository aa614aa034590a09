"""Blocks of COPY are whole rows in memory that is used again; one that is over is void, not another's rows."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from connectors.sql.postgres import connect
from connectors.sql.postgres_copy import AT_ONCE, BLOCK, Copied, widen
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection
from schemas.dataset import Source
from tests.builders import make_field
from tests.connectors.certificate import certificate
from tests.connectors.conformance import dataset_of
from tests.postgres import Postgres, find_binaries, running

ROWS = 60_000
SENT = f"copy (select n, repeat('峄', 100) from generate_series(1, {ROWS}) n) to stdout"
WHOLE = b"".join(f"{n}\t{'峄' * 100}\n".encode() for n in range(1, ROWS + 1))


@pytest.fixture
def session(postgres_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(postgres_url) as opened:
        yield opened


def test_blocks_are_all_that_was_sent_each_of_whole_rows(session: psycopg.Connection[tuple[object, ...]]) -> None:
    with session.cursor() as cursor, cursor.copy(SENT), Copied(session.pgconn) as copied:
        found = [(bytes(block.text), block.rows) for block in copied]
    assert len(found) > 3
    assert b"".join(text for text, _ in found) == WHOLE
    assert all(text.count(b"\n") == rows for text, rows in found)
    assert all(BLOCK <= len(text) < BLOCK + 1000 for text, _ in found[:-1])
    assert copied.rows == ROWS


def test_memory_of_one_long_row_is_not_kept(session: psycopg.Connection[tuple[object, ...]]) -> None:
    sent = f"copy (select repeat('x', case when n = 1 then {8 * BLOCK} else 100 end) from generate_series(1, 200000) n)"
    with session.cursor() as cursor, cursor.copy(f"{sent} to stdout"), Copied(session.pgconn) as copied:
        rooms = [len(block.room.getbuffer()) for block in copied if block.room]
    assert max(rooms) > 8 * BLOCK
    assert max(rooms[-2:]) < 2 * BLOCK


def test_a_block_that_is_over_is_void(session: psycopg.Connection[tuple[object, ...]]) -> None:
    with session.cursor() as cursor, cursor.copy(SENT), Copied(session.pgconn) as copied:
        first, *_ = list(copied)
    with pytest.raises(ValueError, match="released memoryview"):
        bytes(first.text)


def test_a_block_that_somebody_holds_on_to_stays_what_it_is(session: psycopg.Connection[tuple[object, ...]]) -> None:
    with session.cursor() as cursor, cursor.copy(SENT), Copied(session.pgconn) as copied:
        held = [memoryview(block.text) for block in copied]
    assert b"".join(held) == WHOLE


def taken_at_once(session: psycopg.Connection[tuple[object, ...]]) -> int:
    """Bytes of rows that one look at the network brings, once the server has filled what that holds."""
    with session.cursor() as cursor, cursor.copy(SENT):
        first = at_hand(session)  # what came with the word that rows follow
        time.sleep(0.5)
        session.pgconn.consume_input()
        taken = at_hand(session)
        with Copied(session.pgconn) as copied:
            rest = sum(len(block.text) for block in copied)
    assert first + taken + rest == len(WHOLE)
    return taken


def at_hand(session: psycopg.Connection[tuple[object, ...]]) -> int:
    """Bytes of rows that need no look at the network; they are taken."""
    taken = 0
    while (count := session.pgconn.get_copy_data(1)[0]) > 0:
        taken += count
    return taken


def test_more_is_taken_from_the_network_at_once_where_the_server_is_ahead(
    session: psycopg.Connection[tuple[object, ...]],
) -> None:
    assert taken_at_once(session) < AT_ONCE / 4
    widen(session)
    assert AT_ONCE / 2 < taken_at_once(session) <= AT_ONCE


def test_a_session_takes_as_much_once_it_reads_rows(postgres: Postgres, postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as made:
        made.execute("create table person as select '1' as id")
    database = str(conninfo_to_dict(postgres_url)["dbname"])
    told = Connection("x", "postgres", "127.0.0.1", postgres.port, "yishu", postgres.password, database)
    dataset = dataset_of(Source("sql_table", "x", {"table": "person"}), [make_field("id")])
    with closing(connect(told, SqlTableOptions(table="person"))) as opened:
        with (tmp_path / "asked").open("wb") as asked:
            opened.database.pgconn.trace(asked.fileno())
            for _ in range(2):
                assert [batch.rows.num_rows for batch in opened.rows(dataset, (), None)] == [1]
            opened.database.pgconn.untrace()
        assert (tmp_path / "asked").read_bytes().count(b"select repeat(") == 1, "once is enough"
        assert taken_at_once(opened.database) > AT_ONCE / 2


@pytest.mark.usefixtures("postgres")
def test_a_session_under_tls_is_not_widened(tmp_path: Path) -> None:
    """There a look brings a record, whatever the buffer holds."""
    binaries = find_binaries()
    assert binaries
    with running(binaries, tls=certificate(tmp_path / "pem")) as made, psycopg.connect(made.url("postgres")) as session:
        assert session.pgconn.ssl_in_use
        widen(session)
        assert session.info.transaction_status is TransactionStatus.IDLE, "nothing was asked"
