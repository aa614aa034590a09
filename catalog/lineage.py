"""Where a dataset comes from and what is made of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select

from catalog import tables
from schemas.dataset import Dataset
from schemas.origin import How

COLUMN = "column"
"""Kind of an edge's beginning whose name is `<dataset>.<column>`; the kind of its end is how it is used there."""
Ends = tuple[str, str, str, str]
_ENDS = (tables.lineage.c.from_kind, tables.lineage.c.from_name, tables.lineage.c.to_kind, tables.lineage.c.to_name)


@dataclass(frozen=True, slots=True)
class Edge:
    """`from` feeds `to`; kinds are `source` and `dataset`."""

    from_kind: str
    from_name: str
    to_kind: str
    to_name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """A column of an input feeds a field; where rows are only chosen by it (`condition`), the field is empty."""

    dataset: str
    column: str
    to_dataset: str
    field: str
    how: How


def declared(dataset: Dataset) -> tuple[Ends, ...]:
    """Everything that the contract says it reads, and what the compiler read from its query, column by column."""
    inputs = tuple(("dataset", key) for key in dataset.source.inputs)
    sources = inputs or (("source", dataset.source.connection or dataset.source.kind),)
    columns = (
        (COLUMN, f"{one.dataset}.{one.column}", one.how.value, f"{dataset.key}.{one.field}".rstrip("."))
        for one in dataset.origins
    )
    return (*((kind, name, "dataset", dataset.key) for kind, name in sources), *columns)


def draw(connection: Connection, dataset: Dataset, now: datetime) -> None:
    """Make the edges into `dataset` those of its contract; edges that stay keep their date."""
    table = tables.lineage
    into = or_(and_(table.c.to_kind == "dataset", table.c.to_name == dataset.key), _columns_into(dataset.key))
    rows = connection.execute(select(*_ENDS).where(into))
    known: set[Ends] = {(row.from_kind, row.from_name, row.to_kind, row.to_name) for row in rows}
    wanted = set(declared(dataset))
    for ends in sorted(known - wanted):
        connection.execute(delete(table).where(*(one == told for one, told in zip(_ENDS, ends, strict=True))))
    for ends in sorted(wanted - known):
        names = (one.name for one in _ENDS)
        connection.execute(insert(table).values(**dict(zip(names, ends, strict=True)), since=now))


def columns(connection: Connection, dataset: str) -> tuple[ColumnEdge, ...]:
    """Every edge between a column of `dataset` and one of another, into it and out of it."""
    table = tables.lineage
    out = and_(table.c.from_kind == COLUMN, table.c.from_name.startswith(f"{dataset}.", autoescape=True))
    wanted = select(table).where(or_(_columns_into(dataset), out)).order_by(*reversed(_ENDS))
    return tuple(_column_edge(row) for row in connection.execute(wanted))


def _columns_into(dataset: str) -> ColumnElement[bool]:
    table = tables.lineage
    named = or_(table.c.to_name == dataset, table.c.to_name.startswith(f"{dataset}.", autoescape=True))
    return and_(table.c.from_kind == COLUMN, named)


def _column_edge(row: Row[Any]) -> ColumnEdge:
    """Keys are two words, so what follows the second dot is the column."""
    department, name, column = row.from_name.split(".")
    there, theirs, *field = row.to_name.split(".")
    return ColumnEdge(f"{department}.{name}", column, f"{there}.{theirs}", "".join(field), How(row.to_kind))


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
