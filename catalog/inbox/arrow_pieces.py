"""Record batches of any size in pieces of a proper one, within what texts may take before any of them is copied."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.inbox.slices import CHARACTERS, LONGEST, ROWS, within
from schemas.errors import BadInput, TooLarge

VIEWED = 64 << 20
"""Bytes of text that a body may stand for, or as many as it has: many views may point to one long text."""
OF_VIEW = 16
"""Bytes of one view; the first four are the length of its text."""
WORDS = OF_VIEW // 4


@dataclass(slots=True)
class Measured:
    """Record batches of one body of so many bytes."""

    body: int
    place: int = 1
    """Number of the next row."""
    texts: int = 0
    """Bytes so far."""

    def cut(self, batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The batch in pieces, each with the number of its first row.

        BadInput names a row that is too long, TooLarge says how much there may be.
        """
        within(self.place + batch.num_rows - 1)
        for start in range(0, batch.num_rows, ROWS):
            some = batch.slice(start, ROWS)
            lengths = _lengths(some)
            self._measure(lengths)
            for piece in _cut(some, lengths):
                yield self.place, piece
                self.place += piece.num_rows

    def _measure(self, lengths: pa.Int64Array) -> None:
        longest = pc.max(lengths).as_py()
        if longest > LONGEST:
            row = self.place + pc.index(lengths, longest).as_py()
            raise BadInput(f"row {row}: found {longest} bytes of text, expected at most {LONGEST} in one record")
        self.texts += pc.sum(lengths).as_py()
        if self.texts > max(self.body, VIEWED):
            raise TooLarge(f"body: found views of more than {max(self.body, VIEWED)} bytes of text; split it")


def together(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Neighbours that are small, as one: what follows costs the same for one row and for thousands."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for one in batches:
        if held and (rows + one.num_rows > ROWS or size + one.nbytes > CHARACTERS):
            yield from _joined(held)
            held, rows, size = [], 0, 0
        if one.num_rows:
            held.append(one)
        rows, size = rows + one.num_rows, size + one.nbytes
    yield from _joined(held)


def plain(column: pa.Array) -> pa.StringArray:
    """A column of texts as strings. Nothing follows the view of a NULL: it is not validated, and may point anywhere."""
    if column.type != pa.string_view() or not column.null_count:
        return column.cast(pa.string())
    there, (_, views, *texts) = column.is_valid(), column.buffers()
    found = pa.Array.from_buffers(pa.binary(OF_VIEW), len(column), [None, views], offset=column.offset)
    harmless = pc.if_else(there, found, pa.scalar(bytes(OF_VIEW), pa.binary(OF_VIEW)))
    whole = pa.Array.from_buffers(pa.string_view(), len(column), [None, harmless.buffers()[1], *texts])
    return pc.if_else(there, whole.cast(pa.string()), pa.scalar(None, pa.string()))


def _joined(held: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    if len(held) < 2:
        return held
    whole: list[pa.RecordBatch] = pa.Table.from_batches(held).combine_chunks().to_batches()
    return whole


def _cut(some: pa.RecordBatch, lengths: pa.Int64Array) -> Iterator[pa.RecordBatch]:
    """Where its texts are long, in pieces of few rows."""
    if pc.sum(lengths).as_py() <= CHARACTERS:
        yield some
        return
    start = size = 0
    for row, length in enumerate(lengths.to_pylist()):
        if size + length > CHARACTERS:
            yield some.slice(start, row - start)
            start, size = row, 0
        size += length
    yield some.slice(start)


def _lengths(some: pa.RecordBatch) -> pa.Int64Array:
    """Bytes of text of each row."""
    total = pa.repeat(pa.scalar(0, pa.int64()), some.num_rows)
    for column in some.columns:
        if column.type in (pa.string(), pa.large_string()):
            total = pc.add(total, pc.fill_null(pc.binary_length(column), 0))
        elif column.type == pa.string_view():
            total = pc.add(total, _of_views(column))
    return total


def _of_views(column: pa.Array) -> pa.Array:
    end = column.offset + len(column)
    words = pa.Array.from_buffers(pa.int32(), WORDS * end, [None, column.buffers()[1]])
    lengths = words.take(pa.array(range(WORDS * column.offset, WORDS * end, WORDS), pa.int64()))
    return pc.if_else(column.is_valid(), lengths, 0)
