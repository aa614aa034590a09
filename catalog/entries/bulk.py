"""Many entries at once: looked at whole, the fate of each told; then taken in whole, or not at all."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from catalog import duties
from catalog.database import serialise, writing
from catalog.entries import book, sight
from catalog.entries.book import OFFICE, Version
from catalog.entries.sight import Sight
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.entry import Entry
from schemas.entry_form import ENTRY, Brought, File
from schemas.entry_life import IN_FORCE, WAYS, State, Step
from schemas.entry_lint import Flaw, self_check
from schemas.entry_titles import plain_entry_title
from schemas.errors import BadInput, Mistake
from schemas.journey import SHANGHAI

IMPORTED = "imported"


class Fate(StrEnum):
    """What becomes of one entry of a file."""

    NEW = "new"
    """A new draft."""
    REDRAFTED = "redrafted"
    """Other words for a draft that is there."""
    SAME = "same"
    """It stands there already in these words."""
    IN_REVIEW = "in_review"
    """It is under review: nothing is done; recall it first."""
    IN_FORCE = "in_force"
    """It is in force in other words: nothing is done; begin a change first."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of a file, what would become of it, and what the self-check finds in it."""

    line: int
    entry: Entry
    fate: Fate
    version: Version | None
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do."""

    entries: tuple[Told, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def counts(self) -> Counter[str]:
        """Fate -> how many."""
        return Counter(one.fate.value for one in self.entries)


def plan(shelf: Shelf, subject: Subject | None, file: File, name: str, now: datetime) -> Plan:
    """Look at every entry, change nothing. Without a subject it is the operator who asks."""
    if subject is not None:
        duties.require(subject, Role.CATALOGUE_KEEPER)
    mistakes = [*file.mistakes, *_twice(file.entries, name)]
    today = now.astimezone(SHANGHAI).date()
    with shelf.engine.connect() as connection:
        looks = None if subject is None else sight.sight(connection, subject, shelf.tree(), now)
        told = []
        for one in file.entries:
            entry = one.entry if looks is None else _placed(one.entry, looks.subject)
            version = _standing(connection, entry)
            if looks is not None and not _mine(connection, shelf, looks, entry, version):
                found, said = (
                    entry.provider or "无",
                    "本单位，或本级主管的部门 your own organisation, or one you administer",
                )
                mistakes.append(Mistake(name, one.line, ENTRY["provider"], found, said))
                continue
            told.append(Told(one.line, entry, _fate(version, entry), version, self_check(entry, today)))
    return Plan(tuple(told), tuple(sorted(mistakes, key=lambda one: one.line)))


def apply(shelf: Shelf, subject: Subject | None, found: Plan, raw: bytes, now: datetime) -> Counter[str]:
    """Take them in as drafts, all or none; BadInput while the file has a mistake."""
    if found.mistakes:
        raise BadInput(
            f"{len(found.mistakes)} mistakes, nothing was taken in: " + "; ".join(map(str, found.mistakes[:20]))
        )
    changing = [one for one in found.entries if one.fate in (Fate.NEW, Fate.REDRAFTED)]
    if not changing:
        return found.counts
    receipt = shelf.ledger.record(_body(subject, found, raw, now), now, shelf.randomness(16))
    with writing(shelf.engine) as connection:
        serialise(connection, "entries imported")
        for one in changing:
            _take(connection, subject, one, receipt.number, now)
    return found.counts


def _take(connection: Connection, subject: Subject | None, one: Told, receipt: str, now: datetime) -> None:
    now_there = _standing(connection, one.entry)
    looked_at = one.version.id if one.version else 0
    if _fate(now_there, one.entry) is not one.fate or (now_there.id if now_there else 0) != looked_at:
        raise BadInput(f"line {one.line}: it has changed since the file was looked at; nothing was taken in, try again")
    step = Step(
        at=now,
        version=now_there.number if now_there else 1,
        action=IMPORTED,
        state=State.DRAFT,
        organisation=subject.organisation if subject else "",
        system=subject.system if subject else "",
        person=subject.person if subject else "",
        post=subject.post if subject else "",
        receipt=receipt,
    )
    if now_there is None:
        book.enter(connection, Version(0, 1, State.DRAFT, replace(one.entry, dataset=""), OFFICE, 0, now), step)
    else:
        words = replace(one.entry, dataset=now_there.entry.dataset)
        book.put(connection, replace(now_there, state=State.DRAFT, entry=words, moved_at=now), step)


def _twice(entries: Sequence[Brought], name: str) -> Iterator[Mistake]:
    seen: dict[tuple[str, ...], int] = {}
    for one in entries:
        entry = one.entry
        title = ("title", entry.provider, entry.provider_name, plain_entry_title(entry.title))
        for key, found in ((("code", entry.code), entry.code), (title, entry.title)):
            if found and key in seen:
                yield Mistake(name, one.line, ENTRY[key[0]], found, f"每条一次，第 {seen[key]} 行已有 each once")
            seen.setdefault(key, one.line)


def _placed(entry: Entry, subject: Subject) -> Entry:
    """A form of one's own organisation need not say whose it is."""
    if entry.provider in ("", subject.organisation):
        told = (entry.provider_name or subject.organisation_name, entry.division or subject.division)
        return replace(entry, provider=subject.organisation, provider_name=told[0], division=told[1], dataset="")
    return replace(entry, dataset="")


def _mine(connection: Connection, shelf: Shelf, looks: Sight, entry: Entry, standing: Version | None) -> bool:
    """Whether the entry is the asker's to bring, and so is the one that it would stand for."""
    if standing is not None and not looks.works_on(standing):
        return False
    organisation = looks.subject.organisation
    return entry.provider == organisation or sight.administers(connection, shelf.tree(), organisation, entry)


def _standing(connection: Connection, entry: Entry) -> Version | None:
    """The version on its way, else that in force, of the entry of this code, or of this provider and title."""
    coded = book.of_code(connection, entry.code) if entry.code else None
    if coded is not None and coded.entry.provider == entry.provider:
        every = book.versions(connection, coded.id)
        return book.latest(every, WAYS) or coded
    named = [one for one in book.namesakes(connection, entry) if one.entry.provider_name == entry.provider_name]
    return book.latest(named, WAYS) or book.latest(named, IN_FORCE)


def _fate(version: Version | None, entry: Entry) -> Fate:
    if version is None:
        return Fate.NEW
    same = replace(version.entry, dataset="", published_on=None) == replace(entry, dataset="", published_on=None)
    if same:
        return Fate.SAME
    if version.state in IN_FORCE:
        return Fate.IN_FORCE
    return Fate.REDRAFTED if version.state in (State.DRAFT, State.CHECKED) else Fate.IN_REVIEW


def _body(subject: Subject | None, found: Plan, raw: bytes, now: datetime) -> dict[str, object]:
    return {
        "event": "entry",
        "action": IMPORTED,
        "system": subject.system if subject else "",
        "credential": subject.credential if subject else "",
        "person": subject.person if subject else "",
        "organisation": subject.organisation if subject else "",
        "division": subject.division if subject else "",
        "moment": now.astimezone(SHANGHAI).isoformat(),
        "file": hashlib.sha256(raw).hexdigest(),
        "counts": dict(found.counts),
    }
