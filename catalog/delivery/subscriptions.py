"""Subscriptions as they are stored: made by a system for its organisation, ended by it, or by what it was told."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Select, func, insert, select, update

from catalog.database import serialise
from catalog.delivery.tables import subscription as table
from schemas.errors import BadInput, Unknown
from schemas.record import from_json, to_json
from schemas.subscription import Subscription

MOST = 20
"""Living subscriptions of one system to one dataset."""
UNKNOWN = "no subscription of this number of your organisation; GET /api/v1/subscriptions lists them"


def make(connection: Connection, wanted: Subscription) -> Subscription:
    """Put it on record; it comes back with its number. Call it inside `writing`."""
    serialise(connection, f"subscriptions {wanted.system}")
    living = select(func.count()).where(
        table.c.system == wanted.system, table.c.dataset == wanted.dataset, table.c.ended_at.is_(None)
    )
    if (connection.scalar(living) or 0) >= MOST:
        raise BadInput(f"found {MOST} subscriptions of this system to {wanted.dataset}; end one that is not needed")
    values = {
        "system": wanted.system,
        "organisation": wanted.organisation,
        "dataset": wanted.dataset,
        "body": to_json(wanted).decode(),
        "made_at": wanted.made_at,
        "ended_for": "",
    }
    made = connection.execute(insert(table).values(values).returning(table.c.id))
    return replace(wanted, id=made.scalar_one())


def of_organisation(connection: Connection, organisation: str) -> tuple[Subscription, ...]:
    """The living ones of an organisation, by number."""
    return _read(connection, _living().where(table.c.organisation == organisation))


def living(connection: Connection, dataset: str = "") -> tuple[Subscription, ...]:
    """All living ones, or those to one dataset, by number."""
    return _read(connection, _living().where(table.c.dataset == dataset) if dataset else _living())


def of_datasets(connection: Connection, datasets: Iterable[str]) -> dict[str, tuple[Subscription, ...]]:
    """Dataset -> the living ones to it, of several datasets in one statement."""
    found: dict[str, list[Subscription]] = {}
    for one in _read(connection, _living().where(table.c.dataset.in_(sorted(datasets)))):
        found.setdefault(one.dataset, []).append(one)
    return {key: tuple(some) for key, some in found.items()}


def get(connection: Connection, identifier: int, organisation: str) -> Subscription:
    """A living one of that organisation; the same Unknown for another's, an ended one and none at all."""
    found = _read(connection, _living().where(table.c.id == identifier, table.c.organisation == organisation))
    if not found:
        raise Unknown(UNKNOWN)
    return found[0]


def end(connection: Connection, identifier: int, reason: str, now: datetime) -> bool:
    """It is due for nothing any more; False where it had ended. Call it inside `writing`."""
    mine = (table.c.id == identifier, table.c.ended_at.is_(None))
    return bool(connection.execute(update(table).where(*mine).values(ended_at=now, ended_for=reason[:64])).rowcount)


def secret(installation: bytes, subscription: Subscription) -> bytes:
    """What a webhook of this subscription is signed with; stored nowhere, made anew from the installation's secret."""
    told = f"yishu webhook {subscription.system} {subscription.salt}"
    return hmac.digest(installation, told.encode(), hashlib.sha256)


def _living() -> Select[int, str]:
    return select(table.c.id, table.c.body).where(table.c.ended_at.is_(None)).order_by(table.c.id)


def _read(connection: Connection, wanted: Select[int, str]) -> tuple[Subscription, ...]:
    found = connection.execute(wanted)
    return tuple(replace(from_json(Subscription, row.body, where="a subscription"), id=row.id) for row in found)
