"""Reads the CSV files that a department drops into a folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from pydantic import BaseModel

from connectors.files.about import Files
from connectors.files.content import Content, Given, Raw
from connectors.files.csv_bytes import decoding
from connectors.files.csv_file import CsvOptions, Head, open_rows, read_head
from connectors.files.csv_guess import csv_guess
from connectors.files.csv_quotes import unpaired
from connectors.files.csv_short import cells, with_short
from connectors.files.drop import drop
from connectors.files.encoding import codec, suspicions, undecodable
from connectors.files.folder import FolderOf
from connectors.files.folder_kind import folder_kind
from connectors.files.folder_options import PatternOptions, folder_mistakes
from connectors.headers import Layout
from connectors.options import read_options
from connectors.protocol import WHOLE_ROW, Batch, Column, Connector, Inputs, Misfit, Problem
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import SourceChanged


class CsvFolderOptions(CsvOptions, PatternOptions):
    """Where the files lie and how they are named, beside how they are written."""


@dataclass(frozen=True, slots=True)
class Csv:
    """Delimited text as its options describe it."""

    dataset: Dataset
    options: CsvFolderOptions
    tells: ClassVar[bool] = True

    def open(self, content: Content) -> "CsvContent":
        """Reads what stands above the data."""
        return CsvContent(content, self.dataset, self.options, read_head(content, self.options))

    def suspicions(self, content: Content) -> tuple[Problem, ...]:
        """Whether it looks like another encoding."""
        return suspicions(content, self.options.encoding)


@dataclass(frozen=True, slots=True)
class CsvContent:
    """One file whose head has been read."""

    content: Content
    dataset: Dataset
    options: CsvFolderOptions
    head: Head

    def parts(self) -> tuple[str, ...]:
        """It is all one."""
        return ("",)

    def columns(self, _part: str) -> tuple[Column, ...]:
        """The headers, or without a header row the contract's columns in their order; CSV tells no types."""
        cells = self.head.cells
        if self.options.header_row:
            return tuple(Column(cell, "") for cell in cells)
        names = [f.source_name for f in self.dataset.fields]
        if cells and len(cells) < len(names):
            where = self.content.where
            raise SourceChanged(f"{where}: found {len(cells)} columns, expected {len(names)}: {', '.join(names)}")
        names += [f"column {i + 1}" for i in range(len(names), len(cells))]
        return tuple(Column(name, "") for name in names)

    def batches(self, _part: str, shape: Layout) -> Iterator[Batch]:
        """All rows as text; SourceChanged when they cannot be decoded or a quotation mark has no pair."""
        try:
            if not self.head.alone:
                yield from _Rows(self, shape).batches()
        except UnicodeDecodeError as wrong:
            raise SourceChanged(undecodable(self.content, self.options.encoding) or str(wrong)) from wrong
        except pa.ArrowInvalid as wrong:
            where = undecodable(self.content, self.options.encoding)
            said = f"{self.content.where}: {wrong}; is a quotation mark without its pair?"
            raise SourceChanged(where or said) from wrong
        if wrong_quotes := unpaired(self.content, self.options):
            raise SourceChanged(wrong_quotes)


@dataclass(slots=True)
class _Rows:
    """The rows of one file while they are read, and the lines that were put aside."""

    of: CsvContent
    shape: Layout
    broken: list[pacsv.InvalidRow] = field(default_factory=list)

    def batches(self) -> Iterator[Batch]:
        """Parted before they are decoded where that can be; from where a row is broken on the other way round."""
        content, options, first = self.of.content, self.of.options, 1
        decode = decoding(codec(options.encoding), options.delimiter, options.quote)
        if decode is None or not self.of.head.lines:  # the very first bytes may be a mark, or look like one of UTF-8
            yield from self._decoded(content.once())
            return
        given = Given(content.once())
        try:
            for rows in open_rows(given, options, self.shape, self.of.head.lines, None):
                yield self._batch(first, self._named(decode(rows)), None, [])
                first += rows.num_rows
        except pa.ArrowInvalid:
            given.take()
            for batch in self._decoded(content.again()):
                yield _below(batch, first)

    def _decoded(self, opened: Raw) -> Iterator[Batch]:
        lines, first = self.of.head.lines, 1
        reader = open_rows(opened, self.of.options, self.shape, lines, self._put_aside)
        for rows in reader:
            places, end = _places(first, rows.num_rows, [b.number - lines for b in self.broken])
            here = [b for b in self.broken if b.number - lines < end]
            self.broken[:] = self.broken[len(here) :]
            yield self._batch(first, self._named(rows), places, here)
            first = end
        if self.broken:
            yield self._batch(first, self._named(pa.record_batch({})), None, self.broken)

    def _put_aside(self, row: pacsv.InvalidRow) -> str:
        self.broken.append(row)
        return "skip"

    def _batch(
        self, first: int, rows: pa.RecordBatch, places: pa.Int64Array | None, broken: list[pacsv.InvalidRow]
    ) -> Batch:
        lines, options = self.of.head.lines, self.of.options
        short = [
            b for b in broken if options.short_rows and b.actual_columns < b.expected_columns and cells(b, options)
        ]
        if short:
            places = pa.arange(first, first + rows.num_rows) if places is None else places
            placed = [(b.number - lines, cells(b, options)) for b in short]
            rows, places = with_short(rows, places, placed, self.shape)
        misfits = tuple(_misfit(b, lines) for b in broken if b not in short)
        return Batch(self.of.content.name, first, rows, places, misfits)

    def _named(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        nothing = pa.nulls(rows.num_rows, pa.string())
        positions = self.shape.positions
        columns = [nothing if p is None or not rows.num_columns else rows.column(str(p)) for p in positions]
        return pa.record_batch(columns, [f.name for f in self.of.dataset.fields])


def _below(batch: Batch, first: int) -> Batch:
    """The same without the rows above place `first`, none of which is broken."""
    over = min(max(first - batch.first, 0), batch.rows.num_rows)
    places = batch.places if batch.places is None else batch.places.slice(over)
    return replace(batch, first=batch.first + over, rows=batch.rows.slice(over), places=places)


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


def csv_mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    """What is wrong with the signs that part the cells, beside what any folder may have wrong."""
    wrong = list(folder_mistakes(dataset, options))
    if not isinstance(options, CsvFolderOptions):
        return tuple(wrong)
    for name, sign in (("delimiter", options.delimiter), ("quote", options.quote)):
        if not sign.isascii() or sign in ("\r", "\n", "\0"):
            wrong.append(f"options.{name}: found {sign!r}, expected a sign of ASCII that is no line break and no NUL")
    if options.quote == options.delimiter:
        wrong.append(f"options.quote: found {options.quote!r}, which is the delimiter; expected another sign")
    return tuple(wrong)


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(CsvFolderOptions, dataset)
    return FolderOf(dataset, drop(connection, options, options.pattern), Csv(dataset, options), options)


_FILES = Files("csv_folder", (".csv", ".tsv", ".txt"), csv_guess)
KIND = folder_kind("csv_folder", CsvFolderOptions, build, csv_mistakes, offers=_FILES.offers)
