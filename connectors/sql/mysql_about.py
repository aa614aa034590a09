"""What a MySQL or MariaDB tells of itself: its tables with comments, what the login may do, clock and encoding."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

from connectors.clock import clock_sign
from connectors.exploring import Offer, Sign, Weight
from connectors.sql.mysql import MySqlSession, connect
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection

FORMS = {"BASE TABLE": "table", "VIEW": "view", "SYSTEM VERSIONED": "table"}
_TABLES = """
select table_schema, table_name, table_type, table_comment, table_rows, data_length + index_length,
       table_schema = database()
from information_schema.tables
where table_schema not in ('information_schema', 'mysql', 'performance_schema', 'sys') order by 1, 2
"""
_SERVER = "select version(), current_user(), @@character_set_database, coalesce(database(), '')"
_WRITES = ("ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "CREATE")
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<on>\S+) TO ")

Row = tuple[object, ...]


def tables(connection: Connection) -> tuple[Offer, ...]:
    """Tables and views of all databases that the login may see; the rows are the server's own estimate."""
    with closing(connect(connection, SqlTableOptions(table=connection.id))) as session:
        found = _ask(session, _TABLES)
    return tuple(_offer(row) for row in found)


def signs(connection: Connection, options: SqlTableOptions, now: Callable[[], datetime]) -> Iterator[Sign]:
    """Version, rights, session, clock, encoding, the index of the window column."""
    with closing(connect(connection, options)) as session:
        ((version, login, encoding, database),) = _ask(session, _SERVER)
        yield Sign("login", f"logged in as {login} to the database {database}")
        yield Sign("version", f"{'MariaDB' if 'MariaDB' in str(version) else 'MySQL'} {version}")
        yield from _rights(session, str(login), options.schema_name or str(database))
        yield Sign("session", f"one read-only transaction; a query is given up after {options.timeout} s")
        yield clock_sign(lambda: _moment(session), now)
        yield Sign("encoding", f"texts are stored as {encoding} and come as UTF-8")
        if options.window_column:
            yield _window(session, options.window_column)


def _ask(session: MySqlSession, query: str) -> tuple[Row, ...]:
    with session.database.cursor() as cursor:
        cursor.execute(query)
        found: tuple[Row, ...] = cursor.fetchall()
    return found


def _offer(row: Row) -> Offer:
    schema, table, form, comment, rows, size, usual = row
    told = "" if str(comment) == "VIEW" else str(comment or "")
    options = {"table": str(table)} | ({} if _number(usual) else {"schema": str(schema)})
    name = str(table) if _number(usual) else f"{schema}.{table}"
    return Offer(name, FORMS.get(str(form), str(form)), "sql_table", options, {}, told, _number(rows), _number(size))


def _number(told: object) -> int | None:
    return None if told is None else int(str(told))


def _moment(session: MySqlSession) -> datetime:
    ((told,),) = _ask(session, "select date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%f')")
    return datetime.fromisoformat(str(told)).replace(tzinfo=UTC)


def _rights(session: MySqlSession, login: str, database: str) -> Iterator[Sign]:
    session.describe()
    yield Sign("read", f"{login} may read {session.name}")
    who = "@".join(f"'{part}'" for part in login.split("@"))
    granted = [_GRANT.match(str(row[0])) for row in _ask(session, "show grants")]
    wide = {f"{database}.*", "*.*", f"{database}.{session.alone}"}
    writing = [
        (right, found["on"])
        for found in granted
        if found and found["on"].replace("`", "") in wide
        for right in _WRITES
        if re.search(rf"\b{right}\b", found["rights"])
    ]
    if not writing:
        yield Sign("write", f"{login} cannot write {session.name}")
        return
    advice = "; ".join(f"REVOKE {right} ON {on} FROM {who}" for right, on in writing)
    yield Sign("write", f"{login} can write {session.name}", f"{advice}; GRANT SELECT suffices", Weight.WARNING)


def _window(session: MySqlSession, column: str) -> Sign:
    firsts = {str(row[4]) for row in _ask(session, f"show keys from {session.table}") if str(row[3]) == "1"}
    if column in firsts:
        return Sign("window", f"{column} has an index")
    advice = f"each run reads the whole table; ask for: CREATE INDEX … ON {session.table} (`{column}`);"
    return Sign("window", f"no index begins with {column}", advice, Weight.WARNING)
