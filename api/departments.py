"""Quality of what each department shares, by the six dimensions of GB/T 36344; only what the caller may know counts."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from api.desk import Desk
from catalog.newest import Newest
from schemas.access import Subject
from schemas.dataset import Dataset, Dimension, Json
from schemas.due import overdue

ACCESSIBILITY = "accessibility"
ORDER = ("conformity", "completeness", "accuracy", "consistency", "timeliness", ACCESSIBILITY)
"""规范性 完整性 准确性 一致性 时效性 可访问性, as the standard lists them."""

Scores = Mapping[str, float]
PAGE = 100
"""Departments of one page."""


@dataclass(frozen=True, slots=True)
class Department:
    """One department as one caller sees it."""

    name: str
    title: str
    """Of the organisation that provides."""
    datasets: int
    published: int
    overdue: int
    scores: Scores
    """Dimension -> mean over its datasets; a dimension that nothing is known of is absent."""

    @property
    def score(self) -> float | None:
        """The mean over the dimensions."""
        return sum(self.scores.values()) / len(self.scores) if self.scores else None


@dataclass(frozen=True, slots=True)
class Page:
    """So many departments in their order, and the name to go on after; empty at the end."""

    departments: tuple[Department, ...]
    following: str


def departments(desk: Desk, subject: Subject, now: datetime, after: str = "", limit: int = PAGE) -> Page:
    """Providers with a dataset that the caller may know of, by department: each answers for its own data."""
    keys = desk.shelf.catalogue.in_sight(subject)
    start = bisect_right(keys, f"{after}/") if after else 0  # the sign that follows the point of a key
    named = (list(some) for _, some in groupby(keys[start:], key=_department_of))
    page = list(islice(named, limit))
    shown = [key for some in page for key in some]
    known, newest = desk.shelf.each(shown), desk.shelf.newest_of(shown)
    reached = desk.shelf.receipts.accessibility(now)
    provided: dict[tuple[str, str], list[Dataset]] = defaultdict(list)
    for dataset in known.values():
        provided[dataset.department, dataset.owner].append(dataset)
    found = (_department(name, some, newest, reached, now) for (name, _), some in sorted(provided.items()))
    more = start + len(shown) < len(keys)
    return Page(tuple(found), _department_of(shown[-1]) if more and shown else "")


def _department_of(key: str) -> str:
    return key.split(".", 1)[0]


def _department(
    name: str, some: Sequence[Dataset], newest: Mapping[str, Newest], reached: Scores, now: datetime
) -> Department:
    there = [one for one in some if one.key in newest]
    late = [one for one in there if overdue(one, newest[one.key].came, now)]
    found: dict[str, list[float]] = defaultdict(list)
    for one in there:
        for dimension, score in newest[one.key].scores.items():
            found[dimension].append(score)
        if one.update_cycle:
            found[Dimension.TIMELINESS.value].append(float(one not in late))
    found[ACCESSIBILITY] = [reached[one.key] for one in some if one.key in reached]
    scores = {dimension: sum(found[dimension]) / len(found[dimension]) for dimension in ORDER if found[dimension]}
    return Department(name, some[0].owner_name, len(some), len(there), len(late), scores)


def department_facts(one: Department) -> dict[str, Json]:
    """As the API answers it; shares, and no number of rows or asks."""
    return {
        "department": one.name,
        "name": one.title,
        "datasets": one.datasets,
        "published": one.published,
        "overdue": one.overdue,
        "scores": {dimension: round(one.scores[dimension], 3) for dimension in ORDER if dimension in one.scores},
        "score": None if one.score is None else round(one.score, 3),
    }
