"""Which files of a kind lie in a place, and what the first bytes of one show, before there is a contract."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from connectors.exploring import Offer, Proposal
from connectors.files.named import literal
from connectors.places.folder import Folder
from connectors.places.known import place_of
from connectors.places.place import Entry, Fits, Place
from connectors.places.ready import unfinished
from schemas.connection import Connection

HEAD = 1 << 16
"""Bytes of a file that are looked at."""
WHOLE = 64 << 20
"""Bytes of a workbook that is looked at: its directory stands at its end."""
DEEP = 2
"""Folders below the connection's own that are looked into, on a disk of this machine."""
MOST = 5000
"""Folders and files below that are looked at."""
_DAYS = ((re.compile(r"(?<![0-9])20[0-9]{6}(?![0-9])"), "{yyyymmdd}"),
         (re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"), "{yyyy-mm-dd}"))  # fmt: skip

Guess = Callable[[bytes], Mapping[str, Proposal]]
"""The first bytes of a file -> options that are likely."""


@dataclass(frozen=True, slots=True)
class Files:
    """How files of one kind of source are found: by the endings of their names."""

    kind: str
    endings: tuple[str, ...]
    guess: Guess = lambda _head: {}
    option: str = "pattern"
    """The option that names the files."""

    def offers(self, connection: Connection, name: str) -> tuple[Offer, ...]:
        """Every file of this kind; with a name that one, with what its first bytes show."""
        folder = str(PurePosixPath(name).parent) if "/" in name else ""
        if name and not self._mine(name):
            return ()
        place = place_of(connection, folder)
        if not name:
            return tuple(self._offer(f, e, {}) for f, e in _listed(place, folder, self._mine)) if place.lists else ()
        with place.visit() as visit:
            entry = visit.entry(PurePosixPath(name).name)
        return (self._offer(folder, entry, self._looked(connection, folder, entry)),) if entry else ()

    def _mine(self, name: str) -> bool:
        return name.lower().endswith(self.endings) and not unfinished(PurePosixPath(name).name)

    def _offer(self, folder: str, entry: Entry, proposals: Mapping[str, Proposal]) -> Offer:
        options = ({"folder": folder} if folder else {}) | {self.option: literal(entry.name)}
        return Offer(_path(folder, entry.name), "file", self.kind, options, proposals, "", None, entry.size)

    def _looked(self, connection: Connection, folder: str, entry: Entry) -> Mapping[str, Proposal]:
        head = head_of(place_of(connection, folder), entry, HEAD)
        return {**self.guess(head), **day_of(self.option, entry.name)}


def day_of(option: str, name: str) -> dict[str, Proposal]:
    """A name that holds a day is likely one of a file a day."""
    for written, placeholder in _DAYS:
        if written.search(name):
            pattern = written.sub(placeholder, literal(name), count=1)
            return {option: Proposal(pattern, "its name holds a day: one file a day, chosen by window", certain=True)}
    return {}


def head_of(place: Place, entry: Entry, most: int) -> bytes:
    """The first bytes of a file."""
    held = b""
    with place.visit() as visit:
        for piece in visit.pieces(entry, 0):
            held += piece
            if len(held) >= most:
                break
    return held[:most]


def _listed(place: Place, folder: str, mine: Fits) -> list[tuple[str, Entry]]:
    with place.visit() as visit:
        found = [(folder, entry) for entry in visit.entries(mine)]
    if place.here is not None:
        found += [(below, entry) for below, entry in _below(place.here) if mine(entry.name)]
    return sorted(found, key=lambda one: _path(one[0], one[1].name))


def _below(root: Path) -> Iterator[tuple[str, Entry]]:
    """Files of the folders below, as far as a listing is of use to a person."""
    for folder, name in islice(_looked_at(root), MOST):
        if name and (entry := Folder(folder).entry(name)):
            yield folder.relative_to(root).as_posix(), entry


def _looked_at(root: Path) -> Iterator[tuple[Path, str]]:
    """Each folder, without a name, and each name in those below the root."""
    for path, folders, names in os.walk(root):
        folder = Path(path)
        depth = len(folder.relative_to(root).parts)
        if depth == DEEP:
            folders.clear()
        yield folder, ""
        yield from ((folder, name) for name in names if depth)


def _path(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
