"""A second copy of a version's rows, sorted by the subject's key in small batches, for looking one subject up.

Written once at publication with bounded memory: rows are dealt out by key into buckets on the disk, each bucket is
sorted by itself. It is an Arrow file: 512 rows of twelve columns are read and unpacked in 40 us, where the smallest
sensible row group of Parquet takes 1,400; it is four times as large for that (95 bytes a row, measured).
"""

import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ENDING = ".arrow"
ROWS = 512
"""Rows of a batch: what a look-up has to unpack."""
BUCKET = 262_144
"""Rows that are sorted in memory at once."""
WORTH = 8_192
"""Rows from which on the copy is made; fewer are as quickly read where they lie."""


def write_keyed(parts: Iterable[Path], key: tuple[str, ...], to: Path, bucket: int = BUCKET) -> bool:
    """Write the rows of `parts` at `to`, sorted by the `key` columns, `bucket` rows or so in memory at once.

    False, and no file, where rows are too few or none has a full key. Rows without one are left out: nobody can name
    them.
    """
    files = tuple(parts)
    rows = sum(pq.read_metadata(path).num_rows for path in files)
    if rows < WORTH or not key:
        return False
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".keyed-") as name:
        buckets = _dealt(files, key, _bounds(files, key, rows // bucket), Path(name))
        _write(buckets, key, to)
    return to.is_file()


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
        writer: pa.ipc.RecordBatchFileWriter | None = None
        for path in buckets:
            with pa.ipc.open_stream(str(path)) as stream:
                rows = stream.read_all().sort_by(order)
            if writer is None:
                packed = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
                writer = open_files.enter_context(pa.ipc.new_file(str(to), rows.schema, options=packed))
            for start in range(0, rows.num_rows, ROWS):
                (batch,) = rows.slice(start, ROWS).combine_chunks().to_batches()
                writer.write_batch(batch)
