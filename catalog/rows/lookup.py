"""Looking a subject up in the copy of a version that is sorted by key: a few hundred rows are read, found or not.

The batch is found by bisection over the first key of each; of the batches only the columns of the decision are read.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

import pyarrow as pa

from catalog.lake.where import Lake, at_hand
from catalog.rows.keyed import ENDING, ROWS
from schemas.access import RowScope
from schemas.errors import NotReady
from schemas.journey import KeyFile, RowGroup, Snapshot, SnapshotFile

FEW_KEYS = 100
"""Subjects of one ask that are looked up one by one."""
OPEN = 128
"""Copies that are kept open, each for a set of columns."""


class Copy:
    """An open copy, for some of its columns. Threads may share it: they read one after the other."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._lock = Lock()
        try:
            file = pa.OSFile(str(path))
            schema = pa.ipc.open_file(file).schema
            places = [schema.get_field_index(name) for name in columns]
            options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=places)
            self._rows = pa.ipc.open_file(file, options=options)
        except FileNotFoundError as wrong:
            raise NotReady(f"{path}: a file of a published version is gone; restore it") from wrong
        except (pa.ArrowInvalid, OSError) as wrong:
            raise self._damaged(wrong) from wrong

    def __len__(self) -> int:
        return int(self._rows.num_record_batches)

    def batch(self, number: int) -> pa.RecordBatch:
        """One batch, whole and sound; NotReady where it is damaged."""
        try:
            with self._lock:
                found = self._rows.get_batch(number)
            found.validate(full=True)
        except (pa.ArrowInvalid, OSError) as wrong:
            _copy.cache_clear()  # what is restored is opened anew
            _index.cache_clear()
            raise self._damaged(wrong) from wrong
        return found

    def _damaged(self, wrong: Exception) -> NotReady:
        return NotReady(f"{self._path}: a file of a published version is damaged; restore it: {wrong}")


class Firsts:
    """The first key of each batch, read when it is first looked at: after a few asks all that bisection needs."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        self._known: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._copy)

    def __getitem__(self, number: int) -> str:
        """The least key of a batch."""
        if number not in self._known:
            self._known[number] = self._copy.batch(number).column(0)[0].as_py()
        return self._known[number]


def copies_for(snapshot: Snapshot, scope: RowScope) -> tuple[KeyFile, ...]:
    """The copies that the subjects of a scope are looked up in; none where it names no few subjects by that key."""
    if scope.keys is None or len(scope.keys) > FEW_KEYS:
        return ()
    return tuple(file for file in snapshot.keyed if file.key == scope.key_columns and is_copy(file))


def others(snapshot: Snapshot, copies: Iterable[KeyFile]) -> tuple[SnapshotFile, ...]:
    """The files of windows that none of these copies is of."""
    windows = {file.window for file in copies}
    return tuple(file for file in snapshot.files if file.window not in windows)


def searched(snapshot: Snapshot, scope: RowScope) -> int:
    """How many rows must be looked through for the subjects of a scope, besides copies that are sorted by key."""
    return sum(file.part.rows for file in others(snapshot, copies_for(snapshot, scope)))


def looked_up(lake: Lake, keyed: Iterable[KeyFile], firsts: Iterable[str]) -> tuple[SnapshotFile, ...]:
    """The batches of the sorted copies that may hold subjects, told by the first column of their keys.

    Whoever is asked about, some batch is read: the time does not tell whether there is somebody.
    """
    wanted = sorted(set(firsts))
    return tuple(SnapshotFile(file.part, file.window, _batches(lake, file, wanted)) for file in keyed)


def _batches(lake: Lake, file: KeyFile, firsts: list[str]) -> tuple[RowGroup, ...]:
    index = _index(at_hand(lake, file.part), file.part.sha256, file.key[0])
    found: set[int] = set()
    for first in firsts:
        found.update(range(max(0, bisect_left(index, first) - 1), max(1, bisect_right(index, first))))
    return tuple(RowGroup(number, "", ROWS, ("",)) for number in sorted(found))


def is_copy(file: SnapshotFile | KeyFile) -> bool:
    """Whether a file is a copy that subjects are looked up in."""
    return file.part.path.endswith(ENDING)


def read_copy(lake: Lake, file: SnapshotFile, groups: Iterable[RowGroup], columns: Sequence[str]) -> Iterator[pa.Table]:
    """These columns of these batches, one after the other."""
    copy = _copy(at_hand(lake, file.part), file.part.sha256, tuple(columns))
    for group in groups:
        yield pa.Table.from_batches([copy.batch(group.index)]).select(list(columns))


@lru_cache(maxsize=64)
def _index(path: Path, sha256: str, column: str) -> Firsts:
    return Firsts(_copy(path, sha256, (column,)))


@lru_cache(maxsize=OPEN)
def _copy(path: Path, sha256: str, columns: tuple[str, ...]) -> Copy:  # noqa: ARG001 - part of what is remembered by
    return Copy(path, columns)
