"""Where two yearly tables of divisions say different things, each difference with what is known about its cause."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.access import Tier
from schemas.division_authority import Fact, fact_of
from schemas.division_forms import Listed
from schemas.divisions import DivisionTree


class Difference(StrEnum):
    """What one table says and the other does not."""

    MISSING_THERE = "missing_there"
    MISSING_HERE = "missing_here"
    RENAMED = "renamed"
    OTHER_PARENT = "other_parent"


class Cause(StrEnum):
    """What our own table of history knows about it; it explains, it decides nothing."""

    RECODED = "recoded"
    """The place went on under another code, or came from one, that the other table has."""
    SAME_NAME = "same_name"
    """The other table has a place of this name under the same parent, with a code that this one has not."""
    ZONE = "zone"
    """A development zone with a code of the statistics only."""
    UNDIVIDED_CITY = "undivided_city"
    """The statistics repeat a city without counties as its own county."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One difference about one published code."""

    published: str
    difference: Difference
    here: str
    """What the first table says: a name or a parent; empty where it has no such code."""
    there: str
    cause: Cause
    related: tuple[str, ...] = ()
    """Codes that the other table has in its place, as the other table writes them."""
    fact: Fact = Fact.COUNTY


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tables held against each other."""

    here: int
    there: int
    conflicts: tuple[Conflict, ...]

    def count(self, difference: Difference) -> int:
        """How many of a kind."""
        return sum(1 for one in self.conflicts if one.difference is difference)

    @property
    def codes_apart(self) -> int:
        """Codes that only one of the two has."""
        return self.count(Difference.MISSING_THERE) + self.count(Difference.MISSING_HERE)


def compare(here: Sequence[Listed], there: Sequence[Listed], tree: DivisionTree) -> Comparison:
    """Every difference by code; codes are compared as published, so that a line that only one has is one difference."""
    ours, theirs = {one.published: one for one in here}, {one.published: one for one in there}
    link = _links(tree)
    found = [
        *_missing(ours, theirs, Difference.MISSING_THERE, link),
        *_missing(theirs, ours, Difference.MISSING_HERE, link),
        *_others(ours, theirs, Difference.RENAMED, lambda one: one.name),
        *_others(ours, theirs, Difference.OTHER_PARENT, lambda one: one.parent),
    ]
    return Comparison(len(ours), len(theirs), tuple(sorted(found, key=lambda c: (c.published, c.difference))))


def _missing(
    ours: Mapping[str, Listed],
    theirs: Mapping[str, Listed],
    difference: Difference,
    link: Mapping[str, frozenset[str]],
) -> Iterable[Conflict]:
    there = {one.code: one.published for one in theirs.values()}
    named = {(one.parent, one.name): one.published for one in theirs.values() if one.published not in ours}
    for published, one in ours.items():
        if published in theirs:
            continue
        names = (one.name, "") if difference is Difference.MISSING_THERE else ("", one.name)
        related = tuple(sorted(there[code] for code in link.get(one.code, ()) if code in there))
        namesake = named.get((one.parent, one.name), "")
        cause = _cause(one, related, namesake)
        shown = (namesake,) if cause is Cause.SAME_NAME else related
        yield Conflict(published, difference, *names, cause, shown, fact_of(one))


def _cause(one: Listed, related: tuple[str, ...], namesake: str) -> Cause:
    if one.undivided:
        return Cause.UNDIVIDED_CITY
    if one.zone_code:
        return Cause.ZONE
    if related:
        return Cause.RECODED
    return Cause.SAME_NAME if namesake else Cause.UNKNOWN


def _others(
    ours: Mapping[str, Listed],
    theirs: Mapping[str, Listed],
    difference: Difference,
    of: Callable[[Listed], str],
) -> Iterable[Conflict]:
    for published, one in ours.items():
        other = theirs.get(published)
        if other is not None and of(one) != of(other) and not (one.undivided or other.undivided):
            yield Conflict(published, difference, of(one), of(other), Cause.UNKNOWN, (), fact_of(one))


def _links(tree: DivisionTree) -> Mapping[str, frozenset[str]]:
    """Code -> codes that it became or came from, in one step, counties and above."""
    found: dict[str, set[str]] = {}
    for change in tree.lineage:
        if tree.tier(change.old) <= Tier.COUNTY:
            found.setdefault(change.old, set()).add(change.new)
            found.setdefault(change.new, set()).add(change.old)
    return {code: frozenset(others) for code, others in found.items()}
