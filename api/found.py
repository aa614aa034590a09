"""What a search finds for one caller: hits with the fields that matched, and counts by department, class and tier."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.search import Hit
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree

FACETS = ("department", "sharing", "tier")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty means not at all."""

    department: str = ""
    sharing: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that this caller may know of and that matches."""

    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    """Facet -> (value, count); a facet's own filter does not narrow its counts."""
    departments: Mapping[str, str]
    """Department -> names of the providing organisations, of which there may be several."""


def listing(shelf: Shelf, subject: Subject, text: str, filters: Filters) -> Listing:
    """Search, narrow and count. What the caller may not know of is neither listed nor counted."""
    every, tree = shelf.search(text, subject), shelf.tree()
    valued = [(hit, facet_values(hit.dataset, tree)) for hit in every]
    return Listing(
        hits=tuple(hit for hit, values in valued if _passes(values, filters, "")),
        facets={name: _counted(valued, filters, name) for name in FACETS},
        departments=_departments(hit.dataset for hit in every),
    )


def _departments(datasets: Iterable[Dataset]) -> Mapping[str, str]:
    owners: dict[str, set[str]] = {}
    for dataset in datasets:
        owners.setdefault(dataset.department, set()).add(dataset.owner_name)
    return {department: "、".join(sorted(names)) for department, names in owners.items()}


def facet_values(dataset: Dataset, tree: DivisionTree) -> Mapping[str, str]:
    """The value of each facet for one dataset."""
    return {
        "department": dataset.department,
        "sharing": dataset.sharing.value,
        "tier": str(int(tree.tier(dataset.division))),
    }


def _passes(values: Mapping[str, str], filters: Filters, but: str) -> bool:
    return all(name == but or getattr(filters, name) in ("", values[name]) for name in FACETS)


def _counted(
    valued: Iterable[tuple[Hit, Mapping[str, str]]], filters: Filters, name: str
) -> tuple[tuple[str, int], ...]:
    found = Counter(values[name] for _, values in valued if _passes(values, filters, name))
    return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))
