"""Which Parquet encoding each column gets: the one that is smallest over a sample of its rows."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SAMPLE = 16_384
WORTH = 0.95
"""An encoding is taken over the one before it in the list where it needs less than this share of its bytes."""
DICTIONARY, PLAIN, DELTA, DELTA_TEXT = "RLE_DICTIONARY", "PLAIN", "DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY"


def encodings(sample: pa.Table) -> dict[str, Any]:
    """Arguments `use_dictionary` and `column_encoding` of a Parquet writer for rows like these."""
    head = sample.slice(0, SAMPLE)
    chosen = {name: _smallest(head.select([name])) for name in head.schema.names}
    few = [name for name, encoding in chosen.items() if encoding == DICTIONARY]
    others = {name: encoding for name, encoding in chosen.items() if encoding != DICTIONARY}
    return {"use_dictionary": few or False, "column_encoding": others or None}


def _smallest(column: pa.Table) -> str:
    best, size = "", 0
    for encoding in _fitting(column.schema.field(0).type):
        needed = _size(column, encoding)
        if not best or needed < size * WORTH:
            best, size = encoding, needed
    return best


def _fitting(kind: pa.DataType) -> tuple[str, ...]:
    if pa.types.is_string(kind):
        return DICTIONARY, PLAIN, DELTA_TEXT
    if pa.types.is_int64(kind) or pa.types.is_date32(kind) or pa.types.is_timestamp(kind):
        return DICTIONARY, PLAIN, DELTA
    if pa.types.is_boolean(kind):
        return (PLAIN,)
    return DICTIONARY, PLAIN


def _size(column: pa.Table, encoding: str) -> int:
    """Bytes of the column in Parquet under an encoding."""
    sink = pa.BufferOutputStream()
    how: dict[str, Any] = {"use_dictionary": True}
    if encoding != DICTIONARY:
        how = {"use_dictionary": False, "column_encoding": {column.schema.names[0]: encoding}}
    pq.write_table(column, sink, compression="zstd", store_schema=False, **how)
    return int(sink.getvalue().size)
