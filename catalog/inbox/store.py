"""Pushes in SQL: booked once under their id, in the order in which they land, and closed window by window."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from catalog.database import serialise
from catalog.inbox.tables import inbox, push
from schemas.errors import SourceUnreachable
from schemas.journey import Part, Window
from schemas.push import Push
from schemas.record import from_json, to_json

TICK = timedelta(microseconds=1)
AHEAD = timedelta(days=1)
"""What the clocks of serving processes may differ by without changing the order of pushes."""
SWEPT = timedelta(hours=20)
"""After so long an inbox is swept again: daily runs do not start at the same second."""
START = 16
"""Hexadecimal digits of a sha256 that tell files of an inbox apart."""
COUNTED = 10_000
"""Pushes whose refusals are counted by rule, at most."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What one organisation has pushed into a dataset."""

    organisation: str
    pushes: int
    accepted: int
    refused: int
    last_at: datetime


def find(connection: Connection, id: str) -> Push | None:
    """The push of that id."""
    row = connection.execute(select(push).where(push.c.id == id)).first()
    return None if row is None else _push(row)


def book(connection: Connection, one: Push) -> Push:
    """Put a push on record, or find the one that has its id; call it inside `writing`.

    It lands after all before it, and after every window that was closed: what a plan has fixed never grows. One that
    came while a clock was days ahead waits for its day alone.
    """
    serialise(connection, f"inbox {one.dataset}")
    if before := find(connection, one.id):
        return before
    moment = max([one.arrived_at, *_closed(connection, one.dataset)])
    near = (push.c.dataset == one.dataset, push.c.lands_at < moment + AHEAD)
    last = connection.execute(select(func.max(push.c.lands_at)).where(*near)).scalar()
    booked = replace(one, lands_at=max(moment, last + TICK) if last else moment)
    connection.execute(insert(push).values(_values(booked)))
    return booked


def close(connection: Connection, dataset: str, window: Window, now: datetime) -> tuple[Part, ...]:
    """Rows of the pushes that a window takes, in their order, to which no more will come; call it inside `writing`.

    It takes all that no window has taken yet and that came before its end: a day that nobody ran is made up for.
    SourceUnreachable for a window that has not begun: closing it would hold back all that comes until then.
    """
    if window.low > now:
        raise SourceUnreachable(f"{dataset}: the window {window.key} has not begun yet; what is pushed lands then")
    serialise(connection, f"inbox {dataset}")
    closed = _closed(connection, dataset)
    if not closed:
        connection.execute(insert(inbox).values(dataset=dataset, closed_until=window.high))
    elif closed[0] < window.high:
        connection.execute(update(inbox).where(inbox.c.dataset == dataset).values(closed_until=window.high))
    free = (push.c.dataset == dataset, push.c.window == "", push.c.lands_at < window.high)
    connection.execute(update(push).where(*free).values(window=window.key))
    return _segments(connection, *_taken(dataset, window))


def inboxes(connection: Connection) -> Sequence[str]:
    """Datasets of which a window was closed once."""
    return connection.execute(select(inbox.c.dataset).order_by(inbox.c.dataset)).scalars().all()


def sweep_due(connection: Connection, dataset: str, now: datetime) -> bool:
    """Whether an inbox with windows has not been swept for a day; for who asks first alone."""
    due = or_(inbox.c.swept_at.is_(None), inbox.c.swept_at <= now - SWEPT)
    return connection.execute(update(inbox).where(inbox.c.dataset == dataset, due).values(swept_at=now)).rowcount == 1


def files(connection: Connection, dataset: str) -> frozenset[int]:
    """The start of the sha256 of every file that a push names, as a number: of a million files they take 60 MB."""
    asked = select(push.c.segment, push.c.faults).where(push.c.dataset == dataset)
    rows = connection.execution_options(yield_per=10_000).execute(asked)
    return frozenset(int(json.loads(part)["sha256"][:START], 16) for row in rows for part in row if part)


def waiting(connection: Connection, dataset: str, limit: int) -> tuple[Part, ...]:
    """Rows of the first pushes that have not landed yet, in their order."""
    return _segments(connection, push.c.dataset == dataset, push.c.landed_at.is_(None), limit=limit)


def landed(connection: Connection, dataset: str, window: Window, now: datetime) -> None:
    """Note that the pushes of a window have landed; those that are noted already stay as they are."""
    open_still = (*_taken(dataset, window), push.c.landed_at.is_(None))
    connection.execute(update(push).where(*open_still).values(landed_at=now))


def newest(
    connection: Connection, dataset: str, limit: int, organisation: str = "", before: datetime | None = None
) -> tuple[Push, ...]:
    """The last pushes, or the last that land `before` a moment, newest first; with `organisation` its own alone."""
    earlier = () if before is None else (push.c.lands_at < before,)
    asked = select(push).where(*_of(dataset, organisation), *earlier).order_by(push.c.lands_at.desc()).limit(limit)
    return tuple(_push(row) for row in connection.execute(asked))


def senders(connection: Connection, dataset: str, organisation: str = "") -> tuple[Sender, ...]:
    """Who has pushed how much, the busiest first."""
    columns = (
        push.c.organisation,
        func.count(),
        func.sum(push.c.accepted),
        func.sum(push.c.refused),
        func.max(push.c.arrived_at),
    )
    asked = select(*columns).where(*_of(dataset, organisation)).group_by(push.c.organisation)
    found = (Sender(who, n, int(ok), int(no), last) for who, n, ok, no, last in connection.execute(asked))
    return tuple(sorted(found, key=lambda one: (-one.pushes, one.organisation)))


def refusals(connection: Connection, dataset: str, since: datetime, organisation: str = "") -> dict[str, int]:
    """Rule -> rows that it refused since then, the most first; of so many pushes at most, the newest."""
    found: Counter[str] = Counter()
    lately = push.c.lands_at >= since  # no push lands before it arrives, and by this they are found
    within = (push.c.refused > 0, push.c.arrived_at >= since, lately, *_of(dataset, organisation))
    asked = select(push.c.rules).where(*within).order_by(push.c.lands_at.desc()).limit(COUNTED)
    for (text,) in connection.execute(asked):
        found.update(json.loads(text))
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _segments(connection: Connection, *here: Any, limit: int | None = None) -> tuple[Part, ...]:
    """Nothing else of the pushes is read: their answers may be long."""
    asked = select(push.c.id, push.c.segment).where(*here, push.c.segment != "").order_by(push.c.lands_at).limit(limit)
    return tuple(from_json(Part, text, where=f"push {id}") for id, text in connection.execute(asked))


def _of(dataset: str, organisation: str) -> tuple[Any, ...]:
    whole = (push.c.dataset == dataset,)
    return (*whole, push.c.organisation == organisation) if organisation else whole


def _closed(connection: Connection, dataset: str) -> Sequence[datetime]:
    """Up to when windows are closed; nothing where none ever was."""
    return connection.execute(select(inbox.c.closed_until).where(inbox.c.dataset == dataset)).scalars().all()


def _taken(dataset: str, window: Window) -> tuple[Any, ...]:
    return push.c.dataset == dataset, push.c.window == window.key


def _values(one: Push) -> dict[str, Any]:
    return {
        "id": one.id,
        "dataset": one.dataset,
        "organisation": one.organisation,
        "system": one.system,
        "body": one.body,
        "arrived_at": one.arrived_at,
        "lands_at": one.lands_at,
        "accepted": one.accepted,
        "refused": one.refused,
        "rules": json.dumps(dict(one.rules), ensure_ascii=False),
        "answer": one.answer,
        "segment": _text(one.segment),
        "faults": _text(one.faults),
        "receipt": one.receipt,
        "reference": one.case,
        "window": one.window,
        "landed_at": one.landed_at,
    }


def _text(part: Part | None) -> str:
    return to_json(part).decode() if part else ""


def _part(text: str, push: str) -> Part | None:
    return from_json(Part, text, where=f"push {push}") if text else None


def _push(row: Row[Any]) -> Push:
    return Push(
        id=row.id,
        dataset=row.dataset,
        organisation=row.organisation,
        system=row.system,
        body=row.body,
        arrived_at=row.arrived_at,
        lands_at=row.lands_at,
        accepted=row.accepted,
        refused=row.refused,
        rules=json.loads(row.rules),
        answer=row.answer,
        segment=_part(row.segment, row.id),
        faults=_part(row.faults, row.id),
        receipt=row.receipt,
        case=row.reference,
        window=row.window,
        landed_at=row.landed_at,
    )
