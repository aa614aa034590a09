"""The ledger in PostgreSQL: one statement writes a batch while nobody else does; else the head's row is the lock."""

from typing import Any

import psycopg

from catalog.ledger.store import PATIENCE_S, Head, Overtaken, Written, away

LEAVES = (
    "INSERT INTO log_leaf (idx, hash, body, at) "
    "SELECT idx, hash, body, at FROM unnest(%s::bigint[], %s::bytea[], %s::text[], %s::bigint[]) "
    "AS leaf (idx, hash, body, at)"
)
SUBJECTS = (
    "INSERT INTO log_subject (token, idx) "
    "SELECT token, idx FROM unnest(%s::bytea[], %s::bigint[]) AS subject (token, idx)"
)
TILES = "INSERT INTO log_tile (level, number, root, hashes) VALUES (%s, %s, %s, %s)"
CHECKPOINT = "INSERT INTO log_checkpoint (size, note, at) VALUES (%s, %s, %s)"
HEAD = "UPDATE log_head SET size = %s, frontier = %s, origin = %s, note = %s, day = %s WHERE id = 1"
AT_ONCE = (
    f"WITH moved AS ({HEAD} AND (size, frontier, note) = (%s, %s, %s) RETURNING id), "
    f"leaves AS ({LEAVES} CROSS JOIN moved), subjects AS ({SUBJECTS} CROSS JOIN moved) "
    "SELECT count(*) FROM moved"
)
"""All of a batch, or nothing where the head is not any more what it was thought to be."""


class PostgresStore:
    """One connection of its own, outside the pool that readers share.

    Whoever wrote the last two batches takes it that the head is still its own, and has one round trip to wait for
    instead of two. Where several processes write, each locks the head first.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.Connection | None = None
        self._last: Head | None = None
        """What this process wrote last."""
        self._thought: Head | None = None
        """The head that the batch at hand follows, where it was not locked."""
        self._alone = False

    def begin(self) -> Head | None:
        """The head that was written last; or begin a transaction and lock the head."""
        if self._alone and self._connection is not None:
            self._thought = self._last
            return self._last
        self._thought = None
        try:
            connection = self._connection or self._open()
            with connection.pipeline():
                connection.execute("BEGIN")
                row = connection.execute(
                    "SELECT size, frontier, origin, note, day FROM log_head WHERE id = 1 FOR UPDATE", prepare=True
                ).fetchone()
        except psycopg.Error as wrong:
            raise away(wrong) from wrong
        if row is None:
            raise away(LookupError("log_head has no row"))
        head = Head(*row) if row[0] else None
        self._alone = head is not None and head == self._last
        return head

    def hashes(self, first: int, end: int) -> list[bytes]:
        """Hashes of leaves."""
        return self._column("SELECT hash FROM log_leaf WHERE idx >= %s AND idx < %s ORDER BY idx", first, end)

    def roots(self, level: int, first: int, end: int) -> list[bytes]:
        """Roots of complete tiles."""
        wanted = "SELECT root FROM log_tile WHERE level = %s AND number >= %s AND number < %s ORDER BY number"
        return self._column(wanted, level, first, end)

    def commit(self, written: Written) -> None:
        """Write and commit; PostgreSQL answers when it is on disk."""
        try:
            connection = self._connection or self._open()
            if self._thought is None:
                self._send(connection, written)
            else:
                self._send_at_once(connection, written, self._thought)
        except psycopg.Error as wrong:
            raise away(wrong) from wrong
        self._last = written.head

    def _send_at_once(self, connection: psycopg.Connection, written: Written, thought: Head) -> None:
        """Overtaken where the head is another; a batch that completes a tile or begins a day locks it first."""
        known = (thought.size, thought.frontier, thought.note)
        told: tuple[Any, ...] = (*_head(written.head), *known, *_leaves(written), *_subjects(written))
        rare = bool(written.tiles) or written.kept
        row = None if rare else connection.execute(AT_ONCE, told, binary=True, prepare=True).fetchone()
        if row != (1,):
            self._alone = False
            raise Overtaken

    def _send(self, connection: psycopg.Connection, written: Written) -> None:
        head = written.head
        with connection.pipeline():
            connection.execute(LEAVES, _leaves(written), binary=True, prepare=True)
            if written.subjects:
                connection.execute(SUBJECTS, _subjects(written), binary=True, prepare=True)
            for tile in written.tiles:
                connection.execute(TILES, (tile.level, tile.number, tile.root, tile.hashes), prepare=True)
            if written.kept:
                connection.execute(CHECKPOINT, (head.size, head.note, written.leaves[-1][3]))
            connection.execute(HEAD, _head(head), prepare=True)
            connection.execute("COMMIT")

    def close(self) -> None:
        """An open transaction is rolled back by the server, the lock is free."""
        connection, self._connection = self._connection, None
        self._last, self._alone = None, False
        if connection is not None:
            connection.close()

    def _open(self) -> psycopg.Connection:
        connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=10)
        connection.execute("SET synchronous_commit = on")
        connection.execute(f"SET lock_timeout = '{PATIENCE_S}s'")
        self._connection = connection
        return connection

    def _column(self, wanted: str, *values: int) -> list[bytes]:
        try:
            connection = self._connection or self._open()
            return [row[0] for row in connection.execute(wanted.encode(), values)]
        except psycopg.Error as wrong:
            raise away(wrong) from wrong


def _head(head: Head) -> tuple[Any, ...]:
    return head.size, head.frontier, head.origin, head.note, head.day


def _leaves(written: Written) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*written.leaves, strict=True)))


def _subjects(written: Written) -> tuple[list[Any], list[Any]]:
    return [token for token, _ in written.subjects], [index for _, index in written.subjects]
