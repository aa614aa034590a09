"""The end of a spliced Parquet file: descriptions of the chunks that are in it, and of nothing else.

Source: the Parquet format's parquet.thrift (FileMetaData, RowGroup, ColumnChunk). Left out on purpose: key-value
metadata, column and offset indexes, Bloom filters, sort orders: they all speak of the file that the chunks come from.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.rows import thrift
from catalog.rows.chunks import MAGIC, Chunk, ChunkMap, Named
from catalog.rows.thrift import BINARY, I32, I64, LIST, STRUCT, Struct

_VERSION, _SCHEMA, _ROWS, _ROW_GROUPS, _CREATED_BY, _ORDERS = 1, 2, 3, 4, 6, 7
_CHILDREN = 5
_FILE_OFFSET, _META = 2, 3
_PACKED, _DATA_PAGE, _DICTIONARY_PAGE = 7, 9, 11
_BEFORE_META = thrift.fields({_FILE_OFFSET: (I64, 0)}) + thrift.field_head(_META, _FILE_OFFSET, STRUCT)
"""A ColumnChunk's deprecated file offset, and the mark that its metadata follow."""
_AT_DATA = thrift.field_head(_DATA_PAGE, _PACKED, I64)
_AT_DICTIONARY = thrift.field_head(_DICTIONARY_PAGE, _DATA_PAGE, I64)


def column_chunk(of: Chunk, start: int) -> bytes:
    """The ColumnChunk of a footer in whose file the chunk's bytes begin at `start`."""
    data = thrift.zigzag(start + of.data_page)
    if of.dictionary_page is None:
        return b"".join((_BEFORE_META, of.head, _AT_DATA, data, of.tail, b"\0"))
    dictionary = thrift.zigzag(start + of.dictionary_page)
    return b"".join((_BEFORE_META, of.head, _AT_DATA, data, _AT_DICTIONARY, dictionary, of.tail, b"\0"))


def row_group(chunks: bytes, facts: Mapping[str, int]) -> bytes:
    """A RowGroup; `facts` tells its `columns`, `rows`, `start`, bytes `packed` and `unpacked`."""
    columns = thrift.field_head(1, 0, LIST) + thrift.list_head(STRUCT, facts["columns"]) + chunks
    rest: Struct = {
        2: (I64, facts["unpacked"]),
        3: (I64, facts["rows"]),
        5: (I64, facts["start"]),
        6: (I64, facts["packed"]),
    }
    return columns + thrift.fields(rest, 1) + b"\0"


def file_footer(of: ChunkMap, columns: Iterable[Named], groups: list[bytes], rows: int) -> bytes:
    """A whole file's end: its metadata without any key or value of anybody's, their length and the magic bytes."""
    elements = [of.elements[name] for name in columns]
    root = thrift.struct_bytes(of.root | {_CHILDREN: (I32, len(elements))})
    orders: Any = (STRUCT, [{1: (STRUCT, {})} for _ in elements])
    out = b"".join(
        [
            thrift.fields({_VERSION: (I32, of.version)}),
            thrift.field_head(_SCHEMA, _VERSION, LIST),
            thrift.list_head(STRUCT, len(elements) + 1),
            root,
            *elements,
            thrift.fields({_ROWS: (I64, rows)}, _SCHEMA),
            thrift.field_head(_ROW_GROUPS, _ROWS, LIST),
            thrift.list_head(STRUCT, len(groups)),
            *groups,
            thrift.fields({_CREATED_BY: (BINARY, of.created_by), _ORDERS: (LIST, orders)}, _ROW_GROUPS),
            b"\0",
        ]
    )
    return out + len(out).to_bytes(4, "little") + MAGIC
