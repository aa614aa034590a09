"""k and l of a version: the groups of its windows added up, a slice of all groups at a time, without reading a row."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.lake.where import Lake
from catalog.profiles import beside
from schemas.dataset import Dataset
from schemas.journey import Snapshot
from schemas.linkage import GROUPS, Linkage, sensitive, told_apart

SLICE = 2_000_000
"""Lines of group files that are held at once, about 70 MB."""
LINES = pa.schema([("field", pa.int16()), ("g", pa.int64()), ("v", pa.int64()), ("n", pa.int64())])
"""Of a group file."""
HASHES = 2**60
"""Groups are numbered below this, evenly."""


def linkage(dataset: Dataset, lake: Lake, snapshot: Snapshot, size: int = SLICE) -> Linkage | None:
    """The linkage risk of all rows of a version; None where nothing tells people apart.

    Figures are None where there are no rows, and where the groups of a window are missing or of other columns:
    what cannot be computed is not said to be safe.
    """
    apart, hidden = told_apart(dataset), sensitive(dataset)
    if not apart:
        return None
    folders = dict.fromkeys(PurePosixPath(file.part.path).parent for file in snapshot.files)
    found = [beside(lake, snapshot, f"{folder}/{GROUPS}") for folder in folders]
    files = [file for file in found if file is not None and _of_these(file, apart, hidden)]
    if not files or len(files) != len(found):
        return Linkage(apart, hidden, None)
    return Linkage(apart, hidden, *_figures(files, size))


@dataclass(slots=True)
class _Least:
    """The least number seen so far."""

    seen: int | None = None

    def look(self, numbers: pa.ChunkedArray) -> None:
        if len(numbers):
            found: int = pc.min(numbers).as_py()
            self.seen = found if self.seen is None else min(self.seen, found)


def _of_these(file: Path, apart: Sequence[str], hidden: Sequence[str]) -> bool:
    told = (pq.read_metadata(file).metadata or {}).get(b"told_apart", b"null")
    return bool(json.loads(told) == [list(apart), list(hidden)])


def _figures(files: Sequence[Path], size: int) -> tuple[int | None, int | None]:
    """k and l. The files are sorted by group, so that a slice of all groups is a stretch of each."""
    lines = sum(pq.read_metadata(file).num_rows for file in files)
    passes = -(-lines // size) or 1
    k, diversity = _Least(), _Least()
    for step in range(passes):
        low, high = HASHES * step // passes, HASHES * (step + 1) // passes
        table = pa.concat_tables([LINES.empty_table(), *(part for file in files for part in _between(file, low, high))])
        whole = pc.equal(table["field"], 0)
        k.look(_rows_by_group(table.filter(whole)))
        diversity.look(_values_by_group(table.filter(pc.invert(whole))))
    return k.seen, diversity.seen


def _between(file: Path, low: int, high: int) -> Iterator[pa.Table]:
    """The lines of groups from `low` to below `high`, from the row groups that may hold them."""
    with pq.ParquetFile(file) as opened:
        place = opened.schema_arrow.get_field_index("g")
        for index in range(opened.num_row_groups):
            seen = opened.metadata.row_group(index).column(place).statistics
            if seen is None or not seen.has_min_max or (seen.min < high and seen.max >= low):
                lines = opened.read_row_group(index, columns=LINES.names).select(LINES.names)
                inside = pc.and_(pc.greater_equal(lines["g"], low), pc.less(lines["g"], high))
                yield lines.filter(inside).cast(LINES)


def _rows_by_group(table: pa.Table) -> pa.ChunkedArray:
    return table.group_by("g").aggregate([("n", "sum")])["n_sum"]


def _values_by_group(table: pa.Table) -> pa.ChunkedArray:
    values = table.group_by(["field", "g", "v"]).aggregate([])
    return values.group_by(["field", "g"]).aggregate([([], "count_all")])["count_all"]
