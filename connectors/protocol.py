"""What every connector promises: check, discover, plan and read a department's system without changing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa
    from pydantic import BaseModel

    from connectors.exploring import Offer, Sign
    from schemas.connection import Connection
    from schemas.dataset import Dataset
    from schemas.journey import Plan, Window

Inputs = Mapping[str, tuple[Path, ...]]
"""Dataset key -> Parquet files of its published version, for derived datasets."""

WHOLE_ROW = "_row"
"""Stands for a field's name where a row as a whole is wrong, e.g. a line with too few cells."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One row that the connector could read but not trust; it goes to the rejects with its place and reason."""

    place: int
    """1-based number of the row within its piece, as `_place`."""
    field: str
    """Name of the field, or `WHOLE_ROW`."""
    value: str
    reason: str
    raw: str
    """The row as it stands at the source: JSON of its texts, or the line."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one piece, with the contract's field names, each column of its declared Arrow type or text."""

    piece: str
    first: int
    """1-based place of the first row in the piece."""
    rows: pa.RecordBatch
    places: pa.Int64Array | None = None
    """Place of each row where they do not simply follow on `first`."""
    misfits: tuple[Misfit, ...] = ()
    """Rows that are not in `rows`."""
    source_rows: int | None = None
    """As many rows as the source itself says that the piece (or all of it together) has; told in one batch only."""
    written: Callable[[], pa.RecordBatch] | None = None
    """Gives the same rows as the source wrote them, for the rejects; None where `rows` are that.

    A batch that has it holds nothing in a declared type that `schemas.fitting.convert.within` would not allow.
    """
    pieces: pa.StringArray | None = None
    """Piece of each row where rows of several stand together; `places` then counts within each, too."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that `check` found: what it is, and what somebody should do about it."""

    code: str
    said: str
    advice: str
    warning: bool = False
    """True: worth a look, but a run may go on."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the source itself describes it."""

    name: str
    type: str
    """The source's own name of the type; empty where it tells none."""
    comment: str = ""
    nullable: bool | None = None
    """Whether it may hold NULL; None where the source does not say."""
    unique: bool = False
    """Whether the source itself keeps its values apart, by this column alone."""
    missing: tuple[int, int] = (0, 0)
    """Of records that may lack it: in how many it is missing, of how many that were looked at."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One table, file or resource that the source offers."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    comment: str = ""
    """What the source says that a row is."""


class Connector(Protocol):
    """Reads one dataset at its source; windows are half-open and fixed before the first row is read."""

    def check(self) -> tuple[Problem, ...]:
        """What stands in the way, or looks wrong; never raises for the source's sake."""
        ...

    def discover(self) -> tuple[Stream, ...]:
        """What the source says it has: for drafting a contract, never for reading one."""
        ...

    def plan(self, window: Window) -> Plan:
        """Which pieces a pull of this window reads; cheap, and the same until the source changes."""
        ...

    def read(self, plan: Plan) -> Iterator[Batch]:
        """The rows of the plan in a fixed order; SourceChanged when the source is no longer the planned one."""
        ...


@runtime_checkable
class TellsKeys(Protocol):
    """A connector that can read the keys of all rows without the rows, for noticing what is gone at the source."""

    def keys(self, plan: Plan) -> Iterator[Batch]:
        """The key fields alone of every row that the source has now, whatever the plan's window."""
        ...


@dataclass(frozen=True, slots=True)
class Claims:
    """What windows of a stream have landed, as their plans say: each message belongs to one window alone."""

    before: Plan | None = None
    """Of the nearest earlier window."""
    mine: Plan | None = None
    """Of this window, where it landed once and is to be landed again."""
    after: Plan | None = None
    """Of the nearest later window."""


@runtime_checkable
class Follows(Protocol):
    """A connector of a stream: a window takes what came after the one before, whenever that was.

    Each piece of its plans has a `name`, `low` and `high` (half-open, counted by the source) and an `epoch`.
    """

    def follow(self, window: Window, claims: Claims) -> Plan:
        """From where the last landing ended to what there is now; SourceChanged where something between is lost."""
        ...

    def done(self, plan: Plan) -> tuple[Problem, ...]:
        """The plan's rows are safe: tell the source. Never raises for the source's sake, and may be left out."""
        ...


@runtime_checkable
class Shows(Protocol):
    """A connector of a stream that lets messages be looked at without taking them from whoever reads it."""

    def show(self, most: int) -> Iterator[Batch]:
        """At most so many messages that are there now; none is acknowledged, committed or kept for it."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorKind:
    """One kind of source: the shape of its options, and how a connector is made. What an entry point names."""

    name: str
    options: type[BaseModel]
    build: Callable[[Dataset, Connection | None, Inputs], Connector]
    mistakes: Callable[[Dataset, BaseModel], tuple[str, ...]] = lambda _dataset, _options: ()
    """Mistakes that only show when the options are held against the fields."""
    connections: tuple[str, ...] = ()
    """Kinds of connection (Airflow's `conn_type`) that it reads from; `yishu contract new --from` goes by them."""
    offers: Callable[[Connection, str], tuple[Offer, ...]] | None = None
    """What a connection has for this kind; a name narrows it to that one. None: it cannot tell."""
    signs: Callable[[Dataset, Connection, Callable[[], datetime]], Iterator[Sign]] | None = None
    """What `yishu source check` tells of the source beside its problems; the clock is ours. None: nothing."""
    stream: bool = False
    """Messages that come all day: its connectors are `Follows`, and its schedule may tick many times a day."""
    follows: Callable[[BaseModel], bool] = lambda _options: False
    """Whether rows are asked for by when they changed: a window of a merge then begins where the last one ended."""
    settles: bool = False
    """Whether some of its sources can tell until when nothing comes late; all others need a `lag`."""
    keys: bool = False
    """Whether its connectors tell keys alone, as `TellsKeys`."""
