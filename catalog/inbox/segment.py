"""Rows of one push as an immutable file: written under another name, synced, named by its bytes.

No two tries write the same bytes, so that a file that no push names is nobody's, and stays nobody's.
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.inbox.judged import Judged
from catalog.lake.where import Lake, desk
from catalog.rows.writer import sha256_of
from schemas import lake as places
from schemas.dataset import Dataset
from schemas.journey import PLACE, Part

GATHERED = 16
"""Slices that become one row group…"""
BYTES = 16 << 20
"""…or so many bytes."""


@dataclass(slots=True)
class SegmentWriter:
    """One file of one push into a dataset; what is wrong with rows becomes one, too."""

    lake: Lake
    dataset: str
    push: str
    rows: int = 0
    _try: str = field(default_factory=lambda: secrets.token_hex(8))
    _waiting: list[pa.RecordBatch] = field(default_factory=list)
    _parquet: pq.ParquetWriter | None = None
    _file: Path | None = None

    def write(self, some: pa.RecordBatch) -> None:
        """Takes some rows; all have the same columns."""
        if not some.num_rows:
            return
        self._waiting.append(some)
        self.rows += some.num_rows
        if len(self._waiting) >= GATHERED or sum(one.nbytes for one in self._waiting) >= BYTES:
            self._flush()

    def settle(self) -> Part | None:
        """The finished file in the lake; None where no row came in."""
        self._flush()
        if self._parquet is None or self._file is None:
            return None
        self._parquet.close()
        with self._file.open("rb") as written:
            os.fsync(written.fileno())
        sha256 = sha256_of(self._file)
        name = f"{places.inbox(self.dataset)}/{self.push}.{sha256[:16]}.parquet"
        part = Part(name, self.rows, self._file.stat().st_size, sha256)
        if isinstance(self.lake, Path):
            self._file.replace(self.lake / name)
            _sync(self._file.parent)
        else:
            self.lake.keep(part, self._file)
            self._file.unlink()
        self._file = None
        return part

    def abandon(self) -> None:
        """Lets go of what is not settled."""
        if self._parquet is not None:
            self._parquet.close()
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._waiting:
            return
        if self._parquet is None:
            folder = desk(self.lake) / places.inbox(self.dataset)
            _made(folder)
            self._file = folder / f".{self.push}.{self._try}.tmp"
            schema = self._waiting[0].schema.with_metadata({"push": self.push, "try": self._try})
            self._parquet = pq.ParquetWriter(self._file, schema, compression="zstd")
        self._parquet.write_table(pa.Table.from_batches(self._waiting))
        self._waiting.clear()


def accepted(dataset: Dataset, some: Judged) -> pa.RecordBatch:
    """What may come in, as it was sent: columns by the source's names, and `_place`, the number of the row."""
    names = [one.source_name for one in dataset.fields]
    return pa.record_batch([*some.rows.columns, pa.array(some.places, pa.int64())], [*names, PLACE])


def _made(folder: Path) -> None:
    """The folder, and that it is there, durably."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for above in (folder, *folder.parents[:2]):
        _sync(above)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
