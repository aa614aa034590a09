"""Rows as JSON: text that is put together column by column, so that no value becomes an object of Python.

Decimals are strings, dates ISO 8601, moments RFC 3339 with +08:00, NaN and infinity text.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from schemas.dataset import Json

ROWS = 4_096
"""Rows of one piece of JSON."""
AHEAD = timedelta(hours=8)
"""Of local time before UTC."""
ESCAPED = r'["\\\x00-\x1f]'
"""What may not stand in a string of JSON as it is."""


def json_chunks(facts: Mapping[str, Json], batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """One JSON object, `facts` and then `rows`, piece by piece; one that breaks off has no closing bracket."""
    yield _text(facts)[:-1].encode() + (b',"rows":[' if facts else b'"rows":[')
    between = b"\n"
    for batch in batches:
        if not batch.num_rows:
            yield b""
        for start in range(0, batch.num_rows, ROWS):
            yield between + json_text(batch.slice(start, ROWS))
            between = b",\n"
    yield b"]}"


def json_text(batch: pa.RecordBatch) -> bytes:
    """The rows of `json_rows` as text, with a comma and a new line between them; nothing where no column leaves."""
    if not batch.num_columns or not batch.num_rows:
        return b""
    parts: list[pa.Array | str] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        parts += [f"{',' if parts else '{'}{_text(name)}:", _cells(column)]
    rows = pc.binary_join_element_wise(*parts, "},\n", "")
    size = pc.sum(pc.binary_length(rows)).as_py()
    whole: bytes = rows.buffers()[2][: size - len(",\n")].to_pybytes()
    return whole


def json_rows(batches: Iterable[pa.RecordBatch]) -> list[dict[str, object]]:
    """Rows as objects."""
    found: list[dict[str, object]] = []
    for batch in batches:
        columns = [_listed(column) for column in batch.columns]
        found += [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]
    return found


def plain(column: pa.Array) -> pa.Array:
    """Moments and long decimals as text; other columns as they are."""
    if pa.types.is_timestamp(column.type):
        local = pc.add(column.cast(pa.timestamp("us")), pa.scalar(AHEAD, pa.duration("us"))).cast(
            pa.string()
        )  # a tenth of strftime's
        return pc.binary_join_element_wise(pc.replace_substring(local, " ", "T"), "+08:00", "")
    if pa.types.is_decimal(column.type) and column.type.scale > 6:  # shorter ones never print as 1E-8
        return pa.array([None if v is None else f"{v:f}" for v in column.to_pylist()], pa.string())
    return column


def _cells(column: pa.Array) -> pa.Array:
    """Each value as JSON has it."""
    if pa.types.is_floating(column.type):
        return pa.array([_text(value) for value in _listed(column)], pa.string())
    leaving = _shown(column)
    if not pa.types.is_string(leaving.type):
        return pc.fill_null(leaving.cast(pa.string()), "null")
    if pa.types.is_string(column.type) and pc.any(pc.match_substring_regex(column, ESCAPED)).as_py():
        return pa.array([_text(value) for value in column.to_pylist()], pa.string())
    return pc.fill_null(pc.binary_join_element_wise('"', leaving, '"', ""), "null")


def _shown(column: pa.Array) -> pa.Array:
    """What JSON has no word for as text."""
    leaving = plain(column)
    as_text = pa.types.is_decimal(leaving.type) or pa.types.is_date(leaving.type)
    return leaving.cast(pa.string()) if as_text else leaving


def _listed(column: pa.Array) -> list[object]:
    shown = _shown(column)
    values: list[object] = shown.to_pylist()
    if pa.types.is_floating(shown.type):
        return [str(v) if isinstance(v, float) and not math.isfinite(v) else v for v in values]
    return values


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
