"""Of each dataset what stands on the shelf now: since when its newest data are there, and the last version's scores."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from catalog import tables


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest data of one dataset."""

    came: datetime
    """When its newest window was first published; publishing it once more makes it no newer."""
    version: int
    scores: Mapping[str, float]
    """Dimension -> share of checked rows that kept its rules, in the last published version."""
    published_at: datetime
    """Of the last published version."""


def newest(connection: Connection, key: str = "") -> Mapping[str, Newest]:
    """Dataset -> its newest data, of every dataset (or just that one) that has a published version; two statements."""
    return _newest(connection, _good(key))


def newest_of(connection: Connection, keys: Collection[str]) -> Mapping[str, Newest]:
    """The same of some datasets, such as those of a page."""
    if not keys:
        return {}
    return _newest(connection, and_(tables.version.c.state == "published", tables.version.c.dataset.in_(keys)))


def _newest(connection: Connection, good: ColumnElement[bool]) -> Mapping[str, Newest]:
    came = _came(connection, good)
    table = tables.version
    last = select(table.c.dataset, func.max(table.c.number).label("number")).where(good).group_by(table.c.dataset)
    found = last.subquery()
    mine = and_(table.c.dataset == found.c.dataset, table.c.number == found.c.number)
    rows = connection.execute(
        select(table.c.dataset, table.c.number, table.c.scores, table.c.published_at).join(found, mine)
    )
    return {row.dataset: Newest(came[row.dataset], row.number, row.scores, row.published_at) for row in rows}


def _good(key: str) -> ColumnElement[bool]:
    good = tables.version.c.state == "published"
    return and_(good, tables.version.c.dataset == key) if key else good


def _came(connection: Connection, good: ColumnElement[bool]) -> dict[str, datetime]:
    table = tables.version
    last = select(table.c.dataset, func.max(table.c.window_high).label("high")).where(good).group_by(table.c.dataset)
    found = last.subquery()
    mine = and_(table.c.dataset == found.c.dataset, table.c.window_high == found.c.high)
    first = select(table.c.dataset, func.min(table.c.published_at).label("came")).join(found, mine).where(good)
    return {row.dataset: row.came for row in connection.execute(first.group_by(table.c.dataset))}
