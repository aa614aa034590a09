"""Any database that SQLAlchemy has a dialect for: slower than an engine of its own, exact by the driver's values.

The connection says `{"dialect": "mysql+pymysql"}` in its extra, as the first part of SQLAlchemy's URL; its `query` is
the last one. Nothing is inferred: values come as Python's types and become texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from psycopg.types.string import TextLoader
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.protocol import Batch, Column, Stream
from connectors.sql import values
from connectors.sql.fault_words import fault_words
from connectors.sql.offered import Offered
from connectors.sql.table import Span, SqlTableOptions
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable
from schemas.journey import SHANGHAI

ROWS = 8 * 1024
START: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "postgresql": (
            "set transaction isolation level repeatable read, read only",
            "set local timezone = 'UTC'",
            "set local statement_timeout = {milliseconds}",
        ),
        "mysql": (
            "set session time_zone = '+00:00', sql_mode = ''",
            "set session max_execution_time = {milliseconds}",
            "set transaction isolation level repeatable read, read only",
        ),
        "mariadb": (
            "set session time_zone = '+00:00', sql_mode = ''",
            "set session max_statement_time = {seconds}",
            "set transaction isolation level repeatable read, read only",
        ),
        "sqlite": ("pragma query_only = on", "begin"),
    }
)
"""Dialect -> what makes its session read-only, one snapshot, in UTC and impatient."""
OTHERS = ("set transaction read only",)
"""Of a dialect that we do not know; one that refuses it is read all the same, by SELECT alone."""
ENGINE_OF_ITS_OWN = MappingProxyType({"oracle": "oracle"})
"""Dialects whose drivers lose something on this way (zones) -> the kind of connection that does not."""
_AS_TEXTS = ("date", "timestamp", "timestamptz", "interval", "json", "jsonb")
"""Types of PostgreSQL for which Python has too little: infinity, years before Christ, months, the decimals of JSON."""
_REFUSED = ("authentication failed", "access denied", "login failed", "ora-01017")


@dataclass(frozen=True, slots=True)
class DialectSession:
    """One table or view."""

    database: sa.Connection
    schema: str
    alone: str

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.schema}.{self.alone}" if self.schema else self.alone

    def describe(self) -> Stream:
        """Columns with types, comments and primary key as SQLAlchemy tells them."""
        with _said(self.name):
            look = sa.inspect(self.database)
            told = look.get_columns(self.alone, self.schema or None)
            key = look.get_pk_constraint(self.alone, self.schema or None)["constrained_columns"]
        if not told:
            raise SourceChanged(f"no table {self.name!r} in the database, or none that this login may see")
        columns = tuple(Column(c["name"], self._type(c), c.get("comment") or "", c["nullable"]) for c in told)
        return Stream(self.name, columns, tuple(key))

    def offered(self) -> Sequence[Offered]:
        """Tables and views of the schema in which the login is."""
        with _said(self.name):
            look = sa.inspect(self.database)
            schema = look.default_schema_name or ""
            tables = [(name, "table") for name in look.get_table_names()]
            named = sorted([*tables, *((name, "view") for name in look.get_view_names())])
            return [Offered(schema, name, form, self._comment(look, name), usual=True) for name, form in named]

    def _comment(self, look: sa.Inspector, table: str) -> str:
        try:
            return look.get_table_comment(table)["text"] or ""
        except (NotImplementedError, NoSuchTableError):
            return ""

    def undated(self, column: str) -> str:
        """Rows without a value in the window column."""
        with _said(self.name):
            asked = sa.select(sa.func.count()).select_from(self._table()).where(sa.column(column).is_(None))
            rows = self.database.execute(asked).scalar_one()
        return f"{self.name}.{column}: {rows} rows hold NULL" if rows else ""

    def count(self, span: Span | None) -> int:
        """As the database counts them."""
        with _said(self.name):
            asked = self._within(sa.select(sa.func.count()).select_from(self._table()), span)
            return int(self.database.execute(asked).scalar_one())

    def rows(self, dataset: Dataset, key: tuple[str, ...], span: Span | None) -> Iterator[Batch]:
        """All rows, through a cursor of the server where the driver has such a thing."""
        names = [f.name for f in dataset.fields]
        place, zoned = 1, self._in_utc(dataset)
        asked: Any = sa.select(*(sa.column(f.source_name) for f in dataset.fields)).select_from(self._table())
        asked = self._within(asked, span).order_by(*map(sa.column, key))
        driven = self.database.connection.dbapi_connection  # once the server has hung up, asking for it fails
        with _said(self.name):
            found = self.database.execution_options(stream_results=True, max_row_buffer=ROWS).execute(asked)
            try:
                for block in found.partitions(ROWS):
                    yield values.batch(self.name, place, names, _zoned(block, zoned))
                    place += len(block)
            finally:
                _let_go(driven)

    def close(self) -> None:
        """Hangs up."""
        with suppress(SQLAlchemyError):
            self.database.invalidate()
        self.database.close()
        self.database.engine.dispose()

    def _table(self) -> sa.TableClause:
        return sa.table(self.alone, schema=self.schema or None)

    def _type(self, column: Mapping[str, Any]) -> str:
        try:
            return str(column["type"].compile(self.database.dialect))
        except SQLAlchemyError:
            return str(column["type"])

    def _types(self) -> dict[str, Any]:
        return {c["name"]: c["type"] for c in sa.inspect(self.database).get_columns(self.alone, self.schema or None)}

    def _in_utc(self, dataset: Dataset) -> tuple[int, ...]:
        """Columns whose moments come without a zone in the session's, which is UTC: TIMESTAMP of MySQL."""
        if self.database.dialect.name not in ("mysql", "mariadb"):
            return ()
        types = self._types()
        return tuple(n for n, f in enumerate(dataset.fields) if isinstance(types[f.source_name], sa.TIMESTAMP))

    def _within(self, asked: Any, span: Span | None) -> Any:
        if span is None:
            return asked
        column: Any = sa.column(span.column)
        low, high = (self._bound(span, end) for end in (span.window.low, span.window.high))
        return asked.where(column >= low, column < high)

    def _bound(self, span: Span, moment: datetime) -> str | date | datetime:
        """An end of the window as the column is typed."""
        of, dialect = self._types()[span.column], self.database.dialect.name
        if dialect == "sqlite" or not isinstance(of, sa.Date | sa.DateTime):
            return span.text(moment)
        if isinstance(of, sa.Date):
            return date.fromisoformat(span.text(moment)[:10])
        if of.timezone:
            return moment
        if dialect in ("mysql", "mariadb") and isinstance(of, sa.TIMESTAMP):
            return moment.astimezone(UTC).replace(tzinfo=None)
        return moment.astimezone(SHANGHAI).replace(tzinfo=None)


def _let_go(driven: Any) -> None:
    """What a cursor still holds is not read: PyMySQL would read it to the end as soon as nobody wants it."""
    if result := getattr(driven, "_result", None):
        result.unbuffered_active = False


def connect(connection: Connection, options: SqlTableOptions) -> DialectSession:
    """Opens a session that cannot write, where the dialect knows how."""
    with _said(options.table):
        engine = sa.create_engine(_address(connection), poolclass=NullPool, hide_parameters=True)
        own = ENGINE_OF_ITS_OWN.get(engine.dialect.name)
        if own:
            raise NotReady(f"connection {connection.id}: read {engine.dialect.name} by a connection of kind {own!r}")
        database = engine.connect()
        try:
            _exact(database)
            _start(database, options.timeout)
        except SQLAlchemyError:
            database.close()
            raise
    return DialectSession(database, options.schema_name, options.table)


def _address(connection: Connection) -> sa.URL:
    dialect, query = connection.extra.get("dialect"), connection.extra.get("query", {})
    if not isinstance(dialect, str) or not isinstance(query, Mapping):
        raise NotReady(
            f"connection {connection.id}: found no dialect in its extra, "
            'expected {"dialect": "the first part of SQLAlchemy\'s URL", "query": {…}}'
        )
    file = dialect.startswith("sqlite")
    return sa.URL.create(
        dialect,
        username=connection.login or None,
        password=connection.password or None,
        host=None if file else connection.host or None,
        port=None if file else connection.port,
        database=(connection.host if file else "") or connection.schema or None,
        query={str(name): str(value) for name, value in query.items()},
    )


def _exact(database: sa.Connection) -> None:
    """What psycopg would lose, or refuse for the whole table, comes as the server writes it."""
    driven: Any = database.connection.dbapi_connection
    if database.dialect.driver == "psycopg":
        for of in _AS_TEXTS:
            driven.adapters.register_loader(of, TextLoader)


def _start(database: sa.Connection, timeout: int) -> None:
    known = START.get("mariadb" if getattr(database.dialect, "is_mariadb", False) else database.dialect.name)
    for statement in known or OTHERS:
        told = statement.format(seconds=timeout, milliseconds=timeout * 1000)
        try:
            database.exec_driver_sql(told)
        except DBAPIError:
            if known:
                raise
            database.rollback()


def _zoned(block: Sequence[Sequence[object]], columns: tuple[int, ...]) -> Sequence[Sequence[object]]:
    if not columns:
        return block
    return [[values.utc(v) if n in columns else v for n, v in enumerate(row)] for row in block]


@contextmanager
def _said(table: str) -> Iterator[None]:
    """Errors of SQLAlchemy and of the driver in our words; they never hold the password."""
    try:
        yield
    except (NoSuchModuleError, ModuleNotFoundError) as missing:
        raise NotReady(f"driver not installed: {missing}; install it beside yishu") from missing
    except ArgumentError as wrong:
        raise NotReady(f"{table}: the connection's dialect: {wrong}") from wrong
    except NoSuchTableError as missing:
        raise SourceChanged(f"no table {table!r} in the database, or none that this login may see") from missing
    except DBAPIError as wrong:
        of_values = isinstance(wrong, sa.exc.DataError | sa.exc.IntegrityError) or None
        raise _fault(wrong)(f"{table}: {fault_words(str(wrong.orig), of_values=of_values)}") from None


def _fault(wrong: DBAPIError) -> type[SourceFault] | type[NotReady]:
    said = str(wrong.orig).lower()
    if any(refused in said for refused in _REFUSED):
        return NotReady
    gone = wrong.connection_invalidated or isinstance(wrong, sa.exc.OperationalError | sa.exc.InterfaceError)
    return SourceUnreachable if gone else SourceChanged
