"""The authority registry at the counter: a department proposes, the data administration decides; all on record."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from catalog import datasets, duties, receipts
from catalog.access import visible
from catalog.collection import sources
from catalog.database import writing
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.authority_source import Source, Standing, Verb
from schemas.dataset import Json
from schemas.divisions import DivisionTree
from schemas.errors import BadInput, Refused, Unidentified
from schemas.journey import SHANGHAI

OUT_OF_AREA = "OUT_OF_AREA"
OWN_PROPOSAL = "OWN_PROPOSAL"


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as one asker may know it."""

    source: Source
    hidden: bool
    """Its dataset is not for this asker: that there is a source may be told, neither its name nor whose it is."""
    organisation_name: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the data administration says of an entry."""

    verb: Verb
    said: str = ""
    until: date | None = None
    """First day on which it is no more; only of `end`."""


def propose(shelf: Shelf, subject: Subject, source: Source, now: datetime) -> Source:
    """Propose an entry, for oneself or for another body; it says nothing until it is decided."""
    government(subject)
    tree = shelf.tree()
    mine = replace(source, standing=Standing.PROPOSED, proposed_by=subject.organisation, proposed_at=now)
    with shelf.engine.connect() as connection:
        sound = sources.checked(connection, mine, tree)
        sources.apart(connection, sound, tree)
    receipt = shelf.ledger.record(_body(subject, "propose", sound, now), now, shelf.randomness(16))
    with writing(shelf.engine) as connection:
        return sources.enter(connection, sound, actor(subject), receipt.number, tree)


def bring(shelf: Shelf, source: Source, now: datetime, account: str = "") -> bool:
    """Enter what the operator imports as in force; False where that very entry stands there.

    `account` is the operator's on the machine, who has no credential.
    """
    tree = shelf.tree()
    told = replace(source, standing=Standing.IN_FORCE, proposed_at=now, decided_at=now)
    with shelf.engine.connect() as connection:
        sound = sources.checked(connection, told, tree)
        if sources.same(connection, sound) is not None:
            return False
        sources.apart(connection, sound, tree)
    body = _body(None, "import", sound, now) | {"account": account}
    receipt = shelf.ledger.record(body, now, shelf.randomness(16))
    with writing(shelf.engine) as connection:
        sources.enter(connection, sound, "", receipt.number, tree)
    return True


def decide(shelf: Shelf, subject: Subject, number: int, told: Decided, now: datetime) -> Source:
    """The decision of an authority reviewer in whose area the entry lies, who has not proposed it; on record first."""
    duties.require(subject, Role.AUTHORITY_REVIEWER)
    if len(told.said) > sources.LONGEST or (told.verb is not Verb.APPROVE and not told.said.strip()):
        raise BadInput(f"said: expected the reason in 1 to {sources.LONGEST} characters")
    tree = shelf.tree()
    with shelf.engine.connect() as connection:
        before = sources.get(connection, number)
        proposer = sources.proposer(connection, number)
        sources.moved(before.standing, told.verb)
        if told.verb is Verb.APPROVE:
            sources.apart(connection, before, tree)
    within_area(subject, before.division, tree)
    if proposer == actor(subject) and told.verb is Verb.APPROVE:
        raise Refused(
            "who proposed an entry does not approve it",
            code=OWN_PROPOSAL,
            gate=duties.GATE,
            following="another authority reviewer of the data administration decides it",
        )
    body = _body(subject, told.verb.value, before, now) | {
        "entry": number,
        "said": receipts.digest(shelf.token_key, "said", told.said.strip()),
    }
    receipt = shelf.ledger.record(body, now, shelf.randomness(16))
    filled: dict[str, Any] = {"decided_by": subject.organisation, "decided_at": now, "said": told.said.strip()}
    if told.verb is Verb.END:
        filled["until"] = told.until or now.astimezone(SHANGHAI).date()
    with writing(shelf.engine) as connection:
        return sources.decide(connection, number, told.verb, filled | {"receipt": receipt.number}, tree)


def entries(
    shelf: Shelf, subject: Subject, element: str = "", standing: Collection[Standing] = tuple(Standing)
) -> tuple[Shown, ...]:
    """Entries (of an element) as this asker may know them; the public learns of those with open data alone."""
    with shelf.engine.connect() as connection:
        found = sources.listed(connection, element=element, standing=standing)
        known = datasets.each(connection, {one.dataset for one in found if one.dataset})
    held = {} if subject.public or subject.government else shelf.grants_of(subject.organisation)
    names = {one.credit_code: one.name for one in shelf.parties.organisations()}
    shown = []
    for one in found:
        there = known.get(one.dataset)
        open_to = there is not None and visible(subject, there, held.get(one.dataset, ()))
        hidden = bool(one.dataset) and not open_to
        if subject.government or open_to:
            shown.append(Shown(one, hidden, "" if hidden else names.get(one.organisation, "")))
    return tuple(shown)


def told_once(found: Iterable[Shown]) -> list[Shown]:
    """Hidden ones of the same element and kind of subject are told once: how many there are is not to be known."""
    every = list(found)
    hidden = {(one.source.element, one.source.subject_kind): one for one in every if one.hidden}
    return [one for one in every if not one.hidden] + list(hidden.values())


def government(subject: Subject) -> None:
    """Unidentified for the public, Refused for who is no government body: the registry is government's own."""
    if subject.public:
        raise Unidentified("this is for government organisations: send the credential of one of their systems")
    if not subject.government or not duties.active(subject):
        raise Refused(
            "only government organisations collect under a list of duties",
            code=duties.ROLE_MISSING,
            gate=duties.GATE,
            following="ask the data administration of your division",
        )


def within_area(subject: Subject, division: str, tree: DivisionTree) -> None:
    """Refused where a division lies outside that of the reviewer."""
    if not tree.within(division, subject.division):
        raise Refused(
            f"{division} does not lie within {subject.division}, for which this reviewer decides",
            code=OUT_OF_AREA,
            gate=duties.GATE,
            following="the data administration of that division, or of one above it, decides",
        )


def actor(subject: Subject) -> str:
    """The person, else the system, that acts."""
    return f"person {subject.person}" if subject.person else f"system {subject.system}"


def _body(subject: Subject | None, verb: str, source: Source, now: datetime) -> dict[str, Json]:
    """Of a receipt; an import is the operator's."""
    return {
        "event": "authority_source",
        "verb": verb,
        "system": subject.system if subject else "",
        "credential": subject.credential if subject else "",
        "person": subject.person if subject else "",
        "organisation": subject.organisation if subject else "",
        "moment": now.astimezone(SHANGHAI).isoformat(),
        "element": source.element,
        "subject_kind": source.subject_kind,
        "area": source.division,
        "source": source.organisation,
        "dataset": source.dataset,
        "since": source.since.isoformat(),
        "until": source.until.isoformat() if source.until else "",
        "basis": source.basis,
    }
