"""Who sees which line: as the access rule shows the dataset, and whoever answers for sharing in an area all of it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from catalog import duties, organisations
from catalog.access import owns, visible
from schemas.access import Role, Subject
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.errors import Unknown
from schemas.lists import Line


@dataclass(frozen=True, slots=True)
class Sight:
    """One asker's."""

    subject: Subject
    tree: DivisionTree
    oversees: bool
    """Whether it reviews or audits for the data administration of its division: then withheld data are listed to it,
    by name and basis, for it must judge the basis. Their rows stay the provider's alone."""

    def sees(self, line: Line, dataset: Dataset) -> bool:
        """Whether the line is for this asker."""
        if owns(self.subject, dataset) or self._beneath(dataset):
            return True
        if line.whose and line.whose != self.subject.organisation:
            return False
        return visible(self.subject, dataset)

    def _beneath(self, dataset: Dataset) -> bool:
        return self.oversees and self.tree.within(dataset.division, self.subject.division)


def sight_of(connection: Connection, subject: Subject, tree: DivisionTree) -> Sight:
    """What an asker may see, from its credential alone."""
    return Sight(subject, tree, _oversees(connection, subject))


def _oversees(connection: Connection, subject: Subject) -> bool:
    if not duties.active(subject) or not subject.roles & {Role.AUTHORITY_REVIEWER, Role.SECURITY_AUDITOR}:
        return False
    try:
        return organisations.organisation(connection, subject.organisation).authority
    except Unknown:
        return False
