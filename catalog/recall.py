"""Facts that every ask is decided by, remembered for exactly as long as nothing was committed to their database."""

import sqlite3
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import finalize

from sqlalchemy import Connection, Engine

T = TypeVar("T")
P = ParamSpec("P")
Held = dict[Hashable, Any]


class Recall:
    """Safe between threads; what it remembers is never older than the last commit, whichever process made it.

    SQLite counts the commits of all others for each connection (`PRAGMA data_version`), in two microseconds. Once the
    count has changed everything is forgotten: a revoked grant or credential opens nothing from the next ask on.
    PostgreSQL has no such count, so that nothing is remembered there.
    """

    def __init__(self, engine: Engine, most: int = 10_000) -> None:
        self._engine, self._most = engine, most
        self._lock = Lock()
        self._watch: sqlite3.Connection | None = None
        """A connection that never writes, so that it sees every commit as somebody else's."""
        self._count = -1
        self._held: Held = {}

    def of(self, read: Callable[Concatenate[Connection, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        """What `read` answers today, which nobody may alter. None and what it raises are not remembered."""
        held = self._today()
        key = _key(read, *arguments, **named)
        if held is not None and key in held:
            found: T = held[key]
            return found
        with self._engine.connect() as connection:
            found = read(connection, *arguments, **named)
        if held is not None and found is not None and len(held) < self._most:
            held[key] = found  # read after the count was: if more was committed since, nobody looks in here again
        return found

    def at_hand(self, read: Callable[Concatenate[Connection, P], T], *arguments: P.args, **named: P.kwargs) -> T | None:
        """The same where it is remembered, else None; for who must not wait for a database."""
        return (self._today() or {}).get(_key(read, *arguments, **named))

    def _today(self) -> Held | None:
        """Where to remember until the next commit; None where that cannot be told."""
        if self._engine.dialect.name != "sqlite":
            return None
        with self._lock:
            try:
                count = self._counted()
            except sqlite3.Error:
                self._watch, self._count = None, -1
                return None
            if count != self._count:
                self._count, self._held = count, {}
            return self._held

    def _counted(self) -> int:
        if self._watch is None:
            uri = f"{Path(str(self._engine.url.database)).absolute().as_uri()}?mode=rw"
            self._watch = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
            finalize(self, self._watch.close)
            self._count = -1
        found: int = self._watch.execute("PRAGMA data_version").fetchone()[0]
        return found


def _key(read: Callable[..., Any], *arguments: Any, **named: Any) -> Hashable:
    return (read, arguments, *named.items())
