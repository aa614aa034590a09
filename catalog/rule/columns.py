"""Which columns leave, and how: gates G7 (grade) and G8 (asked, granted, shareable, strictest transform)."""

from functools import lru_cache

from catalog.rule.basis import Matter
from catalog.rule.ceilings import FIRST_MASKED, OPEN_CEILING, ceiling, tier_transform
from schemas.access import Basis, ColumnView
from schemas.dataset import Field, Grade, Identifying, Transform

WITHHELD, NOT_GRANTED, GRADE, NOT_ASKED = "WITHHELD", "NOT_GRANTED", "GRADE", "NOT_ASKED"
POINTS = "POINTS_AT_SOMEBODY"
UNRESTRICTED = frozenset({Basis.OWNER, Basis.RETURN})
"""Bases on which only the grade can withhold an item."""

view = lru_cache(maxsize=8192)(ColumnView)


def permitted(matter: Matter) -> tuple[ColumnView, ...]:
    """Every field of the dataset as this asker may have it, whether asked for or not."""
    highest = highest_grade(matter)
    return tuple([_permit(matter, field, highest) for field in matter.dataset.fields])


def asked(matter: Matter, columns: tuple[ColumnView, ...]) -> tuple[ColumnView, ...]:
    """The same with everything dropped that was not asked for; an ask that names no column asks for all."""
    wanted = matter.ask.columns
    if not wanted:
        return columns
    return tuple(c if c.name in wanted else view(c.name, Transform.DROP, NOT_ASKED) for c in columns)


def highest_grade(matter: Matter) -> Grade:
    """min(clearance, ceiling of tier and mode); open data have one ceiling for everybody. Core is never reached."""
    subject = matter.ask.subject
    most = OPEN_CEILING if matter.basis is Basis.OPEN else ceiling(subject.tier, matter.ask.mode)
    return min(subject.clearance, most)


def _permit(matter: Matter, field: Field, highest: Grade) -> ColumnView:
    barred = _barred(matter, field, highest)
    if barred:
        return view(field.name, Transform.DROP, barred)
    if matter.basis in UNRESTRICTED:
        return view(field.name, Transform.CLEAR, "")
    return _strictest(matter, field)


def _barred(matter: Matter, field: Field, highest: Grade) -> str:
    """Why an item is not there at all; empty when it may be."""
    if matter.basis not in UNRESTRICTED:
        if not field.shareable:
            return WITHHELD
        grant = matter.grant
        if grant is not None and grant.columns and field.name not in grant.columns:
            return NOT_GRANTED
    if matter.basis is Basis.SUPERIOR and not _countable(field):
        return POINTS
    return GRADE if field.grade > highest else ""


def _countable(field: Field) -> bool:
    """Whether figures may be made of an item: it points at nobody, and anybody may have it in clear."""
    return field.identifying is Identifying.NONE and field.transform is Transform.CLEAR


def _strictest(matter: Matter, field: Field) -> ColumnView:
    """Strictest of item default, grant and tier default; where two are equally strict the first is named."""
    transform, reason, grant = field.transform, "ITEM_DEFAULT", matter.grant
    if grant is not None:
        granted = grant.transforms.get(field.name, Transform.CLEAR)
        if granted > transform:
            transform, reason = granted, "GRANT"
        tier = matter.ask.subject.tier
        of_tier = tier_transform(tier, matter.ask.mode, field) if tier >= FIRST_MASKED else transform
        if of_tier > transform:
            transform, reason = of_tier, "TIER"
    return view(field.name, transform, reason if transform is not Transform.CLEAR else "")


def only_grade_is_left(columns: tuple[ColumnView, ...]) -> bool:
    """Whether items were asked for and granted, and every one of them is above the grade."""
    return {c.reason for c in columns} - {WITHHELD, NOT_GRANTED, NOT_ASKED, POINTS} == {GRADE}


def none_served(columns: tuple[ColumnView, ...]) -> bool:
    """Whether no column leaves."""
    return all(c.transform is Transform.DROP for c in columns)
