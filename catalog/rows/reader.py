"""The only door to rows: a reader of just the permitted rows and columns of one version, a row group at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, groupby, islice

import pyarrow as pa
import pyarrow.compute as pc

from catalog.filters.evaluate import columns_of, passing
from catalog.lake.where import Lake, Place, readable, reading
from catalog.rows.lookup import copies_for, is_copy, looked_up, named, others, read_copy
from catalog.rows.places import Places, places_of
from catalog.rows.shadows import stored_name
from catalog.rows.stored import Stored, at_once, footer, stored
from catalog.transforms import Disguise, disguise, token_key
from schemas.access import Basis, Decision, Mode, RowScope
from schemas.arrow import arrow_schema, arrow_type
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.errors import BadInput, NotReady, Refused
from schemas.journey import RowGroup, Snapshot, SnapshotFile

JOINT = "\x1f"
"""Stands between the parts of a subject key of several columns, as in `catalog.rule.rows`."""
GATHERED = 1_024
"""Rows from which on no more are waited for before they leave."""
AT = "row number"
"""No field has a name of two words."""


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
        """Some row groups at a time; a batch without a row where none has any: who watches gets a turn."""
        for file in self.files:
            yield from chain.from_iterable(map(self._batches, self._read(file)))  # holds no rows that have left

    def by_subject(self) -> Iterator[tuple[list[str], pa.Table]]:
        """Permitted rows with the subject key of each, for who asked about subjects by their keys."""
        for file in self.files:
            for rows in gathered(self._read(file)):
                yield keys_of(rows, self.scope.key_columns).to_pylist(), self._disguised(rows)

    def kept(self, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Of whole rows that are at hand those in scope: as they lie there, and as they leave."""
        inside = self._in_scope(rows)
        return inside, self._disguised(inside)

    def parts(self, first: int = 0) -> Iterator["RowReader"]:
        """A reader for each row group that may hold permitted rows, in order, from number `first` on.

        None tells of those that hold none, and they are not counted.
        """
        there = ((file, group) for file in self.files for group in file.groups if self._may_hold(file, group))
        for file, group in islice(there, first, None):
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

    def _read(self, file: SnapshotFile) -> Iterator[pa.Table]:
        """Rows in scope, with the columns that decide, of the row groups that may have some; small ones at once."""
        if is_copy(file):
            columns = sorted({d.name for d in self.disguises} | needed(self.scope))
            yield from map(self._in_scope, read_copy(self.lake, file, named(self.scope), columns))
        elif groups := [group for group in file.groups if self._may_hold(file, group)]:
            with stored(self.lake, file, self.disguises) as opened:
                for every, together in groupby(groups, lambda group: self._by_place_alone and self.holds(file, group)):
                    for some in at_once(together):
                        yield self._leaving(opened, some) if every else self._chosen(opened, some)

    @property
    def _by_place_alone(self) -> bool:
        """Whether nothing but their place tells rows apart."""
        return self.scope.keys is None and self.scope.filter is None and self.consenting is None

    def _leaving(self, opened: Stored, groups: list[int], known: frozenset[str] | None = None) -> pa.Table:
        """Columns of row groups for all of their rows; but those that are `known`, where only some of them pass."""
        names = {d.name for d in self.disguises} - opened.shadows.keys() - (known or frozenset())
        return opened.columns(groups, names, sorted(opened.shadows), side_by_side=known is not None)

    def _chosen(self, opened: Stored, groups: list[int]) -> pa.Table:
        """The columns that decide are read first, the others where a row passes."""
        deciding = needed(self.scope)
        read = opened.columns(groups, deciding)
        kept = self._in_scope(read.append_column(AT, pa.arange(0, read.num_rows)))
        if not kept.num_rows:
            return kept
        others = self._leaving(opened, groups, deciding)
        if others.num_columns and kept.num_rows < read.num_rows:
            others = others.take(kept.column(AT))
        for name in others.column_names:
            kept = kept.append_column(name, others.column(name))
        return kept

    def _in_scope(self, rows: pa.Table) -> pa.Table:
        if self.scope.keys is not None:  # first, since few rows are left then
            rows = rows.filter(pc.is_in(keys_of(rows, self.scope.key_columns), pa.array(self.scope.keys, pa.string())))
        if self.places is not None:
            rows = rows.filter(self.places.membership(rows.column(self.scope.column)))
        if self.scope.filter is not None:
            rows = rows.filter(passing(rows, self.scope.filter))
        if self.consenting is not None and rows.num_rows:  # last, since a keyed hash a row is dear
            rows = rows.filter(self.consenting(rows))
        return rows

    def _batches(self, rows: pa.Table) -> list[pa.RecordBatch]:
        return self._disguised(rows).to_batches() or [pa.RecordBatch.from_pylist([], self.schema)]

    def _disguised(self, rows: pa.Table) -> pa.Table:
        if not rows.num_rows:
            return self.schema.empty_table()
        return pa.table([_as_it_leaves(rows, d) for d in self.disguises], schema=self.schema)


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
    there = _stored(lake, snapshot, dataset)
    missing = sorted(needed(scope) - set(there))
    if missing:
        raise NotReady(
            f"{dataset.key} version {snapshot.version} has no column {', '.join(missing)}, by which its rows must be "
            "told apart; publish it again under the present contract"
        )
    key = (
        token_key(tokens, decision.grant or f"{decision.basis} {decision.ask.subject.organisation}") if tokens else b""
    )
    disguises = _disguises(dataset, decision, there, key)
    return RowReader(
        schema=pa.schema([pa.field(d.name, d.type) for d in disguises]),
        lake=lake,
        files=_files(lake, snapshot, scope),
        disguises=disguises,
        scope=scope,
        places=places_of(tree, scope.divisions, scope.at) if scope.divisions else None,
        consenting=consenting if scope.roster else None,
    )


def _files(lake: Lake, snapshot: Snapshot, scope: RowScope) -> tuple[SnapshotFile, ...]:
    """Where the rows are read: a few subjects in the copy that is sorted by their key, for windows that have one."""
    copies = copies_for(snapshot, scope)
    if scope.keys is None or not copies:
        return snapshot.files
    return others(snapshot, copies) + looked_up(lake, copies, named(scope))


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
    if decision.ask.mode is Mode.AGGREGATE or decision.basis is Basis.SUPERIOR:
        raise Refused("figures were decided on, never rows", code="MODE_NOT_GRANTED", gate="G5", following="请申请授权")
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
    return {field.name: field.type for field in footer(path, sha256).schema.to_arrow_schema()}


def _disguises(
    dataset: Dataset, decision: Decision, stored: Mapping[str, pa.DataType], key: bytes
) -> tuple[Disguise, ...]:
    """In the dataset's order; what cannot be disguised, or is not in the files as declared, is left out."""
    fields = ((dataset.field(view.name), view.transform) for view in decision.served)
    there = ((f, transform) for f, transform in fields if stored.get(f.name) == arrow_type(f.type))
    made = (disguise(field, transform, key) for field, transform in there)
    return tuple(one for one in made if one is not None)


def _as_it_leaves(rows: pa.Table, how: Disguise) -> pa.ChunkedArray:
    """A column disguised; as it lies there where it lies disguised."""
    if stored_name(how) in rows.column_names:
        return rows.column(stored_name(how))
    return pa.chunked_array([how.change(chunk) for chunk in rows.column(how.name).chunks], how.type)


def gathered(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in few tables of one piece each: all that is done to a table is done to each piece of it."""
    held, rows = list[pa.Table](), 0
    for table in tables:
        if table.num_rows:
            held.append(table)
            rows += table.num_rows
        if rows >= GATHERED:
            yield pa.concat_tables(held).combine_chunks()
            held, rows = [], 0
    if held:
        yield pa.concat_tables(held).combine_chunks()


def keys_of(rows: pa.Table, columns: tuple[str, ...]) -> pa.ChunkedArray:
    """The values of some columns of each row as one text, joined by U+001F where there are several."""
    told = (rows.column(name) for name in columns)
    texts = [one if one.type == pa.string() else pc.cast(one, pa.string()) for one in told]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, JOINT)
