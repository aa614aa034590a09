"""One administrative division 行政区划 with its dates, and what became of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schemas.access import Tier


class Change(StrEnum):
    """What happened to a code: it was renamed, merged into another, split into several, or gave a part away."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Division:
    """One division for as long as its code, name and parent stay the same: `[valid_from, valid_to)`."""

    code: str
    """Normalised: 12 digits, 15 for a grid."""
    name: str
    tier: Tier
    parent: str
    """Normalised code; empty for a province."""
    valid_from: date | None = None
    """None: since before the table begins."""
    valid_to: date | None = None
    """First day on which it is no more; None while it is in force."""
    kind: str = "division"
    """`division`; `holder` for a code that only groups others (市辖区, 省直辖县级行政区划); `zone` for a development
    zone that has a code of the statistics only."""

    def in_force(self, at: date) -> bool:
        """Whether it exists on that day."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class Lineage:
    """On `when`, the land of `old` (for a transfer: a part of it) came under `new`; both normalised."""

    old: str
    new: str
    when: date
    kind: Change


@dataclass(frozen=True, slots=True)
class Custody:
    """Where a development zone lies: its land is that of `place`, whoever administers it (its parent in the tree).

    It opens nothing: rights follow the parent.
    """

    zone: str
    place: str
    source: str
    """Who says so, e.g. a document's number."""
