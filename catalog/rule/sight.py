"""What `visible` says, as a set of datasets: for lists and counts that must not look at every dataset one by one.

Only here is it written a second time; a test holds both to each other for every kind of subject.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, and_, false, or_

from schemas.access import Grant, GrantState, Subject
from schemas.dataset import Sharing


@dataclass(frozen=True, slots=True)
class Sight:
    """The datasets that an asker may know of: all of some sharing classes, their own, those that a grant names."""

    classes: frozenset[Sharing]
    owner: str = ""
    """Credit code of the organisation whose own datasets are seen whatever their class; empty for nobody's."""
    granted: frozenset[str] = frozenset()
    """Keys that are seen by a grant, unless they are withheld."""

    def clause(self, dataset: FromClause) -> ColumnElement[bool]:
        """The same in SQL, over a table with the columns `sharing`, `owner` and `key` (or `dataset`)."""
        columns = dataset.c
        key = columns.key if "key" in columns else columns.dataset
        seen: list[ColumnElement[bool]] = [columns.sharing.in_(sorted(one.value for one in self.classes))]
        if self.owner:
            seen.append(columns.owner == self.owner)
        if self.granted:
            seen.append(and_(key.in_(sorted(self.granted)), columns.sharing != Sharing.WITHHELD.value))
        return or_(false(), *seen)


EVERYBODY = Sight(frozenset({Sharing.OPEN}))
"""What the public sees."""


def sight(subject: Subject, grants: Iterable[Grant] = ()) -> Sight:
    """Of this asker; `grants` may hold anybody's, and only an outsider needs any."""
    if subject.public or not subject.credential_active or not subject.organisation_active:
        return EVERYBODY
    if subject.government:
        return Sight(frozenset(Sharing) - {Sharing.WITHHELD}, subject.organisation)
    return Sight(EVERYBODY.classes, subject.organisation, usable(subject, grants))


def usable(subject: Subject, grants: Iterable[Grant]) -> frozenset[str]:
    """Keys of the datasets on which the asker's organisation has an active grant that its system may use."""
    return frozenset(
        one.dataset
        for one in grants
        if subject.organisation
        and one.organisation == subject.organisation
        and one.state is GrantState.ACTIVE
        and (not one.systems or subject.system in one.systems)
    )


def in_use(subject: Subject, grants: Iterable[Grant], now: datetime) -> Sight:
    """The datasets whose rows the asker may take at that moment 我可用的, without asking anybody."""
    known = sight(subject, grants)
    if known == EVERYBODY:
        return known
    classes = {Sharing.OPEN, Sharing.UNCONDITIONAL} if subject.government else {Sharing.OPEN}
    held = (one for one in grants if one.start <= now < one.end)
    return Sight(frozenset(classes), known.owner, usable(subject, held))
