"""One table of a database that is read through ODBC: 达梦 DM8, 人大金仓 KingbaseES, and whatever else has a driver.

Every column is bound as text (a double as a double), in buffers of bounded size; a text that is longer than the buffer
is refused, never cut.
"""

import locale
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import arrow_odbc
import pyarrow as pa
import pyarrow.compute as pc
from arrow_odbc import TextEncoding

from connectors.protocol import Batch, Column, Stream
from connectors.sql import unreadable
from connectors.sql.fault_words import fault_words
from connectors.sql.odbc_products import HERE, PRODUCTS, Product
from connectors.sql.offered import Offered
from connectors.sql.table import Span, SqlTableOptions
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable

TEXT = 4000
"""Characters of the longest text, unless the connection's extra says otherwise in `max_text`."""
BYTES = 48 << 20
"""Of one buffer; a second one is filled while the first is read."""
ROWS = 32 * 1024
_WIDEST = 4
"""Bytes of one character of UTF-8."""
_KINDS = {"dm": "dm", "kingbase": "kingbase"}
_STATE = re.compile(r"State: ([0-9A-Z]{5})")
_REFUSED = ("authentication failed", "access denied", "login failed", "can't open lib", "data source name not found")
_LATER = ("08", "HYT", "57", "40", "70100")
_AWAY = (
    "timeout",
    "max_statement_time",
    "can't connect to server",
    "server has gone away",
    "lost connection",
    "broken pipe",
)
"""What MariaDB's driver says under a state that says nothing."""


@dataclass(slots=True)
class OdbcSession:
    """One table or view."""

    database: arrow_odbc.Connection
    product: Product
    here: str
    schema: str
    alone: str
    timeout: int
    most: int

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.schema}.{self.alone}" if self.schema else self.alone

    @property
    def table(self) -> str:
        """The same for SQL."""
        return f"{quoted(self.schema)}.{quoted(self.alone)}" if self.schema else quoted(self.alone)

    def describe(self) -> Stream:
        """Columns with types, comments and primary key as the database's own catalogue tells them."""
        words = {
            "table": literal(self.alone),
            "schema": literal(self.schema) if self.schema else self.here,
            "quoted": literal(self.table),
        }
        with _said(self.name, self.most):
            columns = self._ask(self.product.columns.format(**words))
            key = self._ask(self.product.key.format(**words))
        if not columns:
            raise SourceChanged(f"no table {self.name!r} in the database, or none that this login may see")
        told = tuple(Column(c[0] or "", c[1] or "", c[2] or "", c[3] == "YES") for c in columns)
        return Stream(self.name, told, tuple(k[0] or "" for k in key))

    def offered(self) -> Sequence[Offered]:
        """Tables and views of the catalogue."""
        with _said(self.name, self.most):
            found = self._ask(self.product.tables.format(here=self.here))
        return [Offered(r[0] or "", r[1] or "", r[2] or "", r[3] or "", r[4] == "1") for r in found]

    def undated(self, column: str) -> str:
        """Rows without a value in the window column."""
        with _said(self.name, self.most):
            ((rows,),) = self._ask(f"select count(*) from {self.table} where {quoted(column)} is null")
        return f"{self.name}.{column}: {rows} rows hold NULL" if rows != "0" else ""

    def count(self, span: Span | None) -> int:
        """As the database counts them, in the transaction that reads them."""
        with _said(self.name, self.most):
            ((rows,),) = self._ask(f"select count(*) from {self.table}{self._within(span)}")
        return int(rows or 0)

    def rows(self, dataset: Dataset, key: tuple[str, ...], span: Span | None) -> Iterator[Batch]:
        """All rows, in blocks."""
        types = self._types()
        shown = ", ".join(
            f"{self._shown(f.source_name, types[f.source_name])} as {quoted(f'c{n}')}"
            for n, f in enumerate(dataset.fields)
        )
        order = f" order by {', '.join(map(quoted, key))}" if key else ""
        place = 1
        with _said(self.name, self.most):
            for found in self._read(f"select {shown} from {self.table}{self._within(span)}{order}"):
                yield self._batch(dataset, types, found, place)
                place += found.num_rows

    def close(self) -> None:
        """Ends the transaction; the session goes with the last word about it."""
        with suppress(arrow_odbc.Error):
            self.database.rollback()

    def _types(self) -> dict[str, str]:
        return {c.name: c.type for c in self.describe().columns}

    def _shown(self, column: str, of: str) -> str:
        product, name, word = self.product, quoted(column), _word(of)
        if word in product.refused:
            raise SourceChanged(
                f"{self.name}.{column}: {of} does not come over this driver as it is; ask for a view that casts it"
            )
        if word in product.binary:
            return product.binary[word].format(c=name)
        if word in product.shown:
            return product.shown[word].format(c=name)
        if any(of == plain or of.startswith(f"{plain.rstrip('(')}(") for plain in product.plain):
            return name
        return product.otherwise.format(c=name)

    def _within(self, span: Span | None) -> str:
        if span is None:
            return ""
        word, name = _word(self._types()[span.column]), quoted(span.column)
        write = self.product.bound.get(word, "{b}")
        ends = (
            f"{_utc(end)}+00"
            if word in self.product.utc and "with" in word
            else _utc(end)
            if word in self.product.utc
            else span.text(end)
            for end in (span.window.low, span.window.high)
        )
        low, high = (write.format(b=literal(end)) for end in ends)
        return f" where {name} >= {low} and {name} < {high}"

    def _batch(self, dataset: Dataset, types: Mapping[str, str], found: pa.RecordBatch, place: int) -> Batch:
        wrong = []
        for field, column in zip(dataset.fields, found.columns, strict=True):
            if _word(types[field.source_name]) in self.product.binary:
                rows = pc.indices_nonzero(column.is_valid()).to_pylist()
                wrong.append({row: unreadable.of_bytes(field.name, column[row].as_py()) for row in rows})
        rows = pa.record_batch(found.columns, [f.name for f in dataset.fields])
        return unreadable.batch(self.name, place, rows, unreadable.joined(wrong))

    def _ask(self, query: str) -> list[tuple[str | None, ...]]:
        return [row for batch in self._read(query) for row in zip(*batch.to_pydict().values(), strict=True)]

    def _read(self, query: str) -> Iterator[pa.RecordBatch]:
        yield from self.database.read_arrow_batches(
            query,
            batch_size=ROWS,
            max_bytes_per_batch=BYTES,
            max_text_size=self.most * (1 if self.product.wide else _WIDEST),
            map_schema=_texts,
            query_timeout_sec=self.timeout if self.product.impatient else None,
            payload_text_encoding=TextEncoding.UTF16 if self.product.wide else TextEncoding.UTF8,
        )


def connect(connection: Connection, options: SqlTableOptions) -> OdbcSession:
    """Opens a session that cannot write, where the product knows how."""
    named = _KINDS.get(connection.kind) or str(connection.extra.get("product", "other"))
    if named not in PRODUCTS:
        valid = ", ".join(sorted(PRODUCTS))
        raise NotReady(f"connection {connection.id}: found product {named!r} in its extra, expected one of {valid}")
    if (found := locale.getencoding().lower()) != "utf-8":
        raise NotReady(f"ODBC drivers lose texts where the locale is not UTF-8; found {found}, set LC_ALL=C.UTF-8")
    product, most = PRODUCTS[named], int(str(connection.extra.get("max_text", TEXT)))
    with _said(options.table, most):
        database = arrow_odbc.connect(
            _address(connection, product, most),
            user=connection.login or None,
            password=connection.password or None,
            login_timeout_sec=10,
            autocommit=False,
        )
        for statement in product.start:
            database.execute(statement.format(seconds=options.timeout, milliseconds=options.timeout * 1000))
    return OdbcSession(database, product, HERE[named], options.schema_name, options.table, options.timeout, most)


def _address(connection: Connection, product: Product, most: int) -> str:
    """The connection string: driver, place, what the product needs, and what the connection's extra says."""
    extra = connection.extra.get("attributes", {})
    driver = str(connection.extra.get("driver", product.driver))
    if not driver or not isinstance(extra, Mapping):
        raise NotReady(
            f'connection {connection.id}: its extra names no driver, expected {{"driver": "a name of odbcinst.ini", '
            '"product": "…", "attributes": {…}}'
        )
    port = "TCP_PORT" if product is PRODUCTS["dm"] else "Port"
    told = {
        "Driver": driver,
        "Server": connection.host,
        port: str(connection.port or ""),
        "Database": connection.schema,
    }
    told |= {name: value.format(text=most) for name, value in product.attributes.items()}
    told |= {str(name): str(value) for name, value in extra.items()}
    return "".join(f"{name}={_braced(value)};" for name, value in told.items() if value)


def _braced(value: str) -> str:
    return value if re.fullmatch(r"[\w .:/-]+", value) else "{" + value.replace("}", "}}") + "}"


def quoted(name: str) -> str:
    """An identifier, safe whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text, safe whatever it holds: no product here is left to read backslashes."""
    return "'" + text.replace("'", "''") + "'"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def _word(of: str) -> str:
    """A type without its length."""
    return re.sub(r"\(.*?\)", "", of).strip()


def _texts(told: pa.Schema) -> pa.Schema:
    """Texts for everything but a double, of which some drivers write too few digits."""
    kinds = [pa.float64() if pa.types.is_floating(f.type) else pa.string() for f in told]
    return pa.schema([pa.field(f.name, of) for f, of in zip(told, kinds, strict=True)])


@contextmanager
def _said(table: str, most: int) -> Iterator[None]:
    """Errors of the driver in our words; they never hold the password."""
    try:
        yield
    except arrow_odbc.Error as wrong:
        said = " ".join(str(wrong).split())
        if "too large to be written into the allocated buffer" in said:
            raise SourceChanged(
                f"{table}: a text is longer than {most}; say a larger max_text in the connection's extra"
            ) from wrong
        raise _fault(said)(f"{table}: {fault_words(str(wrong))}") from None


def _fault(said: str) -> type[SourceFault] | type[NotReady]:
    state = (_STATE.search(said) or ["", ""])[1]
    if state.startswith(("28", "IM")) or any(word in said.lower() for word in _REFUSED):
        return NotReady
    later = state.startswith(_LATER) or any(word in said.lower() for word in _AWAY)
    return SourceUnreachable if later else SourceChanged
