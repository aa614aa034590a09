"""One read-only transaction on a SQLite file; every stored value comes as text, exactly."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from connectors.protocol import Batch, Column, Stream
from connectors.sql import values
from connectors.sql.table import Span, SqlTableOptions
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import SourceChanged, SourceUnreachable


@dataclass(frozen=True, slots=True)
class SqliteSession:
    """One table of one file."""

    database: sqlite3.Connection
    table: str

    def describe(self) -> Stream:
        """Columns with their declared types; SQLite holds no comments."""
        with _said(self.table):
            told = self.database.execute('select name, type, pk, "notnull" from pragma_table_xinfo(?)', (self.table,))
            columns = told.fetchall()
        if not columns:
            tables = [
                n for (n,) in self.database.execute("select name from sqlite_master where type in ('table', 'view')")
            ]
            raise SourceChanged(f"no table {self.table!r}; found {', '.join(sorted(tables)) or 'none'}")
        key = tuple(told[0] for told in sorted(columns, key=lambda c: c[2]) if told[2])
        described = tuple(Column(name, of, nullable=not needed) for name, of, _, needed in columns)
        return Stream(self.table, described, key)

    def undated(self, column: str) -> str:
        """Rows whose window column holds no text: SQLite would compare a number with a text by its kind."""
        name, table = quoted(column), quoted(self.table)
        sql = f"select count(*), typeof({name}) from {table} where typeof({name}) <> 'text' group by typeof({name})"
        with _said(self.table):
            found = self.database.execute(sql).fetchall()
        return f"{self.table}.{column}: " + ", ".join(f"{n} rows hold {of}" for n, of in found) if found else ""

    def count(self, span: Span | None) -> int:
        """As SQLite counts them, in the transaction that reads them."""
        where, bounds = _bounded(span)
        with _said(self.table):
            found = self.database.execute(f"select count(*) from {quoted(self.table)}{where}", bounds).fetchone()
        return int(found[0])

    def rows(self, dataset: Dataset, key: tuple[str, ...], span: Span | None) -> Iterator[Batch]:
        """All rows in blocks; a value stored as BLOB makes its row a misfit."""
        columns = ", ".join(quoted(f.source_name) for f in dataset.fields)
        where, bounds = _bounded(span)
        order = f" order by {', '.join(quoted(k) for k in key)}" if key else ""
        place, names = 1, [f.name for f in dataset.fields]
        with _said(self.table):
            cursor = self.database.execute(f"select {columns} from {quoted(self.table)}{where}{order}", bounds)
            while block := cursor.fetchmany(values.ROWS):
                yield values.batch(self.table, place, names, block)
                place += len(block)

    def close(self) -> None:
        """Ends the transaction and lets go of the file."""
        self.database.close()


def connect(connection: Connection, options: SqlTableOptions) -> SqliteSession:
    """Opens the file read-only; one on a read-only disk too."""
    file = Path(connection.host or connection.schema)
    if not file.is_file():
        raise SourceUnreachable(f"no SQLite file at {file}, the address of the connection {connection.id}")
    try:
        return SqliteSession(_open(file, "mode=ro"), options.table)
    except sqlite3.Error as wrong:
        if not Path(f"{file}-wal").exists():
            with suppress(sqlite3.Error):
                return SqliteSession(_open(file, "mode=ro&immutable=1"), options.table)
        raise SourceUnreachable(f"{file}: {wrong}") from wrong


def _open(file: Path, mode: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"file:{quote(str(file.absolute()))}?{mode}", uri=True, isolation_level=None, timeout=30)
    try:
        database.execute("pragma query_only = on")
        database.execute("begin")
        database.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error:
        database.close()
        raise
    return database


@contextmanager
def _said(table: str) -> Iterator[None]:
    """Errors of SQLite in our words: a file that somebody else holds is worth another try, a broken one is not."""
    try:
        yield
    except sqlite3.Error as wrong:
        busy = getattr(wrong, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR"))
        raise (SourceUnreachable if busy else SourceChanged)(f"{table}: {wrong}") from wrong


def quoted(name: str) -> str:
    """An identifier, safe whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _bounded(span: Span | None) -> tuple[str, tuple[str, ...]]:
    """SQLite stores moments as text: the bounds are written as the contract says that the column is."""
    if span is None:
        return "", ()
    bounds = (span.text(span.window.low), span.text(span.window.high))
    return f" where {quoted(span.column)} >= ? and {quoted(span.column)} < ?", bounds
