"""One move of a correction: on the ledger first, then in its history, with its clocks and its notices, as one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import datasets, receipts
from catalog.corrections import sealed, stored, terms
from catalog.corrections.stored import Kept
from catalog.corrections.strangers import strangers
from catalog.corrections.terms import Sides
from catalog.corrections.told import notices
from catalog.database import writing
from catalog.mending.notices import tell
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.correction import Action, Correction, after
from schemas.dataset import Json
from schemas.doubt import Step, Words
from schemas.journey import SHANGHAI
from schemas.notice import About


@dataclass(frozen=True, slots=True)
class Change:
    """What a move makes of a correction."""

    reckon: Callable[[Connection, Kept], tuple[Correction, Words | None]]
    """Itself after the move, but for its state, and its words where they are others; BadInput where it cannot be."""
    also: Callable[[Connection, Correction], None] = lambda _, __: None
    """What else is stored with the move."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A correction after a move, the step that it took, and its words where they are others."""

    it: Correction
    step: Step
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what, and what of it the ledger keeps as digests."""

    action: Action
    by: Subject | None
    """None: it happens."""
    said: str = ""
    facts: tuple[tuple[str, Json], ...] = ()


def move(shelf: Shelf, identifier: int, act: Act, change: Change, now: datetime) -> Correction:
    """Make the move; BadInput, and nothing on record, where the correction cannot be moved so."""
    with shelf.engine.connect() as connection:
        before = stored.get(connection, identifier)
        after(before.it.state, act.action)
        change.reckon(connection, before)
    number = record(shelf, before.it, act, now)
    with writing(shelf.engine) as connection:
        kept = stored.get(connection, identifier, lock=True)
        state = after(kept.it.state, act.action)
        reckoned, words = change.reckon(connection, kept)
        moved = replace(reckoned, state=state, moved_at=now)
        put(connection, shelf, kept.it, Moved(moved, step_of(act, moved, number, now), words))
        change.also(connection, moved)
    return moved


def put(connection: Connection, shelf: Shelf, before: Correction, moved: Moved) -> None:
    """Store a move with its clocks and its notices."""
    one, words, now = moved.it, moved.words, moved.step.at
    closed = None if words is None else sealed.seal(shelf.token_key, words, shelf.randomness(sealed.NONCE))
    stored.move(connection, one, moved.step, closed)
    sides = sides_of(connection, shelf, one, before.owner)
    terms.follow(connection, before, one, sides, now)
    if one.state is not before.state or one.owner != before.owner:
        heard: Iterable[str] = (one.owner, before.owner, *sides.claimants)
        tell(connection, notices(About.CORRECTION_MOVED, one, sides, heard, now))
    if one.owner != before.owner:
        tell(connection, notices(About.CORRECTION_OPENED, one, sides, [one.owner], now))


def sides_of(connection: Connection, shelf: Shelf, one: Correction, before: str = "") -> Sides:
    """Who answers and who waits; `before`: whose it was until now."""
    claimants = [claim.organisation for claim, _ in stored.claims(connection, one.id) if not claim.withdrawn]
    authority = terms.authority(connection, one.division, shelf.tree())
    dataset = datasets.get(connection, one.dataset)
    told = [each.organisation for each in stored.recipients(connection, one.id)]
    return Sides(dataset, claimants, authority, strangers(connection, dataset, (*claimants, authority, *told, before)))


def step_of(act: Act, one: Correction, receipt: str, now: datetime) -> Step:
    """How its history tells it."""
    by = act.by
    return Step(
        at=now,
        action=act.action.value,
        state=one.state,
        organisation=by.organisation if by else "",
        system=by.system if by else "",
        person=by.person if by else "",
        receipt=receipt,
    )


def record(shelf: Shelf, one: Correction, act: Act, now: datetime) -> str:
    """Put a move on the ledger; number of its receipt. Words may name a person: of them a digest."""
    by = act.by
    body: dict[str, Json] = {
        "event": "correction",
        "action": act.action.value,
        "correction": one.id,
        "dataset": one.dataset,
        "column": one.column,
        "cell": one.cell,
        "system": by.system if by else "",
        "credential": by.credential if by else "",
        "person": by.person if by else "",
        "organisation": by.organisation if by else "",
        "division": by.division if by else "",
        "moment": now.astimezone(SHANGHAI).isoformat(),
        "said": receipts.digest(shelf.token_key, "said", act.said),
    }
    return shelf.ledger.record(body | dict(act.facts), now, shelf.randomness(16)).number
