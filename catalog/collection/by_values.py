"""What the columns of a published dataset share with those of others, as hits of the duplicate check."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from catalog import datasets
from catalog.access import visible
from catalog.collection.overlaps import Found, overlaps
from catalog.lake.where import Lake
from schemas.access import Subject
from schemas.collection import Hit, How, Item
from schemas.dataset import Dataset

HIDDEN = Hit(How.AUTHORITY, hidden=True)
"""All that is told of what the asker may not know of: that there is a source, neither whose nor how it was found."""
MOST = 4
"""Columns that are told of one item."""


def by_values(
    connection: Connection, lake: Lake, dataset: str, subject: Subject, items: Sequence[Item]
) -> Mapping[str, tuple[Hit, ...]]:
    """Column -> where its values are, of a dataset that has a version; nothing of datasets it is made of or that are
    made of it.

    It blocks where both hold the same subjects, or where a column that declares no data element numbers subjects that
    another dataset holds: under which name it does so is no matter.
    """
    found = overlaps(connection, lake, dataset)
    of = datasets.each(connection, {one.dataset for one in found} | {dataset})
    mine = of.get(dataset)
    elements = {one.column: one.element for one in items}
    hits: dict[str, list[Hit]] = {}
    for one in found:
        theirs = of.get(one.dataset)
        if theirs is None or mine is None or _kin(mine, theirs):
            continue
        some = hits.setdefault(one.column, [])
        hit = _hit(one, theirs, subject, declared=bool(elements.get(one.column)))
        if len(some) < MOST and not (hit.hidden and any(other.hidden for other in some)):
            some.append(hit)
    return {column: tuple(sorted(some, key=lambda hit: hit.hidden)) for column, some in hits.items()}


def _kin(mine: Dataset, theirs: Dataset) -> bool:
    """Whether one is made of the other."""
    return theirs.key in mine.source.inputs or mine.key in theirs.source.inputs


def _hit(found: Found, theirs: Dataset, subject: Subject, *, declared: bool) -> Hit:
    blocks = found.same or not declared
    if not visible(subject, theirs):
        return replace(HIDDEN, blocks=blocks)
    field = next((one for one in theirs.fields if one.name == found.field), None)
    return Hit(
        how=How.VALUES,
        dataset=theirs.key,
        dataset_title=theirs.title,
        dataset_title_en=theirs.title_en,
        column=found.field,
        column_title=field.title if field else "",
        column_title_en=field.title_en if field else "",
        organisation=theirs.owner,
        organisation_name=theirs.owner_name,
        division=theirs.division,
        share=found.overlap.mine_in_theirs,
        own=theirs.owner == subject.organisation,
        blocks=blocks,
    )
