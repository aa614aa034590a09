"""Everything that is written into the folder of a version about its rows: parts, shadows, maps, the copy by key."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from catalog.rows.keyed import ENDING, write_keyed
from catalog.rows.shadows import shadows_of
from catalog.rows.writer import Cut, Layout, facts, write_parts
from schemas.access import Mode
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset, Kind
from schemas.journey import KeyFile, Part, SnapshotFile

LARGE = 5_000_000
"""From so many rows on a version has a file for each county."""
KEYED = f"keyed-0001{ENDING}"


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one window's rows, by their bare names or below a folder of the lake."""

    files: tuple[SnapshotFile, ...]
    keyed: tuple[KeyFile, ...]
    beside: tuple[Part, ...] = ()
    """What tells of the rows without holding one."""

    @property
    def parts(self) -> Iterator[Part]:
        """Every file."""
        for file in self.files:
            yield from (part for part in (file.part, file.masks, file.chunks) if part is not None)
        yield from (file.part for file in self.keyed)
        yield from self.beside

    def within(self, folder: str, window: str) -> "Written":
        """The same below `folder`, as the rows of a window."""

        def below(part: Part) -> Part:
            return replace(part, path=f"{folder}/{part.path}")

        def placed(file: SnapshotFile) -> SnapshotFile:
            masks, chunks = (part and below(part) for part in (file.masks, file.chunks))
            return replace(file, part=below(file.part), window=window, masks=masks, chunks=chunks)

        keyed = tuple(replace(file, part=below(file.part), window=window) for file in self.keyed)
        return Written(tuple(map(placed, self.files)), keyed, tuple(map(below, self.beside)))


def write_rows(pieces: Iterator[pa.Table], dataset: Dataset, rows: int, folder: Path) -> Written:
    """Write `pieces`, `rows` rows in their final order, below `folder`."""
    layout = Layout(arrow_schema(dataset), dataset.default_scope, shadows_of(dataset), Cut(by_county=rows >= LARGE))
    files = write_parts(pieces, layout, folder)
    key = lookup_key(dataset)
    to = folder / KEYED
    if not key or not write_keyed((folder / file.part.path for file in files), key, to):
        return Written(files, ())
    return Written(files, (KeyFile(facts(to, rows), "", key),))


def lookup_key(dataset: Dataset) -> tuple[str, ...]:
    """The columns by which a subject is looked up; none where nobody may, or their first is no text."""
    key = dataset.subject_fields
    if Mode.VERIFY.value not in dataset.modes or not key or dataset.field(key[0]).type.kind is not Kind.STRING:
        return ()
    return key
