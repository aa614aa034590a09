"""Reads records of fixed width, whose columns are counted in bytes as the source encodes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import pyarrow as pa

from connectors.files.content import BLOCK, Content, Raw
from connectors.files.drop import drop
from connectors.files.encoding import codec
from connectors.files.fixed_cells import Cells, FixedWidthOptions, fixed_mistakes
from connectors.files.folder import FolderOf
from connectors.files.folder_kind import folder_kind
from connectors.files.lines import lines
from connectors.headers import Layout
from connectors.options import read_options
from connectors.protocol import WHOLE_ROW, Batch, Column, Connector, Inputs, Misfit, Problem
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import SourceChanged

ROWS = 16 * 1024
SAMPLE = 100
"""So many records are looked at before a file is taken to be of another make."""


@dataclass(frozen=True, slots=True)
class FixedWidth:
    """Records of one width."""

    dataset: Dataset
    options: FixedWidthOptions
    tells: ClassVar[bool] = False

    def open(self, content: Content) -> "FixedContent":
        """Nothing is read yet."""
        return FixedContent(content, self.dataset, self.options)

    def suspicions(self, _content: Content) -> tuple[Problem, ...]:
        """None: a record of another length is told with its number."""
        return ()


@dataclass(frozen=True, slots=True)
class FixedContent:
    """One file."""

    content: Content
    dataset: Dataset
    options: FixedWidthOptions

    def parts(self) -> tuple[str, ...]:
        """It is all one."""
        return ("",)

    def columns(self, _part: str) -> tuple[Column, ...]:
        """The declared columns; SourceChanged where none of the first records has the declared length."""
        with self.content.open() as opened:
            lengths = {len(line) for _, line in islice(self._lines(opened), SAMPLE)}
        if lengths and not any(self._fits(length) for length in lengths):
            found = ", ".join(map(str, sorted(lengths)[:5]))
            said = f"{self.content.where}: found records of {found} bytes, expected {self.options.bytes}"
            raise SourceChanged(f"{said}; is it another layout, or another encoding?")
        return tuple(Column(f.source_name, "") for f in self.dataset.fields)

    def batches(self, _part: str, _shape: Layout) -> Iterator[Batch]:
        """All records, placed by the number of their line behind the skipped ones."""
        found = self._lines(self.content.once())
        while some := list(islice(found, ROWS)):
            yield self._batch(some)

    def _fits(self, length: int) -> bool:
        wanted = self.options.bytes
        return length == wanted or (self.options.short_lines and length < wanted)

    def _lines(self, opened: Raw) -> Iterator[tuple[int, bytes]]:
        """Records with their places."""
        options = self.options
        if options.line_end == "none":
            yield from enumerate(_slices(opened, options.bytes), 1)
            return
        for place, line in enumerate(lines(opened, self.content.where), 1 - options.skip_lines):
            if place < 1:
                continue
            bare = line[:-1] if line.endswith(b"\r") else line
            if bare or options.short_lines:
                yield place, bare

    def _batch(self, some: Sequence[tuple[int, bytes]]) -> Batch:
        misfits = [self._misfit(place, line) for place, line in some if not self._fits(len(line))]
        sound = [(place, line.ljust(self.options.bytes)) for place, line in some if self._fits(len(line))]
        cells = Cells(self.options, [line for _, line in sound])
        names = [f.name for f in self.dataset.fields]
        columns = [cells.column(name) for name in names]
        misfits += [self._cut(*sound[row], *wrong) for row, wrong in sorted(cells.broken.items())]
        keep = [row for row in range(len(sound)) if row not in cells.broken] if cells.broken else range(len(sound))
        arrays = [pa.array([column[row] for row in keep], pa.string()) for column in columns]
        places = pa.array([sound[row][0] for row in keep], pa.int64())
        return Batch(self.content.name, some[0][0], pa.record_batch(arrays, names), places, tuple(misfits))

    def _misfit(self, place: int, line: bytes) -> Misfit:
        raw = line.decode(codec(self.options.encoding), "backslashreplace")
        why = f"found {len(line)} bytes, expected {self.options.bytes}"
        return Misfit(place, WHOLE_ROW, raw[:80], why, raw)

    def _cut(self, place: int, line: bytes, name: str, why: str) -> Misfit:
        cut, encoding = self.options.columns[name], self.options.encoding
        value = line[cut.start - 1 : cut.end].decode(codec(encoding), "backslashreplace")
        return Misfit(place, name, value, why, line.decode(codec(encoding), "backslashreplace"))


def _slices(opened: Raw, length: int) -> Iterator[bytes]:
    tail = b""
    for block in iter(lambda: opened.read(BLOCK) or b"", b""):
        held = tail + block
        whole = len(held) - len(held) % length
        yield from (held[at : at + length] for at in range(0, whole, length))
        tail = held[whole:]
    if tail:
        yield tail


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(FixedWidthOptions, dataset)
    form = FixedWidth(dataset, options)
    return FolderOf(dataset, drop(connection, options, options.pattern), form, options)


KIND = folder_kind("fixed_width", FixedWidthOptions, build, fixed_mistakes)
