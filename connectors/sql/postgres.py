"""One read-only snapshot of a PostgreSQL table, streamed by COPY: exact texts, NULL and '' apart, flat memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from connectors.protocol import Batch, Column, Stream
from connectors.sql.fault_words import fault_words
from connectors.sql.postgres_copy import Copied, widen
from connectors.sql.postgres_settled import settled
from connectors.sql.postgres_text import reading
from connectors.sql.table import Span, SqlTableOptions
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable

_OF_VALUES = ("22", "23")
"""Classes of SQLSTATE whose errors lie in a value, and may quote it."""
_NO_TEXT = "22021"
"""Of bytes that are no text: those of one character are told, and needed."""
_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(col_description(a.attrelid, a.attnum), ''),
       coalesce(array_position(i.indkey::int2[], a.attnum), -1), not a.attnotnull,
       exists(select from pg_index u where u.indrelid = a.attrelid and u.indisunique and u.indisvalid
              and u.indpred is null and u.indnkeyatts = 1 and u.indkey[0] = a.attnum),
       coalesce(obj_description(a.attrelid, 'pg_class'), '')
from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
where a.attrelid = to_regclass(%s::text) and a.attnum > 0 and not a.attisdropped order by a.attnum
"""


@dataclass(slots=True, eq=False)
class PostgresSession:
    """One table or view."""

    database: psycopg.Connection
    table: sql.Identifier
    name: str
    sent: dict[Span | None, int] = field(default_factory=dict)
    """As many rows of each span as PostgreSQL said that it sent, once it had sent them all."""
    _wide: bool = False
    """Whether it takes much from the network at once."""

    def describe(self) -> Stream:
        """Columns with the types, comments and primary key of the catalogue of PostgreSQL."""
        with _said(self.name):
            columns = self.database.execute(_COLUMNS, (self.table.as_string(self.database),)).fetchall()
        if not columns:
            raise SourceChanged(f"no table {self.name!r} in the database, or none that this login may see")
        key = tuple(told[0] for told in sorted(columns, key=lambda c: c[3]) if told[3] >= 0)
        described = tuple(Column(told[0], told[1], told[2], told[4], told[5]) for told in columns)
        return Stream(self.name, described, key, columns[0][6])

    def undated(self, column: str) -> str:
        """Rows without a value in the window column."""
        with _said(self.name):
            asked = sql.SQL("select count(*) from {} where {} is null").format(self.table, sql.Identifier(column))
            row = self.database.execute(asked).fetchone()
        return f"{self.name}.{column}: {row[0]} rows hold NULL" if row and row[0] else ""

    def count(self, span: Span | None) -> int:
        """As PostgreSQL counted what it sent, else as it counts them in the snapshot that is read."""
        if span in self.sent:
            return self.sent[span]
        with _said(self.name):
            row = self.database.execute(
                sql.SQL("select count(*) from {}").format(self.table) + self._within(span)
            ).fetchone()
        return int(row[0]) if row else 0

    def rows(self, dataset: Dataset, key: tuple[str, ...], span: Span | None) -> Iterator[Batch]:
        """All rows, straight from COPY: typed where the source's type is the contract's, else as text."""
        types = {c.name: c.type for c in self.describe().columns}
        how = reading(dataset, self.name, types)
        copy = self._copy(dataset, key, span)
        self._widen()
        with (
            _said(self.name),
            self.database.cursor() as cursor,
            cursor.copy(copy),
            Copied(self.database.pgconn) as copied,
        ):
            yield from how.batches(iter(copied))
            self.sent[span] = copied.rows

    def settled(self) -> datetime | None:
        """Before this moment no transaction that is still open has begun; None where this login cannot know."""
        with _said(self.name):
            return settled(self.database)

    def close(self) -> None:
        """Ends the transaction and the session."""
        self.database.close()

    def _widen(self) -> None:
        """Before the first COPY, and only then: whoever merely looks needs none of it."""
        if not self._wide:
            with _said(self.name):
                widen(self.database)
            self._wide = True

    def _bounds(self, span: Span) -> tuple[sql.Literal, sql.Literal]:
        """Both ends as the column is typed: a moment with its offset, else the wall clock of Asia/Shanghai."""
        types = {c.name: c.type for c in self.describe().columns}
        zoned = types.get(span.column, "").endswith("with time zone")
        low, high = span.window.low, span.window.high
        if zoned:
            return sql.Literal(low.isoformat()), sql.Literal(high.isoformat())
        return sql.Literal(span.text(low)), sql.Literal(span.text(high))

    def _within(self, span: Span | None) -> sql.Composed:
        if span is None:
            return sql.Composed([])
        return sql.SQL(" where {0} >= {1} and {0} < {2}").format(sql.Identifier(span.column), *self._bounds(span))

    def _copy(self, dataset: Dataset, key: tuple[str, ...], span: Span | None) -> sql.Composed:
        columns = sql.SQL(", ").join(sql.Identifier(f.source_name) for f in dataset.fields)
        query = sql.SQL("select {} from {}").format(columns, self.table) + self._within(span)
        if key:
            query += sql.SQL(" order by ") + sql.SQL(", ").join(map(sql.Identifier, key))
        return sql.SQL("copy ({}) to stdout").format(query)


def connect(connection: Connection, options: SqlTableOptions) -> PostgresSession:
    """Opens a session that cannot write, in UTC, with one snapshot for all that is asked."""
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": str(options.timeout * 1000),
        "timezone": "UTC",
        "datestyle": "ISO",
        "intervalstyle": "iso_8601",
        "extra_float_digits": "1",
        "client_encoding": "UTF8",
    }
    with _said(options.table):
        database = psycopg.connect(_address(connection, settings))
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        database.read_only = True
    parts = [options.schema_name, options.table] if options.schema_name else [options.table]
    return PostgresSession(database, sql.Identifier(*parts), ".".join(parts))


def _address(connection: Connection, settings: Mapping[str, str]) -> str:
    ssl = {name: str(value) for name, value in connection.extra.items() if name.startswith("ssl")}
    return make_conninfo(
        host=connection.host or None,
        port=connection.port,
        user=connection.login or None,
        password=connection.password or None,
        dbname=connection.schema or None,
        connect_timeout=10,
        application_name="yishu",
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
        **ssl,
    )


@contextmanager
def _said(table: str) -> Iterator[None]:
    """Errors of PostgreSQL in our words; they never hold the password."""
    try:
        yield
    except psycopg.Error as wrong:
        state = wrong.sqlstate or ""
        said = fault_words(str(wrong), of_values=state.startswith(_OF_VALUES) and state != _NO_TEXT)
        raise _fault(wrong)(f"{table}: {said}") from None


def _fault(wrong: psycopg.Error) -> type[SourceFault] | type[NotReady]:
    state = wrong.sqlstate or ""
    if state.startswith("28") or "authentication failed" in str(wrong):
        return NotReady
    return SourceUnreachable if isinstance(wrong, psycopg.OperationalError) else SourceChanged
