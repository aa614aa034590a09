"""Which entries an asker may know of: as a predicate over rows, so that it holds before any limit and in every count.

What is in force is seen as its dataset would be; what is on its way, by its department, the data administration that
reviews it, and auditors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from catalog import duties, organisations
from catalog import tables as catalogue
from catalog.entries import book, tables
from catalog.entries.book import Version
from schemas.access import GrantState, Role, Subject
from schemas.dataset import Sharing
from schemas.divisions import DivisionTree
from schemas.entry import Entry
from schemas.entry_life import IN_FORCE, State

SEEN_AFTER = (*IN_FORCE, State.RETIRED, State.SUPERSEDED)
"""States in which others than those who work on it may see a version."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one asker is to the catalogue's entries."""

    subject: Subject
    over: tuple[str, ...]
    """Divisions whose entries the asker's organisation reviews as their data administration."""
    held: tuple[str, ...]
    """Datasets on which an outsider has a grant."""

    @property
    def works(self) -> bool:
        """Whether the credential is one that stands for its organisation at all."""
        return duties.active(self.subject)

    def sees(self, version: Version) -> bool:
        """Whether this very version may be shown; the same rule as `predicate`."""
        entry = version.entry
        if self.works_on(version):
            return True
        if version.state not in SEEN_AFTER:
            return False
        if entry.sharing is Sharing.OPEN:
            return True
        if not self.works or entry.sharing in (Sharing.WITHHELD, None):
            return False
        return self.subject.government or (bool(entry.dataset) and entry.dataset in self.held)

    def works_on(self, version: Version) -> bool:
        """Whether drafts of it are shown: to its department, its data administration, and auditors."""
        if not self.works:
            return False
        mine = bool(version.entry.provider) and version.entry.provider == self.subject.organisation
        return mine or duties.audits(self.subject) or self.reviews(version.entry.division)

    def reviews(self, division: str) -> bool:
        """Whether the asker's organisation is the data administration of it, and the asker has a duty there."""
        has_duty = bool(self.subject.roles & {Role.CATALOGUE_KEEPER, Role.AUTHORITY_REVIEWER})
        return has_duty and division in self.over


def sight(connection: Connection, subject: Subject, tree: DivisionTree, now: datetime) -> Sight:
    """Looked up in a handful of statements, however many entries there are."""
    if not duties.active(subject):
        return Sight(subject, (), ())
    over = _over(connection, subject, tree) if subject.roles else ()
    return Sight(subject, over, () if subject.government else _held(connection, subject, now))


def predicate(seen: Sight) -> ColumnElement[bool]:
    """The rows that `Sight.sees` would let pass."""
    table, subject = tables.entry_version, seen.subject
    if duties.audits(subject):
        return true()
    after = table.c.state.in_([one.value for one in SEEN_AFTER])
    shown = [table.c.sharing == Sharing.OPEN.value]
    if seen.works:
        between = table.c.sharing.in_([Sharing.UNCONDITIONAL.value, Sharing.CONDITIONAL.value])
        shown.append(between if subject.government else and_(between, tables.entry.c.dataset.in_(list(seen.held))))
    working = [_own(subject), _over_these(seen)] if seen.works else []
    return or_(and_(after, or_(*shown)), *working)


def working(seen: Sight) -> ColumnElement[bool]:
    """The rows that `Sight.works_on` would let pass."""
    if not seen.works:
        return false()
    if duties.audits(seen.subject):
        return true()
    return or_(_own(seen.subject), _over_these(seen))


def authority(connection: Connection, division: str, tree: DivisionTree) -> str:
    """Credit code of the data administration that reviews entries of a division; empty where there is none."""
    if not division:
        return ""
    found = organisations.authority_of(connection, division, tree)
    return found.credit_code if found else ""


def administers(connection: Connection, tree: DivisionTree, organisation: str, entry: Entry) -> bool:
    """Whether an organisation is the data administration of an entry's division, and of its provider's own.

    Where the provider is registered, its division is known: a file cannot move a department to another place.
    """
    table = catalogue.organisation
    home = connection.scalar(select(table.c.division).where(table.c.credit_code == entry.provider))
    places = {entry.division, home or entry.division}
    return all(authority(connection, place, tree) == organisation for place in places)


def _own(subject: Subject) -> ColumnElement[bool]:
    return and_(tables.entry_version.c.provider == subject.organisation, tables.entry_version.c.provider != "")


def _over_these(seen: Sight) -> ColumnElement[bool]:
    divisions: Sequence[str] = [one for one in seen.over if seen.reviews(one)]
    return tables.entry_version.c.division.in_(divisions) if divisions else false()


def _over(connection: Connection, subject: Subject, tree: DivisionTree) -> tuple[str, ...]:
    """Divisions with entries whose next data administration above is the asker's."""
    table = catalogue.organisation
    known = connection.execute(select(table.c.division, table.c.credit_code).where(table.c.authority, table.c.active))
    of = {row.division: row.credit_code for row in known}
    if subject.organisation not in of.values():
        return ()
    return tuple(one for one in book.divisions(connection) if one and _next(of, tree.path(one)) == subject.organisation)


def _next(of: dict[str, str], path: Sequence[str]) -> str:
    return next((of[code] for code in reversed(path) if code in of), "")


def _held(connection: Connection, subject: Subject, now: datetime) -> tuple[str, ...]:
    grant = catalogue.grant
    found = connection.scalars(
        select(grant.c.dataset).where(
            grant.c.organisation == subject.organisation, grant.c.state == GrantState.ACTIVE.value, grant.c.ends > now
        )
    )
    return tuple(sorted(set(found)))
