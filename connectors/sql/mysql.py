"""One read-only snapshot of a MySQL or MariaDB table, streamed in the server's own texts: exact, flat memory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pymysql
import pymysql.cursors

from connectors.protocol import Batch, Column, Stream
from connectors.sql import texts, unreadable
from connectors.sql.fault_words import fault_words
from connectors.sql.packets import Wire
from connectors.sql.table import Span, SqlTableOptions
from connectors.sql.unreadable import SHOWN, Unreadable
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable

_BINARY = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector")
_SIMPLE = ("geometry", "point", "linestring", "polygon", "geometrycollection", "geomcollection")
_SHAPES = (*_SIMPLE, "multipoint", "multilinestring", "multipolygon")
_DATED = ("date", "datetime", "timestamp")
_FILES = ("ssl_ca", "ssl_cert", "ssl_key", "ssl_key_password")
_FLAGS = ("ssl_verify_cert", "ssl_verify_identity", "ssl_disabled")
_REFUSED = (1044, 1045, 1049, 1130, 1227, 1251, 1698, 2061)
"""Errors that the operator must mend: login, rights, name of the database."""
_OF_VALUES = (1048, 1062, 1264, 1265, 1292, 1300, 1365, 1366, 1406, 1411, 1416, 1690, 3140, 3141, 3156, 4037, 4038)
"""Errors that lie in a value, and may quote it."""
_LATER = (1040, 1053, 1077, 1152, 1203, 1205, 1213, 1226, 1317, 1969, 2003, 2006, 2013, 3024)
"""Errors after which another try may succeed: too many connections, shutting down, killed, timeout, lost."""
_UNKNOWN_VARIABLE = 1193


@dataclass(frozen=True, slots=True)
class MySqlSession:
    """One table or view."""

    database: Wire
    of: str
    """Name of the database that holds it; empty: that of the connection."""
    alone: str
    """Name of the table in there."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.of}.{self.alone}" if self.of else self.alone

    @property
    def table(self) -> str:
        """The same for SQL."""
        return f"{quoted(self.of)}.{quoted(self.alone)}" if self.of else quoted(self.alone)

    def describe(self) -> Stream:
        """Columns with the types, comments and primary key that the server tells."""
        with _said(self.name):
            columns = self._ask(f"show full columns from {self.table}")
            parts = self._ask(f"show keys from {self.table} where Non_unique = 0")
            comment = self._ask(
                "select table_comment from information_schema.tables where table_type <> 'VIEW' and "
                f"table_name = {_literal(self.alone)} and "
                f"table_schema = {_literal(self.of) if self.of else 'database()'}"
            )
        keys = {name: [str(p[4]) for p in parts if p[2] == name] for name in {str(p[2]) for p in parts}}
        alone = {key[0] for key in keys.values() if len(key) == 1}
        described = tuple(Column(str(c[0]), str(c[1]), str(c[8]), c[3] == "YES", c[0] in alone) for c in columns)
        return Stream(self.name, described, tuple(keys.get("PRIMARY", ())), str(comment[0][0]) if comment else "")

    def undated(self, column: str) -> str:
        """Rows whose window column holds NULL or a date of zeros: no window ever meets them."""
        name = quoted(column)
        zero = f"year({name}) = 0" if self._types()[column] in _DATED else "false"
        with _said(self.name):
            ((nulls, zeros),) = self._ask(
                f"select coalesce(sum({name} is null), 0), coalesce(sum({zero}), 0) from {self.table}"
            )
        found = [f"{n} rows hold {what}" for n, what in ((nulls, "NULL"), (zeros, "a date of zeros")) if n]
        return f"{self.name}.{column}: {', '.join(found)}" if found else ""

    def count(self, span: Span | None) -> int:
        """As the server counts them, in the snapshot that is read."""
        with _said(self.name):
            ((rows,),) = self._ask(f"select count(*) from {self.table}{self._within(span)}")
        return int(str(rows))

    def rows(self, dataset: Dataset, key: tuple[str, ...], span: Span | None) -> Iterator[Batch]:
        """All rows, in blocks, straight from the packets of the server."""
        types = self._types()
        shown = ", ".join(_shown(f.source_name, types[f.source_name]) for f in dataset.fields)
        order = f" order by {', '.join(map(quoted, key))}" if key else ""
        place = 1
        with _said(self.name):
            for columns in self.database.columns(f"select {shown} from {self.table}{self._within(span)}{order}"):
                yield _batch(self.name, place, dataset, types, columns)
                place += len(columns[0])

    def close(self) -> None:
        """Hangs up, in the middle of a query too."""
        self.database.hang_up()

    def _types(self) -> dict[str, str]:
        """Column -> first word of its type."""
        return {c.name: re.split(r"[( ]", c.type.lower())[0] for c in self.describe().columns}

    def _within(self, span: Span | None) -> str:
        if span is None:
            return ""
        moment = self._types()[span.column] == "timestamp"
        low, high = ((_utc if moment else span.text)(end) for end in (span.window.low, span.window.high))
        name = quoted(span.column)
        return f" where {name} >= {_literal(low)} and {name} < {_literal(high)}"

    def _ask(self, query: str) -> tuple[tuple[object, ...], ...]:
        with self.database.cursor() as cursor:
            cursor.execute(query)
            found: tuple[tuple[object, ...], ...] = cursor.fetchall()
        return found


def connect(connection: Connection, options: SqlTableOptions) -> MySqlSession:
    """Opens a session that cannot write, in UTC, with one snapshot for all that is asked."""
    with _said(options.table):
        database = Wire(
            host=connection.host or None,
            port=connection.port or 0,
            user=connection.login or None,
            password=connection.password.encode(),
            database=connection.schema or None,
            charset="utf8mb4",
            connect_timeout=10,
            read_timeout=options.timeout + 30,
            autocommit=None,
            program_name="yishu",
            **_extra(connection),
        )
        try:
            _prepare(database, options.timeout)
        except pymysql.MySQLError:
            database.hang_up()
            raise
    return MySqlSession(database, options.schema_name, options.table)


def _extra(connection: Connection) -> dict[str, object]:
    """What the connection's extra says of TLS and sockets."""
    told: dict[str, object] = {n: connection.extra[n] for n in (*_FILES, "unix_socket") if n in connection.extra}
    return told | {name: connection.flag(name) for name in _FLAGS if name in connection.extra}


def _prepare(database: Wire, timeout: int) -> None:
    limit = f"max_statement_time = {timeout}"
    if "mariadb" not in database.get_server_info().lower():
        limit = f"max_execution_time = {timeout * 1000}"
    with database.cursor() as cursor:
        cursor.execute(f"set session sql_mode = '', time_zone = '+00:00', net_write_timeout = {timeout}")
        _limit(cursor, limit)
        cursor.execute("set session transaction isolation level repeatable read, read only")
        cursor.execute("start transaction with consistent snapshot, read only")


def _limit(cursor: pymysql.cursors.Cursor, limit: str) -> None:
    """Ends a query that takes too long; where the server knows no such limit, the socket's remains."""
    try:
        cursor.execute(f"set session {limit}")
    except pymysql.MySQLError as wrong:
        if wrong.args[0] != _UNKNOWN_VARIABLE:
            raise


def quoted(name: str) -> str:
    """An identifier, safe whatever it holds."""
    return "`" + name.replace("`", "``") + "`"


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def _shown(column: str, of: str) -> str:
    """What is asked for, so that its text is exact: bits as a number, the few digits of FLOAT as those of DOUBLE."""
    name = quoted(column)
    if of == "bit":
        return f"{name} + 0"
    if of == "float":
        return f"{name} + 0e0"
    if of in _SHAPES:
        return f"hex(left(st_aswkb({name}), {SHOWN}))"
    return f"hex(left({name}, {SHOWN}))" if of in _BINARY else name


def _batch(piece: str, place: int, dataset: Dataset, types: dict[str, str], columns: list[pa.Array]) -> Batch:
    names = [f.name for f in dataset.fields]
    found, wrong = [], []
    for field, column in zip(dataset.fields, columns, strict=True):
        told, unread = _texts(field.name, column)
        of = types[field.source_name]
        if of in _BINARY or of in _SHAPES:
            unread = {row: unreadable.of_bytes(field.name, told[row].as_py()) for row in _filled(told)}
        found.append(_MADE[of](told) if of in _MADE else told)
        wrong.append(unread)
    return unreadable.batch(piece, place, pa.record_batch(found, names), unreadable.joined(wrong))


def _texts(field: str, column: pa.Array) -> tuple[pa.Array, dict[int, Unreadable]]:
    """Bytes as text; those that are none are NULL and told."""
    try:
        return column.cast(pa.string()), {}
    except pa.ArrowInvalid:
        values = [_decoded(value) for value in column.to_pylist()]
        wrong = {row: unreadable.of_bytes(field, v.hex()) for row, v in enumerate(values) if isinstance(v, bytes)}
        return pa.array([None if isinstance(v, bytes) else v for v in values], pa.string()), wrong


def _decoded(value: bytes | None) -> str | bytes | None:
    """The text, or the first bytes of what is none."""
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return value[:SHOWN] if value else value


def _filled(column: pa.Array) -> list[int]:
    rows: list[int] = pc.indices_nonzero(column.is_valid()).to_pylist()
    return rows


def _zoned(column: pa.Array) -> pa.Array:
    """TIMESTAMPs come in UTC and say so; a date of zeros is left as it is."""
    zoned = pc.binary_join_element_wise(column, "", "Z")
    return pc.if_else(pc.starts_with(column, "0000"), column, zoned)


_MADE = {"timestamp": _zoned, "float": texts.single}


@contextmanager
def _said(table: str) -> Iterator[None]:
    """Errors of the server and of the way to it in our words; they never hold the password."""
    try:
        yield
    except pymysql.MySQLError as wrong:
        said = fault_words(": ".join(map(str, wrong.args)), of_values=bool(wrong.args) and wrong.args[0] in _OF_VALUES)
        raise _fault(wrong)(f"{table}: {said}") from None
    except OSError as wrong:
        raise SourceUnreachable(f"{table}: the connection broke: {wrong}") from wrong


def _fault(wrong: pymysql.MySQLError) -> type[SourceFault] | type[NotReady]:
    number = wrong.args[0] if wrong.args else 0
    if number in _REFUSED:
        return NotReady
    return SourceUnreachable if number in _LATER else SourceChanged
