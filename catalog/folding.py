"""Small windows of an append are folded into larger files, and a fold is taken apart where one of its windows is due.

A stream that is published every quarter of an hour would have thirty thousand files after a year, and a manifest of
megabytes in each version. Sixteen small windows become one, sixteen of those one again, of larger ones as many as a row
group holds, so that a row is written two or three times and a version has some two hundred files. Nothing is lost by
it: older versions are immutable, so a fold names the one in which its windows still stand apart.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from pathlib import PurePosixPath

from catalog.collection.sketches import SKETCHES
from schemas.journey import Fold, KeyFile, Part, Snapshot, SnapshotFile, Window
from schemas.linkage import GROUPS

MEMBERS = 16
"""Windows that become one."""
APART = 16
"""The newest windows of each level that stay apart: they are what is collected again."""
ROWS = 131_072
"""At most so many in a fold, since all are in memory at once: those of a row group."""
SIZE = 16 << 20
"""At most so many bytes of Parquet in a fold."""
SHARE = 4
"""A window that has this part of either is not folded, so that a fold is of so many at least."""

Read = Callable[[int], Snapshot]
"""A version that was ever published, by its number."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a version takes over from the one before it."""

    files: tuple[SnapshotFile, ...] = ()
    keyed: tuple[KeyFile, ...] = ()
    beside: tuple[Part, ...] = ()
    folds: tuple[Fold, ...] = ()

    def of(self, windows: Iterable[str]) -> "Kept":
        """Only what is of these windows."""
        wanted = frozenset(windows)
        files = tuple(file for file in self.files if file.window in wanted)
        stay = {f"{PurePosixPath(file.part.path).parent}/{name}" for file in files for name in (GROUPS, SKETCHES)}
        return Kept(
            files,
            tuple(file for file in self.keyed if file.window in wanted),
            tuple(part for part in self.beside if part.path in stay),
            tuple(fold for fold in self.folds if fold.window in wanted),
        )

    def but(self, window: str) -> "Kept":
        """All but what is of this window."""
        return self.of({file.window for file in self.files} - {window})

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            (*self.files, *other.files),
            (*self.keyed, *other.keyed),
            (*self.beside, *other.beside),
            (*self.folds, *other.folds),
        )

    @property
    def folded(self) -> frozenset[str]:
        """Keys that are of several windows."""
        return frozenset(fold.window for fold in self.folds)


def kept(snapshot: Snapshot) -> Kept:
    """All of a version."""
    everything = Kept(snapshot.files, snapshot.keyed, snapshot.beside, snapshot.folds)
    return everything.of({file.window for file in snapshot.files})


def without(read: Read, state: Kept, window: Window) -> Kept:
    """All but this window; the folds that hold it are taken apart."""
    if window.key in {file.window for file in state.files} - state.folded:
        return state.but(window.key)
    for fold, inner in _around(read, state, window):
        if window.key in _leaves(read, inner, window):
            return state.but(fold.window) + without(read, inner, window)
    return state


def sharing(read: Read, state: Kept, window: Window) -> tuple[str, ...]:
    """Keys of the windows, folded or not, that share a moment with this one."""
    return tuple(sorted(_leaves(read, state, window)))


def _leaves(read: Read, state: Kept, window: Window) -> set[str]:
    plain = {file.window for file in state.files} - state.folded
    found = {key for key in plain if _overlap(key, window.key)}
    for _, inner in _around(read, state, window):
        found |= _leaves(read, inner, window)
    return found


def _around(read: Read, state: Kept, window: Window) -> Iterable[tuple[Fold, Kept]]:
    """The folds that this window may lie in, with their windows as they stand apart."""
    for fold in state.folds:
        if _overlap(fold.window, window.key):
            yield fold, kept(read(fold.version)).of(fold.members)


def due(state: Kept, members: int = MEMBERS, apart: int = APART) -> tuple[str, ...]:
    """The windows to fold next: the oldest small ones of the lowest level of which there are enough."""
    held: dict[str, tuple[int, int]] = {}
    for file in state.files:
        rows, size = held.get(file.window, (0, 0))
        held[file.window] = rows + file.part.rows, size + file.part.size
    level = {fold.window: fold.level for fold in state.folds}
    small = [key for key, (rows, size) in held.items() if rows * SHARE < ROWS and size * SHARE < SIZE]
    small.sort(key=lambda key: Window.parse(key).low)
    for one in sorted({level.get(key, 0) for key in small}):
        alike = [key for key in small if level.get(key, 0) == one]
        if len(alike) >= members + apart:
            return tuple(alike[: min(members, _fit([held[key] for key in alike]))])
    return ()


def _fit(held: Iterable[tuple[int, int]]) -> int:
    """How many of these, from the first on, are one fold's at most."""
    rows, sizes = (accumulate(counts) for counts in zip(*held, strict=True))
    return sum(row <= ROWS and size <= SIZE for row, size in zip(rows, sizes, strict=True))


def fold_of(state: Kept, version: int, members: Sequence[str]) -> Fold:
    """What is noted of these windows of a version, whose files become one window's."""
    windows = [Window.parse(key) for key in members]
    around = Window(min(one.low for one in windows), max(one.high for one in windows))
    levels = [fold.level for fold in state.folds if fold.window in members]
    return Fold(around.key, version, tuple(members), max(levels, default=0) + 1)


def replaced(state: Kept, fold: Fold, files: Kept) -> Kept:
    """The windows of a fold under its key, in the files that were written of them."""
    rest = state.of({file.window for file in state.files} - set(fold.members))
    return rest + replace(files, folds=(fold,))


def comparable(read: Read, one: Snapshot, other: Snapshot) -> Snapshot:
    """One of two versions that are compared, window with window: its files, where folds that only one of them has and
    that share a moment with windows of the other stand apart. Files that both hold then need not be opened.
    """
    mine, theirs = kept(one), kept(other)
    while (fold := _unlike(mine, theirs)) is not None:
        inner = kept(read(fold.version)).of(fold.members)
        mine, theirs = (side.but(fold.window) + inner if fold in side.folds else side for side in (mine, theirs))
    return replace(one, files=mine.files, keyed=mine.keyed, beside=mine.beside, folds=mine.folds)


def _unlike(mine: Kept, theirs: Kept) -> Fold | None:
    """The highest fold that one side has and the other has in other pieces."""
    shared = frozenset(mine.folds) & frozenset(theirs.folds)
    found = [
        fold
        for side, other in ((mine, theirs), (theirs, mine))
        for fold in side.folds
        if fold not in shared and any(_overlap(fold.window, key) for key in {file.window for file in other.files})
    ]
    return max(found, key=lambda fold: fold.level, default=None)


@lru_cache(maxsize=65_536)
def _overlap(one: str, other: str) -> bool:
    return Window.parse(one).overlaps(Window.parse(other))
