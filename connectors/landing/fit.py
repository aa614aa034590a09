"""Makes texts into the declared types; what does not fit goes to the rejects with place and reason, never to NULL."""

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from connectors.protocol import Batch
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset
from schemas.fitting.column import fit_column
from schemas.journey import PIECE, PLACE, ROW

SYSTEM_FIELDS = (pa.field(ROW, pa.int64()), pa.field(PIECE, pa.string()), pa.field(PLACE, pa.int64()))
REJECTS = pa.schema(
    [*SYSTEM_FIELDS, *(pa.field(name, pa.string()) for name in ("field", "value", "reason", "raw"))],
)
"""Schema of the rejects: place, first field that does not fit, its text, why, and the row as JSON of its texts."""


def landed_schema(dataset: Dataset) -> pa.Schema:
    """The declared columns, then `_row`, `_piece`, `_place`."""
    return pa.schema([*arrow_schema(dataset), *SYSTEM_FIELDS])


def fit(dataset: Dataset, batch: Batch, start: int = 1) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Typed rows and rejects of one batch; together they are all its rows, numbered from `start`.

    A row with several misfits is rejected once, under its first field in the contract's order.
    """
    typed: list[pa.Array] = []
    found: dict[int, tuple[str, str, str]] = {}
    for field in dataset.fields:
        column, reasons = fit_column(dataset, field, batch.rows.column(field.name), sure=batch.written is not None)
        typed.append(column)
        for row, (text, why) in reasons.items():
            found.setdefault(row, (field.name, text, why))
    count = batch.rows.num_rows
    places = batch.places if batch.places is not None else _span(batch.first, count)
    pieces = batch.pieces if batch.pieces is not None else pa.repeat(pa.scalar(batch.piece), count)
    rows = pa.RecordBatch.from_arrays(
        [*typed, _span(start, count), pieces, places],
        schema=landed_schema(dataset),
    )
    return _kept(rows, found), _rejects(batch, found, places, start)


def _kept(rows: pa.RecordBatch, found: Mapping[int, object]) -> pa.RecordBatch:
    if not found:
        return rows
    keep = pc.invert(pc.is_in(_span(0, rows.num_rows), value_set=pa.array(list(found), pa.int64())))
    return rows.filter(keep)


def _rejects(
    batch: Batch, found: Mapping[int, tuple[str, str, str]], places: pa.Int64Array, start: int
) -> pa.RecordBatch:
    written = batch.written() if found and batch.written else batch.rows
    names = written.schema.names
    listed = []
    for row in sorted(found):
        texts = [written.column(i).slice(row, 1).cast(pa.string())[0].as_py() for i in range(len(names))]
        raw = json.dumps(dict(zip(names, texts, strict=True)), ensure_ascii=False)
        piece = batch.piece if batch.pieces is None else batch.pieces[row].as_py()
        listed.append((start + row, piece, places[row].as_py(), *found[row], raw))
    after = start + batch.rows.num_rows
    for number, misfit in enumerate(batch.misfits, after):
        listed.append((number, batch.piece, misfit.place, misfit.field, misfit.value, misfit.reason, misfit.raw))
    columns = list(zip(*listed, strict=True)) or [()] * len(REJECTS)
    arrays = [pa.array(column, f.type) for column, f in zip(columns, REJECTS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=REJECTS)


def _span(first: int, count: int) -> pa.Int64Array:
    return pa.arange(first, first + count)
