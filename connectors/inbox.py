"""Reads what departments' systems have pushed: the immutable files of a window, in the order in which they came."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from connectors.files.pinned import pin
from connectors.headers import Layout, extra_columns, fingerprint, layout
from connectors.options import Options, read_options, unknown_fields
from connectors.places.folder import reachable
from connectors.protocol import Batch, Column, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.told import told
from schemas.connection import Connection
from schemas.dataset import Dataset, Kind, Load
from schemas.errors import SourceChanged, SourceFault
from schemas.journey import PLACE, Plan, Window
from schemas.push import INBOX
from schemas.standards.credit_code import is_credit_code

ROWS = 16 * 1024
"""Rows that are handed on together, at most…"""
BYTES = 16 << 20
"""…and so many bytes, nearly: what a batch costs a landing is the same for one row and for thousands."""


class InboxOptions(Options):
    """Who may push, and what is kept of a push beside its rows."""

    senders: tuple[str, ...] = ()
    """Credit codes of the organisations that may push besides the owner."""
    case: str = ""
    """The field that keeps the receipt of the verify answer that a push refers to; empty: none does."""
    optional: tuple[str, ...] = ()
    """Fields that what was pushed under an older contract does not have; they are NULL there."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The files of one window's pushes; which they are the catalogue knows."""

    dataset: Dataset
    options: InboxOptions
    files: tuple[Path, ...]

    def check(self) -> tuple[Problem, ...]:
        """Every file has the contract's columns; that nothing was pushed stands in nobody's way."""
        try:
            extra = dict.fromkeys(name for shape in self._layouts() for name in shape.extra)
        except SourceFault as fault:
            return (Problem(fault.code, str(fault), "list fields that are new in options.optional"),)
        return extra_columns(INBOX, tuple(extra), "they were pushed under another contract, and are not read")

    def discover(self) -> tuple[Stream, ...]:
        """The columns of what was pushed."""
        columns = dict.fromkeys(name for shape in self._layouts() for name in shape.headers)
        return (Stream(self.dataset.key, tuple(Column(name, "") for name in columns)),)

    def plan(self, window: Window) -> Plan:
        """Pins every file by size and sha256, in their order."""
        pieces = tuple(pin(file) for file in self.files)
        told = fingerprint(field.source_name for field in self.dataset.fields)
        return Plan(self.dataset.key, self.dataset.contract_hash, window, pieces, told)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """The rows as they were sent, each with its number in its push; SourceChanged when a file is another."""
        there, total, held = {file.name: file for file in self.files}, 0, Held()
        for piece in plan.pieces:
            file = there.get(piece["name"])
            with reachable(file or Path(piece["name"])):
                if file is None or not file.is_file() or pin(file)["sha256"] != piece["sha256"]:
                    raise SourceChanged(f"{piece['name']}: not the push that was planned; restore the lake's inbox")
                for rows in self._rows(file):
                    total += rows.num_rows
                    if not held.takes(rows):
                        yield held.batch()
                    held.add(file.name.partition(".")[0], rows)
        if held.rows:
            yield held.batch()
        yield told(self.dataset, INBOX, total)

    def _rows(self, file: Path) -> Iterator[pa.RecordBatch]:
        """Of one push: the contract's columns, and the number of each row."""
        fields = [field.name for field in self.dataset.fields]
        with _opened(file) as opened:
            shape = self._layout(file.name, opened.schema_arrow)
            for rows in opened.iter_batches(ROWS, use_threads=opened.metadata.num_rows > ROWS):
                nothing = pa.nulls(rows.num_rows, pa.string())
                columns = [nothing if at is None else rows.column(shape.headers[at]) for at in shape.positions]
                yield pa.record_batch([*columns, rows.column(PLACE)], [*fields, PLACE])

    def _layouts(self) -> Iterator[Layout]:
        for file in self.files:
            with reachable(file), _opened(file) as opened:
                yield self._layout(file.name, opened.schema_arrow)

    def _layout(self, name: str, schema: pa.Schema) -> Layout:
        return layout(self.dataset, [one for one in schema.names if one != PLACE], name, self.options.optional)


@dataclass(slots=True)
class Held:
    """Rows of one push after another, until they are enough for a batch."""

    rows: list[pa.RecordBatch] = field(default_factory=list)
    pieces: list[pa.StringArray] = field(default_factory=list)
    count: int = 0
    size: int = 0

    def takes(self, more: pa.RecordBatch) -> bool:
        """Whether these rows may stand in the same batch: of the same types, and not too many together."""
        if not self.rows:
            return True
        few = self.count + more.num_rows <= ROWS and self.size + more.nbytes <= BYTES
        return few and bool(more.schema.equals(self.rows[0].schema))

    def add(self, piece: str, more: pa.RecordBatch) -> None:
        """Takes them."""
        self.rows.append(more)
        self.pieces.append(pa.repeat(pa.scalar(piece), more.num_rows))
        self.count += more.num_rows
        self.size += more.nbytes

    def batch(self) -> Batch:
        """What was held; and begins anew."""
        (together,) = pa.Table.from_batches(self.rows).combine_chunks().to_batches()
        fields = [name for name in together.schema.names if name != PLACE]
        pieces = pa.concat_arrays(self.pieces)
        found = Batch(pieces[0].as_py(), 1, together.select(fields), together.column(PLACE), pieces=pieces)
        self.rows, self.pieces, self.count, self.size = [], [], 0, 0
        return found


def _opened(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except pa.ArrowException as wrong:
        raise SourceChanged(f"{file.name}: no file of pushed records: {wrong}") from wrong


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, InboxOptions):
        return ()
    strange = tuple(
        f"options.senders: found {one!r}, expected the credit code of an organisation, 18 characters"
        for one in options.senders
        if not is_credit_code(one)
    )
    fields = (options.case,) if options.case else ()
    texts = tuple(
        f"options.case: {one.name} is a {one.type}, expected a text: it keeps the number of a receipt"
        for one in dataset.fields
        if one.name in fields and one.type.kind is not Kind.STRING
    )
    whole = dataset.source.load is Load.SNAPSHOT
    load = ("load: found snapshot, expected append: each window holds only what was pushed in it",) if whole else ()
    unknown = (*unknown_fields(dataset, "case", fields), *unknown_fields(dataset, "optional", options.optional))
    return (*strange, *texts, *unknown, *load)


def build(dataset: Dataset, _connection: Connection | None, inputs: Inputs) -> Connector:
    """The connector of one contract; its inputs name the files of the window under the dataset's own key."""
    return Inbox(dataset, read_options(InboxOptions, dataset), tuple(inputs.get(dataset.key, ())))


KIND = ConnectorKind(INBOX, InboxOptions, build, _mistakes)
