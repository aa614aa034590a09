"""How far a new version is from those before it: the change of its volume, and the drift of a column's values.

The drift is the population stability index: over bins with the shares p (before) and q (now) the sum of
(q - p) ln(q / p). Below 0.1 a population is taken as stable, from 0.25 on as shifted (N. Siddiqi, Credit Risk
Scorecards, 2006). Of few rows it is large by chance: with n and m rows and B bins it behaves like (1/n + 1/m) times a
chi-square of B - 1 degrees (B. Yurdakul, Statistical Properties of Population Stability Index, 2018), so what chance
alone gives in 99 of 100 cases is never called a drift.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from schemas.profile import QUANTILES, ColumnProfile, Profile

MAX_PSI = 0.25
MAX_CHANGE = 0.5
VERSIONS = 5
"""So many versions are looked at where the contract does not say."""
SURE = 2.326
"""99 of 100, one-sided, in standard deviations."""
CHANCE = 3
"""A number of rows that comes by chance lies within so many roots of what is expected (Poisson)."""
MOSTLY = 0.5
"""Where the most frequent values are at least this share of all values, they are the bins; else the quantiles are."""


@dataclass(frozen=True, slots=True)
class Bins:
    """How the past splits a column: by its most frequent values or at its quantiles; NULL is the last bin."""

    values: tuple[str, ...] = ()
    """A bin each, and one more for all others."""
    edges: tuple[str, ...] = ()
    """Rising; a value at an edge is half on either side of it."""
    shares: tuple[float, ...] = ()
    """Of the past's rows, one for each bin; they add up to 1."""


def bins(column: ColumnProfile, rows: int) -> Bins:
    """The bins of a column's profile over so many rows. Of a masked column there are two: filled and not."""
    filled = rows - column.nulls
    missing = column.nulls / rows
    common = sum(share.rows for share in column.top)
    if column.top and (not column.quantiles or common >= MOSTLY * filled):
        shares = [share.rows / rows for share in column.top]
        return Bins(tuple(share.value for share in column.top), (), (*shares, (filled - common) / rows, missing))
    if column.quantiles:
        edges = _edges(column.quantiles)
        levels = [0.0, *edges.values(), 1.0]
        between = [high - low for low, high in pairwise(levels)]
        return Bins((), tuple(edges), (*(share * filled / rows for share in between), missing))
    return Bins((), (), (filled / rows, missing))


def bins_of(profile: Profile | None, name: str) -> tuple[int, Bins]:
    """Rows and bins of a column of a profile; 0 and no bins where there is no such column, or no row."""
    column = next((one for one in profile.columns if one.name == name), None) if profile else None
    if profile is None or column is None or not profile.rows:
        return 0, Bins()
    return profile.rows, bins(column, profile.rows)


def _edges(quantiles: Sequence[str]) -> dict[str, float]:
    """Edge -> share of the values below it, half of those at it counted; several quantiles may be one value."""
    found: dict[str, list[float]] = {}
    for at, value in zip(QUANTILES, quantiles, strict=True):
        found.setdefault(value, []).append(at)
    return {value: (levels[0] + levels[-1]) / 2 for value, levels in found.items()}


def counts(of: Bins, rows: int, filled: int, seen: Sequence[float]) -> tuple[float, ...]:
    """Rows of each bin now: `seen` has the rows of each value, or the rows below each edge."""
    if of.values:
        return (*seen, filled - sum(seen), rows - filled)
    below = [0.0, *seen, float(filled)]
    return (*(high - low for low, high in pairwise(below)), rows - filled)


def stability(shares: Sequence[float], before: int, now: Sequence[float]) -> float:
    """The population stability index of the rows `now` against `shares` of `before` rows; half a row is added to each
    bin, so that an empty one has a logarithm.
    """
    total, number = sum(now), len(shares)
    p = [(share * before + 0.5) / (before + number / 2) for share in shares]
    q = [(count + 0.5) / (total + number / 2) for count in now]
    return sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))


def by_chance(number: int, before: int, rows: int) -> float:
    """The index of `number` bins that 99 of 100 samples of an unchanged population stay below."""
    degrees = number - 1
    return (1 / before + 1 / rows) * (degrees + SURE * math.sqrt(2 * degrees))


def usual(rows: Sequence[int]) -> float:
    """The median of earlier numbers of rows."""
    return float(median(rows))


def near(rows: int, expected: float, change: float) -> bool:
    """Whether a number of rows lies within a share `change` of what is expected, or no further than chance takes it."""
    return abs(rows - expected) <= max(change * expected, CHANCE * math.sqrt(expected))
