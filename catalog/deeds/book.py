"""Deeds as they are stored: who, what, when, on what basis, and why in words."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from catalog.deeds.tables import deed
from schemas.deed import Act, Deed, Done, Hand, Right


def enter(connection: Connection, done: Done) -> None:
    """Keep it, with its words."""
    one = done.deed
    told = {"act": one.act.value, "dataset": one.dataset, "basis": one.right.value, "said": one.said}
    more = {"facts": dict(one.facts), "at": done.at, "receipt": done.receipt}
    connection.execute(insert(deed).values(asdict(one.by) | told | more))


def listed(
    connection: Connection, dataset: str | None = None, act: Act | None = None, limit: int = 100
) -> tuple[Done, ...]:
    """The newest deeds, or those on a dataset, or of a kind; the newest first."""
    wanted = select(deed).order_by(deed.c.at.desc(), deed.c.receipt.desc()).limit(limit)
    if dataset is not None:
        wanted = wanted.where(deed.c.dataset == dataset)
    if act is not None:
        wanted = wanted.where(deed.c.act == act.value)
    return tuple(_done(row) for row in connection.execute(wanted))


def get(connection: Connection, receipt: str) -> Done | None:
    """The deed under that receipt; None where there is none."""
    row = connection.execute(select(deed).where(deed.c.receipt == receipt)).one_or_none()
    return None if row is None else _done(row)


def kept(connection: Connection, receipts: Sequence[str]) -> frozenset[str]:
    """Those of them under which a deed is kept."""
    return frozenset(connection.scalars(select(deed.c.receipt).where(deed.c.receipt.in_(receipts))))


def _done(row: Row[*tuple[Any, ...]]) -> Done:
    by = Hand(**{name: row._mapping[name] for name in Hand.__slots__})
    return Done(Deed(Act(row.act), by, Right(row.basis), row.said, row.dataset, row.facts), row.at, row.receipt)
