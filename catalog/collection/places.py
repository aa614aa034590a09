"""Which division codes meet an area, told so that an index finds them: above it, in it, and retired ones."""

from dataclasses import dataclass
from functools import lru_cache

from schemas.divisions import DivisionTree, normalise
from schemas.standards.division_code import tier_of

DIGITS = (2, 4, 6, 9, 12, 15)
"""Significant digits of a code, by tier."""


@dataclass(frozen=True, slots=True)
class Around:
    """Codes that an area lies in (itself too), with retired ones that lie in it; and the range of codes below it."""

    codes: tuple[str, ...]
    low: str
    high: str
    """Codes below it are > `low` and < `high`."""


@lru_cache(maxsize=1024)
def around(tree: DivisionTree, division: str) -> Around:
    """Everything that meets `division`. By links of the tree above it; below it by digits, which a code keeps for life.

    A code that was retired and went into the area under other digits (371202 into 370116) is listed by itself.
    """
    full = normalise(division)
    low = full[: DIGITS[tier_of(full) - 1]]
    retired = {c.old for c in tree.lineage if not c.old.startswith(low) and tree.within(c.old, full)}
    return Around(tuple(sorted({*tree.path(full), full, *retired})), low, str(int(low) + 1))
