"""Reads the CSV files that a department drops into a folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from pydantic import BaseModel

from connectors.files.csv_file import CsvOptions, Head, open_rows, read_head, unpaired
from connectors.files.drop import Drop, Pinned, drop, pin, place_mistakes, reachable
from connectors.files.encoding import suspicions, undecodable
from connectors.headers import Layout, fingerprint, layout
from connectors.landing.fill import fill_down
from connectors.options import read_options, unknown_fields
from connectors.protocol import WHOLE_ROW, Batch, Column, Connector, ConnectorKind, Inputs, Misfit, Problem, Stream
from connectors.told import Control, control_rows, told
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import SourceChanged, SourceFault, SourceUnreachable
from schemas.journey import Plan, Window


class CsvFolderOptions(CsvOptions):
    """Where the files lie and how they are named, beside how they are written."""

    folder: str = ""
    """Below the connection's folder."""
    pattern: str
    """`payment_{yyyymmdd}.csv`: one file a day, chosen by window. A plain glob: all files, each time."""
    fill_down: tuple[str, ...] = ()
    """Fields whose blank cells take the value above."""
    optional: tuple[str, ...] = ()
    """Fields that older files do not have; they are NULL there."""
    control: Control | None = None
    """Where the department writes how many rows a file has; None where it does not."""


@dataclass(frozen=True, slots=True)
class CsvFolder:
    """One folder of CSV files of the same make."""

    dataset: Dataset
    drop: Drop
    options: CsvFolderOptions

    def check(self) -> tuple[Problem, ...]:
        """Folder and files are there, headers fit, and the newest file does not look like another encoding."""
        try:
            files = self.drop.found()
            if not files:
                said = f"no file {self.drop.pattern} in {self.drop.folder}"
                return (Problem(SourceUnreachable.code, said, "wait for the drop"),)
            with reachable(files[-1]):
                shape, _ = self._layout(files[-1])
                return (*suspicions(files[-1], self.options.encoding), *_extra(files[-1], shape))
        except SourceFault as fault:
            return (Problem(fault.code, str(fault), "ask the department, or correct the contract"),)

    def discover(self) -> tuple[Stream, ...]:
        """Each file with its headers; CSV tells no types."""
        return tuple(
            Stream(f.name, tuple(Column(h, "") for h in read_head(f, self.options).cells)) for f in self.drop.found()
        )

    def plan(self, window: Window) -> Plan:
        """Pins the window's files by size and sha256, and notes the columns that no field names."""
        pieces, headers = [], []
        for file in self.drop.of_window(window):
            with reachable(file):
                shape, _ = self._layout(file)
                pieces.append({**pin(file), "extra": list(shape.extra), **self._control(file)})
            headers += [h for h in shape.headers if h not in headers]
        return Plan(self.dataset.key, self.dataset.contract_hash, window, tuple(pieces), fingerprint(headers))

    def _control(self, file: Path) -> Mapping[str, Json]:
        control = self.options.control
        if control is None:
            return {}
        return {"rows": control_rows(file, control, self.options.encoding, self.options.delimiter)}

    def read(self, plan: Plan) -> Iterator[Batch]:
        """All rows as text, file after file; SourceChanged when a file is not the planned one or cannot be decoded."""
        batches = (batch for piece in plan.pieces for batch in self._read(piece))
        return fill_down(batches, self.dataset, self.options.fill_down) if self.options.fill_down else batches

    def _read(self, piece: Mapping[str, Json]) -> Iterator[Batch]:
        with reachable(self.drop.folder / piece["name"]), Pinned(self.drop.folder, piece) as pinned:
            shape, head = self._layout(pinned.file)
            broken: list[pacsv.InvalidRow] = []
            try:
                if not head.alone:
                    yield from self._batches(pinned, shape, head.lines, broken)
            except UnicodeDecodeError as wrong:
                raise SourceChanged(undecodable(pinned.file, self.options.encoding) or str(wrong)) from wrong
            except pa.ArrowInvalid as wrong:
                where = undecodable(pinned.file, self.options.encoding)
                raise SourceChanged(
                    where or f"{pinned.file}: {wrong}; is a quotation mark without its pair?"
                ) from wrong
            pinned.confirm()
            if wrong_quotes := unpaired(pinned.file, self.options):
                raise SourceChanged(wrong_quotes)
            if "rows" in piece:
                yield told(self.dataset, pinned.file.name, piece["rows"])

    def _batches(self, pinned: Pinned, shape: Layout, lines: int, broken: list[pacsv.InvalidRow]) -> Iterator[Batch]:
        name, first = pinned.file.name, 1
        for rows in open_rows(pinned, self.options, shape, lines, broken):
            places, end = _places(first, rows.num_rows, [b.number - lines for b in broken])
            here = [b for b in broken if b.number - lines < end]
            broken[:] = broken[len(here) :]
            yield Batch(name, first, self._named(rows, shape), places, tuple(_misfit(b, lines) for b in here))
            first = end
        if broken:
            rest = tuple(_misfit(b, lines) for b in broken)
            yield Batch(name, first, self._named(pa.record_batch({}), shape), None, rest)

    def _named(self, rows: pa.RecordBatch, shape: Layout) -> pa.RecordBatch:
        nothing = pa.nulls(rows.num_rows, pa.string())
        columns = [nothing if p is None or not rows.num_columns else rows.column(str(p)) for p in shape.positions]
        return pa.record_batch(columns, [f.name for f in self.dataset.fields])

    def _layout(self, file: Path) -> tuple[Layout, Head]:
        """Where the fields stand in a file, and what stands above its data."""
        head = read_head(file, self.options)
        headers = head.cells
        if self.options.header_row:
            return layout(self.dataset, headers, str(file), self.options.optional), head
        names = [f.source_name for f in self.dataset.fields]
        if headers and len(headers) < len(names):
            raise SourceChanged(f"{file}: found {len(headers)} columns, expected {len(names)}: {', '.join(names)}")
        names += [f"column {i + 1}" for i in range(len(names), len(headers))]
        return layout(self.dataset, names, str(file)), head


def _extra(file: Path, shape: Layout) -> tuple[Problem, ...]:
    if not shape.extra:
        return ()
    said = f"{file.name}: columns that no field names: {', '.join(repr(h) for h in shape.extra)}"
    return (Problem("EXTRA_COLUMNS", said, "they are not read; add fields to the contract to take them", warning=True),)


def _misfit(row: pacsv.InvalidRow, lines: int) -> Misfit:
    why = f"found {row.actual_columns} cells, expected {row.expected_columns}"
    return Misfit(row.number - lines, WHOLE_ROW, row.text, why, row.text)


def _places(first: int, count: int, broken: list[int]) -> tuple[pa.Int64Array | None, int]:
    """Places of `count` sound rows from `first` on, and the place after them, leaping over the broken ones."""
    end = first + count
    for place in broken:
        if place >= end:
            break
        end += 1
    if end == first + count:
        return None, end
    span = pa.arange(first, end)
    return span.filter(pc.invert(pc.is_in(span, value_set=pa.array(broken, pa.int64())))), end


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, CsvFolderOptions):
        return ()
    needed = tuple(f.name for f in dataset.fields if f.required and f.name in options.optional)
    return (
        *place_mistakes(options.folder, "pattern", options.pattern),
        *unknown_fields(dataset, "fill_down", options.fill_down),
        *unknown_fields(dataset, "optional", options.optional),
        *(
            f"options.optional: found {n!r}, which the contract requires; expected fields that may be NULL"
            for n in needed
        ),
    )


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(CsvFolderOptions, dataset)
    return CsvFolder(dataset, drop(connection, options.folder, options.pattern), options)


KIND = ConnectorKind("csv_folder", CsvFolderOptions, build, _mistakes)
