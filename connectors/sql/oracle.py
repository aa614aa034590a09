"""One table of Oracle, read-only as of one moment, through python-oracledb without a client library.

Numbers, dates and moments are asked for as texts of the database, since the driver's own values lose digits and zones;
they come as Arrow where the driver can, else row by row.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import oracledb
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
_DOUBLES = ("BINARY_DOUBLE", "BINARY_FLOAT")
_DAY, _CLOCK = "'SYYYY-MM-DD'", "'SYYYY-MM-DD HH24:MI:SS'"
_FINE = "'SYYYY-MM-DD HH24:MI:SS.FF9'"
SHOWN_AS: Mapping[str, str] = MappingProxyType(
    {
        "CHAR": "{c}",
        "NCHAR": "{c}",
        "VARCHAR2": "{c}",
        "NVARCHAR2": "{c}",
        "CLOB": "{c}",
        "NCLOB": "{c}",
        "NUMBER": "to_char({c}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')",
        "FLOAT": "to_char({c}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')",
        "BINARY_DOUBLE": "{c}",
        "BINARY_FLOAT": "{c}",
        "DATE": f"ltrim(case when {{c}} = trunc({{c}}) then to_char({{c}}, {_DAY}) else to_char({{c}}, {_CLOCK}) end)",
        "TIMESTAMP": f"ltrim(to_char({{c}}, {_FINE}))",
        "TIMESTAMP WITH TIME ZONE": f"ltrim(to_char(sys_extract_utc({{c}}), {_FINE})) || nvl2({{c}}, 'Z', '')",
        "TIMESTAMP WITH LOCAL TIME ZONE": "ltrim(to_char(sys_extract_utc(cast({c} as timestamp with time zone)), "
        f"{_FINE})) || nvl2({{c}}, 'Z', '')",
        "RAW": "rawtohex({c})",
        "BLOB": f"rawtohex(dbms_lob.substr({{c}}, {SHOWN}, 1))",
        "ROWID": "rowidtochar({c})",
        "INTERVAL DAY TO SECOND": "to_char({c})",
        "INTERVAL YEAR TO MONTH": "to_char({c})",
    }
)
"""Type -> what is asked for. A column of any other type is refused by name."""
_BINARY = ("RAW", "BLOB")
_COLUMNS = """select c.column_name, c.data_type, c.data_precision, c.data_scale, c.char_length, c.nullable, m.comments
from all_tab_columns c left join all_col_comments m
     on m.owner = c.owner and m.table_name = c.table_name and m.column_name = c.column_name
where c.owner = nvl(:owner, sys_context('userenv', 'current_schema')) and c.table_name = :name order by c.column_id"""
_KEY = """select k.column_name from all_constraints t join all_cons_columns k
     on k.owner = t.owner and k.constraint_name = t.constraint_name
where t.constraint_type = 'P' and t.owner = nvl(:owner, sys_context('userenv', 'current_schema'))
      and t.table_name = :name order by k.position"""
_TABLES = """select owner, table_name, table_type, comments,
       case owner when sys_context('userenv', 'current_schema') then 1 else 0 end
from all_tab_comments where owner not in (select username from all_users where oracle_maintained = 'Y') order by 1, 2"""
_REFUSED = ("ORA-01017", "ORA-01045", "ORA-28000", "ORA-28001", "ORA-12514", "ORA-12505", "DPY-4027", "DPY-3010")
"""Login, rights, name of the service, a server too old for the driver."""
_LATER = ("DPY-4011", "DPY-4024", "DPY-6", "ORA-00028", "ORA-01013", "ORA-01033", "ORA-01089", "ORA-03113", "ORA-125")
"""Lost, timed out, starting or stopping, nobody listens."""


@dataclass(frozen=True, slots=True)
class OracleSession:
    """One table or view."""

    database: oracledb.Connection
    owner: str
    alone: str
    by_row: bool = False
    """Do not ask for Arrow."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.owner}.{self.alone}" if self.owner else self.alone

    @property
    def table(self) -> str:
        """The same for SQL."""
        return f"{quoted(self.owner)}.{quoted(self.alone)}" if self.owner else quoted(self.alone)

    def describe(self) -> Stream:
        """Columns with types, comments and primary key of the data dictionary."""
        told = {"owner": self.owner or None, "name": self.alone}
        with _said(self.name):
            columns, key = self._ask(_COLUMNS, told), self._ask(_KEY, told)
        if not columns:
            raise SourceChanged(f"no table {self.name!r} in the database, or none that this login may see")
        described = tuple(Column(c[0], _type(*c[1:5]), c[6] or "", c[5] == "Y") for c in columns)
        return Stream(self.name, described, tuple(k[0] for k in key))

    def offered(self) -> Sequence[Offered]:
        """Tables and views of the dictionary, without Oracle's own."""
        with _said(self.name):
            found = self._ask(_TABLES, {})
        return [Offered(r[0], r[1], r[2] or "", r[3] or "", r[4] == 1) for r in found]

    def undated(self, column: str) -> str:
        """Rows without a value in the window column."""
        with _said(self.name):
            ((rows,),) = self._ask(f"select count(*) from {self.table} where {quoted(column)} is null", {})
        return f"{self.name}.{column}: {rows} rows hold NULL" if rows else ""

    def count(self, span: Span | None) -> int:
        """As Oracle counts them, as of the moment that is read."""
        where, bounds = self._within(span)
        with _said(self.name):
            ((rows,),) = self._ask(f"select count(*) from {self.table}{where}", bounds)
        return int(rows)

    def rows(self, dataset: Dataset, key: tuple[str, ...], span: Span | None) -> Iterator[Batch]:
        """All rows, in blocks."""
        types = self._words()
        of = [types[f.source_name] for f in dataset.fields]
        shown = ", ".join(
            self._shown(f.source_name, w, n) for n, (f, w) in enumerate(zip(dataset.fields, of, strict=True))
        )
        where, bounds = self._within(span)
        order = f" order by {', '.join(map(quoted, key))}" if key else ""
        place, names = 1, [f.name for f in dataset.fields]
        with _said(self.name):
            for found in self._read(f"select {shown} from {self.table}{where}{order}", bounds, of):
                yield _batch(self.name, place, names, of, found)
                place += found.num_rows

    def close(self) -> None:
        """Ends the session, in the middle of a query too."""
        with suppress(oracledb.Error):
            self.database.close()

    def _words(self) -> dict[str, str]:
        return {c.name: re.sub(r"\(.*?\)", "", c.type) for c in self.describe().columns}

    def _shown(self, column: str, word: str, number: int) -> str:
        if word not in SHOWN_AS:
            raise SourceChanged(f"{self.name}.{column}: found a column of type {word}; ask for a view that casts it")
        return f"{SHOWN_AS[word].format(c=quoted(column))} as {quoted(f'c{number}')}"

    def _within(self, span: Span | None) -> tuple[str, dict[str, str]]:
        if span is None:
            return "", {}
        word, name = self._words()[span.column], quoted(span.column)
        low, high = (_end(span, word, end) for end in (span.window.low, span.window.high))
        read = _BOUND.get(word, "{b}")
        where = f" where {name} >= {read.format(b=':low')} and {name} < {read.format(b=':high')}"
        return where, {"low": low, "high": high}

    def _ask(self, query: str, told: Mapping[str, str | None]) -> list[Any]:
        with self.database.cursor() as cursor:
            cursor.execute(query, dict(told))
            return list(cursor.fetchall())

    def _read(self, query: str, bounds: dict[str, str], of: list[str]) -> Iterator[pa.RecordBatch]:
        kinds = [pa.float64() if word in _DOUBLES else pa.string() for word in of]
        schema = pa.schema([pa.field(f"c{n}", kind) for n, kind in enumerate(kinds)])
        if self.by_row:
            yield from self._rows(query, bounds, schema)
            return
        frames = self.database.fetch_df_batches(query, bounds, ROWS, requested_schema=schema)
        first = True
        try:
            for frame in frames:
                first = False
                if frame.num_columns() and frame.num_rows():  # one made of nothing has no columns, either
                    yield from pa.table(frame).cast(schema).combine_chunks().to_batches()
        except oracledb.NotSupportedError:
            if not first:
                raise
            yield from self._rows(query, bounds, schema)

    def _rows(self, query: str, bounds: dict[str, str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with self.database.cursor() as cursor:
            cursor.arraysize = cursor.prefetchrows = ROWS // 16
            cursor.execute(query, bounds)
            while block := cursor.fetchmany(ROWS):
                columns = zip(*block, strict=True)
                yield pa.record_batch(
                    [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema
                )


_BOUND = {
    "DATE": "to_date({b}, 'YYYY-MM-DD HH24:MI:SS')",
    "TIMESTAMP": "to_timestamp({b}, 'YYYY-MM-DD HH24:MI:SS.FF')",
    "TIMESTAMP WITH TIME ZONE": "from_tz(to_timestamp({b}, 'YYYY-MM-DD HH24:MI:SS.FF'), 'UTC')",
    "TIMESTAMP WITH LOCAL TIME ZONE": "from_tz(to_timestamp({b}, 'YYYY-MM-DD HH24:MI:SS.FF'), 'UTC')",
}


def connect(connection: Connection, options: SqlTableOptions) -> OracleSession:
    """Opens a session in a read-only transaction, which sees one moment."""
    oracledb.defaults.fetch_lobs = False
    extra = {n: connection.extra[n] for n in ("dsn", "sid", "service_name", "wallet_location") if n in connection.extra}
    place = {"host": connection.host, "port": connection.port or 1521, "service_name": connection.schema or None}
    told: dict[str, Any] = (extra if "dsn" in extra else place | extra) | {"tcp_connect_timeout": 10}
    with _said(options.table):
        database = oracledb.connect(user=connection.login or None, password=connection.password or None, **told)
        database.call_timeout = options.timeout * 1000
        with database.cursor() as cursor:
            cursor.execute("set transaction read only")
    by_row = connection.flag("by_row")
    return OracleSession(database, options.schema_name, options.table, by_row)


def quoted(name: str) -> str:
    """An identifier; Oracle knows none with a quotation mark."""
    if '"' in name or "\0" in name:
        raise SourceChanged(f"found the name {name!r}, expected one without quotation marks")
    return f'"{name}"'


def _type(of: str, precision: int | None, scale: int | None, length: int | None) -> str:
    """As the department's DDL says it; the dictionary holds the decimals of a TIMESTAMP in its name."""
    if of == "NUMBER" and precision is not None:
        return f"{of}({precision},{scale or 0})"
    return f"{of}({length})" if length else of


def _end(span: Span, word: str, moment: datetime) -> str:
    if word.endswith("TIME ZONE"):
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return span.text(moment)


def _batch(piece: str, place: int, names: list[str], of: list[str], found: pa.RecordBatch) -> Batch:
    columns, wrong = [], []
    for name, word, column in zip(names, of, found.columns, strict=True):
        if word in _BINARY:
            rows = pc.indices_nonzero(column.is_valid()).to_pylist()
            wrong.append({r: unreadable.of_bytes(name, column[r].as_py()[: 2 * SHOWN]) for r in rows})
        columns.append(texts.micros(column) if word.startswith("TIMESTAMP") else column)
    return unreadable.batch(piece, place, pa.record_batch(columns, names), unreadable.joined(wrong))


@contextmanager
def _said(table: str) -> Iterator[None]:
    """Errors of Oracle and of the driver in our words; they never hold the password."""
    try:
        yield
    except oracledb.Error as wrong:
        said = str(wrong)
        raise _fault(said)(f"{table}: {fault_words(said)}") from None


def _fault(said: str) -> type[SourceFault] | type[NotReady]:
    if any(code in said for code in _REFUSED):
        return NotReady
    return SourceUnreachable if any(code in said for code in _LATER) else SourceChanged
