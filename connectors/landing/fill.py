"""Fills blank cells from the cell above, in the columns for which the contract says so."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.protocol import Batch, Misfit
from schemas.dataset import Dataset
from schemas.fitting.column import markers


@dataclass(frozen=True, slots=True)
class Above:
    """The last cell that was not blank, and the place of its row."""

    text: str | None = None
    place: int = 0


def fill_down(batches: Iterator[Batch], dataset: Dataset, names: tuple[str, ...]) -> Iterator[Batch]:
    """The same batches, blank texts of `names` replaced by the last one above them in the same piece.

    Blank are NULL, the empty text and the field's null markers; what has nothing above it stays NULL. A blank cell
    below a broken row is a misfit: what the broken row would have handed down is not known.
    """
    piece, broken = "", 0
    above: dict[str, Above] = {}
    for batch in batches:
        if batch.piece != piece:
            piece, broken, above = batch.piece, 0, {}
        here = [0, broken, *(m.place for m in batch.misfits)]
        rows, places = batch.rows, _places(batch)
        unknown: dict[int, tuple[str, int]] = {}
        for name in names:
            column, sources = _filled(rows.column(name), dataset, name, above.get(name, Above()), places)
            unknown |= {row: (name, at) for row, at in _unknown(places, sources, here) if row not in unknown}
            rows = rows.set_column(rows.schema.get_field_index(name), name, column)
            if len(column):
                above[name] = Above(column[-1].as_py(), sources[-1].as_py())
        broken = max(here)
        yield _without(batch, rows, places, unknown)


def _filled(
    column: pa.Array, dataset: Dataset, name: str, above: Above, places: pa.Int64Array
) -> tuple[pa.Array, pa.Int64Array]:
    """The filled column, and for each row the place of the row that its text comes from (0: from none)."""
    blank = pa.array({"", *markers(dataset, dataset.field(name))}, pa.string())
    is_blank = pc.or_kleene(pc.is_null(column), pc.is_in(column, value_set=blank))
    texts = pc.fill_null_forward(pc.if_else(is_blank, pa.scalar(None, pa.string()), column))
    sources = pc.fill_null_forward(pc.if_else(is_blank, pa.scalar(None, pa.int64()), places))
    return pc.coalesce(texts, pa.scalar(above.text, pa.string())), pc.coalesce(sources, above.place)


def _unknown(places: pa.Int64Array, sources: pa.Int64Array, broken: list[int]) -> Iterator[tuple[int, int]]:
    """Rows that would be filled across a broken one, each with the place of that one."""
    for at in sorted(set(broken))[1:]:
        across = pc.and_(pc.less(sources, at), pc.greater(places, at))
        for row in pc.indices_nonzero(across).to_pylist():
            yield row, at


def _without(batch: Batch, rows: pa.RecordBatch, places: pa.Int64Array, unknown: dict[int, tuple[str, int]]) -> Batch:
    if not unknown:
        return Batch(batch.piece, batch.first, rows, batch.places, batch.misfits, batch.source_rows)
    misfits = list(batch.misfits)
    for row, (name, at) in sorted(unknown.items()):
        raw = json.dumps(batch.rows.slice(row, 1).to_pylist()[0], ensure_ascii=False)
        why = f"the cell is blank, and row {at} above it is broken: what to fill it with is not known"
        misfits.append(Misfit(places[row].as_py(), name, "", why, raw))
    keep = pc.invert(pc.is_in(pa.arange(0, rows.num_rows), value_set=pa.array(list(unknown), pa.int64())))
    return Batch(batch.piece, batch.first, rows.filter(keep), places.filter(keep), tuple(misfits), batch.source_rows)


def _places(batch: Batch) -> pa.Int64Array:
    return batch.places if batch.places is not None else pa.arange(batch.first, batch.first + batch.rows.num_rows)
