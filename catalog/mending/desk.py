"""Incidents as one asker may see and answer them: the owner acts, its superiors look on, to others there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from catalog import access, duties, receipts
from catalog.access import owns, visible
from catalog.database import writing
from catalog.mending import failing_records, incidents, terms
from catalog.mending.failing_records import Record
from catalog.shelf import Shelf
from schemas.access import Ask, Basis, Decision, Mode, Standing, Subject, Tier
from schemas.dataset import Dataset, Transform
from schemas.deadline import Clock
from schemas.divisions import DivisionTree, normalise
from schemas.errors import Unknown
from schemas.incident import Answer, Incident, Step, after, checked, of_today
from schemas.journey import SHANGHAI
from schemas.receipt import Receipt

NO_INCIDENT = "no incident of this number that you may know of; GET /api/v1/incidents lists yours"


@dataclass(frozen=True, slots=True)
class Seen:
    """An incident that the asker may know of."""

    incident: Incident
    dataset: Dataset
    mine: bool
    """Whether the asker's organisation is the one to mend it."""


class Whose(StrEnum):
    """Incidents of one's own datasets, of those of departments below, or all that one may read."""

    OWN = "own"
    BELOW = "below"
    ALL = "all"


def listed(shelf: Shelf, subject: Subject, wanted: incidents.Wanted, whose: Whose = Whose.ALL) -> tuple[Seen, ...]:
    """A page of those that the asker may read; `wanted.datasets` narrows it, empty means all."""
    seen = shelf.catalogue.overseen(subject)
    known = {Whose.OWN: seen.own, Whose.BELOW: seen.below, Whose.ALL: (*seen.own, *seen.below)}[whose]
    keys = [key for key in wanted.datasets if key in known] if wanted.datasets else known
    with shelf.engine.connect() as connection:
        found = incidents.listed(connection, replace(wanted, datasets=keys))
    datasets = shelf.each({one.dataset for one in found})
    return tuple(Seen(one, datasets[one.dataset], owns(subject, datasets[one.dataset])) for one in found)


def find(shelf: Shelf, subject: Subject, identifier: int) -> Seen:
    """One incident; Unknown, in the same words, where there is none and where it is not for this asker."""
    try:
        with shelf.engine.connect() as connection:
            incident = incidents.get(connection, identifier)
    except Unknown:
        raise Unknown(NO_INCIDENT) from None
    dataset = shelf.dataset(incident.dataset)
    if not _may_read(subject, dataset, shelf.tree()):
        raise Unknown(NO_INCIDENT)
    return Seen(incident, dataset, owns(subject, dataset))


def history(shelf: Shelf, seen: Seen) -> tuple[Step, ...]:
    """Its moves, the first one first."""
    with shelf.engine.connect() as connection:
        return incidents.history(connection, seen.incident.id)


def clock(shelf: Shelf, seen: Seen) -> Clock | None:
    """The clock that it runs on, with the rules that apply."""
    with shelf.engine.connect() as connection:
        return terms.clock_of(connection, seen.incident.id)


def waiting(shelf: Shelf, subject: Subject) -> int:
    """How many incidents wait for the asker's organisation."""
    if subject.public:
        return 0
    with shelf.engine.connect() as connection:
        return incidents.waiting(connection, subject.organisation)


def decision(shelf: Shelf, subject: Subject, seen: Seen, now: datetime) -> Decision:
    """The access rule's answer to an ask for the failing records, which only their owner can be given.

    They lie in quarantine and belong to no published version, so that gate is answered by the version that showed them.
    """
    incident, dataset = seen.incident, seen.dataset
    names = {field.name for field in dataset.fields}
    about = tuple(dict.fromkeys((*dataset.key_fields, *(name for name in incident.columns if name in names))))
    ask = Ask(subject, dataset.key, Mode.QUERY, "own_duty", now, columns=about, basis=Basis.OWNER)
    return access.decide(ask, dataset, (), Standing(True, False, incident.last_version), shelf.tree())


def recorded(shelf: Shelf, decided: Decision, seen: Seen) -> Receipt:
    """The receipt of that ask, as of every read: only when this has returned may a record be shown."""
    return shelf.record(decided, {"incident": seen.incident.id, "rule": seen.incident.rule})


def records(shelf: Shelf, seen: Seen, decided: Decision, start: int, limit: int) -> tuple[Record, ...]:
    """The failing records from the `start`-th on, with those columns alone that the decision gives in clear."""
    one = seen.incident
    clear = {column.name for column in decided.served if column.transform is Transform.CLEAR}
    kept = failing_records.records(shelf.lake, one.dataset, one.seen, one.rule, start + limit)
    return tuple(replace(row, key=_only(row.key, clear), values=_only(row.values, clear)) for row in kept[start:])


def answer(shelf: Shelf, subject: Subject, seen: Seen, told: Answer, now: datetime) -> Incident:
    """What the owner answers, in the ledger first and in the incident's history; BadInput where it is not possible."""
    told = checked(told)
    of_today(seen.incident, told)
    after(seen.incident.state, told.action)
    receipt = shelf.ledger.record(_body(shelf, subject, seen, told, now), now, shelf.randomness(16))
    with writing(shelf.engine) as connection:
        one = incidents.get(connection, seen.incident.id, lock=True)
        of_today(one, told)
        state = after(one.state, told.action)
        moved = replace(one, state=state, moved_at=now, reason=told.reason, said=told.said)
        step = Step(
            at=now,
            action=told.action.value,
            state=state,
            organisation=subject.organisation,
            system=subject.system,
            reason=told.reason,
            said=told.said,
            version=one.last_version,
            failed=one.failed,
            receipt=receipt.number,
        )
        moved = terms.answered(connection, one, moved, seen.dataset, now)
        incidents.move(connection, moved, step)
    return moved


def _may_read(subject: Subject, dataset: Dataset, tree: DivisionTree) -> bool:
    if subject.public or not subject.credential_active or not subject.organisation_active:
        return False
    return owns(subject, dataset) or duties.audits(subject) or _superior(subject, dataset, tree)


def _superior(subject: Subject, dataset: Dataset, tree: DivisionTree) -> bool:
    """Whether the asker is a government body whose division holds that of the owner, and is larger."""
    if not subject.government or subject.tier > Tier.TOWN or not visible(subject, dataset):
        return False
    try:
        above, below = normalise(subject.division), normalise(dataset.division)
    except ValueError:
        return False
    return tree.within(below, above) and not tree.within(above, below)


def _only(told: Mapping[str, str | None], names: set[str]) -> Mapping[str, str | None]:
    return {name: value for name, value in told.items() if name in names}


def _body(shelf: Shelf, subject: Subject, seen: Seen, told: Answer, now: datetime) -> dict[str, object]:
    """Of an answer's receipt. Its words may name a person, so the ledger keeps a digest of them."""
    one = seen.incident
    return {
        "event": "incident",
        "system": subject.system,
        "credential": subject.credential,
        "person": subject.person,
        "organisation": subject.organisation,
        "division": subject.division,
        "dataset": one.dataset,
        "version": one.last_version,
        "moment": now.astimezone(SHANGHAI).isoformat(),
        "incident": one.id,
        "rule": one.rule,
        "action": told.action.value,
        "reason": told.reason,
        "said": receipts.digest(shelf.token_key, "said", told.said),
    }
