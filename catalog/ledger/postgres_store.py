"""The ledger in PostgreSQL: the row of the head is the lock, two round trips write a batch."""

import psycopg

from catalog.ledger.store import PATIENCE_S, Head, Written, away

LEAVES = (
    "INSERT INTO log_leaf (idx, hash, body, at) "
    "SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::text[], %s::bigint[])"
)
SUBJECTS = "INSERT INTO log_subject (token, idx) SELECT * FROM unnest(%s::bytea[], %s::bigint[])"
TILES = "INSERT INTO log_tile (level, number, root, hashes) VALUES (%s, %s, %s, %s)"
CHECKPOINT = "INSERT INTO log_checkpoint (size, note, at) VALUES (%s, %s, %s)"
HEAD = "UPDATE log_head SET size = %s, frontier = %s, origin = %s, note = %s, day = %s WHERE id = 1"


class PostgresStore:
    """One connection of its own, outside the pool that readers share."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.Connection | None = None

    def begin(self) -> Head | None:
        """Begin a transaction and lock the head."""
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
        return Head(*row) if row[0] else None

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
            self._send(self._connection or self._open(), written)
        except psycopg.Error as wrong:
            raise away(wrong) from wrong

    def _send(self, connection: psycopg.Connection, written: Written) -> None:
        head = written.head
        with connection.pipeline():
            leaves = tuple(map(list, zip(*written.leaves, strict=True)))
            connection.execute(LEAVES, leaves, binary=True, prepare=True)
            if written.subjects:
                subjects = tuple(map(list, zip(*written.subjects, strict=True)))
                connection.execute(SUBJECTS, subjects, binary=True, prepare=True)
            for tile in written.tiles:
                connection.execute(TILES, (tile.level, tile.number, tile.root, tile.hashes), prepare=True)
            if written.kept:
                connection.execute(CHECKPOINT, (head.size, head.note, written.leaves[-1][3]))
            connection.execute(HEAD, (head.size, head.frontier, head.origin, head.note, head.day), prepare=True)
            connection.execute("COMMIT")

    def close(self) -> None:
        """An open transaction is rolled back by the server, the lock is free."""
        connection, self._connection = self._connection, None
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
