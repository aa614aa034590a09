"""What a SQLite file tells of itself: its tables, and how it stands."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from connectors.exploring import Offer, Sign, Weight
from connectors.sql.sqlite import connect
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection

_TABLES = (
    "select name, type from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\'"
)
_INDEXED = (
    "select count(*) from pragma_index_list(?) l join pragma_index_info(l.name) i on i.seqno = 0 where i.name = ?"
)


def tables(connection: Connection) -> tuple[Offer, ...]:
    """Tables and views; SQLite holds no comments and estimates no rows."""
    with closing(connect(connection, SqlTableOptions(table=connection.id))) as session:
        found = session.database.execute(f"{_TABLES} order by name").fetchall()
    return tuple(Offer(name, form, "sql_table", {"table": name}) for name, form in found)


def signs(connection: Connection, options: SqlTableOptions, _now: Callable[[], datetime]) -> Iterator[Sign]:
    """The file, whether we could write it, its encoding, the index of the window column."""
    file = Path(connection.host or connection.schema)
    with closing(connect(connection, options)) as session:
        yield Sign("reach", f"{file}, {file.stat().st_size} bytes, opened read-only")
        yield Sign("version", f"read with SQLite {sqlite3.sqlite_version}")
        yield _write(file)
        (encoding,) = session.database.execute("pragma encoding").fetchone()
        yield Sign("encoding", f"texts are stored as {encoding}")
        if options.window_column:
            yield _window(session.database, options)


def _write(file: Path) -> Sign:
    if not os.access(file, os.W_OK):
        return Sign("write", f"this user cannot write {file.name}")
    advice = "it is opened read-only; take the right to write away from this user, or mount the folder read-only"
    return Sign("write", f"this user could write {file.name}", advice, Weight.WARNING)


def _window(database: sqlite3.Connection, options: SqlTableOptions) -> Sign:
    column = options.window_column
    (found,) = database.execute(_INDEXED, (options.table, column)).fetchone()
    if found:
        return Sign("window", f"{column} has an index")
    advice = (
        f'each run reads the whole table; ask the department for: CREATE INDEX … ON "{options.table}" ("{column}");'
    )
    return Sign("window", f"no index begins with {column}", advice, Weight.WARNING)
