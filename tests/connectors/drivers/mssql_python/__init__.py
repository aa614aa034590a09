"""Stands in for mssql-python, of which only the documented interface is here: connect, cursor, fetch, Arrow."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from tests.connectors.answers import StandIn


class Error(Exception):
    """As the driver's own: two texts, shown as one."""

    def __init__(self, driver_error: str, ddbc_error: str) -> None:
        super().__init__(f"Driver Error: {driver_error}; DDBC Error: {ddbc_error}")


class OperationalError(Error):
    """Login, network, timeout."""


class ProgrammingError(Error):
    """What was asked is wrong."""


class Server:
    """What the next connection meets."""

    def __init__(self) -> None:
        self.tables: StandIn
        self.snapshots = 1
        self.arrow = True
        self.fails: Error | None = None
        self.addresses: list[str] = []
        self.said: list[str] = []


SERVER = Server()


def connect(connection_str: str = "", autocommit: bool = False, timeout: int = 0) -> "Connection":
    """A session with the server of this process."""
    SERVER.addresses.append(connection_str)
    if SERVER.fails:
        raise SERVER.fails
    assert not autocommit
    assert timeout > 0
    SERVER.tables.open += 1
    return Connection()


class Connection:
    """One session."""

    def cursor(self) -> "Cursor":
        """With or without Arrow, as versions differ."""
        return ArrowCursor() if SERVER.arrow else Cursor()

    def rollback(self) -> None:
        """Nothing was written."""

    def close(self) -> None:
        """Once."""
        SERVER.tables.open -= 1


class Cursor:
    """One statement."""

    def __init__(self) -> None:
        self._rows: list[Sequence[Any]] = []

    def execute(self, operation: str, *told: str) -> "Cursor":
        """Answers dictionary and tables."""
        if operation.startswith("set "):
            SERVER.said.append(operation)
        elif "sys.databases" in operation:
            self._rows = [(SERVER.snapshots,)]
        elif "sys.objects" in operation:
            self._rows = [("dbo", name, "USER_TABLE", told, 1) for name, told in SERVER.tables.answers.listed()]
        elif "sys.columns" in operation:
            self._rows = _columns(told[0])
        elif "sys.index_columns" in operation:
            self._rows = SERVER.tables.answers.key(_table(told[0]))
        else:
            self._rows = SERVER.tables.answers.select(operation)
        return self

    def fetchall(self) -> list[Sequence[Any]]:
        """All that is left."""
        rows, self._rows = self._rows, []
        return rows

    def fetchmany(self, size: int) -> list[Sequence[Any]]:
        """Some of them."""
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def close(self) -> None:
        """Nothing more."""


class ArrowCursor(Cursor):
    """One of a version that has Arrow."""

    def arrow_reader(self, batch_size: int = 8192) -> Iterator[pa.RecordBatch]:
        """A reader of record batches; texts may come as large ones."""
        rows = self.fetchall()
        columns = [pa.array(c, pa.large_string()) for c in zip(*rows, strict=True)]
        names = [f"c{n}" for n in range(len(columns))]
        return pa.Table.from_arrays(columns, names).to_batches(batch_size) if rows else iter(())


def _table(quoted: str) -> str:
    return quoted.rsplit("].[", maxsplit=1)[-1].strip("[]").replace("]]", "]")


def _columns(quoted: str) -> list[Sequence[Any]]:
    found = []
    for told in SERVER.tables.answers.described(_table(quoted)):
        exact = told.word in ("decimal", "numeric")
        precision, scale = (*told.sizes, 0)[:2] if exact and told.sizes else (0, 0)
        wide = 2 if told.word.startswith("n") and told.sizes and told.sizes[0] > 0 else 1
        length = told.sizes[0] * wide if told.sizes and not exact else 8
        found.append((told.name, told.word, length, precision, scale, told.nullable, told.comment))
    return found
