"""All cards at hand, in order of their keys, with what they are counted by; read once and then only what changed."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from itertools import compress, repeat
from operator import contains
from typing import NamedTuple

from catalog.cards.sets import Cards, in_order, numbers, of_numbers
from catalog.rule.sight import Sight
from schemas.dataset import Sharing

FEW = ("topic", "sharing", "tier", "cycle", "quality", "subject_kind")
"""Facets of a handful, or some hundreds, of values: a set of cards for each value."""
MANY = ("department", "owner", "division")
"""Facets of thousands of values: the ids for each value."""
SCATTERED = 10_000
"""From so many cards on it is quicker to look through the titles of all."""
WIDE = 6_000
"""From so many cards on it is quicker to walk all of them in order than to sort."""


class Facts(NamedTuple):
    """What one card says, as far as it is counted and put in order."""

    key: str
    values: Mapping[str, str]
    """Facet -> value; those of a topic stand in `topics`."""
    topics: tuple[str, ...]
    owner_name: str
    listed: bool


class Place(NamedTuple):
    """Where a page ends: the rank and the key of its last card."""

    rank: int
    key: str


@dataclass(frozen=True, slots=True)
class Drawer:
    """The cards of one moment. Nobody alters it; what changed since makes another one."""

    seen: int
    """The last change that it knows of."""
    facts: list[Facts | None]
    """By id."""
    titles: list[str]
    """By id: Chinese and English title and key, plain, each between line ends."""
    said: str
    """All titles one after the other."""
    starts: list[int]
    """By id, and once more for the end: where its titles begin in that text."""
    numbers: Mapping[str, int]
    """Key -> id."""
    order: list[int]
    """Ids by their keys."""
    places: list[int]
    """By id: its place in that order."""
    departments: list[str]
    """By id."""
    few: Mapping[str, Mapping[str, Cards]]
    many: Mapping[str, Mapping[str, frozenset[int]]]
    listed: Cards

    @property
    def size(self) -> int:
        """Above every id."""
        return len(self.facts)

    def of(self, some: Iterable[int]) -> Cards:
        """The set of these ids."""
        return of_numbers(some, self.size)

    def in_sight(self, sight: Sight) -> Cards:
        """The cards that an asker may know of."""
        sharing = self.few["sharing"]
        found = 0
        for one in sight.classes:
            found |= sharing.get(one.value, 0)
        if sight.owner:
            found |= self.holding("owner", sight.owner)
        if sight.granted:
            granted = (self.numbers[key] for key in sight.granted if key in self.numbers)
            found |= self.of(granted) & ~sharing.get(Sharing.WITHHELD.value, 0)
        return found & self.listed

    def holding(self, facet: str, value: str) -> Cards:
        """The cards with that value."""
        if facet in self.few:
            return self.few[facet].get(value, 0)
        return self.of(self.many[facet].get(value, ()))

    def counted(self, cards: Cards, facet: str, most: int | None = None) -> tuple[tuple[str, int], ...]:
        """Value -> how many of the cards have it, the most frequent first; of a facet of `FEW`, or `department`."""
        counts: Mapping[str, int]
        if facet in self.few:
            counts = {value: (cards & some).bit_count() for value, some in self.few[facet].items()}
        else:
            counts = Counter(map(self.departments.__getitem__, numbers(cards)))
        return most_frequent({value: count for value, count in counts.items() if count and value}, most)

    def owners(self, cards: Cards, departments: Iterable[str]) -> dict[str, str]:
        """Department -> names of the organisations that provide those of the cards that are its own."""
        there = bin(cards)[:1:-1]
        found = {}
        for department in departments:
            mine = self.many["department"].get(department, frozenset())
            names = {self._fact(one).owner_name for one in mine if one < len(there) and there[one] == "1"}
            found[department] = "、".join(sorted(names))
        return found

    def titled(self, cards: Cards, words: Sequence[str]) -> list[tuple[int, str]]:
        """Id and titles of the cards with all the words in titles and key."""
        titles, (first, *others) = self.titles, words
        if cards.bit_count() > SCATTERED:
            found = self._said(cards, first)
        else:
            ids = list(numbers(cards))
            found = list(compress(ids, map(contains, map(titles.__getitem__, ids), repeat(first))))
        return [(one, titles[one]) for one in found if all(word in titles[one] for word in others)]

    def _said(self, cards: Cards, word: str) -> list[int]:
        """Ids of the cards with the word in a title, looked for in all titles as one text: no jumping in memory."""
        text, starts, marks = self.said, self.starts, bin(cards)[:1:-1]
        found, at = [], text.find(word)
        while at >= 0:
            number = bisect_right(starts, at) - 1
            if number < len(marks) and marks[number] == "1":
                found.append(number)
            at = text.find(word, starts[number + 1])
        return found

    def by_key(self, cards: Cards, after: str = "") -> Iterator[int]:
        """Ids of the cards in order of their keys, those after a key."""
        start = bisect_right(self.order, after, key=self.key) if after else 0
        if cards.bit_count() > WIDE:
            return in_order(cards, self.order[start:])
        places = self.places
        return iter(sorted([one for one in numbers(cards) if places[one] >= start], key=places.__getitem__))

    def key(self, number: int) -> str:
        """Of an id that is in a set of these cards."""
        return self._fact(number).key

    def _fact(self, number: int) -> Facts:
        found = self.facts[number]
        assert found is not None, "sets hold only ids of cards"  # noqa: S101 - cannot be otherwise
        return found


def most_frequent(counts: Mapping[str, int], most: int | None) -> tuple[tuple[str, int], ...]:
    """So many of them, the most frequent first, those that are as frequent in their order."""
    kept = counts.items()
    if most is not None and len(counts) > most:
        least = nlargest(most, counts.values())[-1] if most else max(counts.values()) + 1
        above = [one for one in counts.items() if one[1] > least]
        level = nsmallest(most - len(above), (value for value, count in counts.items() if count == least))
        kept = dict([*above, *((value, least) for value in level)]).items()
    return tuple(sorted(kept, key=lambda one: (-one[1], one[0])))
