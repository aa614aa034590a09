"""A yearly table against the tree: what was added, renamed, moved and ended, and what must be told before it counts.

Nothing is guessed: what became of a code that is in the tree and no more in the table must be said, if only that it
ended without a successor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from schemas.access import Tier
from schemas.division import Change, Division, Lineage
from schemas.division_forms import Listed
from schemas.divisions import DivisionTree
from schemas.errors import BadInput

ENDED = "ended"
"""Said of a code that ended without a successor."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a code, as the importer says: `new` is empty where it simply ended."""

    old: str
    new: str
    kind: str
    """A `Change`, or `ended`."""


@dataclass(frozen=True, slots=True)
class YearPlan:
    """What an import of a year would change; nothing may be stored while there are questions."""

    day: date
    added: tuple[Division, ...]
    renamed: tuple[tuple[Division, Division], ...]
    moved: tuple[tuple[Division, Division], ...]
    ended: tuple[Division, ...]
    questions: tuple[Division, ...]
    """In the tree, no more in the table, and nobody has said what became of them."""
    left: tuple[Division, ...]
    """Still in force below one that ended, at a tier that this table has not."""
    lineage: tuple[Lineage, ...]

    @property
    def entries(self) -> tuple[Division, ...]:
        """What is to be stored, the end of the old before the begin of the new."""
        pairs = (*self.renamed, *self.moved)
        closed = [replace(old, valid_to=self.day) for old, _ in pairs]
        return (
            *closed,
            *(replace(one, valid_to=self.day) for one in self.ended),
            *(new for _, new in pairs),
            *self.added,
        )


@dataclass(frozen=True, slots=True)
class YearTable:
    """A publisher's table for 31 December of a year. `whole`: it has everything of its tiers within this division."""

    places: tuple[Listed, ...]
    year: int
    whole: str = ""

    @property
    def day(self) -> date:
        """The day for which it speaks."""
        return date(self.year, 12, 31)


def plan(tree: DivisionTree, table: YearTable, fates: Sequence[Fate] = ()) -> YearPlan:
    """What the table changes; BadInput where it is older than what the tree knows, or a fate does not fit."""
    day = table.day
    places = [one for one in table.places if not one.undivided]
    _in_order(tree, places, day)
    _no_orphans(tree, places)
    standing = {one.code: tree.entry(one.code, day) for one in places if tree.known(one.code, day)}
    both = [(old, _as_told(one, day)) for one in places if (old := standing.get(one.code))]
    renamed = tuple((old, new) for old, new in both if old.name != new.name)
    moved = tuple((old, new) for old, new in both if old.name == new.name and old.parent != new.parent)
    added = tuple(_new(tree, one, day) for one in places if one.code not in standing)
    vanished = _vanished(tree, table, places)
    told = {fate.old for fate in fates if fate.kind != Change.TRANSFER}
    there = {one.code for one in places}
    _fitting(tree, fates, {one.code for one in vanished}, there, day)
    gone = {one.code for one in vanished}
    return YearPlan(
        day=day,
        added=added,
        renamed=renamed,
        moved=moved,
        ended=tuple(one for one in vanished if one.code in told),
        questions=tuple(one for one in vanished if one.code not in told),
        left=tuple(
            _entry(tree, child, day) for one in sorted(gone) for child in tree.children(one, day) if child not in gone
        ),
        lineage=tuple(Lineage(f.old, f.new, day, Change(f.kind)) for f in fates if f.kind != ENDED),
    )


def _as_told(one: Listed, day: date) -> Division:
    return Division(one.code, one.name, one.tier, one.parent, valid_from=day, kind=one.kind or "division")


def _new(tree: DivisionTree, one: Listed, day: date) -> Division:
    """Since that day; since ever where the tree had no such places there: the table is its first of the level."""
    told = _as_told(one, day)
    siblings = [tree.entry(code) for code in tree.children(one.parent, day)] if tree.known(one.parent) else []
    alike = any(s and s.tier is one.tier and (s.kind == "zone") == (told.kind == "zone") for s in siblings)
    return told if alike or tree.known(one.code) else replace(told, valid_from=None)


def _entry(tree: DivisionTree, code: str, day: date) -> Division:
    found = tree.entry(code, day)
    assert found is not None, "a child of the tree has an entry"  # noqa: S101 - cannot be otherwise
    return found


def _vanished(tree: DivisionTree, table: YearTable, places: Sequence[Listed]) -> list[Division]:
    """In force where the table speaks, and not in it. Holders are no places; only a table with zones misses a zone."""
    listed, kinds = {one.code for one in places}, {(one.tier, one.kind == "zone") for one in places}
    found: dict[str, Division] = {}
    for code in _spoken_of(tree, table, places):
        entry = _entry(tree, code, table.day)
        speaks = (entry.tier, entry.kind == "zone") in kinds and entry.kind != "holder"
        if speaks and code not in listed:
            found[code] = entry
    return [found[code] for code in sorted(found)]


def _spoken_of(tree: DivisionTree, table: YearTable, places: Sequence[Listed]) -> Iterable[str]:
    """Codes in force below the parents that the table names, or below `whole`."""
    if table.whole:
        yield from _below(tree, table.whole, table.day, max(one.tier for one in places))
        return
    for parent in sorted({one.parent for one in places}):
        yield from tree.children(parent, table.day)


def _below(tree: DivisionTree, root: str, day: date, deepest: Tier) -> Iterable[str]:
    for code in tree.children(root, day):
        yield code
        if tree.tier(code) < deepest:
            yield from _below(tree, code, day, deepest)


def _in_order(tree: DivisionTree, places: Sequence[Listed], day: date) -> None:
    later = [e.code for one in places if (e := tree.entry(one.code)) and e.valid_from and e.valid_from > day]
    if later:
        raise BadInput(
            f"{later[0]} and {len(later) - 1} others changed after {day}: found an older table than what the tree "
            "knows, expected years in their order; nothing was changed"
        )


def _no_orphans(tree: DivisionTree, places: Sequence[Listed]) -> None:
    there = {one.code for one in places}
    lost = [one for one in places if one.parent and one.parent not in there and not tree.known(one.parent)]
    if lost:
        raise BadInput(
            f"line {lost[0].line}: {lost[0].published} and {len(lost) - 1} others lie in {lost[0].parent}, which "
            "nobody knows: expected the tier above imported first; nothing was changed"
        )


def _fitting(tree: DivisionTree, fates: Sequence[Fate], vanished: set[str], there: set[str], day: date) -> None:
    """BadInput with every fate that says something impossible."""
    wrong = [said for fate in fates if (said := _misfit(tree, fate, vanished, there, day))]
    for old in sorted({fate.old for fate in fates}):
        whole = [fate.kind for fate in fates if fate.old == old and fate.kind != Change.TRANSFER]
        if len(whole) > 1 and set(whole) != {Change.SPLIT.value}:
            wrong.append(f"{old}: found {', '.join(whole)}, expected one fate, or split for each part")
    if wrong:
        raise BadInput("; ".join(wrong) + "; nothing was changed")


def _misfit(tree: DivisionTree, fate: Fate, vanished: set[str], there: set[str], day: date) -> str:
    if fate.kind == ENDED:
        return (
            ""
            if fate.old in vanished and not fate.new
            else f"{fate.old}: ended needs a code that vanished, and no new one"
        )
    if fate.new not in there and not (tree.known(fate.new, day) and fate.new not in vanished):
        return f"{fate.old}: found {fate.new} as what it became, expected a code that is in force after {day}"
    if fate.kind != Change.TRANSFER and fate.old not in vanished:
        return f"{fate.old}: found {fate.kind}, but it has not vanished; only transfer speaks of a place that goes on"
    return ""
