"""How well the rows of a version hide a person: which items tell people apart, and the smallest groups they make."""

from dataclasses import dataclass

from schemas.dataset import Dataset, Field, Grade, Identifying, Sharing

OPEN_GRADE = Grade.GENERAL_1
"""Open data are served up to this grade, to everybody alike."""
GROUPS = "groups.parquet"
"""Beside clean rows and in a version's folder: how many rows each combination has, so that windows can be added up."""


@dataclass(frozen=True, slots=True)
class Linkage:
    """The linkage risk of a set of rows: k-anonymity (Sweeney 2002) and l-diversity (Machanavajjhala 2007, distinct).

    Both are of the values as they lie in the lake; a transform on the way out can only make groups larger.
    """

    told_apart: tuple[str, ...]
    """Columns whose combination tells people apart."""
    sensitive: tuple[str, ...]
    """Columns that one should not learn about a person."""
    smallest_group: int | None
    """k: rows in the smallest group of equal `told_apart` (NULL equals NULL); None without rows."""
    diversity: int | None = None
    """l: fewest distinct values of a sensitive column in a group (missing counts as one); None without such columns.

    Groups are then those of `told_apart` without the sensitive columns themselves.
    """


def told_apart(dataset: Dataset) -> tuple[str, ...]:
    """Columns that tell people apart; none where rows are not about people.

    Of open data everything open that points at a person, enterprises being published by name; of other data about
    people the quasi-identifiers that are shared at all: a direct identifier needs no linking.
    """
    if dataset.sharing is Sharing.OPEN:
        points = dataset.subject_kind != "enterprise"
        return tuple(f.name for f in _served(dataset) if points and f.identifying is not Identifying.NONE)
    if dataset.subject_kind != "person":
        return ()
    return tuple(f.name for f in _served(dataset) if f.identifying is Identifying.QUASI)


def sensitive(dataset: Dataset) -> tuple[str, ...]:
    """Sensitive columns that are shared at all."""
    return tuple(f.name for f in _served(dataset) if f.identifying is Identifying.SENSITIVE)


def _served(dataset: Dataset) -> list[Field]:
    most = OPEN_GRADE if dataset.sharing is Sharing.OPEN else Grade.IMPORTANT
    return [f for f in dataset.fields if f.shareable and f.grade <= most]
