"""Which columns leave, and how: gates G7 (grade) and G8 (asked, granted, shareable, strictest transform)."""

from functools import lru_cache
from typing import NamedTuple

from catalog.rule.basis import Matter
from catalog.rule.ceilings import FIRST_MASKED, OPEN_CEILING, ceiling, tier_transform
from catalog.rule.remembered import remembered
from schemas.access import Basis, ColumnView, Grant, Mode, Tier
from schemas.dataset import Field, Grade, Identifying, Transform

WITHHELD, NOT_GRANTED, GRADE, NOT_ASKED = "WITHHELD", "NOT_GRANTED", "GRADE", "NOT_ASKED"
POINTS = "POINTS_AT_SOMEBODY"
UNRESTRICTED = frozenset({Basis.OWNER, Basis.RETURN})
"""Bases on which only the grade can withhold an item."""

view = lru_cache(maxsize=8192)(ColumnView)


class Terms(NamedTuple):
    """All that decides how somebody may have the fields of a dataset; what they ask for is no part of it."""

    fields: tuple[Field, ...]
    basis: Basis
    grant: Grant | None
    tier: Tier
    mode: Mode
    highest: Grade


def permitted(matter: Matter) -> tuple[ColumnView, ...]:
    """Every field of the dataset as this asker may have it, whether asked for or not."""
    ask = matter.ask
    terms = (matter.dataset.fields, matter.basis, matter.grant, ask.subject.tier, ask.mode, highest_grade(matter))
    return _permitted(Terms(*terms))


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


@remembered
def _permitted(terms: Terms) -> tuple[ColumnView, ...]:
    return tuple([_permit(terms, field) for field in terms.fields])


def _permit(terms: Terms, field: Field) -> ColumnView:
    barred = _barred(terms, field)
    if barred:
        return view(field.name, Transform.DROP, barred)
    if terms.basis in UNRESTRICTED:
        return view(field.name, Transform.CLEAR, "")
    return _strictest(terms, field)


def _barred(terms: Terms, field: Field) -> str:
    """Why an item is not there at all; empty when it may be."""
    if terms.basis not in UNRESTRICTED:
        if not field.shareable:
            return WITHHELD
        grant = terms.grant
        if grant is not None and grant.columns and field.name not in grant.columns:
            return NOT_GRANTED
    if terms.basis is Basis.SUPERIOR and not _countable(field):
        return POINTS
    highest = terms.highest
    return GRADE if field.grade > highest else ""


def _countable(field: Field) -> bool:
    """Whether figures may be made of an item: it points at nobody, and anybody may have it in clear."""
    return field.identifying is Identifying.NONE and field.transform is Transform.CLEAR


def _strictest(terms: Terms, field: Field) -> ColumnView:
    """Strictest of item default, grant and tier default; where two are equally strict the first is named."""
    transform, reason, grant = field.transform, "ITEM_DEFAULT", terms.grant
    if grant is not None:
        granted = grant.transforms.get(field.name, Transform.CLEAR)
        if granted > transform:
            transform, reason = granted, "GRANT"
        of_tier = tier_transform(terms.tier, terms.mode, field) if terms.tier >= FIRST_MASKED else transform
        if of_tier > transform:
            transform, reason = of_tier, "TIER"
    return view(field.name, transform, reason if transform is not Transform.CLEAR else "")


def only_grade_is_left(columns: tuple[ColumnView, ...]) -> bool:
    """Whether items were asked for and granted, and every one of them is above the grade."""
    return {c.reason for c in columns} - {WITHHELD, NOT_GRANTED, NOT_ASKED, POINTS} == {GRADE}


def none_served(columns: tuple[ColumnView, ...]) -> bool:
    """Whether no column leaves."""
    return all(c.transform is Transform.DROP for c in columns)
