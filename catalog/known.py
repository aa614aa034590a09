"""What a caller may know of, as a condition in SQL, and the catalogue in pages of it, by key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, true

from catalog import tables
from catalog.datasets import parse
from catalog.grants import of_organisation
from catalog.newest import Newest, newest_of
from catalog.rule.sight import sight
from schemas.access import Subject
from schemas.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Entry:
    """One dataset of the catalogue, since when it stands there so, and its newest data where there are any."""

    dataset: Dataset
    registered: datetime
    newest: Newest | None


@dataclass(frozen=True, slots=True)
class Page:
    """So many entries by key; `following` is the key to go on after, empty at the end."""

    entries: tuple[Entry, ...]
    following: str


def known(connection: Connection, subject: Subject) -> ColumnElement[bool]:
    """Rows of `dataset` that `catalog.access.visible` would show this caller; an outsider's grants are looked up."""
    outsider = not subject.public and not subject.government
    held = of_organisation(connection, subject.organisation) if outsider else ()
    return sight(subject, held).clause(tables.dataset)


def page(connection: Connection, subject: Subject, after: str, size: int) -> Page:
    """Entries that the caller may know of, by key, after the key `after`: as many statements for any catalogue."""
    table = tables.dataset
    beyond = table.c.key > after if after else true()
    wanted = select(table.c.key, table.c.contract, table.c.registered_at).where(table.c.state == "active", beyond)
    rows = connection.execute(wanted.where(known(connection, subject)).order_by(table.c.key).limit(size + 1)).all()
    came = newest_of(connection, [row.key for row in rows[:size]])
    return Page(
        tuple(Entry(parse(row.contract), row.registered_at, came.get(row.key)) for row in rows[:size]),
        rows[size - 1].key if len(rows) > size else "",
    )


def entry(connection: Connection, key: str) -> Entry | None:
    """One of them by its key; whether it may be shown is looked at elsewhere."""
    table = tables.dataset
    row = connection.execute(select(table.c.contract, table.c.registered_at).where(table.c.key == key)).one_or_none()
    if row is None:
        return None
    return Entry(parse(row.contract), row.registered_at, newest_of(connection, [key]).get(key))


def those(connection: Connection, subject: Subject, keys: Iterable[str]) -> Mapping[str, Dataset]:
    """Key -> dataset, of those of the keys that the caller may know of: one statement."""
    table = tables.dataset
    wanted = select(table.c.key, table.c.contract).where(table.c.key.in_(sorted(set(keys))), known(connection, subject))
    return {row.key: parse(row.contract) for row in connection.execute(wanted)}
