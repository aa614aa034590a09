"""What changed between two versions for one recipient: rows added, changed and removed, by key, in bounded memory.

Both sides are read through the door to rows, so that the answer is the difference of what `open_rows` gives of the two
versions under the same permission, and of nothing else: a row that left the recipient's scope is removed, one that came
into it is added, one whose permitted values are the same has not changed.

Files that both versions hold (same sha256) are not opened. Row groups of the same place are laid side by side; what
they share is dropped, what has another content under the same key is a change. The rest may have moved to another
place, and waits in a `Pool` until everything has been read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

import pyarrow as pa
import pyarrow.compute as pc

from catalog.changes_pool import HELD, Pool
from catalog.rows.reader import RowReader
from schemas.dataset import Dataset, Load
from schemas.errors import BadAsk

CHANGE = "_change"
"""The first column of a delta: one of the three words."""
ADDED, CHANGED, REMOVED = "added", "changed", "removed"
LARGEST_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class Delta:
    """Two readers of the same columns, one for each version, and the key that rows are told apart by."""

    old: RowReader
    new: RowReader
    key: tuple[str, ...]
    by_window: bool
    """Whether windows are compared each with itself (an append), or the whole with the whole (a snapshot)."""
    held: int = HELD
    """Rows that may wait in memory for their counterpart."""

    @property
    def schema(self) -> pa.Schema:
        """`_change`, then the permitted columns."""
        return self.new.schema.insert(0, pa.field(CHANGE, pa.string()))

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """What changed; now and then a batch without a row, so that whoever watches gets a turn."""
        for old, new in _compared(self):
            yield from self._between(old, new)

    def _between(self, old: RowReader, new: RowReader) -> Iterator[pa.RecordBatch]:
        if not old.files or not new.files:
            for part in (*old.parts(), *new.parts()):
                yield from self._told(ADDED if new.files else REMOVED, _table(part, self.new.schema))
            return
        with Pool(self.new.schema, self.key, self.held) as pool:
            for one, other in _side_by_side(old, new):
                before, after = unlike(_table(one, self.new.schema), _table(other, self.new.schema))
                yield from self._paired(before, after, pool)
            for before, after in pool.parts():
                yield from self._settled(*unlike(before, after))

    def _paired(self, before: pa.Table, after: pa.Table, pool: Pool) -> Iterator[pa.RecordBatch]:
        """Rows of one key on both sides are a change; the others wait."""
        ours, theirs = self._matches(before, after)
        yield from self._told(CHANGED, after.filter(theirs))
        pool.put(before.filter(pc.invert(ours)), after.filter(pc.invert(theirs)))

    def _settled(self, before: pa.Table, after: pa.Table) -> Iterator[pa.RecordBatch]:
        ours, theirs = self._matches(before, after)
        yield from self._told(REMOVED, before.filter(pc.invert(ours)))
        yield from self._told(CHANGED, after.filter(theirs))
        yield from self._told(ADDED, after.filter(pc.invert(theirs)))

    def _matches(self, before: pa.Table, after: pa.Table) -> tuple[pa.Array, pa.Array]:
        """For each row of either side whether the other has its key."""
        ours, theirs = numbered(before.select(self.key), after.select(self.key))
        return pc.is_in(ours, theirs), pc.is_in(theirs, ours)

    def _told(self, word: str, rows: pa.Table) -> Iterator[pa.RecordBatch]:
        if word == REMOVED:
            rows = rows.select(self.key)
        columns = [
            rows.column(f.name) if f.name in rows.column_names else pa.nulls(rows.num_rows, f.type)
            for f in self.new.schema
        ]
        words = pa.repeat(pa.scalar(word), rows.num_rows)
        told = pa.table([words, *columns], schema=self.schema)
        yield from told.to_batches(max_chunksize=LARGEST_BATCH) or [_nothing(self.schema)]


def delta(dataset: Dataset, old: RowReader, new: RowReader) -> Delta:
    """The delta of two readers under one permission; BadAsk where the two versions do not have the same columns."""
    if not old.schema.equals(new.schema):
        raise BadAsk(
            f"since: the older version gives the columns {_named(old.schema)}, the newer one {_named(new.schema)}, "
            "expected the same: take the newer version whole, or name columns that both have"
        )
    return Delta(old, new, dataset.key_fields, dataset.source.load is Load.APPEND)


def unlike(before: pa.Table, after: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows of either side whose whole content the other side does not have."""
    if before.equals(after):
        return before.slice(0, 0), after.slice(0, 0)
    ours, theirs = numbered(before, after)
    return before.filter(pc.invert(pc.is_in(ours, theirs))), after.filter(pc.invert(pc.is_in(theirs, ours)))


def numbered(one: pa.Table, other: pa.Table) -> tuple[pa.Array, pa.Array]:
    """A number for each row of two tables with the same columns: equal where, and only where, all columns are equal."""
    both = pa.concat_tables([one, other]).combine_chunks()
    numbers = pa.repeat(pa.scalar(0, pa.int64()), both.num_rows)
    for column in both.columns:
        values = _numbers(column.chunk(0) if column.num_chunks else pa.array([], column.type))
        many = (pc.max(values).as_py() or 0) + 1
        numbers = _numbers(pc.add(pc.multiply(numbers, many), values))  # below rows², again below rows
    return numbers.slice(0, one.num_rows), numbers.slice(one.num_rows)


def _numbers(values: pa.Array) -> pa.Array:
    encoded = pc.dictionary_encode(values, null_encoding="encode")
    return pc.cast(encoded.indices, pa.int64())


def _compared(delta: Delta) -> Iterator[tuple[RowReader, RowReader]]:
    """Readers of what must be compared with each other, without the files that both versions hold."""
    files = (*delta.old.files, *delta.new.files)
    for window in sorted({f.window for f in files}) if delta.by_window else [""]:
        old, new = _of_window(delta.old, window), _of_window(delta.new, window)
        yield _without(old, _shared(old, new)), _without(new, _shared(old, new))


def _of_window(reader: RowReader, window: str) -> RowReader:
    return replace(reader, files=tuple(f for f in reader.files if window in ("", f.window)))


def _shared(old: RowReader, new: RowReader) -> frozenset[str]:
    """sha256 of the files that both sides hold equally often."""
    ours, theirs = (Counter(f.part.sha256 for f in reader.files) for reader in (old, new))
    return frozenset(one for one, times in ours.items() if theirs[one] == times)


def _without(reader: RowReader, shared: frozenset[str]) -> RowReader:
    return replace(reader, files=tuple(f for f in reader.files if f.part.sha256 not in shared))


def _side_by_side(old: RowReader, new: RowReader) -> Iterator[tuple[RowReader | None, RowReader | None]]:
    """Row groups of the same place in pairs, in the order of places; those that have no counterpart alone."""
    ours, theirs = _by_place(old.parts()), _by_place(new.parts())
    for place in sorted(ours.keys() | theirs.keys()):
        yield from zip_longest(ours.get(place, ()), theirs.get(place, ()))


def _by_place(parts: Iterable[RowReader]) -> dict[str, list[RowReader]]:
    found: dict[str, list[RowReader]] = defaultdict(list)
    for part in parts:
        found[part.files[0].groups[0].division].append(part)
    return found


def _table(part: RowReader | None, schema: pa.Schema) -> pa.Table:
    return schema.empty_table() if part is None else pa.Table.from_batches(part, part.schema)


def _named(schema: pa.Schema) -> str:
    return ", ".join(f"{f.name} ({f.type})" for f in schema)


def _nothing(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=schema)
