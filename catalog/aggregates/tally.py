"""Counts and sums of one place, gathered a row group at a time; of persons no more than tell whether they are few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from catalog.rule.ceilings import SMALLEST_GROUP
from schemas.dataset import Json

PLACE, PART, WHO = " place", " part", " who"
"""Columns that rows are told apart by: division code, class, person; no contract names a column so."""
NOTHING = "\x00"
"""Class of rows whose value is missing."""


@dataclass(slots=True)
class Sum:
    """Of one measure."""

    total: Decimal = Decimal(0)
    weight: Decimal = Decimal(0)
    """Of all values without their sign."""
    most: Decimal = Decimal(0)
    """The largest of them."""
    persons: set[str] = field(default_factory=set)
    """Whose values they are; up to `SMALLEST_GROUP` of them."""

    def add(self, other: "Sum") -> None:
        """Take in the values of another."""
        self.total += other.total
        self.weight += other.weight
        self.most = max(self.most, other.most)
        few(self.persons, other.persons)


@dataclass(slots=True)
class Tally:
    """Of the rows of one place, or of one class of them."""

    rows: int = 0
    persons: set[str] = field(default_factory=set)
    """Whom the rows are about; up to `SMALLEST_GROUP` of them, which is enough to know that they are not few."""
    sums: dict[str, Sum] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Take in the rows of another."""
        self.rows += other.rows
        few(self.persons, other.persons)
        for name, one in other.sums.items():
            self.sums.setdefault(name, Sum()).add(one)


Tallies = dict[tuple[str, str], Tally]
"""(division code, class) -> its tally."""


def few(have: set[str], more: set[str]) -> None:
    """Take in persons, up to `SMALLEST_GROUP`: whether a union has so many is known exactly all the same."""
    for one in more:
        if len(have) >= SMALLEST_GROUP:
            return
        have.add(one)


def merged(some: Sequence[Tally]) -> Tally:
    """All of them together."""
    whole = Tally()
    for one in some:
        whole.add(one)
    return whole


def count(rows: pa.Table, measures: Sequence[str], into: Tallies) -> None:
    """Take in rows with the columns `PLACE`, `PART`, `WHO` and the measures."""
    plain = _measured(rows, measures)
    wanted: list[tuple[list[str] | str, str]] = [([], "count_all")]
    for name in measures:
        wanted += [(name, "sum"), (f"abs {name}", "sum"), (f"abs {name}", "max")]
    for one in plain.group_by([PLACE, PART], use_threads=False).aggregate(wanted).to_pylist():
        tally = into.setdefault((one[PLACE], one[PART]), Tally())
        tally.rows += one["count_all"]
        for name in measures:
            _add(tally.sums.setdefault(name, Sum()), one, name)
    _look(plain, into)
    for name in measures:
        _look(plain.filter(pc.is_valid(plain[name])), into, name)


def _measured(rows: pa.Table, measures: Sequence[str]) -> pa.Table:
    """The same with each measure as a decimal wide enough for any sum, or a double, and without its sign beside it."""
    for name in measures:
        column = rows[name]
        if pa.types.is_integer(column.type):
            column = column.cast(pa.decimal128(20, 0))
        elif pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
        rows = rows.append_column(f"abs {name}", pc.abs(column))
    return rows


def _add(to: Sum, one: Mapping[str, Json], name: str) -> None:
    to.total += _decimal(one[f"{name}_sum"])
    to.weight += _decimal(one[f"abs {name}_sum"])
    to.most = max(to.most, _decimal(one[f"abs {name}_max"]))


def _decimal(value: Json) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def _look(rows: pa.Table, into: Tallies, measure: str = "") -> None:
    """Learn of up to `SMALLEST_GROUP` persons for each tally that knows fewer."""
    known = _persons(into, measure)
    thin = {place for place, part in into if len(known[place, part]) < SMALLEST_GROUP}
    told = rows.filter(pc.and_(pc.is_in(rows[PLACE], pa.array(sorted(thin), pa.string())), pc.is_valid(rows[WHO])))
    if not told.num_rows:
        return
    pairs = told.group_by([PLACE, PART, WHO], use_threads=False).aggregate([])
    lists = pairs.group_by([PLACE, PART], use_threads=False).aggregate([(WHO, "list")])
    some = pc.list_slice(lists[f"{WHO}_list"], 0, SMALLEST_GROUP).to_pylist()
    for place, part, persons in zip(lists[PLACE].to_pylist(), lists[PART].to_pylist(), some, strict=True):
        few(known[place, part], set(persons))


def _persons(into: Tallies, measure: str) -> Mapping[tuple[str, str], set[str]]:
    return {key: one.sums[measure].persons if measure else one.persons for key, one in into.items()}
