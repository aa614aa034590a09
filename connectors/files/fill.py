"""Fills blank cells from the cell above, in the columns for which the contract says so."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.aside import put_aside
from connectors.protocol import Batch
from schemas.dataset import Dataset
from schemas.fitting.column import markers

NOTHING = pa.scalar(None)


@dataclass(frozen=True, slots=True)
class Above:
    """The last cell that was not blank, and the place of its row."""

    cell: pa.Scalar = NOTHING
    place: int = 0


def fill_down(batches: Iterator[Batch], dataset: Dataset, names: tuple[str, ...]) -> Iterator[Batch]:
    """The same batches, blank cells of `names` replaced by the last one above them in the same piece.

    Blank are NULL and, of texts, the empty one and the field's null markers; what has nothing above it stays NULL. A
    blank cell below a broken row is a misfit: what the broken row would have handed down is not known.
    """
    piece, broken = "", 0
    above: dict[str, Above] = {}
    for batch in batches:
        if batch.piece != piece:
            piece, broken, above = batch.piece, 0, {}
        here = [0, broken, *(m.place for m in batch.misfits)]
        rows, places = batch.rows, _places(batch)
        unknown: dict[int, tuple[str, str]] = {}
        for name in names:
            column, sources = _filled(rows.column(name), dataset, name, above.get(name, Above()), places)
            unknown |= {row: (name, why) for row, why in _unknown(places, sources, here) if row not in unknown}
            rows = rows.set_column(rows.schema.get_field_index(name), name, column)
            if len(column):
                above[name] = Above(column[-1], sources[-1].as_py())
        broken = max(here)
        kept = put_aside(batch, unknown)
        yield replace(kept, rows=rows.filter(pc.is_in(places, value_set=_places(kept))) if unknown else rows)


def _filled(
    column: pa.Array, dataset: Dataset, name: str, above: Above, places: pa.Int64Array
) -> tuple[pa.Array, pa.Int64Array]:
    """The filled column, and for each row the place of the row that its cell comes from (0: from none)."""
    if above.cell.is_valid and above.cell.type != column.type:  # moments that are not exact come as texts
        column, above = column.cast(pa.string()), Above(above.cell.cast(pa.string()), above.place)
    is_blank = pc.is_null(column)
    if pa.types.is_string(column.type):
        blank = pa.array({"", *markers(dataset, dataset.field(name))}, pa.string())
        is_blank = pc.or_(is_blank, pc.is_in(column, value_set=blank))
    cells = pc.fill_null_forward(pc.if_else(is_blank, pa.scalar(None, column.type), column))
    sources = pc.fill_null_forward(pc.if_else(is_blank, pa.scalar(None, pa.int64()), places))
    return pc.coalesce(cells, above.cell.cast(column.type)), pc.coalesce(sources, above.place)


def _unknown(places: pa.Int64Array, sources: pa.Int64Array, broken: list[int]) -> Iterator[tuple[int, str]]:
    """Rows that would be filled across a broken one, each with why that cannot be."""
    for at in sorted(set(broken))[1:]:
        across = pc.and_(pc.less(sources, at), pc.greater(places, at))
        why = f"the cell is blank, and row {at} above it is broken: what to fill it with is not known"
        for row in pc.indices_nonzero(across).to_pylist():
            yield row, why


def _places(batch: Batch) -> pa.Int64Array:
    return batch.places if batch.places is not None else pa.arange(batch.first, batch.first + batch.rows.num_rows)
