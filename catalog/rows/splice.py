"""A recipient's rows and columns as an ordinary Parquet file, made of byte ranges of the published files.

Nothing is decoded. Whole row groups are chosen by place and column chunks by name and transform; a new footer is put
under them. The size is known before a byte is copied, so that ranges of the file can be asked for.
Fails closed: whatever is not wholly in scope, or has no chunk under the very transform that the decision names, is no
case for splicing, and `catalog.rows.reader` reads it row by row.
"""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, compress, groupby
from operator import attrgetter
from pathlib import Path

from catalog.lake.bucket import Far
from catalog.lake.ranges import copied
from catalog.lake.where import Lake, Place, at_hand, readable, reading
from catalog.rows.chunks import MAGIC, Chunk, ChunkMap, Named
from catalog.rows.footer import column_chunk, file_footer, row_group
from catalog.rows.map_file import read_map
from catalog.rows.pieces import Source, gathered, opened
from catalog.rows.reader import RowReader
from catalog.transforms import Disguise
from schemas.dataset import Transform
from schemas.errors import NotReady
from schemas.journey import RowGroup, SnapshotFile

EMPTY = "no row group lies in scope"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of bytes of one published file."""

    path: Place
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Splice:
    """A Parquet file that has not been written yet: its bytes can be told from any place on."""

    stretches: tuple[Stretch, ...]
    footer: bytes
    rows: int
    digest: str
    """Hex sha256 over the digests of its chunks and its footer: whoever has the file can work it out."""
    _ends: tuple[int, ...] = field(repr=False)
    """Where each stretch ends in the spliced file."""

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return (self._ends[-1] if self._ends else len(MAGIC)) + len(self.footer)

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes `[start, end)` in pieces of at most `PIECE`.

        Raises NotReady where a published file is gone or shorter than it was.
        """
        stop = self.size if end is None else min(end, self.size)
        return gathered(self._read(start, stop), max(0, stop - start))

    def _read(self, start: int, stop: int) -> Iterator[Source]:
        body = self.size - len(self.footer)
        if start < len(MAGIC):
            yield MAGIC[start:stop]
        yield from self._copied(max(start, len(MAGIC)), min(stop, body))
        if stop > body:
            yield self.footer[max(0, start - body) : stop - body]

    def _copied(self, start: int, stop: int) -> Iterator[Source]:
        wanted = self._wanted(start, stop)
        if self._far:
            return copied((path, at, length) for path, at, length in wanted if isinstance(path, Far))
        return ((path, at, length) for path, at, length in wanted if isinstance(path, Path))

    def _wanted(self, start: int, stop: int) -> Iterator[tuple[Place, int, int]]:
        """File, offset and length of what the bytes `[start, stop)` of the spliced file are copied from."""
        number = bisect_right(self._ends, start)
        while start < stop:
            stretch, ends = self.stretches[number], self._ends[number]
            skipped = start - (ends - stretch.length)
            yield stretch.path, stretch.start + skipped, min(stop, ends) - start
            start, number = ends, number + 1

    def write(self, path: Path) -> None:
        """The whole file at `path`, copied by the kernel where what it is made of lies on this disk."""
        with path.open("wb", buffering=0) as out:
            if self._far:
                out.writelines(self.read())
                return
            out.write(MAGIC)
            for stretch in self.stretches:
                if isinstance(stretch.path, Path):
                    _send(out.fileno(), stretch.path, stretch)
            out.write(self.footer)

    @property
    def _far(self) -> bool:
        """Whether it is made of far files: a lake is a folder or a bucket, never both."""
        return bool(self.stretches) and isinstance(self.stretches[0].path, Far)


def splice(reader: RowReader) -> Splice | str:
    """The file of just what `reader` would read; or, in words, why it has to be read row by row."""
    if reader.scope.keys is not None or reader.scope.filter is not None or reader.scope.roster:
        return "rows are told apart by their values"
    if not reader.disguises or any(d.transform in (Transform.TOKEN, Transform.DROP) for d in reader.disguises):
        return "a column is made for this recipient alone"
    chosen = []
    for file in reader.files:
        inside = [reader.holds(file, group) for group in file.groups]
        if None in inside:
            return "a row group lies only partly in scope"
        if groups := tuple(compress(file.groups, inside)):
            _same_size(reader.lake, file)
            chosen.append((file, groups))
    return planned(Choice(reader.lake, tuple(chosen), reader.disguises)) if chosen else EMPTY


@dataclass(frozen=True, slots=True)
class Choice:
    """Row groups and columns of a splice; equal to another where the bytes are the same."""

    lake: Lake
    chosen: tuple[tuple[SnapshotFile, tuple[RowGroup, ...]], ...] = field(compare=False)
    leaving: tuple[Disguise, ...] = field(compare=False)
    _content: tuple[object, ...] = field(init=False, repr=False)
    """Digests of the files, numbers of the row groups, columns and how they leave."""

    def __post_init__(self) -> None:
        parts = [(file.part, file.masks, file.chunks, *(g.index for g in groups)) for file, groups in self.chosen]
        told = (*parts, *((d.name, d.transform, d.recipe) for d in self.leaving))
        object.__setattr__(self, "_content", told)


@lru_cache(maxsize=32)  # one of four thousand chunks takes 2 MB
def planned(choice: Choice) -> Splice | str:
    """The plan; it is remembered, since a recipient asks for the same scope again, and in ranges."""
    maps = []
    for file, _ in choice.chosen:
        found = _map_of(choice.lake, file, choice.leaving)
        if isinstance(found, str):
            return found
        maps.append(found)
    columns = [(d.name, d.transform) for d in choice.leaving]
    if any(one.elements[name] != maps[0].elements[name] for one in maps for name in columns):
        return "files of different windows store a column differently"
    return _spliced(choice, maps, columns)


def _map_of(lake: Lake, file: SnapshotFile, leaving: Sequence[Disguise]) -> ChunkMap | str:
    found = read_map(at_hand(lake, file.chunks), file.chunks.sha256) if file.chunks is not None else None
    if found is None:
        return "the version has no map of its chunks; publish it again to have one"
    lacking = [d.name for d in leaving if not found.stores(d.name, d.transform, d.recipe)]
    return f"no column is stored as {', '.join(lacking)} must leave" if lacking else found


def _same_size(lake: Lake, file: SnapshotFile) -> None:
    """NotReady where a file is not as long as it was: what a map says of it would point into something else."""
    for part in (file.part, file.masks):
        if part is not None:
            path = readable(lake, part)
            if isinstance(path, Far):
                path.look()
                continue
            with reading(path):
                size = path.stat().st_size
            if size != part.size:
                raise NotReady(f"{path}: has {size} bytes, was published with {part.size}; restore it")


def _spliced(choice: Choice, maps: Sequence[ChunkMap], columns: Sequence[Named]) -> Splice:
    place, stretches, groups, digest = len(MAGIC), list[Stretch](), list[bytes](), hashlib.sha256()
    for (file, chosen), chunks in zip(choice.chosen, maps, strict=True):
        paths = {
            masked: readable(choice.lake, part) for masked, part in ((False, file.part), (True, file.masks)) if part
        }
        for group in chosen:
            wanted = [chunks.chunks[group.index, *name] for name in columns]
            starts = list(accumulate((chunk.length for chunk in wanted), initial=place))
            described = b"".join(map(column_chunk, wanted, starts))
            facts = {"columns": len(wanted), "rows": group.rows, "start": place, "packed": starts[-1] - place}
            groups.append(row_group(described, facts | {"unpacked": sum(chunk.unpacked for chunk in wanted)}))
            digest.update(b"".join(chunk.digest for chunk in wanted))
            _append(stretches, wanted, paths)
            place = starts[-1]
    rows = sum(group.rows for _, chosen in choice.chosen for group in chosen)
    footer = file_footer(maps[0], columns, groups, rows)
    digest.update(hashlib.sha256(footer).digest())
    ends = tuple(accumulate((s.length for s in stretches), initial=len(MAGIC)))[1:]
    return Splice(tuple(stretches), footer, rows, digest.hexdigest(), ends)


def _append(stretches: list[Stretch], wanted: Sequence[Chunk], paths: Mapping[bool, Place]) -> None:
    """Where the chunks lie; ranges that touch are one."""
    for masked, touching in groupby(wanted, key=attrgetter("masked")):
        if masked not in paths:
            raise NotReady(f"{paths[False]}: its map speaks of shadow columns, its manifest of none; publish it again")
        for chunk in touching:
            last = stretches[-1] if stretches else None
            if last is not None and last.path is paths[masked] and last.start + last.length == chunk.start:
                stretches[-1] = Stretch(last.path, last.start, last.length + chunk.length)
            else:
                stretches.append(Stretch(paths[masked], chunk.start, chunk.length))


def _send(out: int, path: Path, stretch: Stretch) -> None:
    start, length = stretch.start, stretch.length
    with opened(path) as file:
        while length:
            sent = os.sendfile(out, file.fileno(), start, length)
            if not sent:
                raise NotReady(f"{stretch.path}: ends before byte {start}, where a published version has more")
            start, length = start + sent, length - sent
