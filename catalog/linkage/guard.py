"""The linkage guard: what a recipient could join out of all the grants that it holds. Pure; G12 of the access rule.

One grant by itself is the approving owner's matter, who sees its k. What no owner sees is the join: one dataset gives
the day of birth, another the village, a third the hospital, and together they name a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.rule.consent import person_columns
from schemas.access import Grant, GrantState
from schemas.dataset import Dataset, Transform
from schemas.linkage import told_apart


@dataclass(frozen=True, slots=True)
class Piece:
    """What the grants of one recipient tell of the persons of one dataset: these columns, by this subject key."""

    dataset: str
    key: tuple[str, ...]
    columns: tuple[str, ...]


def joined(grant: Grant, held: Iterable[Grant], datasets: Mapping[str, Dataset], moment: datetime) -> tuple[Piece, ...]:
    """What `grant` tells of persons together with the recipient's other active grants; by dataset, sorted.

    Only grants that were made before it count (all, for one without a number yet), so that a later grant never takes
    anything away from an earlier one. Empty where there is nothing to guard: the join tells nothing that this grant
    does not tell alone, or nothing that the others do not tell without it. Datasets that are missing from `datasets`
    have no version and tell nothing yet.
    """
    if grant.dataset not in datasets or not quasi(grant, datasets[grant.dataset]):
        return ()
    others = [one for one in held if _counts(one, grant, moment) and _same_persons(one, grant, datasets)]
    alone, before = _union([grant], datasets), _union(others, datasets)
    together = _union([grant, *others], datasets)
    return () if together in (alone, before) else together


def quasi(grant: Grant, dataset: Dataset) -> tuple[str, ...]:
    """The columns of a grant that tell persons apart in combination; its place too where it opens some places only.

    A column that leaves masked or in buckets counts as it lies in the lake: a transform only makes groups larger.
    """
    apart = told_apart(dataset)
    granted = [name for name in apart if _told(grant, dataset, name)]
    place = dataset.scopes().get(grant.scope, "") if grant.scope and grant.divisions and granted else ""
    return tuple(f.name for f in dataset.fields if f.name in (*granted, place))


def signed_or_safe(grant: Grant, k: int | None, least: int) -> bool:
    """Whether a grant may be used: the authority has signed it, or the groups are large or not known."""
    return bool(grant.signature) or k is None or k >= least


def _told(grant: Grant, dataset: Dataset, name: str) -> bool:
    field = dataset.field(name)
    strictest = max(field.transform, grant.transforms.get(name, Transform.CLEAR))
    return (not grant.columns or name in grant.columns) and strictest is not Transform.DROP


def _counts(one: Grant, grant: Grant, moment: datetime) -> bool:
    """An active grant of the same recipient that has not ended, made before `grant`."""
    active = one.organisation == grant.organisation and one.state is GrantState.ACTIVE and moment < one.end
    return active and (not grant.number or one.number < grant.number)


def _same_persons(one: Grant, grant: Grant, datasets: Mapping[str, Dataset]) -> bool:
    """Whether both are about persons that one subject key names: the same dataset, or the same data element."""
    if one.dataset == grant.dataset:
        return True
    if one.dataset not in datasets:
        return False
    mine, theirs = _element(datasets[grant.dataset]), _element(datasets[one.dataset])
    return bool(mine) and mine == theirs


def _element(dataset: Dataset) -> str:
    """The data element of a subject key of one column; empty where there is none."""
    names = person_columns(dataset)
    return (dataset.field(names[0]).element or "") if len(names) == 1 else ""


def _union(grants: Sequence[Grant], datasets: Mapping[str, Dataset]) -> tuple[Piece, ...]:
    found: dict[str, set[str]] = {}
    for one in grants:
        columns = quasi(one, datasets[one.dataset])
        if columns:
            found.setdefault(one.dataset, set()).update(columns)
    return tuple(
        Piece(key, person_columns(datasets[key]), tuple(f.name for f in datasets[key].fields if f.name in columns))
        for key, columns in sorted(found.items())
    )
