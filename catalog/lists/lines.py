"""The lines of each list, from what the contract promises and what the catalogue knows."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from catalog.lists.facts import Facts
from schemas.dataset import Dataset, Opening, Sharing
from schemas.due import due, overdue
from schemas.journey import SHANGHAI
from schemas.lists import Line, ListName, OpenState


def supplied(dataset: Dataset, facts: Facts) -> Iterator[Line]:
    """What is shared; a dataset that is withheld is no supply."""
    if dataset.sharing is Sharing.WITHHELD:
        return
    last = facts.newest.get(dataset.key)
    yield _line(
        dataset,
        code=dataset.catalogue_code,
        sharing=dataset.sharing.value,
        condition=dataset.sharing_condition,
        modes=",".join(dataset.modes),
        update_cycle=dataset.update_cycle,
        version=str(last.version) if last else "",
        updated=_day(last.came) if last else "",
        quality=_mean(last.scores) if last else "",
        grants=str(facts.grants.get(dataset.key, 0)),
    )


def owed(dataset: Dataset, facts: Facts) -> Iterator[Line]:
    """What its provider owes."""
    last, (waiting, late) = facts.newest.get(dataset.key), facts.incidents.get(dataset.key, (0, 0))
    moment = due(dataset, last.came) if last else None
    yield _line(
        dataset,
        update_cycle=dataset.update_cycle,
        due=_day(moment) if moment else "",
        overdue="1" if overdue(dataset, last.came if last else None, facts.now) else "0",
        incidents=str(waiting),
        incidents_overdue=str(late),
        corrections=str(facts.corrections.get(dataset.key, 0)),
        terms_overdue=str(facts.terms.get(dataset.key, 0)),
    )


def withheld(dataset: Dataset, _: Facts) -> Iterator[Line]:
    """The dataset as a whole, or each item of it that is not shared."""
    if dataset.sharing is Sharing.WITHHELD:
        yield _line(dataset, item="", basis=dataset.withheld_basis)
        return
    for field in dataset.fields:
        if not field.shareable:
            values = named(dataset) | {"item": field.title, "basis": field.withheld_basis}
            yield Line(f"{dataset.key} {field.name}", dataset.key, values)


def opened(dataset: Dataset, facts: Facts) -> Iterator[Line]:
    """Open by default: whatever is neither open nor has a basis for being closed is shown as overdue."""
    found = facts.assessed.get(dataset.key)
    yield _line(
        dataset,
        opening=found.outcome if found else (dataset.opening.value if dataset.opening else ""),
        basis=found.basis if found else dataset.opening_condition or _basis(dataset),
        assessed=_day(found.at) if found else "",
        next=found.next.isoformat() if found else "",
        state=open_state(dataset, facts).value,
    )


def open_state(dataset: Dataset, facts: Facts) -> OpenState:
    """Whether it is settled that it is open; what the contract says counts until somebody assessed it."""
    if dataset.sharing is Sharing.OPEN:
        return OpenState.OPEN
    found = facts.assessed.get(dataset.key)
    if found is not None and found.next < facts.now.astimezone(SHANGHAI).date():
        return OpenState.LATE
    if found is not None:
        return OpenState.CLOSED if found.outcome == "closed" else OpenState.PROMISED
    if dataset.opening in (Opening.UNCONDITIONAL, Opening.CONDITIONAL):
        return OpenState.PROMISED
    return OpenState.CLOSED if dataset.opening is Opening.CLOSED and _basis(dataset) else OpenState.DUE


LINES: Mapping[ListName, Callable[[Dataset, Facts], Iterator[Line]]] = {
    ListName.SUPPLY: supplied,
    ListName.DUTY: owed,
    ListName.WITHHELD: withheld,
    ListName.OPEN: opened,
}
"""Those whose lines come from one dataset alone."""


def _basis(dataset: Dataset) -> str:
    return dataset.opening_condition or dataset.withheld_basis


def _line(dataset: Dataset, **values: str) -> Line:
    return Line(dataset.key, dataset.key, named(dataset) | values)


def named(dataset: Dataset) -> dict[str, str]:
    """What every line about a dataset begins with; the English title stands in for the other where it is wanted."""
    return {
        "title": dataset.title,
        "title_en": dataset.title_en,
        "owner": dataset.owner_name,
        "owner_code": dataset.owner,
    }


def _day(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).date().isoformat()


def _mean(scores: Mapping[str, float]) -> str:
    return f"{sum(scores.values()) / len(scores):.3f}" if scores else ""
