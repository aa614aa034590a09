"""One table of SQL Server, as of one moment, through mssql-python.

Every column is asked for as a text of the server: its own conversions are exact, and whether rows come as Arrow or one
by one makes no difference then.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import mssql_python
import pyarrow as pa
import pyarrow.compute as pc

from connectors.protocol import Batch, Column, Stream
from connectors.sql import texts, unreadable
from connectors.sql.fault_words import fault_words
from connectors.sql.offered import Offered
from connectors.sql.table import Span, SqlTableOptions
from connectors.sql.unreadable import SHOWN
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable

ROWS = 16 * 1024
_WHOLE, _TEXT = "convert(varchar(40), {c})", "convert(nvarchar(max), {c})"
_HEX = f"convert(varchar({2 * SHOWN}), substring(convert(varbinary(max), {{c}}), 1, {SHOWN}), 2)"
_MOMENT = "convert(varchar(40), {c}, 121)"
SHOWN_AS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("bit", "tinyint", "smallint", "int", "bigint"), _WHOLE),
        **dict.fromkeys(("decimal", "numeric"), "convert(varchar(60), {c})"),
        **dict.fromkeys(("money", "smallmoney"), "convert(varchar(40), convert(decimal(19, 4), {c}))"),
        **dict.fromkeys(("float", "real"), "convert(varchar(40), {c}, 3)"),
        **dict.fromkeys(("datetime", "datetime2", "smalldatetime", "time"), _MOMENT),
        "date": "convert(varchar(10), {c}, 23)",
        "datetimeoffset": "convert(varchar(40), {c}, 127)",
        "uniqueidentifier": "lower(convert(varchar(36), {c}))",
        **dict.fromkeys(("char", "varchar", "nchar", "nvarchar"), "{c}"),
        **dict.fromkeys(("text", "ntext", "xml"), _TEXT),
        **dict.fromkeys(("binary", "varbinary", "image", "timestamp"), _HEX),
    }
)
"""Type -> what is asked for. A column of any other type is refused by name."""
_BINARY = ("binary", "varbinary", "image", "timestamp")
_TOUCHED = {
    "float": texts.double,
    "real": texts.single,
    **dict.fromkeys(("datetime2", "datetimeoffset", "time"), texts.micros),
}
_BOUND = {
    "date": "convert(date, {b}, 23)",
    **dict.fromkeys(("datetime", "datetime2", "smalldatetime"), "convert(datetime2(6), {b}, 121)"),
    "datetimeoffset": "convert(datetimeoffset(6), {b}, 127)",
}
_COLUMNS = """select c.name, coalesce(b.name, t.name), c.max_length, c.precision, c.scale, c.is_nullable,
       convert(nvarchar(4000), e.value)
from sys.columns c join sys.types t on t.user_type_id = c.user_type_id
     left join sys.types b on b.user_type_id = t.system_type_id and b.system_type_id = t.system_type_id
     left join sys.extended_properties e on e.class = 1 and e.major_id = c.object_id and e.minor_id = c.column_id
               and e.name = 'MS_Description'
where c.object_id = object_id(?) order by c.column_id"""
_KEY = """select col_name(k.object_id, k.column_id) from sys.indexes i join sys.index_columns k
     on k.object_id = i.object_id and k.index_id = i.index_id
where i.is_primary_key = 1 and i.object_id = object_id(?) order by k.key_ordinal"""
_TABLES = """select schema_name(o.schema_id), o.name, o.type_desc, convert(nvarchar(4000), e.value),
       case when schema_name(o.schema_id) = schema_name() then 1 else 0 end
from sys.objects o left join sys.extended_properties e on e.class = 1 and e.major_id = o.object_id and e.minor_id = 0
     and e.name = 'MS_Description'
where o.type in ('U', 'V') and o.is_ms_shipped = 0 order by 1, 2"""
_SNAPSHOTS = "select snapshot_isolation_state from sys.databases where name = db_name()"
_ISOLATION = ("snapshot", "read committed")
_REFUSED = ("login failed", "cannot open database", "certificate verify failed")
_LATER = ("timeout", "communication link failure", "connection is broken", "server is not found", "unable to connect")


@dataclass(frozen=True, slots=True)
class SqlServerSession:
    """One table or view."""

    database: Any
    schema: str
    alone: str

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.schema}.{self.alone}" if self.schema else self.alone

    @property
    def table(self) -> str:
        """The same for SQL."""
        return f"{quoted(self.schema)}.{quoted(self.alone)}" if self.schema else quoted(self.alone)

    def describe(self) -> Stream:
        """Columns with types, comments (`MS_Description`) and primary key."""
        with _said(self.name):
            columns, key = self.ask(_COLUMNS, self.table), self.ask(_KEY, self.table)
        if not columns:
            raise SourceChanged(f"no table {self.name!r} in the database, or none that this login may see")
        described = tuple(Column(c[0], _type(*c[1:5]), c[6] or "", bool(c[5])) for c in columns)
        return Stream(self.name, described, tuple(k[0] for k in key))

    def offered(self) -> Sequence[Offered]:
        """Tables and views, without SQL Server's own."""
        with _said(self.name):
            found = self.ask(_TABLES)
        return [Offered(r[0], r[1], r[2], r[3] or "", r[4] == 1) for r in found]

    def undated(self, column: str) -> str:
        """Rows without a value in the window column."""
        with _said(self.name):
            ((rows,),) = self.ask(f"select count_big(*) from {self.table} where {quoted(column)} is null")
        return f"{self.name}.{column}: {rows} rows hold NULL" if rows else ""

    def count(self, span: Span | None) -> int:
        """As SQL Server counts them, in the transaction that reads them."""
        with _said(self.name):
            ((rows,),) = self.ask(f"select count_big(*) from {self.table}{self._within(span)}")
        return int(rows)

    def rows(self, dataset: Dataset, key: tuple[str, ...], span: Span | None) -> Iterator[Batch]:
        """All rows, in blocks."""
        types = self._words()
        of = [types[f.source_name] for f in dataset.fields]
        shown = ", ".join(
            self._shown(f.source_name, w, n) for n, (f, w) in enumerate(zip(dataset.fields, of, strict=True))
        )
        order = f" order by {', '.join(map(quoted, key))}" if key else ""
        place, names = 1, [f.name for f in dataset.fields]
        with _said(self.name):
            for found in self._read(f"select {shown} from {self.table}{self._within(span)}{order}"):
                yield _batch(self.name, place, names, of, found)
                place += len(found[0])

    def close(self) -> None:
        """Ends the session."""
        with suppress(mssql_python.Error):
            self.database.close()

    def _words(self) -> dict[str, str]:
        return {c.name: c.type.split("(")[0] for c in self.describe().columns}

    def _shown(self, column: str, word: str, number: int) -> str:
        if word not in SHOWN_AS:
            raise SourceChanged(f"{self.name}.{column}: found a column of type {word}; ask for a view that casts it")
        return f"{SHOWN_AS[word].format(c=quoted(column))} as {quoted(f'c{number}')}"

    def _within(self, span: Span | None) -> str:
        if span is None:
            return ""
        word, name = self._words()[span.column], quoted(span.column)
        low, high = (
            _BOUND.get(word, "{b}").format(b=literal(_end(span, word, end)))
            for end in (span.window.low, span.window.high)
        )
        return f" where {name} >= {low} and {name} < {high}"

    def ask(self, query: str, *told: str) -> list[Any]:
        """All rows of a short answer."""
        cursor = self.database.cursor()
        try:
            return list(cursor.execute(query, *told).fetchall())
        finally:
            cursor.close()

    def _read(self, query: str) -> Iterator[list[pa.Array]]:
        """Columns of text, as Arrow where the driver has it (from 1.5 on), else row by row."""
        cursor = self.database.cursor()
        try:
            cursor.execute(query)
            if hasattr(cursor, "arrow_reader"):
                for found in cursor.arrow_reader(batch_size=ROWS):
                    if found.num_rows:
                        yield [column.cast(pa.string()) for column in found.columns]
                return
            while block := cursor.fetchmany(ROWS):
                yield [pa.array(column, pa.string()) for column in zip(*block, strict=True)]
        finally:
            cursor.close()


def connect(connection: Connection, options: SqlTableOptions) -> SqlServerSession:
    """Opens a session for reading in one snapshot; NotReady where the database allows none and nobody said so."""
    isolation = str(connection.extra.get("isolation", "snapshot"))
    if isolation not in _ISOLATION:
        valid = ", ".join(_ISOLATION)
        raise NotReady(f"connection {connection.id}: found isolation {isolation!r}, expected one of {valid}")
    with _said(options.table):
        database = mssql_python.connect(_address(connection), autocommit=False, timeout=options.timeout)
        session = SqlServerSession(database, options.schema_name, options.table)
        ((allowed,),) = session.ask(_SNAPSHOTS)
        if isolation == "snapshot" and allowed != 1:
            database.close()
            raise NotReady(
                f"connection {connection.id}: the database allows no snapshots; let the department run ALTER DATABASE "
                '… SET ALLOW_SNAPSHOT_ISOLATION ON, or say {"isolation": "read committed"} in the extra: then rows '
                "that change while they are read may come twice or not at all"
            )
        database.rollback()
        database.cursor().execute(f"set transaction isolation level {isolation}").close()
    return session


def _address(connection: Connection) -> str:
    """The connection string; the extra's `attributes` go in as they are, TLS is on unless they say otherwise."""
    extra = connection.extra.get("attributes", {})
    if not isinstance(extra, Mapping):
        raise NotReady(f"connection {connection.id}: found attributes {extra!r} in its extra, expected an object")
    told = {
        "Server": f"{connection.host},{connection.port or 1433}",
        "Database": connection.schema,
        "UID": connection.login,
        "PWD": connection.password,
        "Encrypt": "yes",
        "ApplicationIntent": "ReadOnly",
    }
    told |= {str(name): str(value) for name, value in extra.items()}
    return "".join(f"{name}={_braced(value)};" for name, value in told.items() if value)


def _braced(value: str) -> str:
    return "{" + value.replace("}", "}}") + "}"


def quoted(name: str) -> str:
    """An identifier, safe whatever it holds."""
    return "[" + name.replace("]", "]]") + "]"


def literal(text: str) -> str:
    """A text, safe whatever it holds."""
    return "N'" + text.replace("'", "''") + "'"


def _type(of: str, length: int, precision: int, scale: int) -> str:
    if of in ("char", "varchar", "nchar", "nvarchar", "binary", "varbinary"):
        size = "max" if length < 0 else str(length // 2 if of.startswith("n") else length)
        return f"{of}({size})"
    return f"{of}({precision},{scale})" if of in ("decimal", "numeric") else of


def _end(span: Span, word: str, moment: datetime) -> str:
    if word == "datetimeoffset":
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return span.text(moment)


def _batch(piece: str, place: int, names: list[str], of: list[str], found: list[pa.Array]) -> Batch:
    columns, wrong = [], []
    for name, word, column in zip(names, of, found, strict=True):
        if word in _BINARY:
            rows = pc.indices_nonzero(column.is_valid()).to_pylist()
            wrong.append({row: unreadable.of_bytes(name, column[row].as_py()) for row in rows})
        columns.append(_TOUCHED[word](column) if word in _TOUCHED else column)
    return unreadable.batch(piece, place, pa.record_batch(columns, names), unreadable.joined(wrong))


@contextmanager
def _said(table: str) -> Iterator[None]:
    """Errors of SQL Server and of the driver in our words; they never hold the password."""
    try:
        yield
    except mssql_python.Error as wrong:
        said = str(wrong)
        raise _fault(said.lower())(f"{table}: {fault_words(said)}") from None


def _fault(said: str) -> type[SourceFault] | type[NotReady]:
    if any(word in said for word in _REFUSED):
        return NotReady
    return SourceUnreachable if any(word in said for word in _LATER) else SourceChanged
