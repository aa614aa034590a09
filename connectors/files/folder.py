"""What all kinds of dropped files share: which files a window has, pinned in a plan, and read through their format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import ClassVar, Protocol

from connectors.files.aside import without_nul
from connectors.files.content import Content
from connectors.files.control import control_rows
from connectors.files.drop import Drop
from connectors.files.fill import fill_down
from connectors.files.folder_options import FolderOptions
from connectors.files.numbers import as_declared
from connectors.files.packed import contents
from connectors.files.pinned import pin
from connectors.headers import Layout, extra_columns, fingerprint, layout
from connectors.places.folder import reachable
from connectors.protocol import Batch, Column, Problem, Stream
from connectors.told import told
from schemas.dataset import Dataset, Json, Load
from schemas.errors import SourceChanged
from schemas.journey import Plan, Window


class Opened(Protocol):
    """One content that a format has opened."""

    def parts(self) -> tuple[str, ...]:
        """What is read apart, in this order, e.g. sheets; one empty text where it is all one."""
        ...

    def columns(self, part: str) -> tuple[Column, ...]:
        """The columns of a part with the types that it tells; SourceChanged where it is not of this format."""
        ...

    def batches(self, part: str, shape: Layout) -> Iterator[Batch]:
        """The rows of a part, under the contract's names; what is broken goes with its place among the misfits."""
        ...


class Format(Protocol):
    """How files of one kind are read; all else is `FolderOf`'s."""

    tells: ClassVar[bool]
    """Whether a file itself tells which columns it has, also where it has no rows."""

    def open(self, content: Content) -> Opened:
        """Looks no further than it must: a plan opens each file."""
        ...

    def suspicions(self, content: Content) -> tuple[Problem, ...]:
        """What looks odd about a file that can be read."""
        ...


@dataclass(frozen=True, slots=True)
class FolderOf:
    """A folder of files of one format and one make."""

    dataset: Dataset
    drop: Drop
    format: Format
    options: FolderOptions

    def check(self) -> tuple[Problem, ...]:
        """The place answers, files are there, and what the newest whole one holds fits the contract."""
        return self.drop.check(self._looked_at)

    def _looked_at(self, file: Path) -> tuple[Problem, ...]:
        with contents(file, self.options) as found:
            return tuple(problem for content in found for problem in self._look(content))

    def _look(self, content: Content) -> Iterator[Problem]:
        opened = self.format.open(content)
        shapes = [(part, self._layout(content, opened, part)) for part in opened.parts()]
        self._not_empty(content)
        yield from self.format.suspicions(content)
        for part, shape in shapes:
            yield from extra_columns(_named(content, part), shape.extra)

    def discover(self) -> tuple[Stream, ...]:
        """Each part of each file with its columns, and the types that its format tells."""
        return tuple(stream for file in self.drop.found() for stream in self._streams(file))

    def _streams(self, file: Path) -> Iterator[Stream]:
        with contents(file, self.options) as found:
            for content in found:
                opened = self.format.open(content)
                for part in opened.parts():
                    columns = tuple(c for c in opened.columns(part) if c.name)
                    yield Stream(_named(content, part), columns)

    def plan(self, window: Window) -> Plan:
        """Pins the window's files by size and sha256, and notes the columns that no field names."""
        pieces: list[dict[str, Json]] = []
        headers: list[str] = []
        for file in self.drop.of_window(window):
            with reachable(file):
                pinned = pin(file)
                for piece, shape in self._of_file(file):
                    pieces.append({**pinned, **piece})
                    headers += [h for h in shape.headers if h not in headers]
                pieces[-1].update(self._count(file))
        shown = headers if self.format.tells else [f.source_name for f in self.dataset.fields]
        return Plan(self.dataset.key, self.dataset.contract_hash, window, tuple(pieces), fingerprint(shown))

    def _of_file(self, file: Path) -> Iterator[tuple[dict[str, Json], Layout]]:
        with contents(file, self.options) as found:
            for content in found:
                yield from self._pieces(content)
                self._not_empty(content)

    def _pieces(self, content: Content) -> Iterator[tuple[dict[str, Json], Layout]]:
        opened = self.format.open(content)
        for part in opened.parts():
            shape = self._layout(content, opened, part)
            told_apart = {"member": content.member} if content.member else {}
            yield {**told_apart, **({"part": part} if part else {}), "extra": list(shape.extra)}, shape

    def read(self, plan: Plan) -> Iterator[Batch]:
        """All rows, file after file; SourceChanged when a file is not the planned one or not of its format."""
        batches = without_nul(self._rows(plan))
        if self.options.numbers:
            batches = as_declared(batches, self.dataset, self.options.numbers)
        if self.options.filled:
            batches = fill_down(batches, self.dataset, self.options.filled)
        return batches

    def _rows(self, plan: Plan) -> Iterator[Batch]:
        for _, pieces in groupby(plan.pieces, key=lambda piece: piece["name"]):
            yield from self._file(list(pieces))

    def _file(self, pieces: list[Mapping[str, Json]]) -> Iterator[Batch]:
        """All that is planned of one file, which is opened and hashed once, however many members it has."""
        with self.drop.pinned(pieces[0]) as pinned:
            with contents(pinned.file, self.options, pinned) as found:
                members = {content.member: content for content in found}
                for member, parts in groupby(pieces, key=lambda piece: piece.get("member", "")):
                    if member not in members:
                        gone = f"it holds no {member!r} any more; plan anew"
                        raise SourceChanged(f"{pinned.file}: changed since the plan was made: {gone}")
                    yield from self._content(members[member], [piece.get("part", "") for piece in parts])
            pinned.confirm()
        for piece in pieces:
            if "rows" in piece:
                yield told(self.dataset, members[piece.get("member", "")].name, piece["rows"])

    def _content(self, content: Content, parts: list[str]) -> Iterator[Batch]:
        opened = self.format.open(content)
        for part in parts:
            yield from opened.batches(part, self._layout(content, opened, part))

    def _layout(self, content: Content, opened: Opened, part: str) -> Layout:
        where = f"{content.where}: {part}" if part else content.where
        try:
            return layout(self.dataset, [c.name for c in opened.columns(part)], where, self.options.optional)
        except SourceChanged as wrong:
            odd = [f"; {problem.said}: {problem.advice}" for problem in self.format.suspicions(content)]
            raise SourceChanged(f"{wrong}{''.join(odd)}") from wrong

    def _not_empty(self, content: Content) -> None:
        """SourceChanged for a snapshot without a byte, unless the department writes that it has no rows."""
        if self.dataset.source.load is not Load.SNAPSHOT:
            return
        with content.open() as opened:
            if not opened.read(1) and self._count(content.file).get("rows") != 0:
                raise SourceChanged(
                    f"{content.where}: found 0 bytes, expected the whole of {self.dataset.key}: an upload that failed "
                    "looks like that; where it may be empty, let the department write a control file that says 0 rows"
                )

    def _count(self, file: Path) -> Mapping[str, Json]:
        control = self.options.control
        if control is None:
            return {}
        return {"rows": control_rows(file, self.drop.beside(control.beside(file)), control, *self.options.written)}


def _named(content: Content, part: str) -> str:
    return f"{content.name}/{part}" if part else content.name
