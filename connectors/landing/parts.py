"""Writes rows into immutable Parquet files: under another name first, synced, then renamed."""

import hashlib
import io
import os
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.journey import Part

ROWS = 512 * 1024
"""At most this many rows go into one part…"""
BYTES = 128 << 20
"""…and a part is closed once it is this large."""
GROUP_ROWS = 64 * 1024
GROUP_BYTES = 32 << 20
SAMPLE = 8 * 1024
"""As many rows tell whether the values of a column repeat or rise."""
REPEATING = 0.5
"""The values of a column repeat where no larger a share of these is different."""
PERHAPS = 0.9
"""Texts of which no larger a share is different may still repeat in a group: all of its rows are asked then."""
DICTIONARY = 4 << 20
"""Bytes of different values beyond which a column goes on without a dictionary."""
INT64_DIGITS = 18
"""Decimals of so many digits are stored as whole numbers of 64 bits."""


class Hashed(io.RawIOBase):
    """A new file that knows the sha256 of what was written to it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.size = 0
        self._digest = hashlib.sha256()
        self._raw = file.open("xb")

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, chunk: bytes) -> int:  # type: ignore[override]
        """Writes all of `chunk`."""
        self._raw.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)
        return len(chunk)

    def settle(self, final: Path) -> str:
        """Makes the file durable under its final name; returns its sha256 in hex."""
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()
        self.file.rename(final)
        sync(final.parent)
        return self._digest.hexdigest()

    def close(self) -> None:
        """Leaves the file under its temporary name."""
        self._raw.close()
        super().close()


@dataclass(slots=True)
class PartWriter:
    """Rows of one schema into `<stem>-00000.parquet`, `<stem>-00001.parquet`… of one folder; memory stays bounded."""

    lake: Path
    folder: str
    """Relative to the lake."""
    stem: str
    schema: pa.Schema
    single: bool = False
    """One file `<stem>.parquet`, however long."""
    parts: list[Part] = field(default_factory=list)
    _waiting: list[pa.RecordBatch] = field(default_factory=list)
    _held: int = 0
    """Rows that wait…"""
    _bytes: int = 0
    """…and their bytes."""
    _file: Hashed | None = None
    _parquet: pq.ParquetWriter | None = None
    _rows: int = 0

    def write(self, rows: pa.RecordBatch) -> None:
        """Takes some rows; a part never grows beyond `ROWS`."""
        while rows.num_rows:
            room = rows.num_rows if self.single else ROWS - self._rows - self._held
            self._hold(rows.slice(0, room))
            rows = rows.slice(room)
            if self._held >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
                self._flush()
            if not self.single and self._full():
                self._finish()

    def close(self, *, at_least_one: bool) -> tuple[Part, ...]:
        """All parts, in order; with `at_least_one` there is an empty one where no row came."""
        if self._held or self._rows or (at_least_one and not self.parts):
            self._finish()
        return tuple(self.parts)

    def abandon(self) -> None:
        """Lets go of the open file; what was written is of no use."""
        if self._file:
            self._file.close()

    def _full(self) -> bool:
        return self._rows + self._held >= ROWS or (self._file is not None and self._file.size >= BYTES)

    def _hold(self, rows: pa.RecordBatch) -> None:
        """Counted as it comes: asked anew for each batch, what waits would cost more with every one."""
        self._waiting.append(rows)
        self._held += rows.num_rows
        self._bytes += rows.nbytes

    def _flush(self) -> None:
        held = pa.Table.from_batches(self._waiting, self.schema)
        if self._file is None:
            self._file = Hashed(self._path().with_suffix(".tmp"))
            self._parquet = _parquet(self._file, held)
        if self._parquet and self._waiting:
            self._parquet.write_table(held, row_group_size=ROWS)
            self._rows += held.num_rows
        self._waiting.clear()
        self._held = self._bytes = 0

    def _finish(self) -> None:
        self._flush()
        if self._parquet and self._file:
            self._parquet.close()
            final = self._path()
            sha256 = self._file.settle(final)
            self.parts.append(Part(f"{self.folder}/{final.name}", self._rows, self._file.size, sha256))
        self._file, self._parquet, self._rows = None, None, 0

    def _path(self) -> Path:
        name = self.stem if self.single else f"{self.stem}-{len(self.parts):05d}"
        return self.lake / self.folder / f"{name}.parquet"


def _parquet(file: Hashed, held: pa.Table) -> pq.ParquetWriter:
    """A writer of what looks like `held`: each value once where values repeat, differences of whole numbers.

    A dictionary of values that hardly repeat costs more than everything else and is given up half-way. Smallest and
    largest tell nothing of texts that neither repeat nor rise, and are not looked for.
    """
    sample = held.slice(0, SAMPLE)
    repeating = [name for name in held.schema.names if _repeats(sample.column(name), held.column(name))]
    whole = [f.name for f in held.schema if _differs(f.type) and f.name not in repeating]
    loose = [f.name for f in held.schema if f.name not in repeating and _is_loose(sample.column(f.name))]
    return pq.ParquetWriter(
        file,
        held.schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=repeating,
        column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        store_decimal_as_integer=True,
        max_rows_per_page=ROWS,  # no limit: a page ends at a MB
        dictionary_pagesize_limit=DICTIONARY,
        write_statistics=[name for name in held.schema.names if name not in loose],
    )


def _repeats(sample: pa.ChunkedArray, column: pa.ChunkedArray) -> bool:
    different = _different(sample)
    if pa.types.is_string(sample.type) and REPEATING < different <= PERHAPS:
        different = _different(column)
    return different <= REPEATING


def _different(column: pa.ChunkedArray) -> float:
    """Share of the values that are different."""
    values = len(column) - column.null_count
    return pc.count_distinct(column).as_py() / values if values else 0.0


def _differs(of: pa.DataType) -> bool:
    """Whether it is written as differences: of moments and days they take longer, and save little."""
    return bool(of == pa.int64() or (pa.types.is_decimal(of) and of.precision <= INT64_DIGITS))


def _is_loose(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_string(column.type):
        return False
    values = column.drop_null()
    return not pc.all(pc.less_equal(values[:-1], values[1:]), min_count=0).as_py()


def sync(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
