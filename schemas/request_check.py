"""Whether a request is complete: every defect at once, by the dataset's entry and rules that anybody can look up."""

from collections.abc import Iterator
from datetime import date, timedelta

from schemas.access import PURPOSES, Subject, Tier
from schemas.dataset import Dataset, Sharing
from schemas.divisions import DivisionTree
from schemas.request_want import LONGEST, Defect, Want
from schemas.sharing_condition import condition_of

RESERVED = ("own_duty", "data_return", "open_use")
"""Purposes that need no grant."""
LONGEST_TERM = timedelta(days=3 * 366)
MOST_RETENTION = 3660
MOST_ITEMS = 500
TEXTS = ("basis", "scenario", "security")
WHOLESALE = ("bulk", "delta", "file")


def defects(want: Want, dataset: Dataset | None, asker: Subject, tree: DivisionTree, today: date) -> tuple[Defect, ...]:
    """Everything that is missing or wrong, in the order of the form."""
    found = [*_what(want), *_texts(want), *_purpose(want, dataset), *_period(want, today), *_places(want, tree)]
    if dataset is not None:
        found += [*_of_dataset(want, dataset, asker)]
    return tuple(found)


def _what(want: Want) -> Iterator[Defect]:
    if not want.dataset and not want.demand.strip():
        yield Defect("dataset", "missing", "a dataset's key, or a demand in words")
    if not want.items:
        yield Defect("items", "missing")
    if len(want.items) > MOST_ITEMS:
        yield Defect("items", "unknown", f"{len(want.items)} items, at most {MOST_ITEMS}")


def _texts(want: Want) -> Iterator[Defect]:
    for name in TEXTS:
        said = getattr(want, name)
        if not said.strip():
            yield Defect(name, "missing")
    for name in (*TEXTS, "demand", "case_system"):
        if len(getattr(want, name)) > LONGEST:
            yield Defect(name, "unclear", f"{len(getattr(want, name))} characters, at most {LONGEST}")


def _purpose(want: Want, dataset: Dataset | None) -> Iterator[Defect]:
    if not want.purpose:
        yield Defect("purpose", "missing")
    elif want.purpose not in PURPOSES or want.purpose in RESERVED:
        yield Defect("purpose", "unknown", want.purpose[:40])
    elif dataset is not None and dataset.purposes and want.purpose not in dataset.purposes:
        yield Defect("purpose", "not_in_condition", want.purpose)


def _period(want: Want, today: date) -> Iterator[Defect]:
    if want.start is None or want.end is None:
        yield Defect("start" if want.start is None else "end", "missing")
    elif want.end < want.start or want.end < today or want.end - want.start > LONGEST_TERM:
        yield Defect("end", "period", f"{want.start} – {want.end}")
    if not 0 < want.retention_days <= MOST_RETENTION:
        yield Defect("retention_days", "missing" if not want.retention_days else "period", str(want.retention_days))


def _places(want: Want, tree: DivisionTree) -> Iterator[Defect]:
    for code in want.divisions:
        if not _known(code, tree):
            yield Defect("divisions", "unknown", code[:20])


def _known(code: str, tree: DivisionTree) -> bool:
    try:
        return tree.known(code)
    except ValueError:
        return False


def _of_dataset(want: Want, dataset: Dataset, asker: Subject) -> Iterator[Defect]:
    if dataset.sharing is Sharing.OPEN:
        yield Defect("dataset", "not_needed", dataset.key)
    if dataset.sharing is Sharing.WITHHELD:
        yield Defect("dataset", "not_shared", dataset.key)
    if dataset.owner == asker.organisation:
        yield Defect("dataset", "own", dataset.key)
    fields = {one.name: one for one in dataset.fields}
    for name in want.items:
        if name not in fields:
            yield Defect("items", "unknown", name[:64])
        elif not fields[name].shareable:
            yield Defect("items", "not_shared", name)
    yield from _conditions(want, dataset, asker.tier)
    if want.divisions and want.scope not in dataset.scopes():
        yield Defect("scope", "unknown" if want.scope else "missing", want.scope.value if want.scope else "")


def _conditions(want: Want, dataset: Dataset, tier: Tier) -> Iterator[Defect]:
    stated = condition_of(dataset)
    if not want.modes:
        yield Defect("modes", "missing")
    for mode in want.modes:
        if mode not in stated.modes or (tier >= Tier.VILLAGE and mode.value in WHOLESALE):
            yield Defect("modes", "not_in_condition", mode.value)
    if stated.tiers and tier not in stated.tiers:
        yield Defect("dataset", "not_in_condition", f"tier {tier.name.lower()}")
