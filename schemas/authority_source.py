"""The authority registry 一数一源: who is right about a data element, of which subjects, in which area, since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from schemas.divisions import DivisionTree

KINDS = ("person", "enterprise", "")
"""Whom an item is about; empty: things and places, which are no subjects."""


class Standing(StrEnum):
    """proposed 申报 by a department, in_force 生效 or refused 不采纳 as the data administration decided, ended 终止."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    ENDED = "ended"


class Verb(StrEnum):
    """What the data administration decides."""

    APPROVE = "approve"
    REFUSE = "refuse"
    END = "end"


MOVES = {
    (Standing.PROPOSED, Verb.APPROVE): Standing.IN_FORCE,
    (Standing.PROPOSED, Verb.REFUSE): Standing.REFUSED,
    (Standing.IN_FORCE, Verb.END): Standing.ENDED,
}
"""Every move that there is."""


@dataclass(frozen=True, slots=True)
class Source:
    """One entry: an organisation, and where it has one the dataset, that is right 数源."""

    element: str
    subject_kind: str
    division: str
    """12 digits: it speaks for this place and all below it, as far as no narrower entry does."""
    organisation: str
    """Unified social credit code."""
    basis: str
    """Law, regulation or list of duties that makes it so, as a citation."""
    since: date
    until: date | None = None
    """First day on which it is no more; None: no end is set."""
    dataset: str = ""
    """Key of the dataset that gives it; empty while there is none."""
    standing: Standing = Standing.PROPOSED
    number: int = 0
    proposed_by: str = ""
    proposed_at: datetime | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    said: str = ""
    """Words of the decision."""

    def holds(self, day: date) -> bool:
        """Whether it is in force on that day."""
        begun = self.since <= day and (self.until is None or day < self.until)
        return begun and self.standing is Standing.IN_FORCE

    def overlaps(self, other: "Source") -> bool:
        """Whether there is a day of both."""
        return _before(self.since, other.until) and _before(other.since, self.until)


@dataclass(frozen=True, slots=True)
class Scope:
    """Of whom, where and when something is asked."""

    subject_kind: str
    division: str
    """12 digits."""
    day: date


def most_specific(sources: Iterable[Source], scope: Scope, tree: DivisionTree) -> Source | None:
    """Of the entries of one element and kind of subject the narrowest in force that speaks for the place."""
    found = None
    for one in sources:
        speaks = one.holds(scope.day) and tree.within(scope.division, one.division)
        if speaks and (found is None or tree.within(one.division, found.division)):
            found = one
    return found


def clash(new: Source, others: Iterable[Source], tree: DivisionTree) -> Source | None:
    """The entry in force that stands where `new` would: same element, kind of subject and place, on a common day."""
    for one in others:
        alike = (one.element, one.subject_kind) == (new.element, new.subject_kind) and one.number != new.number
        in_the_way = alike and one.standing is Standing.IN_FORCE and one.overlaps(new)
        if in_the_way and tree.within(one.division, new.division) and tree.within(new.division, one.division):
            return one
    return None


def _before(day: date, end: date | None) -> bool:
    return end is None or day < end
