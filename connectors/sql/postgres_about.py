"""What a PostgreSQL tells of itself: its tables with their comments, what the login may do, its clock and encoding."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

from connectors.clock import clock_sign
from connectors.exploring import Offer, Sign, Weight
from connectors.sql.postgres import PostgresSession, connect
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection

OLDEST = 120000
"""Server version from which on this is tried."""
FORMS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table"}
_TABLES = """
select n.nspname, c.relname, c.relkind::text, coalesce(obj_description(c.oid, 'pg_class'), ''),
       case when c.reltuples >= 0 then c.reltuples::bigint end,
       case when c.relkind in ('r', 'm') then pg_total_relation_size(c.oid) end,
       n.nspname = any(current_schemas(false)),
       has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and has_schema_privilege(n.oid, 'usage')
      and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
order by 1, 2
"""
_SERVER = """
select current_setting('server_version'), current_setting('server_version_num')::int,
       current_setting('server_encoding'), current_setting('transaction_read_only'),
       current_setting('statement_timeout'), current_user::text,
       (select rolsuper from pg_roles where rolname = current_user),
       pg_has_role(current_user, 'pg_read_all_stats', 'member')
"""
_RIGHTS = """
select has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select'),
       pg_get_userbyid(c.relowner) = current_user,
       array(select p from unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p
             where has_table_privilege(c.oid, p))
from pg_class c where c.oid = to_regclass(%s::text)
"""
_INDEXED = """
select exists(select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
              where i.indrelid = to_regclass(%s::text) and i.indisvalid and i.indpred is null and a.attname = %s)
"""


def tables(connection: Connection) -> tuple[Offer, ...]:
    """Tables and views of all schemas that the login may use; the rows are PostgreSQL's own estimate."""
    with closing(connect(connection, SqlTableOptions(table=connection.id))) as session:
        found = session.database.execute(_TABLES).fetchall()
    return tuple(_offer(*row) for row in found)


def signs(connection: Connection, options: SqlTableOptions, now: Callable[[], datetime]) -> Iterator[Sign]:
    """Version, rights, session, clock, encoding, the index of the window column."""
    with closing(connect(connection, options)) as session:
        version, number, encoding, read_only, timeout, login, boss, sees_all = _row(session, _SERVER)
        yield Sign("login", f"logged in as {login} to the database {connection.schema or login}")
        yield _version(version, number)
        yield from _rights(session, login, boss=boss)
        yield _session(read_only, timeout)
        yield clock_sign(lambda: _row(session, "select clock_timestamp()")[0], now)
        yield _encoding(encoding)
        if options.window_column:
            yield _window(session, options, login, sees_all=sees_all)


def _offer(*told: Any) -> Offer:
    schema, table, kind, comment, rows, size, usual, readable = told
    name = table if usual else f"{schema}.{table}"
    options = {"table": table} | ({} if usual else {"schema": schema})
    form = FORMS.get(kind, kind)
    return Offer(
        name,
        form if readable else f"{form} (this login may not read it)",
        "sql_table",
        options,
        {},
        comment,
        rows,
        size,
    )


def _row(session: PostgresSession, query: str, *values: str) -> Any:
    return session.database.execute(query, values or None).fetchone()


def _version(version: str, number: int) -> Sign:
    if number >= OLDEST:
        return Sign("version", f"PostgreSQL {version}")
    return Sign(
        "version", f"PostgreSQL {version}", "older than what this is tried with; look at the values", Weight.WARNING
    )


def _rights(session: PostgresSession, login: str, *, boss: bool) -> Iterator[Sign]:
    table = session.table.as_string(session.database)
    found = _row(session, _RIGHTS, table)
    if found is None:
        advice = (
            f"correct options.table or options.schema, or let the department run: GRANT USAGE ON SCHEMA … TO {login};"
        )
        yield Sign("read", f"no table {session.name}, or none that {login} may see", advice, Weight.PROBLEM)
        return
    reads, owns, writes = found
    if reads:
        yield Sign("read", f"{login} may read {session.name}")
    else:
        yield Sign(
            "read", f"{login} may not read {session.name}", f"GRANT SELECT ON {table} TO {login};", Weight.PROBLEM
        )
    if boss or owns:
        why = "is a superuser" if boss else f"owns {session.name}"
        advice = "let the department make a login that can only read: "
        advice += f"CREATE ROLE yishu_read LOGIN; GRANT SELECT ON {table} TO yishu_read;"
        yield Sign("write", f"{login} {why}, so that it can write", advice, Weight.WARNING)
    elif writes:
        advice = f"REVOKE {', '.join(writes)} ON {table} FROM {login};"
        yield Sign("write", f"{login} can write {session.name} ({', '.join(writes)})", advice, Weight.WARNING)
    else:
        yield Sign("write", f"{login} cannot write {session.name}")


def _session(read_only: str, timeout: str) -> Sign:
    if read_only == "on":
        return Sign("session", f"read-only; a query is given up after {timeout}")
    advice = "something between us and the server drops the settings of a session: connect without it"
    return Sign("session", "not read-only", advice, Weight.PROBLEM)


def _encoding(encoding: str) -> Sign:
    if encoding != "SQL_ASCII":
        return Sign("encoding", f"texts are stored as {encoding} and come as UTF-8")
    advice = "the server does not know what its texts are written in: look at a sample; ask for a view that converts"
    return Sign("encoding", "SQL_ASCII", advice, Weight.WARNING)


def _window(session: PostgresSession, options: SqlTableOptions, login: str, *, sees_all: bool) -> Sign:
    table, column = session.table.as_string(session.database), options.window_column
    if not _row(session, _INDEXED, table, column)[0]:
        advice = f'each run reads the whole table; ask for: CREATE INDEX CONCURRENTLY ON {table} ("{column}");'
        return Sign("window", f"no index begins with {column}", advice, Weight.WARNING)
    if not sees_all:
        advice = (
            f"so that a window ends where the oldest running transaction began: GRANT pg_read_all_stats TO {login};"
        )
        return Sign(
            "window", f"{column} has an index, but {login} does not see others' transactions", advice, Weight.WARNING
        )
    return Sign("window", f"{column} has an index, and {login} sees which transactions are running")
