"""What is due to whom, who is at it, and what became of it: once for each version and subscription."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.engine import Row

from catalog import versions
from catalog.database import serialise
from catalog.delivery import subscriptions
from catalog.delivery.tables import delivery as table
from schemas.errors import Busy
from schemas.journey import Snapshot
from schemas.subscription import Delivery, DeliveryState, Subscription

HOLD = timedelta(minutes=10)
"""Whoever is at a delivery says so at least this often; after that the next one takes it up."""
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)
TELL_AFTER = 3
"""Failed tries after which recipient and owner are told."""
LAST_TRY = 12
"""Some five days after the first."""


@dataclass(frozen=True, slots=True)
class Due:
    """A version that a subscription has not got yet."""

    subscription: Subscription
    snapshot: Snapshot


def due(connection: Connection, now: datetime, dataset: str = "") -> tuple[Due, ...]:
    """What may be tried at `now`: of each living subscription the latest version of its dataset, where it is due."""
    found = []
    latest: dict[str, Snapshot | None] = {}
    for one in subscriptions.living(connection, dataset):
        if one.dataset not in latest:
            latest[one.dataset] = versions.latest(connection, one.dataset)
        snapshot = latest[one.dataset]
        if snapshot is None or snapshot.version <= one.after:
            continue
        entry = of(connection, one.id, snapshot.version)
        if entry is None or _open(entry, now):
            found.append(Due(one, snapshot))
    return tuple(found)


def _open(entry: Delivery, now: datetime) -> bool:
    return entry.state is DeliveryState.WAITING and max(entry.next_at, entry.held_until) <= now


def take(connection: Connection, one: Due, now: datetime) -> Delivery | None:
    """Begin a try, alone; None where somebody else is at it or was faster. Call it inside `writing`."""
    number, version = one.subscription.id, one.snapshot.version
    serialise(connection, f"delivery {number}")
    connection.execute(
        update(table)
        .where(table.c.subscription == number, table.c.version < version, _waiting())
        .values(state=DeliveryState.OVERTAKEN.value, moved_at=now)
    )
    before = of(connection, number, version)
    if before is not None and not _open(before, now):
        return None
    tries = before.tries + 1 if before else 1
    receipt = before.receipt if before else ""
    begun = Delivery(number, version, DeliveryState.WAITING, tries, now, now + HOLD, now, receipt)
    values = asdict(begun) | {"state": begun.state.value}
    if before is None:
        connection.execute(insert(table).values(values))
    else:
        connection.execute(update(table).where(*_key(begun)).values(values))
    return begun


def hold(connection: Connection, begun: Delivery, now: datetime) -> str:
    """Say that it takes longer; the receipt of this version so far. Busy where another has taken it up meanwhile.

    Call it inside `writing`.
    """
    held = update(table).where(*_mine(begun)).values(held_until=now + HOLD).returning(table.c.receipt)
    receipt: str | None = connection.scalar(held)
    if receipt is None:
        raise Busy(f"delivery {begun.subscription}/{begun.version} was taken up by another process")
    return receipt


def receipted(connection: Connection, begun: Delivery, receipt: str) -> None:
    """Under which receipt its bytes are leaving. Call it inside `writing`."""
    connection.execute(update(table).where(*_mine(begun)).values(receipt=receipt))


def close(connection: Connection, begun: Delivery, state: DeliveryState, now: datetime, **told: str | int) -> None:
    """It is over for good: delivered, refused or failed. Call it inside `writing`."""
    connection.execute(
        update(table).where(*_mine(begun)).values(state=state.value, moved_at=now, held_until=now, **told)
    )


def put_off(connection: Connection, begun: Delivery, said: str, now: datetime) -> DeliveryState:
    """A try that failed: the next waits twice as long, and there is a last one. Call it inside `writing`."""
    state = DeliveryState.FAILED if begun.tries >= LAST_TRY else DeliveryState.WAITING
    pause = min(FIRST_PAUSE * 2 ** (begun.tries - 1), LONGEST_PAUSE)
    told = {"state": state.value, "said": said[:1000], "next_at": now + pause, "held_until": now, "moved_at": now}
    connection.execute(update(table).where(*_mine(begun)).values(told))
    return state


def of(connection: Connection, subscription: int, version: int) -> Delivery | None:
    """How far one version has come, or None."""
    wanted = select(table).where(table.c.subscription == subscription, table.c.version == version)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _delivery(row)


def last(connection: Connection, subscription: int, most: int = 20) -> tuple[Delivery, ...]:
    """The newest versions of a subscription, newest first."""
    wanted = select(table).where(table.c.subscription == subscription).order_by(table.c.version.desc()).limit(most)
    return tuple(_delivery(row) for row in connection.execute(wanted))


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    return Delivery(**{**row._mapping, "state": DeliveryState(row.state)})


def _key(one: Delivery) -> Sequence[ColumnElement[bool]]:
    return (table.c.subscription == one.subscription, table.c.version == one.version)


def _mine(begun: Delivery) -> Sequence[ColumnElement[bool]]:
    """This very try, and no later one."""
    return (*_key(begun), table.c.tries == begun.tries, _waiting())


def _waiting() -> ColumnElement[bool]:
    return table.c.state == DeliveryState.WAITING.value
