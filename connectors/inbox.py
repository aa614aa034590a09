"""Reads what departments' systems have pushed: the immutable files of a window, in the order in which they came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from connectors.files.pinned import pin
from connectors.headers import Layout, fingerprint, layout
from connectors.options import Options, read_options, unknown_fields
from connectors.places.folder import reachable
from connectors.protocol import Batch, Column, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.told import told
from schemas.connection import Connection
from schemas.dataset import Dataset, Json, Kind, Load
from schemas.errors import SourceChanged, SourceFault
from schemas.journey import PLACE, Plan, Window
from schemas.push import INBOX
from schemas.standards.credit_code import is_credit_code

ROWS = 16 * 1024


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
            extra = dict.fromkeys(name for file in self.files for name in self._layout(file).extra)
        except SourceFault as fault:
            return (Problem(fault.code, str(fault), "list fields that are new in options.optional"),)
        if not extra:
            return ()
        said = f"{INBOX}: columns that no field names: {', '.join(map(repr, extra))}"
        return (
            Problem("EXTRA_COLUMNS", said, "they were pushed under another contract, and are not read", warning=True),
        )

    def discover(self) -> tuple[Stream, ...]:
        """The columns of what was pushed."""
        columns = dict.fromkeys(name for file in self.files for name in self._layout(file).headers)
        return (Stream(self.dataset.key, tuple(Column(name, "") for name in columns)),)

    def plan(self, window: Window) -> Plan:
        """Pins every file by size and sha256, in their order."""
        pieces = tuple(pin(file) for file in self.files)
        told = fingerprint(field.source_name for field in self.dataset.fields)
        return Plan(self.dataset.key, self.dataset.contract_hash, window, pieces, told)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """The rows as they were sent, each with its number in its push; SourceChanged when a file is another."""
        there, total = {file.name: file for file in self.files}, 0
        for piece in plan.pieces:
            file = there.get(piece["name"])
            with reachable(file or Path(piece["name"])):
                if file is None or not file.is_file() or pin(file)["sha256"] != piece["sha256"]:
                    raise SourceChanged(f"{piece['name']}: not the push that was planned; restore the lake's inbox")
                for batch in self._batches(file, piece):
                    total += batch.rows.num_rows
                    yield batch
        yield told(self.dataset, INBOX, total)

    def _batches(self, file: Path, piece: Mapping[str, Json]) -> Iterator[Batch]:
        shape, name = self._layout(file), str(piece["name"]).partition(".")[0]
        fields = [field.name for field in self.dataset.fields]
        with pq.ParquetFile(file) as opened:
            for rows in opened.iter_batches(ROWS):
                nothing = pa.nulls(rows.num_rows, pa.string())
                columns = [nothing if at is None else rows.column(shape.headers[at]) for at in shape.positions]
                yield Batch(name, 1, pa.record_batch(columns, fields), rows.column(PLACE))

    def _layout(self, file: Path) -> Layout:
        with reachable(file):
            try:
                headers = [name for name in pq.read_schema(file).names if name != PLACE]
            except pa.ArrowException as wrong:
                raise SourceChanged(f"{file.name}: no file of pushed records: {wrong}") from wrong
        return layout(self.dataset, headers, file.name, self.options.optional)


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
