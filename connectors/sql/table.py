"""Reads one table or view of a department's database, in one snapshot and without a way to write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol, cast

from pydantic import BaseModel, Field

from connectors.exploring import Sign
from connectors.headers import extra_columns, fingerprint, layout
from connectors.landing.keys import keys_alone
from connectors.options import Options, read_options
from connectors.protocol import Batch, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.sql.about import offers, signs
from connectors.sql.engines import ENGINES
from connectors.sql.settling import settled_part, unsettled
from connectors.told import told
from schemas.connection import Connection
from schemas.dataset import Dataset, Kind
from schemas.dataset import Field as Promised
from schemas.errors import BadInput, NotReady, SourceChanged, SourceFault
from schemas.fitting.formats import sorts_by_time
from schemas.journey import SHANGHAI, Plan, Window

LATE = "grant it the role pg_read_all_stats, or declare yishu.source.lag: how long a row may come late, e.g. PT10M"
"""What helps where the bound of a window cannot be seen; on a standby only the second does."""


class SqlTableOptions(Options):
    """Which table, and which of its columns tells the window."""

    table: str = Field(min_length=1)
    schema_name: str = Field(default="", alias="schema")
    """Empty: the connection's default."""
    window_column: str = ""
    """Source column of dates or moments; rows with low <= value < high are read. Empty: every row, each time."""
    timeout: int = Field(default=3600, ge=1)
    """Seconds after which the source is asked to give up a query."""


class Session(Protocol):
    """One read-only transaction of one engine."""

    def describe(self) -> Stream:
        """The table as the source describes it; SourceChanged when there is none."""
        ...

    def undated(self, column: str) -> str:
        """What keeps rows out of every window of this column, in words; empty when nothing does."""
        ...

    def count(self, span: "Span | None") -> int:
        """How many rows there are within the span, by the engine's own count."""
        ...

    def rows(self, dataset: Dataset, key: tuple[str, ...], span: "Span | None") -> Iterator[Batch]:
        """All rows within the span as text, ordered by `key`."""
        ...

    def close(self) -> None:
        """Ends the transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open window held against one column."""

    column: str
    """Its name at the source."""
    window: Window
    date: bool
    """Whether the contract calls it a date; else it is a moment."""
    format: str = ""

    def text(self, moment: datetime) -> str:
        """An end of the window as the column is written: by its format, else ISO 8601 on the clock of Asia/Shanghai.

        A date stands for its midnight, so an end within a day means the day after.
        """
        local = moment.astimezone(SHANGHAI).replace(tzinfo=None)
        midnight = local == datetime.combine(local, time())
        if self.date and not midnight:
            local, midnight = datetime.combine(local.date() + timedelta(days=1), time()), True
        if self.format:
            return local.strftime(self.format)
        return local.date().isoformat() if midnight else local.isoformat(sep=" ")


@dataclass(frozen=True, slots=True)
class SqlTable:
    """One table or view."""

    dataset: Dataset
    connection: Connection
    options: SqlTableOptions

    def check(self) -> tuple[Problem, ...]:
        """The table can be read, has the contract's columns, and no row falls outside every window."""
        try:
            session = self._connect()
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), "look at address, login and rights of the connection"),)
        try:
            return self._problems(session)
        except SourceFault as fault:
            return (Problem(fault.code, str(fault), "ask the department, or correct the contract"),)
        finally:
            session.close()

    def _problems(self, session: Session) -> tuple[Problem, ...]:
        shape = layout(self.dataset, [c.name for c in session.describe().columns], self.options.table)
        found = [*extra_columns(self.options.table, shape.extra)]
        if self.options.window_column and (undated := session.undated(self.options.window_column)):
            found.append(Problem("UNDATED_ROWS", undated, "no window will ever hold these rows", warning=True))
        if (field := self._window_field()) and (said := unsettled(session, self.dataset, field)):
            found.append(Problem("LATE_ROWS", said, LATE, warning=True))
        return tuple(found)

    def discover(self) -> tuple[Stream, ...]:
        """The table with its columns, types, comments and primary key."""
        session = self._connect()
        try:
            return (session.describe(),)
        finally:
            session.close()

    def plan(self, window: Window) -> Plan:
        """Notes the source's own types of the columns that will be read, and how far the window has settled."""
        session = self._connect()
        try:
            if field := self._window_field():
                window = settled_part(session, self.dataset, field, window)
            stream = session.describe()
        finally:
            session.close()
        shape = layout(self.dataset, [c.name for c in stream.columns], self.options.table)
        types = _types(self.dataset, stream)
        piece = {"name": self.options.table, "columns": types, "extra": list(shape.extra)}
        shown = fingerprint(f"{name} {of}" for name, of in types.items())
        return Plan(self.dataset.key, self.dataset.contract_hash, window, (piece,), shown)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """The rows of one snapshot and its own count of them; SourceChanged when a column is gone or retyped."""
        session = self._connect()
        try:
            self._unchanged(plan, session.describe())
            span = self._span(plan.window)
            yield from session.rows(self.dataset, self._order(), span)
            yield told(self.dataset, self.options.table, session.count(span))
        finally:
            session.close()

    def keys(self, plan: Plan) -> Iterator[Batch]:
        """The key of every row that the table has now."""
        session = self._connect()
        try:
            self._unchanged(plan, session.describe())
            yield from session.rows(keys_alone(self.dataset), self._order(), None)
        finally:
            session.close()

    def _unchanged(self, plan: Plan, stream: Stream) -> None:
        layout(self.dataset, [c.name for c in stream.columns], self.options.table)
        before, now = plan.pieces[0]["columns"], _types(self.dataset, stream)
        drifted = [f"{n} was {before.get(n)}, is {now[n]}" for n in now if before.get(n) != now[n]]
        if drifted:
            raise SourceChanged(f"{self.options.table}: retyped since the plan was made: {'; '.join(drifted)}")

    def _order(self) -> tuple[str, ...]:
        return tuple(self.dataset.field(name).source_name for name in self.dataset.key_fields)

    def _window_field(self) -> Promised | None:
        return next((f for f in self.dataset.fields if f.source_name == self.options.window_column), None)

    def _span(self, window: Window) -> Span | None:
        field = self._window_field()
        if field is None:
            return None
        return Span(field.source_name, window, field.type.kind is Kind.DATE, field.format)

    def _connect(self) -> Session:
        return cast(Session, ENGINES[self.connection.kind].connect(self.connection, self.options))


def _types(dataset: Dataset, stream: Stream) -> dict[str, str]:
    known = {c.name: c.type for c in stream.columns}
    return {f.source_name: known[f.source_name] for f in dataset.fields}


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, SqlTableOptions) or not options.window_column:
        return ()
    dated = {f.source_name: f.format for f in dataset.fields if f.type.kind in (Kind.DATE, Kind.TIMESTAMP)}
    written = dated.get(options.window_column)
    if written is None:
        valid = ", ".join(dated) or "none; add a field of type date or timestamp"
        return (f"options.window_column: found {options.window_column!r}, expected one of {valid}",)
    if sorts_by_time(written):
        return ()
    said = f"options.window_column: found texts as {written!r}, expected some that sort by time: year, month, day"
    return (f"{said}, or a column of the database's own type",)


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    if connection is None:
        raise NotReady(f"{dataset.key}: no connection {dataset.source.connection!r}; sql_table needs one")
    if connection.kind not in ENGINES:
        valid = ", ".join(sorted(ENGINES))
        raise BadInput(f"connection {connection.id}: found kind {connection.kind!r}, expected one of {valid}")
    return SqlTable(dataset, connection, read_options(SqlTableOptions, dataset))


def _signs(dataset: Dataset, connection: Connection, now: Callable[[], datetime]) -> Iterator[Sign]:
    return signs(connection, read_options(SqlTableOptions, dataset), now)


def _follows(options: BaseModel) -> bool:
    return isinstance(options, SqlTableOptions) and bool(options.window_column)


KIND = ConnectorKind(
    "sql_table",
    SqlTableOptions,
    build,
    _mistakes,
    tuple(ENGINES),
    offers,
    _signs,
    follows=_follows,
    settles=True,
    keys=True,
)
