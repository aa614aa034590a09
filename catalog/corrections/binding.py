"""A version is published: corrections whose value it carries are bound to it, and all who have the old one are told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from catalog.corrections import cells, sealed, stored, terms
from catalog.corrections.acts import Act, Change, move, sides_of
from catalog.corrections.cells import Found
from catalog.corrections.received import Holder, received
from catalog.corrections.stored import Kept
from catalog.corrections.told import notices
from catalog.database import writing
from catalog.mending.notices import tell
from catalog.shelf import Shelf
from schemas.correction import Action, Correction
from schemas.doubt import Told, Words
from schemas.errors import BadInput, NotReady, Unknown
from schemas.journey import SHANGHAI
from schemas.notice import About


def bind(shelf: Shelf, key: str, now: datetime) -> tuple[Correction, ...]:
    """Those of a dataset that its newest version carries; what it does not carry goes on waiting, whoever says so."""
    with shelf.engine.connect() as connection:
        waiting = stored.waiting(connection, key)
    return tuple(one for one in (_bound(shelf, kept, now) for kept in waiting) if one is not None)


KEPT = timedelta(days=365)
"""Key, values and words of a closed correction are kept so long, in case that it is opened again."""


def catch_up(shelf: Shelf, now: datetime) -> int:
    """Bind what was published meanwhile, and close what was upheld and nobody objected to in time; how many moved.

    Of what was closed long ago the words are erased.
    """
    with writing(shelf.engine) as connection:
        stored.forget(connection, now - KEPT)
    with shelf.engine.connect() as connection:
        keys, upheld = stored.datasets_waiting(connection), stored.upheld(connection)
    return sum(len(bind(shelf, key, now)) for key in keys) + sum(_lapsed(shelf, kept.it, now) for kept in upheld)


def _bound(shelf: Shelf, kept: Kept, now: datetime) -> Correction | None:
    """The correction after it was bound; None where the newest version does not carry its value."""
    words = sealed.opened(shelf.token_key, kept.sealed, Words)
    dataset, snapshot = shelf.dataset(kept.it.dataset), shelf.latest(kept.it.dataset)
    if snapshot is None or snapshot.version <= kept.it.version or not words.settled:
        return None
    if kept.it.column not in {one.name for one in dataset.fields} or not cells.fits(dataset, words.key):
        return None
    row = cells.row(shelf, dataset, snapshot, words.key)
    if (row.value(kept.it.column) if row else None) != words.becomes:
        return None
    found = _old(shelf, kept.it, words) or row
    holders = received(shelf, found, kept.it.column) if found is not None else ()
    return _spread(shelf, kept.it, snapshot.version, holders, now)


def _old(shelf: Shelf, one: Correction, words: Words) -> Found | None:
    """The row as it was when it was doubted, which may have lain elsewhere."""
    dataset = shelf.dataset(one.dataset)
    try:
        return cells.row(shelf, dataset, shelf.version(one.dataset, one.version), words.key)
    except (NotReady, Unknown):  # withdrawn meanwhile, or published under another key
        return None


def _spread(shelf: Shelf, one: Correction, version: int, holders: Sequence[Holder], now: datetime) -> Correction | None:
    told = [Told(each.organisation, each.grant, each.dataset, now) for each in holders]
    action = Action.BIND if told else Action.BIND_ALONE
    act = Act(action, None, facts=(("version", version), ("told", len(told))))
    organisations = tuple(dict.fromkeys(each.organisation for each in told))

    def also(connection: Connection, moved: Correction) -> None:
        stored.tell(connection, moved.id, told)
        sides = sides_of(connection, shelf, moved)
        terms.tell(connection, moved, sides, organisations, now)
        tell(connection, notices(About.CORRECTION_TOLD, moved, sides, organisations, now))

    try:
        return move(shelf, one.id, act, Change(lambda _, kept: (replace(kept.it, corrected=version), None), also), now)
    except BadInput:  # somebody else has bound it meanwhile
        return None


def _lapsed(shelf: Shelf, one: Correction, now: datetime) -> bool:
    with shelf.engine.connect() as connection:
        clock = terms.running(connection, one)
    if clock is not None and not clock.overdue(now.astimezone(SHANGHAI).date()):
        return False
    try:
        move(shelf, one.id, Act(Action.LAPSE, None), Change(lambda _, kept: (kept.it, None)), now)
    except BadInput:  # somebody objected meanwhile
        return False
    return True
