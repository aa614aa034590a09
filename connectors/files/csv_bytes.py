"""Columns of bytes in an encoding of Chinese, made into texts: only what is not ASCII goes through the codec.

In these encodings a comma, a quotation mark or the end of a line is never the second byte of a character, so rows and
cells can be told apart before anything is decoded. That is several times quicker than to decode the whole file.
"""

from collections.abc import Callable
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

_ENCODINGS = ("gb18030", "big5", "windows-1252")
_SECOND = 0x40
"""Bytes from here on may be the second one of a character; below, digits may. All others stand for themselves."""
_BETWEEN = b"\x1f"
"""Stands between the values of a column while they are decoded together; it ends every character."""

Decode = Callable[[pa.RecordBatch], pa.RecordBatch]
"""pa.binary() columns -> pa.string() columns; UnicodeDecodeError where a value is no text."""


def decoding(codec: str, *signs: str) -> Decode | None:
    """How columns that were parted at these signs are decoded; None where the file must be decoded before."""
    if codec not in _ENCODINGS or any(ord(sign) >= _SECOND or sign.isdigit() for sign in signs if sign):
        return None
    return partial(_decoded, codec)


def _decoded(codec: str, rows: pa.RecordBatch) -> pa.RecordBatch:
    return pa.record_batch([_texts(column, codec) for column in rows.columns], rows.schema.names)


def _texts(column: pa.BinaryArray, codec: str) -> pa.StringArray:
    """All values at once, parted by a sign that none of them has."""
    nothing, offsets, held = column.buffers()
    if held is None or len(column) == 0:
        return pa.repeat(pa.scalar(""), len(column))
    if held.to_pybytes().isascii():
        return pa.StringArray.from_buffers(len(column), offsets, held, nothing, column.null_count, column.offset)
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(column)], pa.int32()), column), _BETWEEN)
    text = joined[0].as_buffer().to_pybytes().decode(codec)
    parted = pc.split_pattern(pa.array([text]), _BETWEEN.decode()).flatten()
    if len(parted) != len(column):
        return pa.array([value.decode(codec) for value in column.to_pylist()], pa.string())
    return parted
