"""Reads files of records in blocks: a line `name = value` for each item, the value as JSON, a blank line between two.

What old systems of notices and alarms write. The example of docs/write-a-connector.md: a connector of another package.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from connectors.exploring import Offer
from connectors.headers import Layout, fingerprint, layout
from connectors.options import Options, read_options
from connectors.protocol import Batch, Column, Connector, ConnectorKind, Inputs, Misfit, Problem, Stream
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable
from schemas.journey import Plan, Window

ROWS = 10_000
"""Records in one batch: memory does not grow with the file."""

Record = Mapping[str, str | None]


class BlockOptions(Options):
    """What a contract says of the file; a name that is not here is a mistake of the contract."""

    file: str = Field(min_length=1, pattern=r"^[^/]+$")
    """Its name in the connection's folder."""


@dataclass(frozen=True, slots=True)
class RecordBlocks:
    """One file of one folder."""

    dataset: Dataset
    file: Path

    def check(self) -> tuple[Problem, ...]:
        """The file is there and its items are the contract's; never raises for the source's sake."""
        try:
            extra = self._layout().extra
        except SourceFault as fault:
            return (Problem(fault.code, str(fault), "ask the department, or correct the contract"),)
        if not extra:
            return ()
        said = f"{self.file.name}: items that no field takes: {', '.join(extra)}"
        return (Problem("EXTRA_COLUMNS", said, "they are not read; add fields to take them", warning=True),)

    def discover(self) -> tuple[Stream, ...]:
        """The file with the names of its items; it tells no types, so everything is text."""
        return (Stream(self.file.name, tuple(Column(name, "") for name in self._names())),)

    def plan(self, window: Window) -> Plan:
        """Pins the file by its hash: what is read later is what was planned, or nothing."""
        piece = {"name": self.file.name, "sha256": self._sha256(), "extra": list(self._layout().extra)}
        return Plan(self.dataset.key, self.dataset.contract_hash, window, (piece,), fingerprint(self._names()))

    def read(self, plan: Plan) -> Iterator[Batch]:
        """All records as text, in the file's order; `connectors.landing` makes them into the contract's types."""
        (piece,) = plan.pieces
        if self._sha256() != piece["sha256"]:
            raise SourceChanged(f"{self.file}: changed since the plan was made; plan anew")
        self._layout()
        held: list[Record] = []
        first = 1
        for record in self._records():
            held.append(record)
            if len(held) == ROWS:
                yield self._batch(first, held)
                first, held = first + len(held), []
        if held:
            yield self._batch(first, held)

    def _batch(self, first: int, records: list[Record]) -> Batch:
        """Records that lack an item of the contract go aside with their place and the reason."""
        fields = self.dataset.fields
        sound = [n for n, record in enumerate(records) if all(f.source_name in record for f in fields)]
        columns = [pa.array([records[n][f.source_name] for n in sound], pa.string()) for f in fields]
        rows = pa.record_batch(columns, [f.name for f in fields])
        places = pa.array([first + n for n in sound], pa.int64())
        return Batch(self.file.name, first, rows, places, tuple(self._misfits(first, records)))

    def _misfits(self, first: int, records: list[Record]) -> Iterator[Misfit]:
        for place, record in enumerate(records, first):
            missing = next((f for f in self.dataset.fields if f.source_name not in record), None)
            if missing:
                raw = json.dumps(record, ensure_ascii=False)
                yield Misfit(place, missing.name, "", f"the record has no {missing.source_name!r}", raw)

    def _layout(self) -> Layout:
        """Holds the items' names against the contract's; SourceChanged names what was found and expected."""
        return layout(self.dataset, self._names(), str(self.file))

    def _names(self) -> tuple[str, ...]:
        """All names in the order in which they first stand there; those of the first line where there is no record."""
        names: dict[str, None] = dict.fromkeys(self._head())
        for record in self._records():
            names.update(dict.fromkeys(record))
        return tuple(names)

    def _head(self) -> list[str]:
        first = next(self._lines(), "")
        return first.removeprefix("# ").split() if first.startswith("# ") else []

    def _records(self) -> Iterator[Record]:
        record: dict[str, str | None] = {}
        for number, line in enumerate(self._lines(), 1):
            if line and not line.startswith("#"):
                name, value = self._item(number, line)
                record[name] = value
            elif record:
                yield record
                record = {}
        if record:
            yield record

    def _item(self, number: int, line: str) -> tuple[str, str | None]:
        name, found, text = line.partition(" = ")
        try:
            value: Json = json.loads(text, parse_float=str, parse_int=str)
        except ValueError:
            found = ""
        if not found or not isinstance(value, str | None):
            raise SourceChanged(f'{self.file}: line {number}: expected `name = "value"` or `name = null`')
        return name, value

    def _lines(self) -> Iterator[str]:
        try:
            with self.file.open(encoding="utf-8") as opened:
                yield from (line.rstrip("\n") for line in opened)
        except UnicodeDecodeError as wrong:
            raise SourceChanged(f"{self.file}: {wrong}; expected UTF-8") from wrong
        except OSError as wrong:
            raise SourceUnreachable(f"{self.file}: {wrong.strerror or wrong}") from wrong

    def _sha256(self) -> str:
        try:
            with self.file.open("rb") as opened:
                return hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as wrong:
            raise SourceUnreachable(f"{self.file}: {wrong.strerror or wrong}") from wrong


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """What `yishu contract new --from CONNECTION` lists: files whose name ends in .blocks."""
    files = sorted(Path(connection.host).glob("*.blocks"))
    return tuple(
        Offer(f.name, "file", "record_blocks", {"file": f.name}, size=f.stat().st_size)
        for f in files
        if name in ("", f.name)
    )


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract; address and secret come from the connection alone."""
    if connection is None or not connection.host:
        raise NotReady(f"{dataset.key}: no connection {dataset.source.connection!r} with a folder as host")
    return RecordBlocks(dataset, Path(connection.host) / read_options(BlockOptions, dataset).file)


KIND = ConnectorKind("record_blocks", BlockOptions, build, connections=("fs",), offers=offers)
