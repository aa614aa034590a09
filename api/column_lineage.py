"""Which columns a dataset's fields are made of, as far as the caller may know of the datasets they stand in."""

from dataclasses import dataclass

from api.desk import Desk
from api.sight import find
from catalog.lineage import ColumnEdge
from schemas.access import Subject
from schemas.dataset import Dataset, Json
from schemas.errors import Unknown


@dataclass(frozen=True, slots=True)
class KnownEdge:
    """An edge whose two datasets the caller may know of."""

    edge: ColumnEdge
    origin: Dataset
    target: Dataset


def known_columns(desk: Desk, subject: Subject, key: str) -> tuple[KnownEdge, ...]:
    """Edges into and out of the fields of a dataset; one with an end that the caller may not know of is left out."""
    seen: dict[str, Dataset | None] = {}

    def sight(other: str) -> Dataset | None:
        if other not in seen:
            try:
                seen[other] = find(desk, subject, other)
            except Unknown:
                seen[other] = None
        return seen[other]

    found = []
    for edge in desk.shelf.column_lineage(key):
        origin, target = sight(edge.dataset), sight(edge.to_dataset)
        if origin is not None and target is not None:
            found.append(KnownEdge(edge, origin, target))
    return tuple(found)


def column_facts(known: KnownEdge) -> Json:
    """One edge as the API tells it; `to.field` is null where rows are only chosen or joined by the column."""
    edge = known.edge
    return {
        "from": {"dataset": edge.dataset, "field": edge.column},
        "to": {"dataset": edge.to_dataset, "field": edge.field or None},
        "how": edge.how.value,
    }


def title_of(dataset: Dataset, name: str) -> tuple[str, str]:
    """A field's Chinese and English name; the name itself where the contract has it no more."""
    return next(((f.title, f.title_en) for f in dataset.fields if f.name == name), (name, name))
