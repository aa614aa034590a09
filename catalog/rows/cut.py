"""A whole Parquet file of what one decision permits: spliced where that can be, else made once and kept for a day."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.rows.pieces import gathered
from catalog.rows.reader import RowReader
from catalog.rows.splice import Splice, splice
from catalog.rows.streams import grouped
from catalog.rows.writer import sha256_of
from schemas.errors import NotReady

KEPT = 24 * 3600
"""Seconds that a file which had to be made is kept after it was last asked for."""
MAKING = ".making-"
ROOM = 32 << 30
"""Bytes of all that is kept; the longest unasked goes first. Whoever asks for it again waits until it is made again."""


class Cut(Protocol):
    """A Parquet file whose size, rows and digest are known before its first byte."""

    @property
    def size(self) -> int:
        """Bytes of the whole file."""

    @property
    def rows(self) -> int:
        """Rows in it."""

    @property
    def digest(self) -> str:
        """Hex digest: the same for the same content."""

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes `[start, end)` in pieces."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A cut that lies on the disk."""

    path: Path
    size: int
    rows: int
    digest: str

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes `[start, end)` in pieces; NotReady where the file was swept away meanwhile."""
        stop = self.size if end is None else min(end, self.size)
        try:
            yield from gathered([(self.path, start, stop - start)], max(0, stop - start))
        except NotReady as wrong:
            raise NotReady(f"{self.path.name}: a file made for this ask is gone; ask again") from wrong


class Rows(Protocol):
    """Batches of one schema, made anew with each iteration."""

    @property
    def schema(self) -> pa.Schema:
        """Of every batch."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """From the first on."""


def cut(reader: RowReader, kept: Path, name: str, now: datetime, room: int = ROOM) -> Cut | None:
    """The file of all that `reader` reads, spliced where that can be; None where that is no row."""
    spliced = splice(reader)
    return written(reader, kept, name, now, room) if isinstance(spliced, str) else spliced


def written(reader: Rows, kept: Path, name: str, now: datetime, room: int = ROOM) -> Cut | None:
    """The file of all that is read, made once; None where that is no row.

    `kept` is the folder for files that have to be made, `name` stands for everything that the rows depend on: the same
    name is the same file. No more than `room` bytes are kept there, besides the last one made.
    """
    plan = hashlib.sha256(name.encode()).hexdigest()
    found = next((_found(path, now) for path in kept.glob(f"{plan}.*.parquet")), None)
    if found is None:
        path = _make(reader, kept, plan)
        found = _found(path, now)
        _sweep(kept, now, room, path)
    if found is None:
        raise NotReady(f"{plan}: a file made for this ask is gone; ask again")
    return found if found.rows else None


def keep(made: Splice, kept: Path, now: datetime, room: int = ROOM) -> MadeFile:
    """A spliced file as one that lies in the folder `kept`, for somebody else to send; readable by its group."""
    found = next(kept.glob(f"{made.digest}.*.parquet"), None)
    if found is None or not _again(found, made.size, now):
        kept.mkdir(parents=True, exist_ok=True)
        handle, waiting = tempfile.mkstemp(dir=kept, prefix=MAKING)
        os.close(handle)
        try:
            made.write(Path(waiting))
            Path(waiting).chmod(0o640)
            with Path(waiting).open("rb") as file:
                os.fsync(file.fileno())
            found = Path(waiting).rename(kept / f"{made.digest}.{sha256_of(Path(waiting))}.parquet")
        finally:
            Path(waiting).unlink(missing_ok=True)
        _again(found, made.size, now)
        _sweep(kept, now, room, found)
    return MadeFile(found, made.size, made.rows, found.name.split(".")[1])


def _again(path: Path, size: int, now: datetime) -> bool:
    """Whether a file is still there and whole; it counts as asked for now."""
    try:
        os.utime(path, (now.timestamp(), now.timestamp()))
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _found(path: Path, now: datetime) -> MadeFile | None:
    """A file that was made, as one that is asked for now; None where it was swept away, or never became whole."""
    try:
        rows = pq.read_metadata(path).num_rows
        os.utime(path, (now.timestamp(), now.timestamp()))
        return MadeFile(path, path.stat().st_size, rows, path.name.split(".")[1])
    except FileNotFoundError:
        return None
    except pa.ArrowInvalid:
        path.unlink(missing_ok=True)
        return None


def _make(reader: Rows, kept: Path, plan: str) -> Path:
    """Write it beside its place and rename it there: it is whole or not there."""
    kept.mkdir(parents=True, exist_ok=True)
    handle, waiting = tempfile.mkstemp(dir=kept, prefix=MAKING)
    try:
        with os.fdopen(handle, "wb") as file, _writer(file, reader) as writer:
            for table in grouped(reader.schema, reader):
                writer.write_table(table)
            writer.close()
            file.flush()
            os.fsync(file.fileno())
        return Path(waiting).rename(kept / f"{plan}.{sha256_of(Path(waiting))}.parquet")
    finally:
        Path(waiting).unlink(missing_ok=True)


def _writer(file: object, reader: Rows) -> pq.ParquetWriter:
    return pq.ParquetWriter(file, reader.schema, compression="zstd", store_schema=False)


def _sweep(folder: Path, now: datetime, room: int, made: Path) -> None:
    """Remove what nobody asked for any more, then the longest unasked until the rest has room beside `made`."""
    found = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            found.append((path.stat().st_mtime, path.stat().st_size, path))
    held = 0
    for asked, size, path in sorted(found, reverse=True):
        held += size
        too_much = held > room and not path.name.startswith(MAKING)
        if path != made and (too_much or now.timestamp() - asked > KEPT):
            path.unlink(missing_ok=True)
