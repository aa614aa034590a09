"""A recipient's rows and columns as an ordinary Parquet file, made of byte ranges of the published files.

Nothing is decoded. Whole row groups are chosen by place and column chunks by name and transform; a new footer is put
under them. The size is known before a byte is copied, so that ranges of the file can be asked for.
Fails closed: whatever is not wholly in scope, or has no chunk under the very transform that the decision names, is no
case for splicing, and `catalog.rows.reader` reads it row by row.
"""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import FileIO
from itertools import accumulate
from pathlib import Path

from catalog.rows.chunks import MAGIC, Chunk, ChunkMap, Named
from catalog.rows.footer import column_chunk, file_footer, row_group
from catalog.rows.map_file import read_map
from catalog.rows.reader import RowReader
from catalog.transforms import Disguise
from schemas.dataset import Transform
from schemas.errors import NotReady
from schemas.journey import Part, RowGroup, SnapshotFile

PIECE = 1 << 20
"""Bytes that are read at once."""
EMPTY = "no row group lies in scope"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of bytes of one published file."""

    path: Path
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
        body = self.size - len(self.footer)
        if start < len(MAGIC):
            yield MAGIC[start:stop]
        yield from self._copied(max(start, len(MAGIC)), min(stop, body))
        if stop > body:
            yield self.footer[max(0, start - body) : stop - body]

    def _copied(self, start: int, stop: int) -> Iterator[bytes]:
        number = bisect_right(self._ends, start)
        while start < stop:
            stretch, ends = self.stretches[number], self._ends[number]
            skipped = start - (ends - stretch.length)
            length = min(stop, ends) - start
            yield from _pieces(stretch.path, stretch.start + skipped, length)
            start, number = ends, number + 1

    def write(self, path: Path) -> None:
        """The whole file at `path`, copied by the kernel."""
        with path.open("wb", buffering=0) as out:
            out.write(MAGIC)
            for stretch in self.stretches:
                _send(out.fileno(), stretch)
            out.write(self.footer)


def splice(reader: RowReader) -> Splice | str:
    """The file of just what `reader` would read; or, in words, why it has to be read row by row."""
    if reader.scope.keys is not None or reader.scope.filter is not None:
        return "rows are told apart by their values"
    if not reader.disguises or any(d.transform in (Transform.TOKEN, Transform.DROP) for d in reader.disguises):
        return "a column is made for this recipient alone"
    chosen: list[tuple[SnapshotFile, RowGroup]] = []
    for file in reader.files:
        for group in file.groups:
            inside = reader.holds(file, group)
            if inside is None:
                return "a row group lies only partly in scope"
            if inside:
                chosen.append((file, group))
    return _assembled(reader.lake, chosen, reader.disguises)


def _assembled(
    lake: Path, chosen: Sequence[tuple[SnapshotFile, RowGroup]], leaving: Sequence[Disguise]
) -> Splice | str:
    if not chosen:
        return EMPTY
    maps: dict[str, ChunkMap] = {}
    for file, _ in chosen:
        if file.part.path not in maps:
            found = _map_of(lake, file, leaving)
            if isinstance(found, str):
                return found
            maps[file.part.path] = found
    first, columns = maps[chosen[0][0].part.path], [(d.name, d.transform) for d in leaving]
    if any(one.elements[name] != first.elements[name] for one in maps.values() for name in columns):
        return "files of different windows store a column differently"
    return _spliced(lake, [(file, group, maps[file.part.path]) for file, group in chosen], columns)


def _map_of(lake: Path, file: SnapshotFile, leaving: Sequence[Disguise]) -> ChunkMap | str:
    found = read_map(lake / file.chunks.path, file.chunks.sha256) if file.chunks is not None else None
    if found is None:
        return "the version has no map of its chunks; publish it again to have one"
    lacking = [d.name for d in leaving if not _stored_so(found, d)]
    if lacking:
        return f"no column is stored as {', '.join(lacking)} must leave"
    for part in (file.part, file.masks):
        if part is not None:
            _same_size(lake, part)
    return found


def _stored_so(found: ChunkMap, how: Disguise) -> bool:
    """Whether a column is stored just as it must leave: another contract may have masked it in another way."""
    named = how.name, how.transform
    return named in found.elements and found.recipes.get(named, "") == how.recipe


def _same_size(lake: Path, part: Part) -> None:
    """NotReady where a file is not as long as it was: what a map says of it would point into something else."""
    path = lake / part.path
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
    if size != part.size:
        raise NotReady(f"{path}: has {size} bytes, was published with {part.size}; restore it")


def _spliced(lake: Path, chosen: Sequence[tuple[SnapshotFile, RowGroup, ChunkMap]], columns: Sequence[Named]) -> Splice:
    place, stretches, groups, digest = len(MAGIC), list[Stretch](), list[bytes](), hashlib.sha256()
    for file, group, chunks in chosen:
        wanted = [chunks.chunks[group.index, *name] for name in columns]
        described = []
        start = place
        for chunk in wanted:
            described.append(column_chunk(chunk, place))
            _append(stretches, Stretch(lake / _holder(file, chunk), chunk.start, chunk.length))
            digest.update(chunk.digest)
            place += chunk.length
        facts = {"columns": len(wanted), "rows": group.rows, "start": start, "packed": place - start}
        groups.append(row_group(described, facts | {"unpacked": sum(chunk.unpacked for chunk in wanted)}))
    rows = sum(group.rows for _, group, _ in chosen)
    footer = file_footer(chosen[0][2], columns, groups, rows)
    digest.update(hashlib.sha256(footer).digest())
    ends = tuple(accumulate((s.length for s in stretches), initial=len(MAGIC)))[1:]
    return Splice(tuple(stretches), footer, rows, digest.hexdigest(), ends)


def _holder(file: SnapshotFile, chunk: Chunk) -> str:
    if not chunk.masked:
        return file.part.path
    if file.masks is None:
        raise NotReady(f"{file.part.path}: its map speaks of shadow columns, its manifest of none; publish it again")
    return file.masks.path


def _append(stretches: list[Stretch], following: Stretch) -> None:
    """Ranges that touch are one."""
    last = stretches[-1] if stretches else None
    if last is not None and last.path == following.path and last.start + last.length == following.start:
        stretches[-1] = Stretch(last.path, last.start, last.length + following.length)
    else:
        stretches.append(following)


def _opened(path: Path) -> FileIO:
    try:
        return FileIO(path)
    except FileNotFoundError as wrong:
        raise NotReady(f"{path}: a file of a published version is gone; restore it") from wrong


def _pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    with _opened(path) as file:
        while length:
            piece = os.pread(file.fileno(), min(length, PIECE), start)
            if not piece:
                raise NotReady(f"{path}: ends before byte {start}, where a published version has more; restore it")
            yield piece
            start, length = start + len(piece), length - len(piece)


def _send(out: int, stretch: Stretch) -> None:
    start, length = stretch.start, stretch.length
    with _opened(stretch.path) as file:
        while length:
            sent = os.sendfile(out, file.fileno(), start, length)
            if not sent:
                raise NotReady(f"{stretch.path}: ends before byte {start}, where a published version has more")
            start, length = start + sent, length - sent
