"""Entries as one asker may see and move them: the ledger first, then the move, both versions in one transaction."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from catalog import duties, receipts
from catalog.database import serialise, writing
from catalog.entries import book, followed, sight
from catalog.entries.book import OFFICE, Version, Wanted
from catalog.entries.guards import guard, may
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.entry import Entry
from schemas.entry_life import IN_FORCE, WAYS, Act, Action, Move, State, Step, checked, move
from schemas.errors import BadInput, Unknown
from schemas.journey import SHANGHAI

NO_ENTRY = "no entry of this number that you may know of; GET /api/v1/entries lists yours"


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry with those of its versions that the asker may know of, the newest last."""

    versions: tuple[Version, ...]
    mine: bool
    """Whether the asker works on it: sees drafts, and the words of reviews."""
    actions: tuple[tuple[int, Action], ...]
    """Version and act that the asker may do now."""

    @property
    def id(self) -> int:
        """Its number."""
        return self.versions[-1].id

    @property
    def shown(self) -> Version:
        """The version that is looked at: the one in force, else the newest."""
        return book.latest(self.versions, IN_FORCE) or self.versions[-1]

    @property
    def coming(self) -> Version | None:
        """The version on its way, where the asker may know of it."""
        return book.latest(self.versions, WAYS)


@dataclass(frozen=True, slots=True)
class Doing:
    """One act in hand: who, what, when."""

    shelf: Shelf
    subject: Subject
    act: Act
    now: datetime

    @property
    def today(self) -> date:
        """The day in Shanghai."""
        return self.now.astimezone(SHANGHAI).date()


def find(shelf: Shelf, subject: Subject, identifier: int, now: datetime) -> Seen:
    """One entry; Unknown, in the same words, where there is none and where it is not for this asker."""
    with shelf.engine.connect() as connection:
        return _find(connection, shelf, subject, identifier, now)


def listed(
    shelf: Shelf, subject: Subject, wanted: Wanted, now: datetime, *, working: bool = False
) -> tuple[Version, ...]:
    """A page of versions that the asker may know of; `working`: only those that they work on."""
    with shelf.engine.connect() as connection:
        seen = sight.sight(connection, subject, shelf.tree(), now)
        return book.listed(connection, wanted, sight.working(seen) if working else sight.predicate(seen))


def counts(shelf: Shelf, subject: Subject, now: datetime, *, working: bool = False) -> dict[State, int]:
    """State -> how many versions the asker may know of, or works on."""
    with shelf.engine.connect() as connection:
        seen = sight.sight(connection, subject, shelf.tree(), now)
        return book.counts(connection, sight.working(seen) if working else sight.predicate(seen))


def history(shelf: Shelf, seen: Seen) -> tuple[Step, ...]:
    """Its moves; for those who do not work on it only those of versions they may know of, without words."""
    with shelf.engine.connect() as connection:
        steps = book.history(connection, seen.id)
    if seen.mine:
        return steps
    known = {one.number for one in seen.versions}
    shown = [one for one in steps if one.version in known and one.state in sight.SEEN_AFTER]
    return tuple(replace(one, said="", person="", post="", system="") for one in shown)


def create(shelf: Shelf, subject: Subject, entry: Entry, now: datetime) -> Version:
    """A new draft of the asker's own organisation, or by the keeper of its data administration for a department."""
    duties.require(subject, Role.CATALOGUE_KEEPER)
    entry = replace(titled(entry), provider=entry.provider or subject.organisation, dataset="")
    if entry.provider == subject.organisation:
        told = (entry.provider_name or subject.organisation_name, entry.division or subject.division)
        entry = replace(entry, provider_name=told[0], division=told[1])
    with shelf.engine.connect() as connection:
        _for_whom(connection, shelf, subject, entry)
    doing = Doing(shelf, subject, Act(Action.EDIT), now)
    draft = Version(0, 1, State.DRAFT, entry, OFFICE, 0, now)
    receipt = shelf.ledger.record(_body(doing, draft), now, shelf.randomness(16))
    with writing(shelf.engine) as connection:
        return book.enter(connection, draft, _step(doing, draft, receipt.number))


def edit(doing: Doing, seen: Seen, entry: Entry) -> Version:
    """Other words for the version on its way; whose entry it is stays as it is."""
    coming = _coming(seen)
    kept = coming.entry
    words = replace(titled(entry), provider=kept.provider, division=kept.division, dataset=kept.dataset)
    return _do(doing, coming, replace(coming, entry=words))


def act(doing: Doing, seen: Seen) -> Version:
    """One act on one version, and what follows from it for the other; BadInput or Refused where it cannot be."""
    version = next((one for one in seen.versions if one.number == doing.act.version), None)
    if version is None:
        raise Unknown(NO_ENTRY)
    return _do(doing, version, version)


def titled(entry: Entry) -> Entry:
    """The entry itself; BadInput where it has no title, by which it is found."""
    if not entry.title.strip():
        raise BadInput("title 信息资源名称: found nothing, expected the name of the data")
    return replace(entry, title=entry.title.strip())


def _find(connection: Connection, shelf: Shelf, subject: Subject, identifier: int, now: datetime) -> Seen:
    try:
        every = book.versions(connection, identifier)
    except Unknown:
        raise Unknown(NO_ENTRY) from None
    looks = sight.sight(connection, subject, shelf.tree(), now)
    shown = tuple(one for one in every if looks.sees(one))
    if not shown:
        raise Unknown(NO_ENTRY)
    actions = tuple((one.number, action) for one in shown for action in may(looks, one))
    return Seen(shown, any(looks.works_on(one) for one in shown), actions)


def _do(doing: Doing, before: Version, after: Version) -> Version:
    """Looked at, put on the ledger, looked at again under the lock, and moved."""
    shelf = doing.shelf
    with shelf.engine.connect() as connection:
        _look(connection, doing, before, after)
    receipt = shelf.ledger.record(_body(doing, after), doing.now, shelf.randomness(16))
    with writing(shelf.engine) as connection:
        serialise(connection, f"entry {before.id}")
        found, every, current = _look(connection, doing, before, after, lock=True)
        told = checked(doing.act, doing.today, found)
        words = after.entry if told.action is Action.EDIT else current.entry
        moved = _moved(doing, replace(current, entry=words), found, told)
        step = _step(doing, moved, receipt.number)
        followed.give_way(connection, every, step)
        stored = book.put(connection, moved, step)
        followed.clocks(connection, stored, found, shelf.tree(), doing.now)
        return followed.other(connection, stored, every, step) or stored


def _look(
    connection: Connection, doing: Doing, before: Version, after: Version, *, lock: bool = False
) -> tuple[Move, tuple[Version, ...], Version]:
    """The move where it may be made now by this subject, every version, and the one that moves."""
    every = book.versions(connection, before.id, lock=lock)
    current = next(one for one in every if one.number == before.number)
    if doing.act.seen not in (0, current.steps):
        raise BadInput("it has moved since you looked at it; open it again, then act")
    found = move(current.state, doing.act.action)
    looks = sight.sight(connection, doing.subject, doing.shelf.tree(), doing.now)
    checked(doing.act, doing.today, found)
    words = after.entry if doing.act.action is Action.EDIT else current.entry
    guard(connection, looks, replace(current, entry=words), doing.act, doing.now)
    return found, every, current


def _moved(doing: Doing, version: Version, found: Move, told: Act) -> Version:
    moved = replace(version, state=found.state, moved_at=doing.now)
    if told.action is Action.SUBMIT:
        return replace(moved, submitted_by=doing.subject.person, approved_by="")
    if told.action is Action.APPROVE:
        return replace(moved, approved_by=doing.subject.person)
    if told.action is Action.PUBLISH:
        day = moved.entry.published_on or doing.today
        return replace(moved, entry=replace(moved.entry, published_on=day))
    if told.action is Action.ANNOUNCE:
        return replace(moved, ends=told.ends)
    return replace(moved, ends=None) if told.action is Action.KEEP else moved


def _coming(seen: Seen) -> Version:
    if seen.coming is None:
        raise BadInput("no version of this entry is on its way; begin one with change, then edit it")
    return seen.coming


def _for_whom(connection: Connection, shelf: Shelf, subject: Subject, entry: Entry) -> None:
    if entry.provider == subject.organisation:
        return
    if not sight.administers(connection, shelf.tree(), subject.organisation, entry):
        raise BadInput(
            f"provider: found {entry.provider} in {entry.division or 'no division'}, expected your own "
            "organisation, or a department of a division whose data administration yours is"
        )


def _body(doing: Doing, version: Version) -> dict[str, object]:
    """Of an act's receipt. Its words may name a person, so the ledger keeps a digest of them."""
    subject = doing.subject
    return {
        "event": "entry",
        "system": subject.system,
        "credential": subject.credential,
        "person": subject.person,
        "organisation": subject.organisation,
        "division": subject.division,
        "dataset": version.entry.dataset,
        "moment": doing.now.astimezone(SHANGHAI).isoformat(),
        "entry": version.id,
        "version": version.number,
        "action": doing.act.action.value,
        "code": version.entry.code,
        "provider": version.entry.provider,
        "words": receipts.digest(doing.shelf.token_key, "entry", repr(version.entry)),
        "said": receipts.digest(doing.shelf.token_key, "said", doing.act.said),
    }


def _step(doing: Doing, version: Version, receipt: str) -> Step:
    subject = doing.subject
    return Step(
        at=doing.now,
        version=version.number,
        action=doing.act.action.value,
        state=version.state,
        organisation=subject.organisation,
        system=subject.system,
        person=subject.person,
        post=subject.post,
        said=doing.act.said.strip(),
        receipt=receipt,
    )
