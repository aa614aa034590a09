"""Reads what an existing dlt resource yields, or any Python generator: mappings or Arrow, in a process of its own."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, Field

from connectors.dotted import NOTHING, reach
from connectors.headers import extra_columns, fingerprint, layout
from connectors.options import Options, read_options, unknown_fields
from connectors.protocol import Batch, Column, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.records import Record, Rows, Seen, misfit
from connectors.services.bounds import bounds
from connectors.services.dlt_arrow import texts_of
from connectors.services.dlt_pipe import Drawn, frames
from connectors.services.template import filled, names_bounds
from schemas.connection import Connection
from schemas.dataset import Dataset, Json, Kind
from schemas.errors import NotReady, SourceFault
from schemas.journey import Plan, Window

EXTRA = ("python", "path", "environment")
INEXACT = (Kind.DECIMAL, Kind.INTEGER, Kind.STRING)
"""Kinds that a binary floating point number is never taken for."""


class DltOptions(Options):
    """Which resource, and with which arguments."""

    resource: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*(/\w+)?$")
    """`module:function`; of a source `module:function/resource`."""
    arguments: dict[str, Json] = Field(default_factory=dict)
    """Of the function; `{low}` and `{high}` stand for the window's bounds."""
    window_format: str = ""
    """strftime pattern on Shanghai's clock, `epoch_seconds` or `epoch_milliseconds`; empty: ISO 8601 with offset."""
    optional: tuple[str, ...] = ()
    """Fields that a mapping may leave out; they are NULL then."""
    timeout: float = Field(default=300.0, gt=0)
    """Seconds without anything yielded."""


@dataclass(frozen=True, slots=True)
class Dlt:
    """One resource. The connection names interpreter and folder, and holds what of its environment is secret."""

    dataset: Dataset
    connection: Connection
    options: DltOptions

    def check(self) -> tuple[Problem, ...]:
        """The resource can be drawn from, and its first mappings or batch have the contract's fields."""
        try:
            columns = self._columns()
            extra = self._extra(columns) if columns else ()
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), "look at the connection, the options, and the resource"),)
        return extra_columns(self.options.resource, extra)

    def discover(self) -> tuple[Stream, ...]:
        """The names in the first mappings or batch, with their types in Python or Arrow."""
        return (Stream(self.options.resource, self._columns()),)

    def plan(self, window: Window) -> Plan:
        """Fixes the bounds that the resource is called with; it is not drawn from yet."""
        low, high = bounds(window, self.options.window_format)
        piece = {"name": self.options.resource, "low": low, "high": high}
        shown = fingerprint(f.source_name for f in self.dataset.fields)
        return Plan(self.dataset.key, self.dataset.contract_hash, window, (piece,), shown)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """A batch for what comes together; SourceChanged where a column's type is not exact for its field."""
        for piece in plan.pieces:
            seen, first = Seen(self.dataset), 1
            with frames(self._drawn(piece["low"], piece["high"])) as drawn:
                for letter, content in drawn:
                    batches = self._arrow(content, first) if letter == "A" else self._rows(content, first, seen)
                    for batch in batches:
                        yield batch
                        first += batch.rows.num_rows + len(batch.misfits)
            seen.untaken(self.options.resource, self.options.optional)

    def _arrow(self, content: bytes, first: int) -> Iterator[Batch]:
        with pa.ipc.open_stream(content) as reader:
            shape = layout(self.dataset, reader.schema.names, self.options.resource, self.options.optional)
            for rows in reader:
                texts = texts_of(self.dataset, rows, shape, self.options.resource)
                yield Batch(self.options.resource, first, texts)
                first += rows.num_rows

    def _rows(self, content: bytes, first: int, seen: Seen) -> Iterator[Batch]:
        rows = Rows(self.dataset, self.options.optional)
        for place, row in enumerate(json.loads(content), first):
            plain = {name: _plain(value) for name, value in row.items()}
            seen.look(plain)
            wrong = self._inexact(row)
            if wrong:
                said = "found a float of Python, which is not exact; let the resource yield a Decimal, int or str"
                rows.refuse(misfit(place, wrong[0], wrong[1], said, plain))
            else:
                rows.add(place, plain)
        yield rows.batch(self.options.resource)

    def _inexact(self, row: Record) -> tuple[str, str] | None:
        """The first field that is given a float and may have none, and the number."""
        for field in self.dataset.fields:
            value = reach(row, field.source_name)
            if value is not NOTHING and field.type.kind in INEXACT and isinstance(value, list) and value[0] == "float":
                return field.name, str(value[1])
        return None

    def _columns(self) -> tuple[Column, ...]:
        with frames(self._drawn("", "")) as drawn:
            for letter, content in drawn:
                if letter == "A":
                    return tuple(Column(f.name, str(f.type)) for f in pa.ipc.open_stream(content).schema)
                types: dict[str, str] = {}
                for row in json.loads(content):
                    for name, value in row.items():
                        types[name] = types.get(name) or _type(value)
                return tuple(Column(name, of) for name, of in types.items())
        return ()

    def _extra(self, columns: tuple[Column, ...]) -> tuple[str, ...]:
        return layout(self.dataset, [c.name for c in columns], self.options.resource, self.options.optional).extra

    def _drawn(self, low: str, high: str) -> Drawn:
        extra = self.connection.extra
        if strange := sorted(extra.keys() - set(EXTRA)):
            raise NotReady(f"connection {self.connection.id!r}: extra {strange[0]!r}; valid are {', '.join(EXTRA)}")
        held: Any = extra.get("environment", {})
        environment = {str(name): str(value) for name, value in (held if isinstance(held, dict) else {}).items()}
        paths = [path for path in (self.connection.host, str(extra.get("path", ""))) if path]
        arguments = filled(self.options.arguments, {"low": low, "high": high})
        told: Mapping[str, Json] = {"resource": self.options.resource, "arguments": arguments, "paths": paths}
        hidden = tuple(text for text in (*environment.values(), self.connection.password) if text)
        python = str(extra.get("python", "")) or sys.executable
        return Drawn(python, told, environment, hidden, self.options.timeout, self.options.resource)


def _plain(value: Json) -> Json:
    """A text, NULL, or something that stands for an object or a list, so that it is a misfit."""
    if not isinstance(value, list):
        return value
    of, text = value
    if of in ("object", "array"):
        return json.loads(text)
    return text


def _type(value: Json) -> str:
    if value is None:
        return ""
    return str(value[0]) if isinstance(value, list) else "str"


def _follows(options: BaseModel) -> bool:
    return isinstance(options, DltOptions) and names_bounds(options.arguments)


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    return unknown_fields(dataset, "optional", options.optional) if isinstance(options, DltOptions) else ()


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    if connection is None:
        raise NotReady(f"{dataset.key}: no connection {dataset.source.connection!r}; dlt needs one")
    return Dlt(dataset, connection, read_options(DltOptions, dataset))


KIND = ConnectorKind("dlt", DltOptions, build, _mistakes, follows=_follows)
