"""Follows as they are stored: made and ended by an organisation, found by what a dataset is."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from catalog.database import serialise
from catalog.following.tables import follow as table
from schemas.dataset import Dataset
from schemas.errors import BadInput, Unknown
from schemas.following import Follow, Followed

MOST = 500
"""Living follows of one organisation."""
UNKNOWN = "no follow of this number of your organisation; GET /api/v1/follows lists them"


def make(connection: Connection, wanted: Follow) -> Follow:
    """Put it on record, or find the same one that lives; BadInput where there are too many. Inside `writing`."""
    serialise(connection, f"follows {wanted.organisation}")
    mine = _read(connection, table.c.organisation == wanted.organisation)
    for one in mine:
        if (one.followed, one.what, one.email, one.url) == (wanted.followed, wanted.what, wanted.email, wanted.url):
            return one
    if len(mine) >= MOST:
        raise BadInput(f"found {MOST} follows of your organisation; end one that is not needed")
    told = asdict(wanted) | {"followed": wanted.followed.value}
    del told["id"]
    made = connection.execute(insert(table).values(told).returning(table.c.id))
    return replace(wanted, id=made.scalar_one())


def of_organisation(connection: Connection, organisation: str) -> tuple[Follow, ...]:
    """The living ones, by number."""
    return _read(connection, table.c.organisation == organisation)


def get(connection: Connection, identifier: int, organisation: str) -> Follow:
    """A living one of that organisation; the same Unknown for another's, an ended one and none at all."""
    found = _read(connection, and_(table.c.id == identifier, table.c.organisation == organisation))
    if not found:
        raise Unknown(UNKNOWN)
    return found[0]


def each(connection: Connection, identifiers: Iterable[int]) -> dict[int, Follow]:
    """Those of the numbers that live."""
    return {one.id: one for one in _read(connection, table.c.id.in_(sorted(set(identifiers))))}


def end(connection: Connection, identifier: int, now: datetime) -> None:
    """It hears of nothing any more. Call it inside `writing`."""
    connection.execute(update(table).where(table.c.id == identifier, table.c.ended_at.is_(None)).values(ended_at=now))


def concerning(connection: Connection, dataset: Dataset) -> tuple[Follow, ...]:
    """Everybody's living follows that a dataset falls under: itself, its elements, its department."""
    elements = sorted({field.element for field in dataset.fields if field.element})
    return _read(
        connection,
        or_(
            and_(table.c.followed == Followed.DATASET.value, table.c.what == dataset.key),
            and_(table.c.followed == Followed.DEPARTMENT.value, table.c.what == dataset.department),
            and_(table.c.followed == Followed.ELEMENT.value, table.c.what.in_(elements)),
        ),
    )


def number_of(connection: Connection, organisation: str, followed: Followed, what: str) -> int:
    """How many living follows of just this an organisation has."""
    mine = (table.c.organisation == organisation, table.c.followed == followed.value, table.c.what == what)
    wanted = select(func.count()).where(*mine, table.c.ended_at.is_(None))
    return connection.scalar(wanted) or 0


def _read(connection: Connection, wanted: ColumnElement[bool]) -> tuple[Follow, ...]:
    columns = (table.c[name] for name in Follow.__slots__)
    rows = connection.execute(select(*columns).where(wanted, table.c.ended_at.is_(None)).order_by(table.c.id))
    return tuple(map(_follow, rows))


def _follow(row: Row[*tuple[Any, ...]]) -> Follow:
    return Follow(**{**row._mapping, "followed": Followed(row.followed)})
