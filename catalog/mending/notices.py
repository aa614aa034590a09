"""Notices to organisations: told once for each cause, kept until they are read, and after."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from catalog.mending import tables
from schemas.errors import Unknown
from schemas.notice import About, Notice

ONCE = ("recipient", "cause")
"""What makes a notice the same."""


def tell(connection: Connection, notices: Sequence[Notice]) -> None:
    """Deliver them; what a recipient was told of the same cause already is not told again."""
    table = tables.notice
    for one in sorted(notices, key=lambda one: (one.recipient, one.cause)):
        values = {
            "recipient": one.recipient,
            "about": one.about.value,
            "dataset": one.dataset,
            "cause": one.cause,
            "subject": one.subject,
            "subject_en": one.subject_en,
            "body": dict(one.body),
            "created_at": one.created_at,
        }
        if connection.dialect.name == "postgresql":
            connection.execute(postgresql.insert(table).values(values).on_conflict_do_nothing(index_elements=ONCE))
        else:
            connection.execute(sqlite.insert(table).values(values).on_conflict_do_nothing(index_elements=ONCE))


def inbox(
    connection: Connection, recipient: str, *, before: int | None = None, unread: bool = False, limit: int = 50
) -> tuple[Notice, ...]:
    """The newest notices of an organisation, or the newest before an id."""
    table = tables.notice
    wanted = select(table).where(table.c.recipient == recipient).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(table.c.id < before)
    if unread:
        wanted = wanted.where(table.c.read_at.is_(None))
    return tuple(_notice(row) for row in connection.execute(wanted))


def unread(connection: Connection, recipient: str, beside: Collection[About] = ()) -> int:
    """How many notices nobody of the organisation has read yet, those `beside` the point not counted."""
    table = tables.notice
    wanted = select(func.count()).where(
        table.c.recipient == recipient, table.c.read_at.is_(None), table.c.about.not_in([one.value for one in beside])
    )
    return connection.scalar(wanted) or 0


def read(connection: Connection, recipient: str, identifier: int, now: datetime) -> Notice:
    """Mark one as read, the first time it is; Unknown where it is not the recipient's. Call it inside `writing`."""
    table = tables.notice
    mine = (table.c.id == identifier, table.c.recipient == recipient)
    connection.execute(update(table).where(*mine, table.c.read_at.is_(None)).values(read_at=now))
    row = connection.execute(select(table).where(*mine)).one_or_none()
    if row is None:
        raise Unknown("no notice of this id to your organisation")
    return _notice(row)


def _notice(row: Row[*tuple[Any, ...]]) -> Notice:
    return Notice(**{**row._mapping, "about": About(row.about)})
