"""Which other columns hold the values of a dataset's columns, by their sketches: nobody's rows are read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select

from catalog import tables, versions
from catalog.collection import sketches
from catalog.collection.sketch import Overlap, Sketch, overlap, unpack
from catalog.collection.tables import column_sketch
from catalog.lake.where import Lake
from schemas.errors import Unknown

ENOUGH = 0.5
"""Share of the smaller column's values that must be in the other."""
SAME = 0.8
"""Share of all values of both that both have, from which on they hold the same subjects, and not some of them."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A column of another dataset that holds the values of one of mine."""

    column: str
    dataset: str
    field: str
    overlap: Overlap

    @property
    def same(self) -> bool:
        """Whether both hold the same subjects."""
        return self.overlap.together >= SAME


def overlaps(connection: Connection, lake: Lake, key: str) -> tuple[Found, ...]:
    """Every pair of a column of `key` and one of another dataset with overlapping values, the largest share first.

    The short sketches that the catalogue holds are looked at in batches; whole ones only where these are too small.
    """
    mine = sketches.known(connection, key)
    if not mine:
        return ()
    whole = _Whole(connection, lake, key)
    found = [
        Found(column, row.dataset, row.field, both)
        for row in _others(connection, key)
        for column, one in mine.items()
        if (both := _held(one, unpack(row.field, row.level, row.packed), row, whole)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.column, -one.overlap.together, one.dataset, one.field)))


class _Whole:
    """Whole sketches of versions, each read once and only where it is needed."""

    def __init__(self, connection: Connection, lake: Lake, key: str) -> None:
        self._connection, self._lake, self._key = connection, lake, key
        self._read: dict[str, Mapping[str, Sketch]] = {}

    def of(self, dataset: str, field: str) -> Sketch | None:
        """The whole sketch of a field; None where its version has none."""
        if dataset not in self._read:
            try:
                snapshot = versions.latest(self._connection, dataset)
            except Unknown:
                snapshot = None
            self._read[dataset] = sketches.read(self._lake, snapshot) if snapshot else {}
        return self._read[dataset].get(field)

    def mine(self, field: str) -> Sketch | None:
        """The same of the dataset that asks."""
        return self.of(self._key, field)


def _held(mine: Sketch, theirs: Sketch, row: Row[tuple[object, ...]], whole: _Whole) -> Overlap | None:
    both = overlap(mine, theirs)
    if both is None and max(mine.values, theirs.values) > sketches.SHORT:
        here, there = whole.mine(mine.field), whole.of(row.dataset, row.field)
        both = overlap(here, there) if here and there else None
    enough = both is not None and max(both.mine_in_theirs, both.theirs_in_mine) >= ENOUGH
    return both if enough else None


def _others(connection: Connection, key: str) -> Iterator[Row[tuple[object, ...]]]:
    table, dataset = column_sketch, tables.dataset
    wanted = select(table).join(dataset, dataset.c.key == table.c.dataset)
    wanted = wanted.where(table.c.dataset != key, dataset.c.state == "active").order_by(table.c.dataset, table.c.field)
    yield from connection.execute(wanted, execution_options={"yield_per": BATCH})
