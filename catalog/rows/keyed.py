"""A second copy of a version's rows, sorted by the subject's key in small row groups, for looking one subject up.

Written once at publication with bounded memory: rows are dealt out by key into buckets on the disk, each bucket is
sorted by itself. A look-up finds its row group by the least and greatest key of each, told by the file's own footer.
"""

import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.lake.where import Lake, Place, readable
from catalog.rows.encodings import encodings
from schemas.journey import KeyFile, RowGroup, SnapshotFile

ROWS = 4_096
"""Rows of a row group: what a look-up has to decode."""
BUCKET = 262_144
"""Rows that are sorted in memory at once."""
WORTH = 2 * ROWS
"""Rows from which on the copy is made; fewer are as quickly read where they lie."""
Ranges = tuple[tuple[str, ...], tuple[str, ...]]
FEW_KEYS = 100
"""Subjects of one ask that are looked up one by one."""


def write_keyed(parts: Iterable[Path], key: tuple[str, ...], to: Path, bucket: int = BUCKET) -> bool:
    """Write the rows of `parts` at `to`, sorted by the `key` columns, `bucket` rows or so in memory at once.

    False, and no file, where rows are too few, or keys so long that a footer does not tell them. Rows without a full
    key are left out: nobody can name them.
    """
    files = tuple(parts)
    rows = sum(pq.read_metadata(path).num_rows for path in files)
    if rows < WORTH or not key:
        return False
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".keyed-") as name:
        buckets = _dealt(files, key, _bounds(files, key, rows // bucket), Path(name))
        _write(buckets, key, to)
    if to.is_file() and not _told(to, key[0]):
        to.unlink()
    return to.is_file()


def _told(path: Path, column: str) -> bool:
    """Whether the footer tells least and greatest key of every row group."""
    metadata = pq.read_metadata(path)
    place = metadata.schema.names.index(column)
    told = (metadata.row_group(index).column(place).statistics for index in range(metadata.num_row_groups))
    return all(one is not None and one.has_min_max for one in told)


def looked_up(lake: Lake, keyed: Iterable[KeyFile], firsts: Iterable[str]) -> tuple[SnapshotFile, ...]:
    """The row groups of the sorted copies that may hold subjects, told by the first column of their keys."""
    wanted = sorted(set(firsts))
    return tuple(SnapshotFile(file.part, file.window, _groups(lake, file, wanted)) for file in keyed)


def _groups(lake: Lake, file: KeyFile, firsts: list[str]) -> tuple[RowGroup, ...]:
    least, greatest = _ranges(readable(lake, file.part), file.part.sha256, file.key[0])
    found = {n for first in firsts for n in range(bisect_left(greatest, first), bisect_right(least, first))}
    return tuple(RowGroup(number, "", ROWS, ("",)) for number in sorted(found))


@lru_cache(maxsize=64)
def _ranges(path: Place, sha256: str, column: str) -> Ranges:  # noqa: ARG001 - part of what is remembered by
    """Least and greatest value of a column in each row group, in the file's order."""
    metadata = pq.read_metadata(path)
    place = metadata.schema.names.index(column)
    told = [metadata.row_group(index).column(place).statistics for index in range(metadata.num_row_groups)]
    return tuple(one.min for one in told), tuple(one.max for one in told)


def _bounds(files: tuple[Path, ...], key: tuple[str, ...], buckets: int) -> list[str]:
    """Keys that part the rows into about equal buckets, from a sample of every row group."""
    seen: list[str] = []
    for path in files:
        with pq.ParquetFile(path) as file:
            for index in range(file.num_row_groups):
                column = file.read_row_group(index, columns=[key[0]]).column(0).drop_null()
                step = max(1, len(column) // 16)
                seen += column.take(pa.array(range(0, len(column), step), pa.int64())).to_pylist()
    seen.sort()
    return sorted({seen[len(seen) * n // buckets] for n in range(1, buckets) if seen})


def _dealt(files: tuple[Path, ...], key: tuple[str, ...], bounds: list[str], folder: Path) -> list[Path]:
    """A file for each bucket, in the order of their keys; a bucket without rows has none."""
    paths = [folder / f"{number}.arrow" for number in range(len(bounds) + 1)]
    with ExitStack() as open_files:
        sinks: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        for rows in _row_groups(files, key):
            for number, run in _runs(rows, key[0], bounds):
                if number not in sinks:
                    sinks[number] = open_files.enter_context(pa.ipc.new_stream(str(paths[number]), rows.schema))
                sinks[number].write_table(run)
    return [path for path in paths if path.exists()]


def _row_groups(files: tuple[Path, ...], key: tuple[str, ...]) -> Iterator[pa.Table]:
    for path in files:
        with pq.ParquetFile(path) as file:
            for index in range(file.num_row_groups):
                rows = file.read_row_group(index)
                for name in key:
                    rows = rows.filter(pc.is_valid(rows.column(name)))
                yield rows


def _runs(rows: pa.Table, column: str, bounds: list[str]) -> Iterator[tuple[int, pa.Table]]:
    """Rows of each bucket: bucket n holds keys from bound n - 1 on and below bound n."""
    if not bounds:
        yield 0, rows
        return
    ordered = rows.sort_by(column)
    keys = ordered.column(column).to_pylist()
    start = 0
    while start < len(keys):
        number = bisect_right(bounds, keys[start])
        end = bisect_left(keys, bounds[number], start) if number < len(bounds) else len(keys)
        yield number, ordered.slice(start, end - start)
        start = end


def _write(buckets: Iterable[Path], key: tuple[str, ...], to: Path) -> None:
    order = [(name, "ascending") for name in key]
    with ExitStack() as open_files:
        writer: pq.ParquetWriter | None = None
        for path in buckets:
            with pa.ipc.open_stream(str(path)) as stream:
                rows = stream.read_all().sort_by(order)
            if writer is None:
                how = encodings(rows)
                writer = open_files.enter_context(
                    pq.ParquetWriter(to, rows.schema, compression="zstd", store_schema=False, **how)
                )
            writer.write_table(rows, row_group_size=ROWS)
