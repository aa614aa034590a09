"""Columns that tell rows apart alike: what the figures by one of them leave out, those by the other would give away.

Where some values of one column hold just the rows that some values of another hold (a kind and its subkinds, a town and
its office), figures by both are two tables with an equation between them, and each has left out what suits itself. So
only one of such columns tells figures apart: never one that is kin to the places, else the one with the fewest values.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from catalog.aggregates.tally import NOTHING
from schemas.dataset import Dataset, Field, Identifying, Kind, Transform

CLASSES = (Kind.STRING, Kind.BOOLEAN, Kind.INTEGER)
"""Kinds of columns by whose values rows can be told apart."""
MOST_CLASSES = 60
"""Values of a column by which figures can be told apart."""
Pair = tuple[str, str]


def classed(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The class of each row by its value."""
    return pc.fill_null(values.cast(pa.string()), NOTHING)


def others(dataset: Dataset, name: str) -> tuple[str, ...]:
    """The other columns by whose values figures may be asked for without a right to the rows."""
    return tuple(one.name for one in dataset.fields if one.name != name and _asked_by(one))


def _asked_by(one: Field) -> bool:
    plain = one.identifying is Identifying.NONE and one.transform is Transform.CLEAR
    return one.shareable and plain and one.type.kind in CLASSES


@dataclass(frozen=True, slots=True)
class Met:
    """Which classes of a column met which of others, over a whole version."""

    pairs: dict[str, set[Pair]] = field(default_factory=dict)
    """Other column -> (class, its class); empty once it has too many to be asked by."""
    dropped: set[str] = field(default_factory=set)

    def take(self, classes: pa.ChunkedArray, names: Iterable[str], rows: pa.Table) -> None:
        """Learn from the rows of a group; a column that they do not have is left aside."""
        for name in names:
            if name in self.dropped or name not in rows.column_names:
                continue
            both = pa.table({"one": classes, "other": classed(rows[name])})
            found = both.group_by(["one", "other"], use_threads=False).aggregate([]).to_pydict()
            met = self.pairs.setdefault(name, set())
            met.update(zip(found["one"], found["other"], strict=True))
            if len({other for _, other in met}) > MOST_CLASSES:
                self.dropped.add(name)
                del self.pairs[name]

    def before(self, dataset: Dataset, own: str) -> str:
        """The column to ask by in place of `own`: one of fewer values, or that stands before it; empty for none."""
        names = [one.name for one in dataset.fields]
        for name, met in self.pairs.items():
            ours, theirs = len({one for one, _ in met}), len({other for _, other in met})
            if (theirs, names.index(name)) < (ours, names.index(own)) and parted(met):
                return name
        return ""


def parted(pairs: Iterable[Pair]) -> bool:
    """Whether some classes of one column hold, together, just the rows of some of the other's, and not all rows."""
    near: dict[tuple[bool, str], set[tuple[bool, str]]] = defaultdict(set)
    for one, other in pairs:
        near[False, one].add((True, other))
        near[True, other].add((False, one))
    waiting = [next(iter(near))] if near else []
    reached = set(waiting)
    while waiting:
        fresh = near[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    return len(reached) < len(near)
