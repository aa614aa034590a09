"""Reads one sheet of the workbooks that a department drops into a folder."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pydantic import BaseModel, Field

from connectors.files import Drop, Pinned, drop, pin, place_mistakes
from connectors.fill import fill_down
from connectors.headers import Layout, fingerprint, layout
from connectors.options import Options, read_options, unknown_fields
from connectors.protocol import Batch, Column, Connector, ConnectorKind, Inputs, Misfit, Problem, Stream
from connectors.sheet import Cell, Sheet, Untrusted, open_sheet
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import NotReady, SourceFault
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
                return (Problem("NO_FILE", f"no file {self.drop.pattern} in {self.drop.folder}", "wait for the drop"),)
            shape = self._layout(self._sheet(files[-1], files[-1].read_bytes()))
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), "ask the department, or correct the contract"),)
        if not shape.extra:
            return ()
        said = f"{files[-1].name}: columns that no field names: {', '.join(map(repr, shape.extra))}"
        return (Problem("EXTRA_COLUMNS", said, "they are not read; add fields to take them", warning=True),)

    def discover(self) -> tuple[Stream, ...]:
        """Each workbook's sheet with its joined headers; a sheet tells no types."""
        sheets = [(f.name, self._sheet(f, f.read_bytes())) for f in self.drop.found()]
        rows = self.options.header_rows
        return tuple(Stream(name, tuple(Column(h, "") for h in s.headers(rows) if h)) for name, s in sheets)

    def plan(self, window: Window) -> Plan:
        """Pins the window's workbooks by size and sha256, and notes the columns that no field names."""
        pieces, told = [], []
        for file in self.drop.of_window(window):
            shape = self._layout(self._sheet(file, file.read_bytes()))
            pieces.append({**pin(file), "extra": list(shape.extra)})
            told += [h for h in shape.headers if h not in told]
        return Plan(self.dataset.key, self.dataset.contract_hash, window, tuple(pieces), fingerprint(told))

    def read(self, plan: Plan) -> Iterator[Batch]:
        """All rows as text, placed by the sheet's own row numbers; SourceChanged when a file is not the planned one."""
        batches = (batch for piece in plan.pieces for batch in self._read(piece))
        return fill_down(batches, self.dataset, self.options.fill_down) if self.options.fill_down else batches

    def _read(self, piece: Mapping[str, Json]) -> Iterator[Batch]:
        with Pinned(self.drop.folder, piece) as pinned:
            content = pinned.read()
            pinned.confirm()
        sheet = self._sheet(pinned.file, content)
        shape = self._layout(sheet)
        rows = sheet.rows(self.options.first_row, self.options.last_row)
        while block := list(islice(rows, ROWS)):
            yield self._batch(pinned.file.name, sheet, shape, block)

    def _batch(self, piece: str, sheet: Sheet, shape: Layout, block: Sequence[tuple[int, Sequence[Cell]]]) -> Batch:
        kept: list[tuple[str, ...]] = []
        places: list[int] = []
        misfits: list[Misfit] = []
        for number, cells in block:
            texts = self._texts(sheet, shape, number, cells)
            if isinstance(texts, Misfit):
                misfits.append(texts)
            else:
                kept.append(texts)
                places.append(number)
        columns = list(zip(*kept, strict=True)) or [()] * len(self.dataset.fields)
        arrays = [pa.array(column, pa.string()) for column in columns]
        rows = pa.record_batch(arrays, [f.name for f in self.dataset.fields])
        return Batch(piece, block[0][0], rows, pa.array(places, pa.int64()), tuple(misfits))

    def _texts(self, sheet: Sheet, shape: Layout, number: int, cells: Sequence[Cell]) -> tuple[str, ...] | Misfit:
        texts = []
        for field, position in zip(self.dataset.fields, shape.positions, strict=True):
            if position is None:
                raise AssertionError("a layout without optional columns has them all")
            try:
                texts.append(sheet.text(number, cells, position, field))
            except Untrusted as wrong:
                raw = json.dumps(dict(zip(shape.headers, map(str, cells), strict=False)), ensure_ascii=False)
                return Misfit(number, field.name, str(cells[position]), str(wrong), raw)
        return tuple(texts)

    def _layout(self, sheet: Sheet) -> Layout:
        return layout(self.dataset, sheet.headers(self.options.header_rows), sheet.where)

    def _sheet(self, file: Path, content: bytes) -> Sheet:
        return open_sheet(content, self.options.sheet, str(file))


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
