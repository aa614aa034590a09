"""Reads one sheet of the workbooks that a department drops into a folder."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pydantic import BaseModel, Field

from connectors.files.drop import Drop, Pinned, drop, pin, place_mistakes, reachable
from connectors.files.sheet import Cell, Sheet, Untrusted, open_sheet
from connectors.headers import Layout, fingerprint, layout
from connectors.options import Options, read_options, unknown_fields
from connectors.protocol import Batch, Column, Connector, ConnectorKind, Inputs, Misfit, Problem, Stream
from schemas import dataset as words
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import NotReady, SourceFault, SourceUnreachable
from schemas.fitting.column import markers
from schemas.journey import Plan, Window

ROWS = 16 * 1024


class XlsxOptions(Options):
    """Which workbook and sheet, where its headers stand and where its data begin."""

    folder: str = ""
    """Below the connection's folder."""
    file: str
    """`enterprise_{yyyymmdd}.xlsx`: one file a day, chosen by window. A plain glob: all files, each time."""
    sheet: str = Field(min_length=1)
    header_rows: tuple[int, ...] = Field(default=(1,), min_length=1)
    """Rows (from 1) whose texts, joined by "/", are the headers; merged cells count for all that they span."""
    first_row: int = Field(ge=1)
    """First row of data, from 1."""
    last_row: int | None = Field(default=None, ge=1)
    """Last row of data; none: up to the last that is not blank."""
    fill_down: tuple[str, ...] = ()
    """Fields whose blank cells take the value above, as under a cell that is merged downward."""


@dataclass(slots=True)
class SheetColumn:
    """One field, where it stands, and what a blank cell in it takes over."""

    field: words.Field
    position: int
    blank: frozenset[str]
    """The texts that are filled from above; empty where nothing is."""
    above: str | Untrusted = ""

    def take(self, sheet: Sheet, number: int, cells: Sequence[Cell]) -> str:
        """The text of this row's cell; Untrusted says why there is none."""
        try:
            text = sheet.text(number, cells, self.position, self.field)
        except Untrusted as wrong:
            self.above = Untrusted(f"the cell is blank, and the one above to fill it from is of no use: {wrong}")
            raise
        if text not in self.blank:
            self.above = text
        elif isinstance(self.above, Untrusted):
            raise self.above
        return self.above if text in self.blank else text


Columns = Sequence[SheetColumn]


@dataclass(frozen=True, slots=True)
class Xlsx:
    """One sheet of workbooks of the same make."""

    dataset: Dataset
    drop: Drop
    options: XlsxOptions

    def check(self) -> tuple[Problem, ...]:
        """Folder, file and sheet are there, and the headers fit."""
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
            shape = self._layout(self._sheet(files[-1]))
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), "ask the department, or correct the contract"),)
        if not shape.extra:
            return ()
        said = f"{files[-1].name}: columns that no field names: {', '.join(map(repr, shape.extra))}"
        return (Problem("EXTRA_COLUMNS", said, "they are not read; add fields to take them", warning=True),)

    def discover(self) -> tuple[Stream, ...]:
        """Each workbook's sheet with its joined headers; a sheet tells no types."""
        sheets = [(f.name, self._sheet(f)) for f in self.drop.found()]
        rows = self.options.header_rows
        return tuple(Stream(name, tuple(Column(h, "") for h in s.headers(rows) if h)) for name, s in sheets)

    def plan(self, window: Window) -> Plan:
        """Pins the window's workbooks by size and sha256, and notes the columns that no field names."""
        pieces, told = [], []
        for file in self.drop.of_window(window):
            with reachable(file):
                pieces.append(pin(file))
            shape = self._layout(self._sheet(file))
            pieces[-1]["extra"] = list(shape.extra)
            told += [h for h in shape.headers if h not in told]
        return Plan(self.dataset.key, self.dataset.contract_hash, window, tuple(pieces), fingerprint(told))

    def read(self, plan: Plan) -> Iterator[Batch]:
        """All rows as text, placed by the sheet's own row numbers; SourceChanged when a file is not the planned one."""
        for piece in plan.pieces:
            yield from self._read(piece)

    def _read(self, piece: Mapping[str, Json]) -> Iterator[Batch]:
        with reachable(self.drop.folder / piece["name"]), Pinned(self.drop.folder, piece) as pinned:
            content = pinned.read()
            pinned.confirm()
        sheet = open_sheet(content, self.options.sheet, pinned.file)
        shape = self._layout(sheet)
        columns = _columns(self.dataset, shape, self.options.fill_down)
        rows = sheet.rows(self.options.first_row, self.options.last_row)
        while block := list(islice(rows, ROWS)):
            yield self._batch(sheet, columns, block)

    def _batch(self, sheet: Sheet, columns: Columns, block: Sequence[tuple[int, Sequence[Cell]]]) -> Batch:
        kept: list[list[str]] = []
        places: list[int] = []
        misfits: list[Misfit] = []
        for number, cells in block:
            texts = _texts(sheet, columns, number, cells)
            if isinstance(texts, Misfit):
                misfits.append(texts)
            else:
                kept.append(texts)
                places.append(number)
        found = list(zip(*kept, strict=True)) or [()] * len(columns)
        rows = pa.record_batch([pa.array(c, pa.string()) for c in found], [f.name for f in self.dataset.fields])
        return Batch(sheet.name, block[0][0], rows, pa.array(places, pa.int64()), tuple(misfits))

    def _layout(self, sheet: Sheet) -> Layout:
        return layout(self.dataset, sheet.headers(self.options.header_rows), sheet.where)

    def _sheet(self, file: Path) -> Sheet:
        with reachable(file):
            return open_sheet(file.read_bytes(), self.options.sheet, file)


def _columns(dataset: Dataset, shape: Layout, filled: tuple[str, ...]) -> Columns:
    return [
        SheetColumn(f, p, frozenset({"", *markers(dataset, f)} if f.name in filled else ()))
        for f, p in zip(dataset.fields, shape.positions, strict=True)
        if p is not None
    ]


def _texts(sheet: Sheet, columns: Columns, number: int, cells: Sequence[Cell]) -> list[str] | Misfit:
    texts: list[str] = []
    first: tuple[SheetColumn, Untrusted] | None = None
    for column in columns:
        try:
            texts.append(column.take(sheet, number, cells))
        except Untrusted as wrong:
            first = first or (column, wrong)
            texts.append(sheet.shown(cells, column.position))
    if first is None:
        return texts
    column, why = first
    raw = json.dumps({c.field.name: text for c, text in zip(columns, texts, strict=True)}, ensure_ascii=False)
    return Misfit(number, column.field.name, sheet.shown(cells, column.position), str(why), raw)


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, XlsxOptions):
        return ()
    wrong = [
        *place_mistakes(options.folder, "file", options.file),
        *unknown_fields(dataset, "fill_down", options.fill_down),
    ]
    rows = options.header_rows
    if min(rows) < 1 or list(rows) != sorted(set(rows)):
        wrong.append(f"options.header_rows: found {list(rows)}, expected rows from 1 on, downward, each once")
    if options.first_row <= max(rows):
        wrong.append(f"options.first_row: found {options.first_row}, expected a row below the headers in {list(rows)}")
    if options.last_row is not None and options.last_row < options.first_row:
        wrong.append(f"options.last_row: found {options.last_row}, expected at least {options.first_row}")
    return tuple(wrong)


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(XlsxOptions, dataset)
    return Xlsx(dataset, drop(connection, options.folder, options.file), options)


KIND = ConnectorKind("xlsx", XlsxOptions, build, _mistakes)
