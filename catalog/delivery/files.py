"""The bytes of a delivered file: what a decision permits, spliced where that can be, else read row by row."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa

from catalog.rows.reader import RowReader
from catalog.rows.splice import Splice, splice
from catalog.rows.standing import watched
from catalog.rows.streams import arrow_chunks, csv_chunks, file_chunks, parquet_file
from schemas.access import Decision
from schemas.subscription import FileFormat

T = TypeVar("T")


@dataclass(slots=True)
class Counted:
    """How many rows have left; known when the last piece has."""

    rows: int = field(default=0)


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is asked again every few seconds whether the rest may leave, and the clock that counts them."""

    first: Decision
    """What was decided before the first byte."""
    again: Callable[[], Decision]
    clock: Callable[[], float]

    def over(self, pieces: Iterable[T]) -> Iterator[T]:
        """The same pieces; Refused, in the middle, once the answer is no."""
        return watched(pieces, self.first, self.again, self.clock)


def pieces_of(reader: RowReader, format: FileFormat, watch: Watch, counted: Counted) -> Iterator[bytes]:
    """The file in pieces, for as long as the access rule says yes."""
    if format is FileFormat.PARQUET:
        made = splice(reader)
        if isinstance(made, Splice):
            counted.rows = made.rows
            return watch.over(made.read())
        return _parquet(reader, watch, counted)
    batches = _counted(watch.over(reader), counted)
    if format is FileFormat.ARROW:
        return arrow_chunks(reader.schema, batches, "zstd")
    return csv_chunks(reader.schema, batches, bom=False)


def _parquet(reader: RowReader, watch: Watch, counted: Counted) -> Iterator[bytes]:
    file, _ = parquet_file(reader.schema, _counted(watch.over(reader), counted))
    yield from watch.over(file_chunks(file))


def _counted(batches: Iterable[pa.RecordBatch], counted: Counted) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            counted.rows += batch.num_rows
            yield batch
