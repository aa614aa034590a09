"""Takes rows out of a batch that were read but cannot be trusted, and puts them among its misfits."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from connectors.protocol import Batch, Misfit

_NUL = re.compile(b"\0")


def put_aside(batch: Batch, wrong: Mapping[int, tuple[str, str]]) -> Batch:
    """The batch without these rows; each is told with the field that is wrong, and why."""
    if not wrong:
        return batch
    places = batch.places
    if places is None:
        places = pa.arange(batch.first, batch.first + batch.rows.num_rows)
    misfits = list(batch.misfits)
    for row, (name, why) in sorted(wrong.items()):
        found = batch.rows.slice(row, 1).to_pylist()[0]
        raw = json.dumps(found, ensure_ascii=False, default=str)
        misfits.append(Misfit(places[row].as_py(), name, "" if found[name] is None else str(found[name]), why, raw))
    keep = pc.invert(pc.is_in(pa.arange(0, batch.rows.num_rows), value_set=pa.array(list(wrong), pa.int64())))
    told = batch.written
    written = None if told is None else lambda: told().filter(keep)
    kept, still = batch.rows.filter(keep), places.filter(keep)
    return replace(batch, rows=kept, places=still, misfits=tuple(misfits), written=written)


def without_nul(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches without rows that hold a NUL character: no text has one, but half-written files do."""
    for batch in batches:
        wrong: dict[int, tuple[str, str]] = {}
        for name, column in zip(batch.rows.schema.names, batch.rows.columns, strict=True):
            if not pa.types.is_string(column.type) or not _may_hold(column):
                continue
            why = "found a NUL character: the file is only half written, or of another encoding than declared"
            rows = pc.indices_nonzero(pc.fill_null(pc.match_substring(column, "\0"), fill_value=False))
            wrong |= {row: (name, why) for row in rows.to_pylist() if row not in wrong}
        yield put_aside(batch, wrong)


def _may_hold(column: pa.StringArray) -> bool:
    _, ends, texts = column.buffers()
    if texts is None or not len(column):
        return False
    offsets = pa.Array.from_buffers(pa.int32(), len(column) + 1, [None, ends], offset=column.offset)
    return _NUL.search(memoryview(texts)[offsets[0].as_py() : offsets[-1].as_py()]) is not None
