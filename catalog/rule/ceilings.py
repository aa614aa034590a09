"""What a tier of government may take at most, as data: modes, grades, and transforms that its answers carry."""

from collections.abc import Mapping

from schemas.access import Mode, Tier
from schemas.dataset import Field, Grade, Identifying, Transform
from schemas.linkage import OPEN_GRADE

WHOLESALE = frozenset({Mode.BULK, Mode.DELTA, Mode.FILE})
"""Modes that take whole lots of rows; from the county down they stay within the asker's own subtree."""

TIER_MODES: Mapping[Tier, frozenset[Mode]] = {
    Tier.PROVINCE: frozenset(Mode),
    Tier.CITY: frozenset(Mode),
    Tier.COUNTY: frozenset(Mode),
    Tier.TOWN: frozenset(Mode),
    Tier.VILLAGE: frozenset({Mode.QUERY, Mode.VERIFY}),
    Tier.GRID: frozenset({Mode.QUERY, Mode.VERIFY}),
}
"""Modes that a tier may use at all, whatever its grant says."""

QUERY_ROWS = 10_000
"""Rows that one query under a grant may page through, from the county down. A query is not held to the asker's own
subtree, so that a case elsewhere can be looked up; who needs more rows takes them in bulk, which is."""

OPEN_CEILING = OPEN_GRADE
"""Open data are served up to this grade, to everybody alike."""

SMALLEST_GROUP = 5
"""k: a published version whose smallest group has fewer members names people by combination."""

IDS = frozenset({"resident_id", "passport", "residence_permit"})
"""Data elements that number a person."""

PHONES = frozenset({"mobile", "telephone"})
"""Data elements that ring at a person's."""


def ceiling(tier: Tier, mode: Mode) -> Grade:
    """The highest grade that a tier may take in a mode. Core is above every ceiling: it never leaves this way.

    Important 重要 data go to the city and up and never as a file (GB/T 43697; the two-person approval is recorded
    where the grant is made).
    """
    if tier <= Tier.CITY and mode is not Mode.FILE:
        return Grade.IMPORTANT
    return Grade.GENERAL_4


FIRST_MASKED = Tier.TOWN
"""Tiers above this one get what the item and the grant say."""


def tier_transform(tier: Tier, mode: Mode, field: Field) -> Transform:
    """What a tier's answers carry: towns get ids masked wholesale, villages and grids ids and phones always."""
    if tier >= Tier.VILLAGE and (_numbers_a_person(field) or field.element in PHONES):
        return Transform.MASK
    if tier is Tier.TOWN and mode in WHOLESALE and _numbers_a_person(field):
        return Transform.MASK
    return Transform.CLEAR


def _numbers_a_person(field: Field) -> bool:
    """By its data element; a key that identifies directly and has no element counts as one, to be safe."""
    undeclared = field.element is None and field.identifying is Identifying.DIRECT and field.key > 0
    return field.element in IDS or undeclared
