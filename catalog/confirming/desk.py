"""Matters as one asker may see them, and where a reviewer of the owner decides them, on record before it counts.

The page, the API and the commands call the same `decide`.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import duties, shapes
from catalog.access import owns
from catalog.confirming import keys, stored
from catalog.confirming.stored import NO_MATTER, Wanted
from catalog.database import writing
from catalog.deeds import book, record
from catalog.mending import notices
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.dataset import Dataset
from schemas.deed import Deed, Done, Hand, Right, Word, reason
from schemas.errors import BadInput, Unknown
from schemas.matter import ACTS, Change, Gone, Kind, Matter, State, Verb, after
from schemas.notice import About, Notice

RUN_AGAIN = "its keys are not at hand any more; once its window is run again, what is gone then is asked anew"


@dataclass(frozen=True, slots=True)
class Seen:
    """A matter that the asker may know of."""

    matter: Matter
    dataset: Dataset
    mine: bool
    """Whether it is the asker's organisation that answers for it."""
    decides: bool
    """Whether the asker is one of its reviewers."""


def listed(shelf: Shelf, subject: Subject, wanted: Wanted) -> tuple[Seen, ...]:
    """A page of those of the asker's organisation; for who audits of all, or of the owner that they name."""
    if not duties.active(subject):
        return ()
    owner = wanted.owner if duties.audits(subject) else subject.organisation
    with shelf.engine.connect() as connection:
        found = stored.listed(connection, replace(wanted, owner=owner))
    datasets = shelf.each({one.dataset for one in found})
    return tuple(_seen(subject, one, datasets[one.dataset]) for one in found)


def find(shelf: Shelf, subject: Subject, identifier: int) -> Seen:
    """One of them; Unknown, in the same words, where there is none and where it is not for this asker."""
    with shelf.engine.connect() as connection:
        found = stored.get(connection, identifier)
    seen = _seen(subject, found, shelf.dataset(found.dataset))
    if not duties.active(subject) or not (seen.mine or duties.audits(subject)):
        raise Unknown(NO_MATTER)
    return seen


def word(shelf: Shelf, one: Matter) -> Done | None:
    """What was said of it; None where nothing was."""
    if not one.receipt:
        return None
    with shelf.engine.connect() as connection:
        return book.get(connection, one.receipt)


def gone(shelf: Shelf, dataset: str, window: str) -> Matter | None:
    """The mass of deletions that waits in that window, or was refused; None where there is none."""
    with shelf.engine.connect() as connection:
        return next(iter(stored.living(connection, dataset, Kind.DELETES, window)), None)


def asked(shelf: Shelf, dataset: str) -> tuple[Matter, ...]:
    """The masses of deletions of a dataset that wait, or were refused; the newest first."""
    with shelf.engine.connect() as connection:
        return stored.living(connection, dataset, Kind.DELETES)


def known(shelf: Shelf, dataset: str, number: int) -> Matter:
    """One of them; BadInput says which there are."""
    found = asked(shelf, dataset)
    here = next((one for one in found if one.id == number), None)
    if here is None:
        told = ", ".join(f"{one.id} ({_words(one)})" for one in found) or "nothing"
        raise BadInput(
            f"{dataset}: confirmation {number} does not wait; what does: {told}. Where a version was held back before "
            "this release, run its window again: it is asked then"
        )
    return here


def _words(one: Matter) -> str:
    about = one.about
    return f"{about.window}, {about.removed} of {about.of} rows gone" if isinstance(about, Gone) else ""


def hand(subject: Subject) -> Hand:
    """Who acts at the counter. Unidentified for the public, Refused for a system and whoever is no reviewer."""
    duties.require(subject, Role.SOURCE_REVIEWER)
    return Hand(subject.organisation, subject.person, subject.system, subject.credential)


def decide(shelf: Shelf, identifier: int, verb: Verb, said: Word, now: datetime) -> Done:
    """Put the word of a reviewer on record, receipt first, and do what follows from it.

    Confirmed deletions pass, once, when their window is run again and no other keys of the same version are gone by
    then; a confirmed change is what the source is known as from now on. What is refused stays as it is. BadInput where
    it is not possible now or no reason is given, Refused where it is not this person's to say.
    """
    with shelf.engine.connect() as connection:
        one = stored.get(connection, identifier)
    dataset = shelf.dataset(one.dataset)
    reason(said.reason)
    record.officer(shelf, dataset, said.by.person)
    _shown(shelf, one, verb)
    by = replace(said.by, organisation=dataset.owner)
    with writing(shelf.engine) as connection:
        shapes.alone(connection, one.dataset)
        stored.alone(connection, one.dataset)
        here = stored.get(connection, identifier)
        state, facts = after(here, verb), here.about.facts | {"confirmation": one.id}
        deed = Deed(ACTS[one.about.kind, verb], by, Right.OWNER, said.reason, one.dataset, facts)
        done = record.receipted(shelf, deed, now)
        _take(connection, here, state, done)
        if said.by.account:
            notices.tell(connection, [_notice(dataset, here, done)])
    return done


def _shown(shelf: Shelf, one: Matter, verb: Verb) -> None:
    if verb is Verb.CONFIRM and isinstance(one.about, Gone) and keys.at_hand(shelf.lake, one.about.keys) is None:
        raise BadInput(f"confirmation {one.id}: found no keys that it could be about; {RUN_AGAIN}")


def _take(connection: Connection, one: Matter, state: State, done: Done) -> None:
    stored.move(connection, one, state, done.at, done.receipt)
    book.enter(connection, done)
    if state is State.CONFIRMED and isinstance(one.about, Change):
        shapes.accept(connection, one.dataset, one.about.shape, done.at)


def _seen(subject: Subject, one: Matter, dataset: Dataset) -> Seen:
    mine = owns(subject, dataset)
    reviews = duties.active(subject) and Role.SOURCE_REVIEWER in subject.roles
    return Seen(one, dataset, mine, mine and reviews)


def _notice(dataset: Dataset, one: Matter, done: Done) -> Notice:
    """Told where it was entered at a command, which proves the account that typed it and not the person it names."""
    deed = done.deed
    return Notice(
        recipient=dataset.owner,
        about=About.CONFIRMATION_DECIDED,
        dataset=dataset.key,
        cause=f"confirmation {one.id} {deed.act.value} {done.receipt}",
        subject=f"{dataset.title}：已由 {deed.by.account} 在服务器上以 {deed.by.person} 的名义作出确认结论",
        subject_en=f"{dataset.title_en or dataset.title}: decided in the name of {deed.by.person} by {deed.by.account}",
        body={"confirmation": one.id, "act": deed.act.value, "path": f"/confirmations/{one.id}"},
        created_at=done.at,
    )
