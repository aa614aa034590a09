"""The fact sheet of a dataset: all that its page tells beside the decision, in as many statements whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from catalog import grants, tables, versions
from catalog.lineage import tables as lineage
from catalog.lineage.walk import Node, near
from catalog.newest import Newest
from catalog.rule.sight import sight
from catalog.versions import Version
from schemas.access import Grant, Subject
from schemas.dataset import Dataset
from schemas.journey import Finding, Window
from schemas.origin import How
from schemas.record import from_json

MOST_VERSIONS = 400
"""The newest so many; more than a year of days."""
MOST_COLUMNS = 2000


@dataclass(frozen=True, slots=True)
class Made:
    """A column of another dataset that a field is made of; the field is empty where rows are only chosen by it."""

    field: str
    dataset: str
    dataset_title: str
    dataset_title_en: str
    column: str
    column_title: str
    column_title_en: str
    how: How


@dataclass(frozen=True, slots=True)
class Sheet:
    """One dataset as its asker may know it."""

    dataset: Dataset
    grants: tuple[Grant, ...]
    """Of the asker's organisation on it, by number."""
    near: tuple[Node, ...]
    """What it is made of (depth -1) and what is made of it (1)."""
    made: tuple[Made, ...]
    versions: tuple[Version, ...]
    """The newest first."""
    findings: tuple[Finding, ...]
    """Of the newest version that has any."""

    @property
    def newest(self) -> Newest | None:
        """Since when its newest data are there; None where nothing is published."""
        good = [one for one in self.versions if one.state == "published"]
        if not good:
            return None
        ends = {one.number: Window.parse(one.window).high for one in good}
        last = max(ends.values())
        came: datetime = min(one.published_at for one in good if ends[one.number] == last)
        return Newest(came, good[0].number, good[0].scores, good[0].published_at)


def sheet(connection: Connection, dataset: Dataset, subject: Subject) -> Sheet:
    """Of a dataset that the asker may know of: three statements for the public, one more for everybody else."""
    held = _held(connection, dataset, subject)
    visible = sight(subject, held).clause(tables.dataset)
    listed, findings = _versions(connection, dataset.key)
    return Sheet(
        dataset,
        tuple(one for one in held if one.dataset == dataset.key),
        near(connection, Node("dataset", dataset.key, 0, owner=dataset.owner), subject, visible),
        _made(connection, dataset.key, visible),
        listed,
        findings,
    )


def _made(connection: Connection, key: str, visible: ColumnElement[bool]) -> tuple[Made, ...]:
    into, origin, field = lineage.column, tables.dataset, tables.dataset_field
    told = (into.c.to_column, into.c.from_dataset, origin.c.title, origin.c.title_en, into.c.from_column, into.c.how)
    rows = connection.execute(
        select(*told, field.c.title.label("called"), field.c.title_en.label("called_en"))
        .join(origin, origin.c.key == into.c.from_dataset)
        .outerjoin(field, and_(field.c.dataset == into.c.from_dataset, field.c.name == into.c.from_column))
        .where(into.c.to_dataset == key, visible)
        .distinct()
        .order_by(into.c.to_column, into.c.from_dataset, into.c.from_column, into.c.how)
        .limit(MOST_COLUMNS)
    )
    return tuple(
        Made(
            field=row.to_column,
            dataset=row.from_dataset,
            dataset_title=row.title,
            dataset_title_en=row.title_en,
            column=row.from_column,
            column_title=row.called or row.from_column,
            column_title_en=row.called_en or row.called or row.from_column,
            how=How(row.how),
        )
        for row in rows
    )


def _held(connection: Connection, dataset: Dataset, subject: Subject) -> Sequence[Grant]:
    """An outsider's grants on other datasets say which of those it may know of."""
    if subject.public:
        return ()
    if subject.government:
        return grants.list_for(connection, dataset.key, subject.organisation)
    return grants.of_organisation(connection, subject.organisation)


def _versions(connection: Connection, key: str) -> tuple[tuple[Version, ...], tuple[Finding, ...]]:
    """The versions, and beside the newest that has any its findings, in one statement."""
    version, finding = tables.version, tables.finding
    newest = select(func.max(finding.c.version)).where(finding.c.dataset == key).scalar_subquery()
    beside = and_(finding.c.dataset == key, finding.c.version == version.c.number, version.c.number == newest)
    last = select(func.max(version.c.number)).where(version.c.dataset == key).scalar_subquery()
    columns = (version.c[name] for name in (*versions.SHOWN, *versions.RISK))
    rows = connection.execute(
        select(*columns, finding.c.body)
        .outerjoin(finding, beside)
        .where(version.c.dataset == key, version.c.number > last - MOST_VERSIONS)
        .order_by(version.c.number.desc(), finding.c.id)
    ).all()
    found = {row.number: row for row in reversed(rows)}
    findings = tuple(from_json(Finding, row.body, where="a stored finding") for row in rows if row.body)
    return tuple(versions.of_row(found[number]) for number in sorted(found, reverse=True)), findings
