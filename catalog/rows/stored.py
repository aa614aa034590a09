"""Columns of one row group as they lie in the files: raw ones from the part, masked ones from its shadows."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.lake.where import Lake, Place, at_hand, readable, reading, source
from catalog.rows.map_file import read_map
from catalog.rows.shadows import stored_name
from catalog.transforms import Disguise
from schemas.dataset import Transform
from schemas.errors import NotReady
from schemas.journey import Part, RowGroup, SnapshotFile

AT_ONCE = 8_192
"""Rows of row groups that are read at once: each read costs as much as some thousand rows."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Readers of one's own over a part and its shadows: a reader shared by two threads crashes."""

    part: pq.ParquetFile
    masks: pq.ParquetFile | None
    shadows: Mapping[str, str]
    """Column -> the name of its shadow, for columns that lie there just as they must leave."""

    def columns(
        self, groups: list[int], raw: Iterable[str], masked: Iterable[str] = (), *, side_by_side: bool = False
    ) -> pa.Table:
        """Columns of some row groups: `raw` under their names, `masked` under those of their shadows.

        `side_by_side` decodes several at once: for rows of which most are not sent, so that no other core is busy with
        sending them.
        """
        found = [(self.part, sorted(raw)), (self.masks, [self.shadows[name] for name in masked])]
        tables = [
            file.read_row_groups(groups, columns=names, use_threads=side_by_side)
            for file, names in found
            if file and names
        ]
        columns = {name: table.column(name) for table in tables for name in table.column_names}
        return pa.table(columns)


def at_once(groups: Iterable[RowGroup]) -> Iterator[list[int]]:
    """Numbers of row groups that are read at once: as many as have `AT_ONCE` rows together, or one."""
    some, rows = list[int](), 0
    for group in groups:
        if some and rows + group.rows > AT_ONCE:
            yield some
            some, rows = [], 0
        some.append(group.index)
        rows += group.rows
    if some:
        yield some


@contextmanager
def stored(lake: Lake, file: SnapshotFile, leaving: Iterable[Disguise]) -> Iterator[Stored]:
    """The files of a part, open; NotReady where one is gone or damaged."""
    shadows = _shadows(lake, file, leaving)
    with _opened(lake, file.part) as part:
        if not shadows or file.masks is None:
            yield Stored(part, None, {})
            return
        with _opened(lake, file.masks) as masks:
            yield Stored(part, masks, shadows)


def _shadows(lake: Lake, file: SnapshotFile, leaving: Iterable[Disguise]) -> Mapping[str, str]:
    """Of columns that leave masked: which lie masked in that way. None where no map tells how they were made."""
    hidden = [one for one in leaving if one.transform not in (Transform.CLEAR, Transform.TOKEN, Transform.DROP)]
    if not hidden or file.masks is None or file.chunks is None:
        return {}
    found = read_map(at_hand(lake, file.chunks), file.chunks.sha256)
    if found is None:
        return {}
    return {one.name: stored_name(one) for one in hidden if found.stores(one.name, one.transform, one.recipe)}


@contextmanager
def _opened(lake: Lake, part: Part) -> Iterator[pq.ParquetFile]:
    """Chunks of a far file are fetched together, those of a file on the disk where they are decoded."""
    path = readable(lake, part)
    told, far = footer(path, part.sha256), not isinstance(path, Path)
    with reading(path), pq.ParquetFile(source(path), metadata=told, pre_buffer=far) as opened:
        yield opened


@lru_cache(maxsize=64)  # one of a thousand row groups of twenty columns takes 18 MB
def footer(path: Place, sha256: str) -> pq.FileMetaData:  # noqa: ARG001 - part of what is remembered by
    """The footer of a published file, which all its readers share; NotReady where it is damaged."""
    try:
        with reading(path):
            return pq.read_metadata(source(path))
    except pa.ArrowInvalid as wrong:
        raise NotReady(f"{path}: a file of a published version is damaged; restore it: {wrong}") from wrong
