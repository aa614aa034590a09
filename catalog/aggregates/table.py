"""The table of one version: counts and sums by division, with what nobody is told already left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from catalog.aggregates.hiding import OTHERS, Hidden, hidden, pooled
from catalog.aggregates.kindred import MOST_CLASSES, Met, classed, others, parted
from catalog.aggregates.nodes import Key, Node, grown
from catalog.aggregates.tally import PART, PLACE, WHO, Tallies, Tally, count, merged
from catalog.lake.where import Lake
from catalog.rows.reader import keys_of
from catalog.rows.stored import stored
from catalog.rule.consent import person_columns
from schemas.access import Tier
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.errors import BadAsk
from schemas.journey import Snapshot

Told = Mapping[str, int | tuple[str, str] | None]
"""Count under the empty name; of each measure its rounded sum and what it was rounded to. None: not told."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a table is of: measures, and the column whose values are told apart (none where it is empty)."""

    measures: tuple[str, ...]
    classes: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a table: figures of which class (of all rows where it is empty), by divisions of which tier."""

    of: Wanted
    part: str
    by: Tier


@dataclass(frozen=True, slots=True)
class Entry:
    """The figures of one division: by class, all rows under the empty one."""

    key: Key
    parent: Key | None
    children: tuple[Key, ...]
    told: Mapping[str, Told]


Table = Mapping[Key, Entry]
ROOT: Key = ("", False)


@dataclass(frozen=True, slots=True)
class Content:
    """A version and the contract that says what its columns are."""

    dataset: Dataset
    snapshot: Snapshot


def tabulated(lake: Lake, content: Content, wanted: Wanted, tree: DivisionTree, at: date) -> Table:
    """Read the version once, a row group at a time, and leave out what could point at somebody."""
    leaves = _counted(lake, content, wanted)
    whole = grown(_unsplit(leaves), tree, at)
    before = _patterns(whole, wanted.measures, {})
    if not wanted.classes:
        return _written(whole, before)
    split = grown(_few_classes(leaves), tree, at)
    return _written(split, _patterns(split, wanted.measures, before))


def _counted(lake: Lake, content: Content, wanted: Wanted) -> Tallies:
    """Every place and class; BadAsk where the classes are too many, or those of another column or of the places."""
    leaves: Tallies = {}
    met, kin = Met(), others(content.dataset, wanted.classes) if wanted.classes else ()
    for raw in _rows(lake, content, wanted, kin):
        rows = _shaped(raw, content.dataset, wanted)
        count(rows, wanted.measures, leaves)
        if len({part for _, part in leaves}) > MOST_CLASSES:
            raise BadAsk(
                f"filter: {wanted.classes} has more than {MOST_CLASSES} values, and tells rows apart too finely"
            )
        met.take(rows[PART], kin, raw)
    first = met.before(content.dataset, wanted.classes) if wanted.classes else ""
    if first:
        raise BadAsk(f"filter: {wanted.classes} tells apart what {first} does; figures are told by {first} alone")
    if wanted.classes and parted(leaves):
        raise BadAsk(f"filter: {wanted.classes} tells places apart; ask for figures by division instead")
    return leaves


def _place(dataset: Dataset) -> str:
    return dataset.default_scope or next(iter(dataset.scopes().values()), "")


def _rows(lake: Lake, content: Content, wanted: Wanted, beside: Sequence[str]) -> Iterator[pa.Table]:
    """Place, class, subject and measures of every row and the columns `beside`, a row group at a time."""
    dataset, snapshot = content.dataset, content.snapshot
    told = {_place(dataset), *person_columns(dataset), *wanted.measures, wanted.classes, *beside}
    for file in snapshot.files:
        with stored(lake, file, ()) as opened:
            for group in file.groups:
                yield opened.columns([group.index], sorted(told - {""}))


def _shaped(rows: pa.Table, dataset: Dataset, wanted: Wanted) -> pa.Table:
    nothing, place, who = pa.array([""] * len(rows)), _place(dataset), person_columns(dataset)
    parts = classed(rows[wanted.classes]) if wanted.classes else nothing
    persons = keys_of(rows, who) if who else pa.nulls(len(rows), pa.string())  # nobody known: few, so not told
    places = pc.fill_null(rows[place], "") if place else nothing
    told = {PLACE: places, PART: parts, WHO: persons}
    return pa.table(told | {name: rows[name] for name in wanted.measures})


def _unsplit(leaves: Tallies) -> Tallies:
    """All classes of a place together."""
    places: dict[str, list[Tally]] = {}
    for (place, _), tally in leaves.items():
        places.setdefault(place, []).append(tally)
    return {(place, ""): merged(some) for place, some in places.items()}


def _few_classes(leaves: Tallies) -> Tallies:
    """The same with classes together that are risky in the whole version."""
    classes: dict[str, list[Tally]] = {}
    for (_, part), tally in leaves.items():
        classes.setdefault(part, []).append(tally)
    out = pooled({part: merged(some) for part, some in classes.items()})
    found: Tallies = {}
    for (place, part), tally in leaves.items():
        found.setdefault((place, OTHERS if part in out else part), Tally()).add(tally)
    return found


def _patterns(root: Node, measures: Sequence[str], before: Mapping[str, Hidden]) -> Mapping[str, Hidden]:
    """Measure -> what is not told of it; what is not counted is not summed, and classes tell no more than the whole."""
    counts = hidden(root, "", before.get("", frozenset()))
    sums = {name: hidden(root, name, counts | before.get(name, frozenset())) for name in measures}
    return {"": counts} | sums


def _written(root: Node, patterns: Mapping[str, Hidden]) -> Table:
    found: dict[Key, Entry] = {}

    def write(node: Node, parent: Key | None) -> None:
        children = tuple(child.key for child in node.children.values())
        told = {part: _told(node.key, tally, patterns) for part, tally in node.parts.items()}
        found[node.key] = Entry(node.key, parent, children, told)
        for child in node.children.values():
            write(child, node.key)

    write(root, None)
    return found


def _told(key: Key, tally: Tally, patterns: Mapping[str, Hidden]) -> Told:
    told: dict[str, int | tuple[str, str] | None] = {"": None if key in patterns[""] else tally.rows}
    for name, one in tally.sums.items():
        told[name] = None if key in patterns[name] else rounded(one.total, one.most)
    return told


def rounded(total: Decimal, most: Decimal) -> tuple[str, str]:
    """A sum to the power of ten that no value of it exceeds, so that no one value shows in it; and that power."""
    step = Decimal(1).scaleb(most.adjusted() if most else 0)
    step = step if step >= most else step.scaleb(1)
    value = (total / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
    return f"{value.normalize() + 0:f}", f"{step.normalize() + 0:f}"
