"""Rows of CSV that end before their last cells, as spreadsheets write them: what is not there is NULL."""

import csv
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from connectors.files.csv_file import CsvOptions, strictly
from connectors.headers import Layout


def cells(row: pacsv.InvalidRow, of: CsvOptions) -> Sequence[str]:
    """The cells of a row that pyarrow did not take; none where they cannot be told apart, as in `"2"x`."""
    try:
        with strictly([row.text], of) as rows:
            return next(rows, [])
    except csv.Error:
        return ()


def with_short(
    rows: pa.RecordBatch, places: pa.Int64Array, short: Sequence[tuple[int, Sequence[str]]], shape: Layout
) -> tuple[pa.RecordBatch, pa.Int64Array]:
    """The rows and the cells of the short ones among them, each with its place, in the order of the file."""
    columns = [[_cell(found, position) for _, found in short] for position in shape.positions]
    more = pa.record_batch([pa.array(column, pa.string()) for column in columns], rows.schema.names)
    where = pa.concat_arrays([places, pa.array([place for place, _ in short], pa.int64())])
    order = pc.sort_indices(where)
    return pa.concat_batches([rows, more]).take(order), where.take(order)


def _cell(cells: Sequence[str], position: int | None) -> str | None:
    return cells[position] if position is not None and position < len(cells) else None
