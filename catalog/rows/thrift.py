"""Thrift's compact protocol, as far as Parquet footers need it: structs as numbered fields, in and out.

Source: the Apache Thrift project's doc/specs/thrift-compact-protocol.md.
"""

import struct
from typing import Any, TypeAlias

from schemas.errors import BadInput

Struct: TypeAlias = dict[int, tuple[int, Any]]
"""Field number -> (type, value), in the order of the numbers."""
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12
_DEEPEST = 32
_LONG_LIST = 15
_VARINT_BITS = 70


class Reader:
    """Reads one struct after another from `data`; BadInput where the bytes are no compact Thrift."""

    __slots__ = ("_data", "_depth", "_place")

    def __init__(self, data: bytes) -> None:
        self._data, self._place, self._depth = data, 0, 0

    def struct(self) -> Struct:
        """The struct that begins here."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadInput(f"a Parquet footer nests deeper than {_DEEPEST} structs at byte {self._place}")
        fields: Struct = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._zigzag()
            fields[number] = (TRUE, kind == TRUE) if kind in (TRUE, FALSE) else (kind, self._value(kind))
        self._depth -= 1
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (I16, I32, I64):
            return self._zigzag()
        if kind == BINARY:
            return self._take(self._varint())
        if kind == STRUCT:
            return self.struct()
        if kind in (LIST, SET):
            return self._list()
        if kind == DOUBLE:
            return struct.unpack("<d", self._take(8))[0]
        if kind == BYTE:
            return self._byte()
        raise BadInput(f"a Parquet footer has a field of type {kind} at byte {self._place}, which Parquet does not use")

    def _list(self) -> tuple[int, list[Any]]:
        head = self._byte()
        kind, size = head & 15, head >> 4
        if size == _LONG_LIST:
            size = self._varint()
        if size > len(self._data):
            raise BadInput(f"a Parquet footer names a list of {size} items in {len(self._data)} bytes")
        if kind in (TRUE, FALSE):
            return kind, [self._byte() == TRUE for _ in range(size)]
        return kind, [self._value(kind) for _ in range(size)]

    def _take(self, size: int) -> bytes:
        end = self._place + size
        if end > len(self._data):
            raise BadInput(f"a Parquet footer ends at byte {len(self._data)}, in the middle of a value")
        piece = self._data[self._place : end]
        self._place = end
        return piece

    def _byte(self) -> int:
        return self._take(1)[0]

    def _varint(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:  # the top bit says whether more follows
                return found
            shift += 7
            if shift > _VARINT_BITS:
                raise BadInput(f"a Parquet footer has a number without an end at byte {self._place}")

    def _zigzag(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)


def varint(number: int) -> bytes:
    """An unsigned number, seven bits a byte, the low ones first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def zigzag(number: int) -> bytes:
    """A signed number."""
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def list_head(kind: int, size: int) -> bytes:
    """What stands before the items of a list."""
    return bytes([size << 4 | kind]) if size < _LONG_LIST else bytes([0xF0 | kind]) + varint(size)


def field_head(number: int, before: int, kind: int) -> bytes:
    """What stands before a field's value; `before` is the number of the field before it, 0 at the start."""
    step = number - before
    return bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + zigzag(number)


def fields(of: Struct, before: int = 0) -> bytes:
    """The fields of a struct that follow field `before`, without the mark of its end."""
    out = bytearray()
    for number in sorted(of):
        kind, value = of[number]
        written = (TRUE if value else FALSE) if kind == TRUE else kind
        out += field_head(number, before, written)
        if kind != TRUE:
            out += _written(kind, value)
        before = number
    return bytes(out)


def struct_bytes(of: Struct) -> bytes:
    """A whole struct."""
    return fields(of) + b"\0"


def _written(kind: int, value: Any) -> bytes:
    if kind in (I16, I32, I64):
        return zigzag(value)
    if kind == BINARY:
        return varint(len(value)) + bytes(value)
    if kind == STRUCT:
        return struct_bytes(value)
    if kind in (LIST, SET):
        return _written_list(value)
    return struct.pack("<d", value) if kind == DOUBLE else bytes([value])


def _written_list(of: tuple[int, list[Any]]) -> bytes:
    kind, items = of
    out = bytearray(list_head(kind, len(items)))
    for item in items:
        out += bytes([TRUE if item else FALSE]) if kind in (TRUE, FALSE) else _written(kind, item)
    return bytes(out)
