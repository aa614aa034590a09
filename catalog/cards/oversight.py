"""Whose datasets an organisation answers for or looks on at: its own, and those of departments below its division."""

from dataclasses import dataclass

from catalog import duties
from catalog.cards.drawer import Drawer
from catalog.cards.sets import Cards
from catalog.rule.sight import sight
from schemas.access import Subject, Tier
from schemas.divisions import DivisionTree, normalise


@dataclass(frozen=True, slots=True)
class Overseen:
    """Keys of datasets, in their order."""

    own: tuple[str, ...]
    below: tuple[str, ...]


NOTHING = Overseen((), ())


def overseen(drawer: Drawer, subject: Subject, tree: DivisionTree) -> Overseen:
    """Nothing for the public and for who is not active, all of it for a security auditor; no contract is read."""
    if subject.public or not subject.organisation or not subject.credential_active or not subject.organisation_active:
        return NOTHING
    own = drawer.holding("owner", subject.organisation)
    below = drawer.of(drawer.order) if duties.audits(subject) else _below(drawer, subject, tree)
    return Overseen(_keys(drawer, own), _keys(drawer, below & ~own))


def owned(drawer: Drawer, organisation: str) -> tuple[str, ...]:
    """Keys of the datasets that an organisation provides, in their order."""
    return _keys(drawer, drawer.holding("owner", organisation))


def _below(drawer: Drawer, subject: Subject, tree: DivisionTree) -> Cards:
    """Those that it may know of whose owner's division lies within its own and is smaller; for government bodies."""
    if not subject.government or subject.tier > Tier.TOWN:
        return 0
    try:
        above = normalise(subject.division)
    except ValueError:
        return 0
    places = drawer.many["division"]
    inside = (ids for division, ids in places.items() if ids and _strictly(tree, division, above))
    return drawer.of(one for ids in inside for one in ids) & drawer.in_sight(sight(subject))


def _strictly(tree: DivisionTree, division: str, above: str) -> bool:
    try:
        return tree.within(division, above) and not tree.within(above, division)
    except ValueError:
        return False


def _keys(drawer: Drawer, cards: Cards) -> tuple[str, ...]:
    return tuple(drawer.key(number) for number in drawer.by_key(cards))
