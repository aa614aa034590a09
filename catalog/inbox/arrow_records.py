"""Records of an Arrow stream: declared types or text, plain and unpacked; every buffer is looked at before use."""

import mmap
import struct
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

from catalog.inbox.arrow_pieces import Measured, plain, together
from catalog.inbox.slices import Slice, names_of
from schemas.arrow import arrow_type
from schemas.dataset import Dataset, Field
from schemas.errors import BadInput

HEADER, COMPRESSION = 2, 3
"""Slots of `Message.header` and `RecordBatch.compression` in Arrow's flatbuffers (Message.fbs)."""
TEXTS = (pa.string(), pa.large_string(), pa.string_view())


def arrow_records(opened: BinaryIO, dataset: Dataset) -> Iterator[Slice]:
    """The rows of an IPC stream, zero-copy; BadInput where a column has another type, or the stream is none."""
    whole = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)  # goes with the last of the rows that lie in it
    try:
        yield from _slices(pa.BufferReader(pa.py_buffer(whole)), dataset)
    except (pa.ArrowException, UnicodeDecodeError, struct.error, EOFError, OSError) as wrong:
        said = str(wrong).split("\n", 1)[0][:200]
        raise BadInput(f"body: no Arrow stream that can be read: {said}") from None


def _slices(source: pa.BufferReader, dataset: Dataset) -> Iterator[Slice]:
    messages = pa.ipc.MessageReader.open_stream(source)
    first = _next(messages)
    if first is None or first.type != "schema":
        found = "nothing" if first is None else repr(first.type)
        raise BadInput(f"body: found {found}, expected an Arrow stream, which begins with its schema")
    schema = pa.ipc.read_schema(first)
    order = _order(dataset, schema)
    measured = Measured(source.size())
    for batch in together(_batches(messages, schema)):
        for place, piece in measured.cut(batch):
            yield Slice(_named(dataset, piece, order), tuple(range(place, place + piece.num_rows)), ())


def _batches(messages: pa.ipc.MessageReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while (message := _next(messages)) is not None:
        if message.type != "record batch" or _compressed(message.metadata):
            raise BadInput(
                "body: found compressed or dictionary-encoded buffers, expected plain ones; pack it with gzip"
            )
        batch = pa.ipc.read_record_batch(message, schema)
        batch.validate(full=True)
        yield batch


def _next(messages: pa.ipc.MessageReader) -> pa.ipc.Message | None:
    try:
        return messages.read_next_message()
    except StopIteration:
        return None


def _order(dataset: Dataset, schema: pa.Schema) -> dict[str, int]:
    """Name of each field that is there -> its column; BadInput lists what does not fit."""
    names = names_of(dataset)
    if not 0 < len(schema) <= len(names):
        raise BadInput(f"columns: found {len(schema)}, expected 1 to {len(names)} of {', '.join(names)}")
    wrong = [f"{name!r} is no field" for name in schema.names if name not in names]
    wrong += [f"{name!r} stands twice" for name in dict.fromkeys(schema.names) if schema.names.count(name) > 1]
    wrong += [
        f"{one.name!r} is {one.type}, expected {arrow_type(dataset.fields[names[one.name]].type)} or string"
        for one in schema
        if one.name in names and not _fits(one.type, dataset.fields[names[one.name]])
    ]
    if wrong:
        raise BadInput(f"columns: {'; '.join(wrong[:20])}; the fields are {', '.join(names)}")
    return {dataset.fields[names[name]].name: at for at, name in enumerate(schema.names)}


def _fits(found: pa.DataType, field: Field) -> bool:
    """Whether every value of the type found is one of the declared type, or will be looked at one by one."""
    declared = arrow_type(field.type)
    if found in TEXTS or found == declared:
        return True
    if pa.types.is_integer(found):
        return bool(pa.types.is_integer(declared)) and not pa.types.is_uint64(found)
    if pa.types.is_decimal(found) and pa.types.is_decimal(declared):
        whole = found.precision - found.scale <= declared.precision - declared.scale
        return bool(whole and found.scale <= declared.scale)
    if pa.types.is_float32(found):
        return bool(pa.types.is_float64(declared))
    return bool(pa.types.is_timestamp(found) and found.tz and pa.types.is_timestamp(declared))


def _named(dataset: Dataset, batch: pa.RecordBatch, order: dict[str, int]) -> pa.RecordBatch:
    """The contract's columns in its order; numbers that are larger than their type raise pa.ArrowInvalid."""
    columns = []
    for field in dataset.fields:
        if field.name not in order:
            columns.append(pa.nulls(batch.num_rows, pa.string()))
            continue
        column = batch.column(order[field.name])
        columns.append(plain(column) if column.type in TEXTS else column.cast(arrow_type(field.type)))
    return pa.record_batch(columns, [field.name for field in dataset.fields])


def _compressed(metadata: pa.Buffer) -> bool:
    """Whether the buffers of a record batch are compressed, as its flatbuffer says: they could unpack to anything."""
    told = metadata.to_pybytes()
    message = _table(told, 0)
    header = _table(told, message + _slot(told, message, HEADER))
    return _slot(told, header, COMPRESSION) != 0


def _table(told: bytes, at: int) -> int:
    return at + int(struct.unpack_from("<I", told, at)[0])


def _slot(told: bytes, table: int, number: int) -> int:
    """Offset of a field within its table; 0 where it is absent."""
    vtable = table - int(struct.unpack_from("<i", told, table)[0])
    if vtable < 0:
        raise struct.error("a table without its vtable")
    size = int(struct.unpack_from("<H", told, vtable)[0])
    entry = 4 + 2 * number
    return int(struct.unpack_from("<H", told, vtable + entry)[0]) if entry < size else 0
