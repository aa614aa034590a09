"""Reads sheets of the workbooks that a department drops into a folder, XLSX or XLS."""

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pyarrow as pa
from pydantic import BaseModel, Field

from connectors.files.ahead import ahead
from connectors.files.content import BLOCK, Content, Raw
from connectors.files.drop import drop
from connectors.files.folder import FolderOf
from connectors.files.folder_kind import folder_kind
from connectors.files.folder_options import FolderOptions, again_and_again, folder_mistakes
from connectors.files.named import place_mistakes
from connectors.files.sheet import Sheet
from connectors.files.sheet_columns import Read, SheetColumn
from connectors.files.sheet_guess import offers
from connectors.files.workbook import Workbook, open_workbook, sound
from connectors.headers import Layout
from connectors.options import Options, read_options, unknown_fields
from connectors.protocol import Batch, Column, Connector, Inputs, Problem
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import SourceChanged
from schemas.fitting.column import markers


class Standing(Options):
    """Where the headers of a sheet stand, and where its data."""

    header_rows: tuple[int, ...] = Field(default=(1,), min_length=1)
    """Rows (from 1) whose texts, joined by "/", are the headers; merged cells count for all that they span."""
    first_row: int = Field(ge=1)
    """First row of data, from 1."""
    last_row: int | None = Field(default=None, ge=1)
    """Last row of data; none: up to the last that is not blank."""


class SomeSheets(Options):
    """Sheets of one make among several in a workbook."""

    name: str = Field(min_length=1)
    """A glob, e.g. `20??年`."""
    header_rows: tuple[int, ...] = Field(default=(), min_length=1, max_length=100)
    """Where they stand elsewhere than the options' own say."""
    first_row: int = Field(default=0, ge=1)
    last_row: int | None = Field(default=None, ge=1)


class XlsxOptions(Standing, FolderOptions):
    """Which workbooks and sheets, where their headers stand and where their data begin."""

    file: str
    """`enterprise_{yyyymmdd}.xlsx`: one file a day, chosen by window. A plain glob: all files, each time."""
    sheet: str = ""
    """The one sheet that is read."""
    sheets: tuple[SomeSheets, ...] = ()
    """The sheets that are read, in the workbook's order, each as a piece of its own, where there are several."""
    sheet_field: str = ""
    """The field that takes the sheet's name; empty where none does."""
    fill_down: tuple[str, ...] = ()
    """Fields whose blank cells take the value above, as under a cell that is merged downward."""

    def rows_of(self, sheet: str) -> Standing:
        """Where the headers and data of that sheet stand."""
        of = next((s for s in self.sheets if fnmatch.fnmatchcase(sheet, s.name)), None)
        if of is None:
            return self
        told = of.model_dump(exclude={"name"}, exclude_unset=True)
        return Standing.model_construct(**{name: getattr(self, name) for name in Standing.model_fields} | told)


@dataclass(frozen=True, slots=True)
class Xlsx:
    """Workbooks of one make."""

    dataset: Dataset
    options: XlsxOptions
    kept: list[Workbook] = field(default_factory=list, repr=False, compare=False)
    """The workbook that was opened last: a plan opens what is read next."""
    tells: ClassVar[bool] = True

    def open(self, content: Content) -> "XlsxContent":
        """Reads the workbook, but none of its sheets; the last one again costs nothing."""
        if not any(kept.where == content.where and _holds(content.once(), kept.content) for kept in self.kept):
            self.kept.clear()  # before the next one is in memory, too
            self.kept.append(open_workbook(content.again().read() or b"", content.where))
        return XlsxContent(content, self.kept[0], self.dataset, self.options)

    def suspicions(self, _content: Content) -> tuple[Problem, ...]:
        """None: what a spreadsheet destroys is told cell by cell."""
        return ()


@dataclass(frozen=True, slots=True)
class XlsxContent:
    """One workbook that is open."""

    content: Content
    workbook: Workbook
    dataset: Dataset
    options: XlsxOptions

    def parts(self) -> tuple[str, ...]:
        """The sheets that the options name; SourceChanged where there are none of them."""
        if not self.options.sheets:
            return ("",)
        globs = [s.name for s in self.options.sheets]
        found = tuple(n for n in self.workbook.names if any(fnmatch.fnmatchcase(n, g) for g in globs))
        if not found:
            listed = ", ".join(map(repr, self.workbook.names))
            raise SourceChanged(f"{self.content.where}: no sheet fits {' or '.join(globs)}; found {listed}")
        return found

    def columns(self, part: str) -> tuple[Column, ...]:
        """The joined headers, and one more column for the sheet's name; a sheet tells no types."""
        with sound(self.content.where):
            headers = self._sheet(part).headers(self.options.rows_of(part).header_rows)
        named = [f.source_name for f in self.dataset.fields if f.name == self.options.sheet_field]
        return tuple(Column(header, "") for header in (*headers, *named))

    def batches(self, part: str, shape: Layout) -> Iterator[Batch]:
        """All rows, placed by the sheet's own row numbers; typed where the way through text would give the same."""
        return ahead(self._sound(part, shape))

    def _sound(self, part: str, shape: Layout) -> Iterator[Batch]:
        with sound(self.content.where):
            yield from self._batches(part, shape)

    def _batches(self, part: str, shape: Layout) -> Iterator[Batch]:
        sheet, standing = self._sheet(part), self.options.rows_of(part)
        columns = _columns(self.dataset, shape, self.options)
        read_ones = frozenset(column.position for column in columns)
        for block in sheet.cells.blocks(standing.first_row, standing.last_row, read_ones):
            read = Read(block)
            for column in columns:
                read.take(column)
            yield self._batch(read, sheet, part or self.options.sheet)

    def _batch(self, read: Read, sheet: Sheet, name: str) -> Batch:
        places = read.places()
        constant = {self.options.sheet_field: pa.repeat(pa.scalar(name), len(places))}
        nothing = pa.nulls(len(places), pa.string())
        names = [f.name for f in self.dataset.fields]

        def rows(found: Mapping[str, pa.Array]) -> pa.RecordBatch:
            return pa.record_batch([(constant | dict(found)).get(name, nothing) for name in names], names)

        return Batch(
            sheet.name,
            read.block.first,
            rows(read.sound()),
            places,
            read.misfits(),
            written=lambda: rows(read.written()),
        )

    def _sheet(self, part: str) -> Sheet:
        piece = f"{self.content.name}/{part}" if part else self.content.name
        name = part or self.options.sheet
        standing = self.options.rows_of(name)
        first = standing.first_row if standing.last_row is None else 0
        return replace(self.workbook.sheet(name, first), name=piece)


def _holds(raw: Raw, content: bytes) -> bool:
    """Whether these bytes and no others are read there, a block at a time."""
    at = 0
    while block := raw.read(BLOCK):
        if not content.startswith(block, at):
            return False
        at += len(block)
    return at == len(content)


def _columns(dataset: Dataset, shape: Layout, options: XlsxOptions) -> list[SheetColumn]:
    return [
        SheetColumn(
            f, p, frozenset({"", *markers(dataset, f)} if f.name in options.fill_down else ()), markers(dataset, f)
        )
        for f, p in zip(dataset.fields, shape.positions, strict=True)
        if p is not None and f.name != options.sheet_field
    ]


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, XlsxOptions):
        return ()
    wrong = [
        *place_mistakes(options.folder, "file", options.file),
        *again_and_again(dataset, "file", options.file),
        *folder_mistakes(dataset, options),
        *unknown_fields(dataset, "fill_down", options.fill_down),
        *unknown_fields(dataset, "sheet_field", (options.sheet_field,) if options.sheet_field else ()),
    ]
    if bool(options.sheet) == bool(options.sheets):
        wrong.append(
            "options.sheet: expected the name of the one sheet, or `sheets` in its place where there are several"
        )
    wrong += [
        f"options.numbers.{name}: found decimal ',', expected '.': cells that are numbers have it"
        for name, of in options.numbers.items()
        if of.decimal == ","
    ]
    wrong += _misplaced(options, "options")
    for number, sheet in enumerate(options.sheets):
        wrong += _misplaced(options.rows_of(sheet.name), f"options.sheets.{number}")
    return tuple(wrong)


def _misplaced(standing: Standing, where: str) -> list[str]:
    wrong, rows = [], standing.header_rows
    if min(rows) < 1 or list(rows) != sorted(set(rows)):
        wrong.append(f"{where}.header_rows: found {list(rows)}, expected rows from 1 on, downward, each once")
    if standing.first_row <= max(rows):
        wrong.append(f"{where}.first_row: found {standing.first_row}, expected a row below the headers in {list(rows)}")
    if standing.last_row is not None and standing.last_row < standing.first_row:
        wrong.append(f"{where}.last_row: found {standing.last_row}, expected at least {standing.first_row}")
    return wrong


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(XlsxOptions, dataset)
    return FolderOf(dataset, drop(connection, options, options.file), Xlsx(dataset, options), options)


KIND = folder_kind("xlsx", XlsxOptions, build, _mistakes, offers=offers)
