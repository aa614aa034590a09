"""Pages of a list as one asker sees it, and the whole of it for an edition: some datasets at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select

from catalog import datasets, tables
from catalog.lists import demand
from catalog.lists.facts import facts
from catalog.lists.lines import LINES, named
from catalog.lists.sight import Sight
from catalog.returning.desk import given_back
from catalog.returning.rights import comes_back
from catalog.shelf import Shelf
from schemas.dataset import Dataset
from schemas.lists import Line, ListName
from schemas.returning import Return

AT_ONCE = 200
"""Datasets that are looked at together."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Some lines that an asker may see, and where the next begin."""

    lines: tuple[Line, ...]
    after: str
    """Key of the dataset (of a demand its number) that was looked at last; empty: there are no more."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the lists."""

    shelf: Shelf
    sight: Sight
    now: datetime


def page(look: Look, name: ListName, after: str, limit: int) -> Seen:
    """Lines of the datasets behind `after`, whole datasets until there are `limit`; never a part of one's lines."""
    if name is ListName.DEMAND:
        some = tuple(islice(demand.seen(look.shelf, look.sight.subject, after), limit + 1))
        return Seen(some[:limit], some[limit - 1].key if len(some) > limit else "")
    found: list[Line] = []
    for dataset, lines in _each(look.shelf, name, after, look.now):
        found.extend(line for line in lines if look.sight.sees(line, dataset))
        if len(found) >= limit:
            return Seen(tuple(found), dataset.key)
    return Seen(tuple(found), "")


def seen(look: Look, name: ListName) -> Iterator[Line]:
    """Every line that the asker may see, by dataset."""
    if name is ListName.DEMAND:
        yield from demand.seen(look.shelf, look.sight.subject)
        return
    for dataset, lines in _each(look.shelf, name, "", look.now):
        yield from (line for line in lines if look.sight.sees(line, dataset))


def everything(shelf: Shelf, name: ListName, now: datetime) -> Iterator[Line]:
    """All lines, by dataset, whoever may see them; for an edition."""
    if name is ListName.DEMAND:
        yield from demand.everything(shelf)
        return
    for _, lines in _each(shelf, name, "", now):
        yield from lines


def shown(look: Look, name: ListName, lines: Sequence[Line]) -> tuple[Line, ...]:
    """Of lines of a kept edition those that the asker may see today; a line of a dataset that is gone is nobody's."""
    shelf, sight = look.shelf, look.sight
    if name is ListName.DEMAND:
        return tuple(line for line in lines if demand.may_see(shelf, sight.subject, line))
    with shelf.engine.connect() as connection:
        known = datasets.each(connection, {line.dataset for line in lines})
    return tuple(line for line in lines if line.dataset in known and sight.sees(line, known[line.dataset]))


def _each(shelf: Shelf, name: ListName, after: str, now: datetime) -> Iterator[tuple[Dataset, Sequence[Line]]]:
    while some := _next(shelf, after):
        yield from _lines(shelf, name, some, now)
        after = max(some)


def _lines(
    shelf: Shelf, name: ListName, some: Mapping[str, Dataset], now: datetime
) -> Iterator[tuple[Dataset, Sequence[Line]]]:
    if name is ListName.RETURN:
        names = {one.credit_code: one.name for one in shelf.parties.organisations()}
        for dataset in filter(comes_back, some.values()):
            yield dataset, [_returned(one, names) for one in given_back(shelf, dataset, now)]
        return
    with shelf.engine.connect() as connection:
        told = facts(connection, some, now)
    for dataset in some.values():
        yield dataset, tuple(LINES[name](dataset, told))


def _next(shelf: Shelf, after: str) -> Mapping[str, Dataset]:
    table = tables.dataset
    wanted = select(table.c.key, table.c.contract).where(table.c.state == "active", table.c.key > after)
    with shelf.engine.connect() as connection:
        rows = connection.execute(wanted.order_by(table.c.key).limit(AT_ONCE))
        return {row.key: datasets.parse(row.contract) for row in rows}


def _returned(one: Return, names: Mapping[str, str]) -> Line:
    values = named(one.dataset) | {
        "recipient": names.get(one.organisation, one.organisation),
        "rows": str(one.rows),
        "version": str(one.version),
        "way": one.withheld or one.way.value,
        "coverage": f"{one.coverage:.3f}",
    }
    return Line(f"{one.dataset.key} {one.organisation}", one.dataset.key, values, whose=one.organisation)
