"""The only door to rows: a reader of just the permitted rows and columns of one version, a row group at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.filters.evaluate import columns_of, passing
from catalog.lake.where import Lake, Place, readable, reading, source
from catalog.rows.lookup import FEW_KEYS, is_copy, looked_up, read_copy
from catalog.transforms import Disguise, disguise, token_key
from schemas.access import Decision, RowScope
from schemas.arrow import arrow_schema, arrow_type
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree, normalise
from schemas.errors import BadInput, NotReady, Refused
from schemas.journey import RowGroup, Snapshot, SnapshotFile

JOINT = "\x1f"
"""Stands between the parts of a subject key of several columns, as in `catalog.rule.rows`."""


class Places:
    """Which division codes lie in scope; each distinct code is looked up in the tree once."""

    __slots__ = ("_at", "_known", "_roots", "_together", "_tree")

    def __init__(self, tree: DivisionTree, roots: tuple[str, ...], at: date) -> None:
        self._tree, self._roots, self._at = tree, roots, at
        self._known: dict[str, bool] = {}
        self._together: dict[tuple[str, ...], bool | None] = {}

    @property
    def tree(self) -> DivisionTree:
        """What is looked up in."""
        return self._tree

    def hold(self, code: str | None) -> bool:
        """Whether a code lies under one of the roots; what is no code lies nowhere."""
        if not code:
            return False
        if code not in self._known:
            self._known[code] = self._look(code)
        return self._known[code]

    def hold_all(self, codes: tuple[str, ...]) -> bool | None:
        """Whether all of the codes do, or none; None where only some do, or none is told."""
        if codes not in self._together:
            inside = {self.hold(code) for code in codes}
            self._together[codes] = inside == {True} if len(inside) == 1 else None
        return self._together[codes]

    def _look(self, code: str) -> bool:
        try:
            full = normalise(code)
        except ValueError:
            return False
        return any(self._tree.within(full, root, self._at) for root in self._roots)


_places = lru_cache(maxsize=32)(Places)
"""Threads may share one: it only ever learns, and what it learns is true whoever looks."""


@dataclass(frozen=True, slots=True)
class RowReader:
    """Iterate it for RecordBatches of `schema`. Each iteration opens its own files; share it between no threads."""

    schema: pa.Schema
    lake: Lake
    files: tuple[SnapshotFile, ...]
    disguises: tuple[Disguise, ...]
    scope: RowScope
    places: Places | None
    """None: rows of every place, and of none."""
    consenting: Callable[[pa.Table], pa.ChunkedArray] | None = None
    """Which rows are of somebody who consented; None where the scope names no roster."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for file in self.files:
            wanted = [group for group in file.groups if self._may_hold(file, group)]
            if wanted:
                for rows in self._read(file, wanted):
                    yield from self._disguised(rows).to_batches()

    def by_subject(self) -> Iterator[tuple[list[str], pa.Table]]:
        """Permitted rows with the subject key of each, for who asked about subjects by their keys."""
        for file in self.files:
            for rows in self._read(file, [group for group in file.groups if self._may_hold(file, group)]):
                yield keys_of(rows, self.scope.key_columns).to_pylist(), self._disguised(rows)

    def parts(self) -> Iterator["RowReader"]:
        """A reader for each row group that may hold permitted rows, in order; none tells of those that hold none."""
        for file in self.files:
            for group in file.groups:
                if self._may_hold(file, group):
                    yield replace(self, files=(replace(file, groups=(group,)),))

    def holds(self, file: SnapshotFile, group: RowGroup) -> bool | None:
        """Whether all rows of a row group are permitted by their place, or none; None: only reading can tell."""
        if self.places is None:
            return True
        if self.scope.column != file.sorted_by:
            return None
        return self.places.hold_all(group.codes)

    def _may_hold(self, file: SnapshotFile, group: RowGroup) -> bool:
        return self.holds(file, group) is not False

    def _read(self, file: SnapshotFile, groups: list[RowGroup]) -> Iterator[pa.Table]:
        """Rows in scope, with the columns that decide, of each row group that has some."""
        columns = sorted({d.name for d in self.disguises} | needed(self.scope))
        read = read_copy if is_copy(file) else _read_groups
        for every in read(self.lake, file, groups, columns):
            rows = self._in_scope(every)
            if rows.num_rows:
                yield rows

    def _in_scope(self, rows: pa.Table) -> pa.Table:
        if self.scope.keys is not None:  # first, since few rows are left then
            rows = rows.filter(pc.is_in(keys_of(rows, self.scope.key_columns), pa.array(self.scope.keys, pa.string())))
        if self.places is not None:
            rows = rows.filter(_membership(rows.column(self.scope.column), self.places))
        if self.scope.filter is not None:
            rows = rows.filter(passing(rows, self.scope.filter))
        if self.consenting is not None and rows.num_rows:  # last, since a keyed hash a row is dear
            rows = rows.filter(self.consenting(rows))
        return rows

    def _disguised(self, rows: pa.Table) -> pa.Table:
        columns = [
            pa.chunked_array([d.change(chunk) for chunk in rows.column(d.name).chunks], d.type) for d in self.disguises
        ]
        return pa.table(columns, schema=self.schema)


def open_rows(  # noqa: PLR0913 - every argument is one of the things that rows depend on
    lake: Lake,
    dataset: Dataset,
    snapshot: Snapshot,
    decision: Decision,
    tree: DivisionTree,
    *,
    tokens: bytes = b"",
    consenting: Callable[[pa.Table], pa.ChunkedArray] | None = None,
) -> RowReader:
    """A reader of what `decision` permits of `snapshot`, and of nothing else.

    Raises Refused for a decision that does not allow, or that was made on another dataset or version. `tokens` is the
    installation's token key; without it columns that must be tokens are left out. `consenting` tells whose rows are
    those of the roster that the decision names; a decision with a roster opens nothing without it.
    """
    scope = _checked(dataset, snapshot, decision)
    if scope.roster and consenting is None:
        raise BadInput(f"{dataset.key}: a scope of who consented needs their roster, found none")
    stored = _stored(lake, snapshot, dataset)
    missing = sorted(needed(scope) - set(stored))
    if missing:
        raise NotReady(
            f"{dataset.key} version {snapshot.version} has no column {', '.join(missing)}, by which its rows must be "
            "told apart; publish it again under the present contract"
        )
    key = (
        token_key(tokens, decision.grant or f"{decision.basis} {decision.ask.subject.organisation}") if tokens else b""
    )
    disguises = _disguises(dataset, decision, stored, key)
    return RowReader(
        schema=pa.schema([pa.field(d.name, d.type) for d in disguises]),
        lake=lake,
        files=_files(lake, snapshot, scope),
        disguises=disguises,
        scope=scope,
        places=_places(tree, scope.divisions, scope.at) if scope.divisions else None,
        consenting=consenting if scope.roster else None,
    )


def _files(lake: Lake, snapshot: Snapshot, scope: RowScope) -> tuple[SnapshotFile, ...]:
    """Where the rows are read: a few subjects in the copy that is sorted by their key, for windows that have one."""
    keys = scope.keys
    sorted_copies = [file for file in snapshot.keyed if file.key == scope.key_columns and is_copy(file)]
    if keys is None or len(keys) > FEW_KEYS or not sorted_copies:
        return snapshot.files
    windows = {file.window for file in sorted_copies}
    others = tuple(file for file in snapshot.files if file.window not in windows)
    return others + looked_up(lake, sorted_copies, tuple(key.split(JOINT, 1)[0] for key in keys))


def needed(scope: RowScope) -> frozenset[str]:
    """Columns that the scope looks at, whether they leave or not."""
    place = {scope.column} if scope.divisions else set()
    keys = set(scope.key_columns if scope.keys is not None else ()) | set(scope.person_columns)
    return frozenset(place | keys) | columns_of(scope.filter)


def _checked(dataset: Dataset, snapshot: Snapshot, decision: Decision) -> RowScope:
    scope = decision.rows
    if not decision.allowed or scope is None or decision.basis is None or not decision.served:
        raise Refused(
            f"the access rule refused: {decision.code}",
            code=decision.code if not decision.allowed else "NO_COLUMNS",
            gate=decision.gate,
            following=decision.following,
        )
    asked = (decision.ask.dataset, decision.version)
    if asked != (dataset.key, snapshot.version) or snapshot.dataset != dataset.key:
        raise Refused(
            f"the decision is on {asked[0]} version {asked[1]}, not on {dataset.key}/{snapshot.dataset} version "
            f"{snapshot.version}",
            code="DECISION_ELSEWHERE",
            gate="",
            following="请重新申请决定",
        )
    if bool(scope.divisions) != bool(scope.column) or (scope.keys is not None and not scope.key_columns):
        raise BadInput(f"{dataset.key}: a scope of divisions needs their column, one of keys theirs; found {scope}")
    return scope


def _stored(lake: Lake, snapshot: Snapshot, dataset: Dataset) -> Mapping[str, pa.DataType]:
    """Columns that every file of the version has; those of the contract where it has no files."""
    if not snapshot.files:
        return {field.name: field.type for field in arrow_schema(dataset)}
    path = readable(lake, snapshot.files[0].part)
    with reading(path):
        return _types(path, snapshot.files[0].part.sha256)


@lru_cache(maxsize=64)
def _types(path: Place, sha256: str) -> Mapping[str, pa.DataType]:
    """Columns of a file, which never changes."""
    return {field.name: field.type for field in _footer(path, sha256).schema.to_arrow_schema()}


def _read_groups(
    lake: Lake, file: SnapshotFile, groups: Iterable[RowGroup], columns: Sequence[str]
) -> Iterator[pa.Table]:
    with _opened(lake, file) as opened:
        for group in groups:
            yield opened.read_row_group(group.index, columns=columns, use_threads=False)


@contextmanager
def _opened(lake: Lake, file: SnapshotFile) -> Iterator[pq.ParquetFile]:
    """A reader of one's own over the footer that all share: a reader shared by two threads crashes.

    Chunks of a far file are fetched together, those of a file on the disk where they are decoded.
    """
    path = readable(lake, file.part)
    footer, far = _footer(path, file.part.sha256), not isinstance(path, Path)
    with reading(path), pq.ParquetFile(source(path), metadata=footer, pre_buffer=far) as opened:
        yield opened


@lru_cache(maxsize=32)  # one of a thousand row groups of twenty columns takes 18 MB
def _footer(path: Place, sha256: str) -> pq.FileMetaData:  # noqa: ARG001 - part of what is remembered by
    try:
        with reading(path):
            return pq.read_metadata(source(path))
    except pa.ArrowInvalid as wrong:
        raise NotReady(f"{path}: a file of a published version is damaged; restore it: {wrong}") from wrong


def _disguises(
    dataset: Dataset, decision: Decision, stored: Mapping[str, pa.DataType], key: bytes
) -> tuple[Disguise, ...]:
    """In the dataset's order; what cannot be disguised, or is not in the files as declared, is left out."""
    fields = ((dataset.field(view.name), view.transform) for view in decision.served)
    there = ((f, transform) for f, transform in fields if stored.get(f.name) == arrow_type(f.type))
    made = (disguise(field, transform, key) for field, transform in there)
    return tuple(one for one in made if one is not None)


def _membership(column: pa.ChunkedArray, places: Places) -> pa.ChunkedArray:
    encoded = pc.dictionary_encode(column).unify_dictionaries()
    chunks = []
    for chunk in encoded.chunks:
        inside = pa.array([places.hold(code) for code in chunk.dictionary.to_pylist()], pa.bool_())
        chunks.append(pc.fill_null(inside.take(chunk.indices), False))
    return pa.chunked_array(chunks, pa.bool_())


def keys_of(rows: pa.Table, columns: tuple[str, ...]) -> pa.ChunkedArray:
    """The values of some columns of each row as one text, joined by U+001F where there are several."""
    texts = [pc.cast(rows.column(name), pa.string()) for name in columns]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, JOINT)
