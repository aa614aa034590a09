"""Where a dataset comes from and what is made of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, or_, select

from catalog import tables
from schemas.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Edge:
    """`from` feeds `to`; kinds are `source` and `dataset`."""

    from_kind: str
    from_name: str
    to_kind: str
    to_name: str
    since: datetime


def declared(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """Kind and name of everything that the contract says it reads."""
    inputs = tuple(("dataset", key) for key in dataset.source.inputs)
    if inputs:
        return inputs
    return (("source", dataset.source.connection or dataset.source.kind),)


def draw(connection: Connection, dataset: Dataset, now: datetime) -> None:
    """Make the edges into `dataset` those of its contract; edges that stay keep their date."""
    table = tables.lineage
    into = and_(table.c.to_kind == "dataset", table.c.to_name == dataset.key)
    known = {(row.from_kind, row.from_name) for row in connection.execute(select(table).where(into))}
    wanted = set(declared(dataset))
    for kind, name in sorted(known - wanted):
        connection.execute(delete(table).where(into, table.c.from_kind == kind, table.c.from_name == name))
    for kind, name in sorted(wanted - known):
        connection.execute(
            insert(table).values(from_kind=kind, from_name=name, to_kind="dataset", to_name=dataset.key, since=now)
        )


def edges(connection: Connection, dataset: str) -> tuple[Edge, ...]:
    """Every edge on the ways to and from a dataset, sources first."""
    table = tables.lineage
    upward = _walk(connection, dataset, up=True)
    downward = _walk(connection, dataset, up=False)
    rows = connection.execute(
        select(table)
        .where(
            or_(
                and_(table.c.to_kind == "dataset", table.c.to_name.in_(upward)),
                and_(table.c.from_kind == "dataset", table.c.from_name.in_(downward)),
            )
        )
        .order_by(table.c.from_kind.desc(), table.c.from_name, table.c.to_name)
    )
    return tuple(Edge(**row._mapping) for row in rows)


def _walk(connection: Connection, start: str, *, up: bool) -> Iterable[str]:
    table = tables.lineage
    here, there = (table.c.to_name, table.c.from_name) if up else (table.c.from_name, table.c.to_name)
    seen, edge = {start}, {start}
    while edge:
        found = connection.scalars(
            select(there).where(here.in_(edge), table.c.from_kind == "dataset", table.c.to_kind == "dataset")
        )
        edge = set(found) - seen
        seen |= edge
    return sorted(seen)
