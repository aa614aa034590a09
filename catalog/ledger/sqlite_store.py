"""The ledger's own SQLite file: a kernel lock queues the processes fairly, every commit is synced to disk."""

import fcntl
import os
import sqlite3
from pathlib import Path

from catalog.ledger.store import PATIENCE_S, Head, Written, away


class SqliteStore:
    """One connection to `file`; `<file>.lock` beside it keeps processes in a queue.

    SQLite's own busy handler sleeps and tries again, so that with four processes the slowest waits ten times longer.
    File locks do not hold on network disks: several hosts need PostgreSQL.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._connection: sqlite3.Connection | None = None
        self._lock = -1

    def begin(self) -> Head | None:
        """Begin a transaction and lock the head."""
        try:
            connection = self._connection or self._open()
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT size, frontier, origin, note, day FROM log_head").fetchone()
        except (sqlite3.Error, OSError) as wrong:
            raise away(wrong) from wrong
        return Head(*row) if row else None

    def hashes(self, first: int, end: int) -> list[bytes]:
        """Hashes of leaves."""
        return self._column("SELECT hash FROM log_leaf WHERE idx >= ? AND idx < ? ORDER BY idx", first, end)

    def roots(self, level: int, first: int, end: int) -> list[bytes]:
        """Roots of complete tiles."""
        wanted = "SELECT root FROM log_tile WHERE level = ? AND number >= ? AND number < ? ORDER BY number"
        return self._column(wanted, level, first, end)

    def commit(self, written: Written) -> None:
        """Write, commit and sync; then let the next process go on."""
        try:
            connection = self._connection or self._open()
            connection.executemany("INSERT INTO log_leaf (idx, hash, body, at) VALUES (?, ?, ?, ?)", written.leaves)
            if written.subjects:
                connection.executemany("INSERT INTO log_subject (token, idx) VALUES (?, ?)", written.subjects)
            tiles = [(one.level, one.number, one.root, one.hashes) for one in written.tiles]
            if tiles:
                connection.executemany("INSERT INTO log_tile (level, number, root, hashes) VALUES (?, ?, ?, ?)", tiles)
            head = written.head
            if written.kept:
                kept = (head.size, head.note, written.leaves[-1][3])
                connection.execute("INSERT INTO log_checkpoint (size, note, at) VALUES (?, ?, ?)", kept)
            values = (head.size, head.frontier, head.origin, head.note, head.day)
            connection.execute("INSERT OR REPLACE INTO log_head VALUES (1, ?, ?, ?, ?, ?)", values)
            connection.execute("COMMIT")
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        except (sqlite3.Error, OSError) as wrong:
            raise away(wrong) from wrong

    def close(self) -> None:
        """An open transaction is rolled back, the lock is free."""
        connection, self._connection = self._connection, None
        lock, self._lock = self._lock, -1
        try:
            if connection is not None:
                connection.close()
        except sqlite3.Error as wrong:
            raise away(wrong) from wrong
        finally:
            if lock >= 0:
                os.close(lock)

    def _open(self) -> sqlite3.Connection:
        if self._lock < 0:
            self._lock = os.open(self.file.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        uri = f"{self.file.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False, uri=True)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=4000")
        self._connection = connection
        return connection

    def _column(self, wanted: str, *values: int) -> list[bytes]:
        try:
            connection = self._connection or self._open()
            return [row[0] for row in connection.execute(wanted, values)]
        except sqlite3.Error as wrong:
            raise away(wrong) from wrong
