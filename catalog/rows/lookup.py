"""Looking a subject up in the copy of a version that is sorted by key: a few hundred rows are read, found or not.

The batch is found by bisection over the first key of each; of the batches only the columns of the decision are read.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock

import pyarrow as pa

from catalog.lake.where import Lake, at_hand
from catalog.rows.keyed import ENDING, ROWS
from catalog.rule.consent import JOINT
from schemas.access import RowScope
from schemas.errors import NotReady
from schemas.journey import KeyFile, RowGroup, Snapshot, SnapshotFile

FEW_KEYS = 100
"""Subjects of one ask that are looked up one by one."""
AT_ONCE = 16
"""Batches that are looked through together: a call on a table costs as much as hundreds of its rows."""
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

    @property
    def schema(self) -> pa.Schema:
        """Its columns that are read, in the file's order."""
        return self._rows.schema

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


class Values:
    """A column as bisection looks at it: only what it looks at is unpacked."""

    def __init__(self, column: pa.Array) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, place: int) -> str:
        """One value; a copy has no row without a key."""
        return str(self._column[place].as_py())


@dataclass(frozen=True, slots=True)
class Named:
    """Subjects by the first column of their key; what stands beside it in longer keys is looked at later."""

    column: str
    firsts: Sequence[str]
    """Sorted, each once."""


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


def named(scope: RowScope) -> Named:
    """How the subjects of a scope are looked for in a copy, by the first column of their keys."""
    return Named(scope.key_columns[0], sorted({key.split(JOINT, 1)[0] for key in scope.keys or ()}))


def looked_up(lake: Lake, keyed: Iterable[KeyFile], subjects: Named) -> tuple[SnapshotFile, ...]:
    """The batches of the sorted copies that may hold the subjects.

    Whoever is asked about, some batch is read: the time does not tell whether there is somebody.
    """
    return tuple(SnapshotFile(file.part, file.window, _batches(lake, file, subjects.firsts)) for file in keyed)


def _batches(lake: Lake, file: KeyFile, firsts: Sequence[str]) -> tuple[RowGroup, ...]:
    index = _index(at_hand(lake, file.part), file.part.sha256, file.key[0])
    found: set[int] = set()
    for first in firsts:
        found.update(range(max(0, bisect_left(index, first) - 1), max(1, bisect_right(index, first))))
    return tuple(RowGroup(number, "", ROWS, ("",)) for number in sorted(found))


def is_copy(file: SnapshotFile | KeyFile) -> bool:
    """Whether a file is a copy that subjects are looked up in."""
    return file.part.path.endswith(ENDING)


def read_copy(lake: Lake, file: SnapshotFile, subjects: Named, columns: Sequence[str]) -> Iterator[pa.Table]:
    """These columns of the rows whose key begins with one of those looked for, out of some batches at a time."""
    copy, left = _copy(at_hand(lake, file.part), file.part.sha256, tuple(columns)), iter(file.groups)
    while some := tuple(islice(left, AT_ONCE)):
        runs = [run for group in some for run in _runs(copy.batch(group.index), subjects)]
        yield pa.Table.from_batches(runs, copy.schema).combine_chunks().select(list(columns))


def _runs(batch: pa.RecordBatch, subjects: Named) -> Iterator[pa.RecordBatch]:
    """The rows of a batch whose keys begin as one of the subjects', those of each together."""
    keys, firsts = Values(batch.column(subjects.column)), subjects.firsts
    for first in firsts[bisect_left(firsts, keys[0]) : bisect_right(firsts, keys[len(keys) - 1])]:
        start = bisect_left(keys, first)
        end = bisect_right(keys, first, start)
        if end > start:
            yield batch.slice(start, end - start)


@lru_cache(maxsize=64)
def _index(path: Path, sha256: str, column: str) -> Firsts:
    return Firsts(_copy(path, sha256, (column,)))


@lru_cache(maxsize=OPEN)
def _copy(path: Path, sha256: str, columns: tuple[str, ...]) -> Copy:  # noqa: ARG001 - part of what is remembered by
    return Copy(path, columns)
