"""Reads the CSV files that a department drops into a folder."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from pydantic import BaseModel, Field

from connectors.encoding import Encoding, codec, suspicions, undecodable
from connectors.files import Drop, Pinned, drop, pin, place_mistakes
from connectors.fill import fill_down
from connectors.headers import Layout, fingerprint, layout
from connectors.options import Options, read_options, unknown_fields
from connectors.protocol import WHOLE_ROW, Batch, Column, Connector, ConnectorKind, Inputs, Misfit, Problem, Stream
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import SourceChanged, SourceFault, SourceUnreachable
from schemas.journey import Plan, Window


class CsvFolderOptions(Options):
    """How the files are named and written; nothing of it is ever guessed."""

    folder: str = ""
    """Below the connection's folder."""
    pattern: str
    """`payment_{yyyymmdd}.csv`: one file a day, chosen by window. A plain glob: all files, each time."""
    encoding: Encoding
    """GBK and GB2312 are read as GB18030; UTF-8 may begin with a byte order mark."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    """Empty: quotation marks are text like any other."""
    header_row: int = Field(default=1, ge=0)
    """Which row holds the headers; rows above it are skipped. 0: no headers, the columns stand in field order."""
    skip_rows: int = Field(default=0, ge=0)
    """Rows between the headers (or the top) and the first row of data."""
    fill_down: tuple[str, ...] = ()
    """Fields whose blank cells take the value above."""
    optional: tuple[str, ...] = ()
    """Fields that older files do not have; they are NULL there."""
    block_size: int = Field(default=4 << 20, ge=1 << 10)
    """Bytes read at a time; no row may be longer."""


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
                return (
                    Problem(
                        SourceUnreachable.code,
                        f"no file {self.drop.pattern} in {self.drop.folder}",
                        "wait for the drop",
                    ),
                )
            shape, _ = self._layout(files[-1])
        except SourceFault as fault:
            return (Problem(fault.code, str(fault), "ask the department, or correct the contract"),)
        return (*suspicions(files[-1], self.options.encoding), *_extra(files[-1], shape))

    def discover(self) -> tuple[Stream, ...]:
        """Each file with its headers; CSV tells no types."""
        return tuple(Stream(f.name, tuple(Column(h, "") for h in self._rows_above(f)[0])) for f in self.drop.found())

    def plan(self, window: Window) -> Plan:
        """Pins the window's files by size and sha256, and notes the columns that no field names."""
        pieces, told = [], []
        for file in self.drop.of_window(window):
            shape, _ = self._layout(file)
            pieces.append({**pin(file), "extra": list(shape.extra)})
            told += [h for h in shape.headers if h not in told]
        return Plan(self.dataset.key, self.dataset.contract_hash, window, tuple(pieces), fingerprint(told))

    def read(self, plan: Plan) -> Iterator[Batch]:
        """All rows as text, file after file; SourceChanged when a file is not the planned one or cannot be decoded."""
        batches = (batch for piece in plan.pieces for batch in self._read(piece))
        return fill_down(batches, self.dataset, self.options.fill_down) if self.options.fill_down else batches

    def _read(self, piece: Mapping[str, Json]) -> Iterator[Batch]:
        with Pinned(self.drop.folder, piece) as pinned:
            shape, lines = self._layout(pinned.file)
            broken: list[pacsv.InvalidRow] = []
            try:
                yield from self._batches(pinned, shape, lines, broken)
            except UnicodeDecodeError as wrong:
                raise SourceChanged(undecodable(pinned.file, self.options.encoding) or str(wrong)) from wrong
            except pa.ArrowInvalid as wrong:
                where = undecodable(pinned.file, self.options.encoding)
                raise SourceChanged(
                    where or f"{pinned.file}: {wrong}; is a quotation mark without its pair?"
                ) from wrong
            pinned.confirm()

    def _batches(self, pinned: Pinned, shape: Layout, lines: int, broken: list[pacsv.InvalidRow]) -> Iterator[Batch]:
        if pinned.file.stat().st_size == 0:
            return
        name, first = pinned.file.name, 1
        for rows in self._open(pinned, shape, lines, broken):
            places, end = _places(first, rows.num_rows, [b.number - lines for b in broken])
            here = [b for b in broken if b.number - lines < end]
            broken[:] = broken[len(here) :]
            yield Batch(name, first, self._named(rows, shape), places, tuple(_misfit(b, lines) for b in here))
            first = end
        if broken:
            rest = tuple(_misfit(b, lines) for b in broken)
            yield Batch(name, first, self._named(pa.record_batch({}), shape), None, rest)

    def _open(
        self, pinned: Pinned, shape: Layout, lines: int, broken: list[pacsv.InvalidRow]
    ) -> pacsv.CSVStreamingReader:
        def put_aside(row: pacsv.InvalidRow) -> str:
            broken.append(row)
            return "skip"

        names = [str(i) for i in range(len(shape.headers))]
        wanted = [str(p) for p in shape.positions if p is not None]
        return pacsv.open_csv(
            pa.PythonFile(pinned, mode="r"),
            read_options=pacsv.ReadOptions(
                encoding=codec(self.options.encoding),
                column_names=names,
                skip_rows=lines,
                block_size=self.options.block_size,
                use_threads=False,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.options.delimiter,
                quote_char=self.options.quote or False,
                newlines_in_values=bool(self.options.quote),
                ignore_empty_lines=len(names) > 1,
                invalid_row_handler=put_aside,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, include_columns=wanted
            ),
        )

    def _named(self, rows: pa.RecordBatch, shape: Layout) -> pa.RecordBatch:
        nothing = pa.nulls(rows.num_rows, pa.string())
        columns = [nothing if p is None or not rows.num_columns else rows.column(str(p)) for p in shape.positions]
        return pa.record_batch(columns, [f.name for f in self.dataset.fields])

    def _layout(self, file: Path) -> tuple[Layout, int]:
        """Where the fields stand in a file, and how many lines lie above its first row of data."""
        headers, lines = self._rows_above(file)
        if self.options.header_row:
            return layout(self.dataset, headers, str(file), self.options.optional), lines
        names = [f.source_name for f in self.dataset.fields]
        if headers and len(headers) < len(names):
            raise SourceChanged(f"{file}: found {len(headers)} columns, expected {len(names)}: {', '.join(names)}")
        names += [f"column {i + 1}" for i in range(len(names), len(headers))]
        return layout(self.dataset, names, str(file)), lines

    def _rows_above(self, file: Path) -> tuple[tuple[str, ...], int]:
        """The headers (without a header row: the first row's cells), and the number of lines before the data."""
        encoding = "utf-8-sig" if self.options.encoding == "utf-8" else codec(self.options.encoding)
        try:
            with file.open(encoding=encoding, newline="") as opened:
                return self._above(opened, file)
        except UnicodeDecodeError as wrong:
            raise SourceChanged(undecodable(file, self.options.encoding) or f"{file}: {wrong}") from wrong
        except csv.Error as wrong:
            raise SourceChanged(f"{file}: {wrong}; expected CSV as the contract declares it") from wrong

    def _above(self, opened: TextIO, file: Path) -> tuple[tuple[str, ...], int]:
        rows = csv.reader(opened, **self._dialect())
        headers: list[str] = []
        for number in range(self.options.header_row + self.options.skip_rows):
            row = next(rows, None)
            if row is None and number < self.options.header_row:
                raise SourceChanged(
                    f"{file}: found {number} rows, expected the headers in row {self.options.header_row}"
                )
            if number == self.options.header_row - 1:
                headers = row or []
        lines = rows.line_num
        return tuple(headers if self.options.header_row else next(rows, [])), lines

    def _dialect(self) -> dict[str, Json]:
        quote = self.options.quote
        reading = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
        return {"delimiter": self.options.delimiter, "strict": True, **reading}


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
