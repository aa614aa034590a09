"""Keeps the drawer of cards of a serving process up to date: each look asks only for the cards that changed since."""

from bisect import insort
from collections.abc import Iterable, Iterator
from itertools import accumulate
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from catalog.cards import tables
from catalog.cards.drawer import FEW, MANY, Drawer, Facts
from catalog.cards.sets import of_numbers
from schemas.divisions import DivisionTree
from schemas.quality_band import band

FEW_FRESH = 100
"""So many new cards are put in one by one; more are sorted together."""

_CHANGED = select(tables.card).where(tables.card.c.changed > bindparam("seen")).order_by(tables.card.c.changed)
"""Built once: every search asks it."""


class Drawers:
    """Safe between threads. A drawer is never older than the last commit before it was asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._drawer = _empty()
        self._tree = ""

    def today(self, connection: Connection, tree: DivisionTree) -> Drawer:
        """The cards of today; tiers are those of this tree."""
        with self._lock:
            if self._tree != tree.digest:
                self._drawer, self._tree = _empty(), tree.digest
            changed = connection.execute(_CHANGED, {"seen": self._drawer.seen}).all()
            if changed:
                self._drawer = _sorted_in(self._drawer, changed, tree)
            return self._drawer


def _empty() -> Drawer:
    return Drawer(0, [], [], "", [0], {}, [], [], [], {name: {} for name in FEW}, {name: {} for name in MANY}, 0)


def _sorted_in(before: Drawer, changed: Iterable[Row[Any]], tree: DivisionTree) -> Drawer:
    sorting = _Sorting(before)
    for row in changed:
        sorting.put(row.id, _facts(row, tree), row.titles)
        seen = row.changed
    return sorting.drawer(seen)


def _facts(row: Row[Any], tree: DivisionTree) -> Facts:
    values = {
        "department": row.department,
        "sharing": row.sharing,
        "owner": row.owner,
        "division": row.division,
        "tier": _tier(tree, row.division),
        "subject_kind": row.subject_kind,
        "cycle": row.cycle,
        "quality": band(row.score),
    }
    topics = tuple(row.topics.split("\n")) if row.topics else ()
    return Facts(row.dataset, values, topics, row.owner_name, row.listed)


def _tier(tree: DivisionTree, division: str) -> str:
    try:
        return str(int(tree.tier(division)))
    except ValueError:
        return ""


class _Sorting:
    """Copies of a drawer's parts, into which cards are put."""

    def __init__(self, before: Drawer) -> None:
        self._before = before
        self._facts, self._titles, self._numbers = list(before.facts), list(before.titles), dict(before.numbers)
        self._departments = list(before.departments)
        self._fresh: list[int] = []
        self._turned: dict[tuple[str, str], set[int]] = {}
        """Facet and value -> ids that have come or gone; what does both stays."""
        self._listed: set[int] = set()

    def put(self, number: int, facts: Facts, titles: str) -> None:
        """The card of this id says this now."""
        more = number + 1 - len(self._facts)
        self._facts += [None] * more
        self._titles += [""] * more
        self._departments += [""] * more
        former = self._facts[number]
        if former is None:
            self._numbers[facts.key] = number
            self._fresh.append(number)
        for one in (former, facts):
            for place in _places(one) if one else ():
                self._turned.setdefault(place, set()).symmetric_difference_update((number,))
        if facts.listed != bool(former and former.listed):
            self._listed.add(number)
        self._facts[number], self._titles[number] = facts, f"\n{titles}\n"
        self._departments[number] = facts.values["department"]

    def drawer(self, seen: int) -> Drawer:
        """With everything that was put in."""
        few = {name: dict(values) for name, values in self._before.few.items()}
        many = {name: dict(values) for name, values in self._before.many.items()}
        size = len(self._facts)
        for (facet, value), ids in self._turned.items():
            if facet in few:
                few[facet][value] = few[facet].get(value, 0) ^ of_numbers(ids, size)
            else:
                many[facet][value] = many[facet].get(value, frozenset()) ^ ids
        before, same = self._before, self._titles == self._before.titles
        said = before.said if same else "".join(self._titles)
        starts = before.starts if same else [0, *accumulate(map(len, self._titles))]
        order = self._ordered() if self._fresh else before.order
        places = _places_of(order, size) if self._fresh else before.places
        return Drawer(
            seen=seen,
            facts=self._facts,
            titles=self._titles,
            said=said,
            starts=starts,
            numbers=self._numbers,
            order=order,
            places=places,
            departments=self._departments,
            few=few,
            many=many,
            listed=before.listed ^ of_numbers(self._listed, size),
        )

    def _ordered(self) -> list[int]:
        order = [*self._before.order]
        if len(self._fresh) > FEW_FRESH:
            return sorted([*order, *self._fresh], key=self._key)
        for number in self._fresh:
            insort(order, number, key=self._key)
        return order

    def _key(self, number: int) -> str:
        found = self._facts[number]
        return found.key if found else ""


def _places_of(order: list[int], size: int) -> list[int]:
    places = [0] * size
    for place, number in enumerate(order):
        places[number] = place
    return places


def _places(facts: Facts) -> Iterator[tuple[str, str]]:
    """Every facet and value that a card stands under."""
    yield from facts.values.items()
    yield from (("topic", topic) for topic in facts.topics)
