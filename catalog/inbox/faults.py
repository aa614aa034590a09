"""All that is wrong with a push's rows: its answer where that lists them all, else a file beside its rows."""

import json
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.lake.where import Lake, at_hand
from schemas.push import Fault, Push

SCHEMA = pa.schema(
    [pa.field("row", pa.int64()), *(pa.field(name, pa.string()) for name in ("field", "rule", "found", "expected",
                                                                               "expected_en"))]
)  # fmt: skip
"""Columns of the file: those of a `Fault`."""
AT_ONCE = 1_000
"""Faults that are in memory at the same time."""


def batch_of(faults: Sequence[Fault]) -> pa.RecordBatch:
    """Some of them, as the file has them."""
    columns = [pa.array([getattr(one, field.name) for one in faults], field.type) for field in SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def of(lake: Lake, push: Push, start: int = 0) -> Iterator[Fault]:
    """By row, from number `start` on. An answer tells what was expected in one language alone."""
    if push.faults is None:
        for one in json.loads(push.answer)["refusals"][start:]:
            said = one["expected"]
            yield Fault(one["row"], one["field"] or "", one["rule"], one["found"], said, said)
        return
    with pq.ParquetFile(at_hand(lake, push.faults)) as file:
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if start < rows:
                yield from _of_group(file, group, start)
            start = max(0, start - rows)


def _of_group(file: pq.ParquetFile, group: int, start: int) -> Iterator[Fault]:
    for some in file.iter_batches(AT_ONCE, row_groups=[group]):
        for row in some.slice(start).to_pylist():
            yield Fault(**row)
        start = max(0, start - some.num_rows)
