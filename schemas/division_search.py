"""Finds divisions by name or code as of a day, and says what kind of place one is."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from schemas.access import Tier
from schemas.division import Division
from schemas.divisions import DivisionTree


class Shape(StrEnum):
    """What stands out about a division: where it hangs, or that it is none."""

    ORDINARY = "ordinary"
    HOLDER = "holder"
    """A code that only groups others: 市辖区, 省直辖县级行政区划."""
    ZONE = "zone"
    """A development zone, with a code of the statistics only."""
    UNDIVIDED_CITY = "undivided_city"
    """A city without counties: its towns lie right under it (东莞)."""
    DIRECT_COUNTY = "direct_county"
    """A county right under a province, by way of a code that only groups (仙桃 under 429000)."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: words of a name or the beginning of a code, within a division, at a tier, on a day."""

    text: str = ""
    within: str = ""
    """Normalised; empty: everywhere."""
    tier: Tier | None = None
    at: date | None = None
    """None: whatever ever was."""


def look_up(tree: DivisionTree, sought: Sought) -> tuple[Division, ...]:
    """Those that fit: the very name first, then larger ones, then by code."""
    text = _plain(sought.text)
    digits = text if text.isascii() and text.isdigit() else ""
    among = _within(tree, sought.within, sought.at) if sought.within and sought.at else _named(tree)
    found = [entry for name, entry in among if (entry.code.startswith(digits) if digits else text in name)]
    fitting = [one for one in found if _fits(tree, one, sought)]
    return tuple(
        sorted(fitting, key=lambda one: (_plain(one.name) != text, one.tier, one.code, one.valid_from or date.min))
    )


def shape_of(tree: DivisionTree, entry: Division, at: date | None = None) -> Shape:
    """What stands out about it on that day."""
    if entry.kind in (Shape.HOLDER, Shape.ZONE):
        return Shape(entry.kind)
    below = {tree.tier(code) for code in tree.children(entry.code, at)}
    if entry.tier is Tier.CITY and Tier.COUNTY not in below:
        return Shape.UNDIVIDED_CITY
    above = tree.entry(entry.parent, at) if entry.parent else None
    direct = entry.tier is Tier.COUNTY and above is not None and above.kind == "holder"
    return Shape.DIRECT_COUNTY if direct and above is not None and "直辖" in above.name else Shape.ORDINARY


def _fits(tree: DivisionTree, one: Division, sought: Sought) -> bool:
    if sought.tier is not None and one.tier is not sought.tier:
        return False
    if sought.at is not None and not one.in_force(sought.at):
        return False
    return not sought.within or sought.at is not None or tree.within(one.code, sought.within)


def _within(tree: DivisionTree, root: str, at: date) -> Iterator[tuple[str, Division]]:
    """The division and all below it on that day, by its links: what lies elsewhere is not looked at."""
    left = [root]
    while left:
        entry = tree.entry(left.pop(), at)
        if entry is not None:
            yield _plain(entry.name), entry
            left += tree.children(entry.code, at)


@lru_cache(maxsize=2)
def _named(tree: DivisionTree) -> tuple[tuple[str, Division], ...]:
    """Every entry with its name as names are compared."""
    return tuple((_plain(entry.name), entry) for entry in tree)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
