"""Rows as a server of MySQL's protocol sends them, a whole buffer at a time: each column one Arrow array of its bytes.

A row is a packet (three bytes of length, a number, the row), a value in it a length and its bytes. Walking the packets
is one step for each row; all else is arithmetic on whole columns.
"""

from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pymysql.connections import Connection
from pymysql.constants import CR
from pymysql.err import InternalError, OperationalError, raise_mysql_exception

BLOCK = 4 << 20
"""Bytes that are turned into columns together; more only where one row is longer."""
LONGEST = (1 << 24) - 1
"""Bytes of the longest packet; a longer row goes on in the next one."""
_RECEIVED = 256 << 10
_NULL = 0xFB
_LENGTHS = ((0xFC, 2), (0xFD, 3), (0xFE, 8))
"""First byte of a long value -> bytes of the length that follows."""

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


class Wire(Connection):  # type: ignore[misc]  # PyMySQL tells no types
    """A connection that gives the rows of a query as columns of bytes, and can hang up in the middle of them."""

    _result: Any

    def columns(self, query: str) -> Iterator[list[pa.Array]]:
        """All rows, some thousands at a time; each column of type binary."""
        self.query(query, unbuffered=True)
        width = self._result.field_count
        self._result.unbuffered_active = False  # else PyMySQL would read on to the end when it lets go of the result
        self._result = None
        for buffer, starts, ends in Packets(self._rfile).blocks():
            yield columns(buffer, starts, ends, width)

    def hang_up(self) -> None:
        """Closes without reading what the server still wants to send."""
        self._force_close()


class Packets:
    """Packets from a file that is read on, cut where they begin; memory stays that of one buffer."""

    def __init__(self, file: BufferedIOBase, size: int = BLOCK) -> None:
        self._file = file
        self._held = bytearray(size)
        self._filled = 0

    def blocks(self) -> Iterator[tuple[Bytes, Places, Places]]:
        """A buffer, and where each row in it begins and ends; the buffer is used again for the next."""
        ended = False
        while not ended:
            starts, at, ended = self._cut()
            rows = np.array(starts, np.int64)
            ends = np.append(rows[1:] - 4, at)
            if ended:
                rows, ends = rows[:-1], ends[:-1]
            if rows.size:
                yield np.frombuffer(self._held, np.uint8), rows, ends
            rest = self._filled - at
            self._held[:rest] = self._held[at : self._filled]
            self._filled = rest

    def _cut(self) -> tuple[list[int], int, bool]:
        """As many packets as the buffer holds: their places, the last one's end, and whether that ends the rows."""
        starts: list[int] = []
        at = 0
        while True:
            at = self._walk(at, starts)
            if starts and self._is_end(starts[-1], at):
                return starts, at, True
            if self._filled == len(self._held):
                if starts:
                    return starts, at, False
                self._held = self._held + bytes(len(self._held))  # a new one: columns may still look at the old one
            self._receive()

    def _walk(self, at: int, starts: list[int]) -> int:
        held, filled = self._held, self._filled
        while filled - at >= 4:
            size = held[at] | held[at + 1] << 8 | held[at + 2] << 16
            if size == LONGEST:
                size = self._made_one(at)
                filled = self._filled
            if size < 0 or at + 4 + size > filled:
                break
            starts.append(at + 4)
            at += 4 + size
        return at

    def _size(self, at: int) -> int:
        return int.from_bytes(self._held[at : at + 3], "little")

    def _made_one(self, at: int) -> int:
        """Bytes of a row of several packets, after their headers within were taken out; -1 while some are missing."""
        pieces, here, size = [], at, LONGEST
        while size == LONGEST:
            if self._filled - here < 4 or self._filled - here - 4 < (size := self._size(here)):
                return -1
            pieces.append(self._held[here + 4 : here + 4 + size])
            here += 4 + size
        row = b"".join(pieces)
        rest = self._held[here : self._filled]
        self._filled -= here - at - 4 - len(row)
        self._held[at + 4 : self._filled] = row + rest
        return len(row)

    def _is_end(self, start: int, end: int) -> bool:
        """Whether a packet says that there are no more rows; raises what the server says instead."""
        first = self._held[start]
        if first == 0xFF:
            raise_mysql_exception(bytes(self._held[start:end]))
        return first == 0xFE and end - start < 9

    def _receive(self) -> None:
        got = self._file.read1(
            min(_RECEIVED, len(self._held) - self._filled)
        )  # readinto1 waits where it has some already
        if not got:
            raise OperationalError(CR.CR_SERVER_LOST, "lost connection to the server while it sent rows")
        self._held[self._filled : self._filled + len(got)] = got
        self._filled += len(got)


def columns(buffer: Bytes, starts: Places, ends: Places, width: int) -> list[pa.Array]:
    """The values of some rows, column by column; NULL and '' apart."""
    at, found = starts, []
    for _ in range(width):
        begins, lengths, nulls = _measured(buffer, at)
        found.append(_gathered(buffer, begins, lengths, nulls))
        at = begins + lengths
    if not np.array_equal(at, ends):
        raise InternalError(CR.CR_MALFORMED_PACKET, "rows do not end where their packets do")
    return found


def _measured(buffer: Bytes, at: Places) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Where the value at each place begins, how long it is, and whether it is NULL."""
    first = buffer[at]
    lengths, begins, nulls = first.astype(np.int64), at + 1, first == _NULL
    if first.max() >= _NULL:
        lengths[nulls] = 0
        for mark, width in _LENGTHS:
            rows = np.flatnonzero(first == mark)
            after = begins[rows]
            lengths[rows] = sum(buffer[after + i].astype(np.int64) << 8 * i for i in range(width))
            begins[rows] += width
    return begins, lengths, nulls


def _gathered(buffer: Bytes, begins: Places, lengths: Places, nulls: NDArray[np.bool_]) -> pa.Array:
    """Values that lie apart in the buffer as one array."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    same = int(lengths[0])
    if same and (lengths == same).all():
        data = np.ndarray((len(buffer) - same + 1,), f"V{same}", buffer, strides=(1,))[begins]
    else:
        places = np.repeat(begins - offsets[:-1], lengths)
        places += np.arange(len(places))
        data = buffer[places]
    valid = pa.py_buffer(np.packbits(~nulls, bitorder="little")) if nulls.any() else None
    held: Sequence[pa.Buffer | None] = [valid, pa.py_buffer(offsets), pa.py_buffer(data.view(np.uint8))]
    return pa.Array.from_buffers(pa.binary(), len(lengths), held, int(nulls.sum()))
