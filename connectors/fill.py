"""Fills blank cells from the cell above, in the columns for which the contract says so."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from connectors.options import markers
from connectors.protocol import Batch
from schemas.dataset import Dataset


def fill_down(batches: Iterator[Batch], dataset: Dataset, names: tuple[str, ...]) -> Iterator[Batch]:
    """The same batches, blank texts of `names` replaced by the last one above them in the same piece.

    Blank are NULL, the empty text and the field's null markers; what has nothing above it stays NULL.
    """
    above: dict[str, str | None] = {}
    piece = ""
    for batch in batches:
        if batch.piece != piece:
            piece, above = batch.piece, {}
        rows = batch.rows
        for name in names if rows.num_rows else ():
            blank = pa.array({"", *markers(dataset, dataset.field(name))}, pa.string())
            column = rows.column(name)
            column = pc.if_else(pc.is_in(column, value_set=blank), pa.scalar(None, pa.string()), column)
            column = pc.coalesce(pc.fill_null_forward(column), pa.scalar(above.get(name), pa.string()))
            above[name] = column[-1].as_py()
            rows = rows.set_column(rows.schema.get_field_index(name), name, column)
        yield Batch(batch.piece, batch.first, rows, batch.places, batch.misfits)
