"""Which columns a dataset's fields are made of, and what is made of its own: as many as can be looked through."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from catalog.known import those
from catalog.lineage import tables
from schemas.access import Subject
from schemas.dataset import Dataset
from schemas.origin import How

MOST = 2000
"""Edges that are looked at for one dataset."""


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """A column of an input feeds a field; where rows are only chosen by it (`condition`), the field is empty."""

    dataset: str
    column: str
    to_dataset: str
    field: str
    how: How


@dataclass(frozen=True, slots=True)
class Columns:
    """The edges whose two datasets the asker may know of, those datasets, and whether there are more."""

    edges: tuple[ColumnEdge, ...]
    datasets: Mapping[str, Dataset]
    cut: bool


def columns(connection: Connection, key: str, subject: Subject) -> Columns:
    """Every edge between a column of the dataset `key` and one of another, into it and out of it."""
    table = tables.column
    here = or_(table.c.from_dataset == key, table.c.to_dataset == key)
    parts = (table.c.from_dataset, table.c.from_column, table.c.to_dataset, table.c.to_column, table.c.how)
    wanted = select(*parts).distinct().where(here).order_by(*parts).limit(MOST + 1)
    rows = connection.execute(wanted).all()
    datasets = those(connection, subject, {end for row in rows for end in (row.from_dataset, row.to_dataset)})
    known = [row for row in rows[:MOST] if row.from_dataset in datasets and row.to_dataset in datasets]
    edges = tuple(
        ColumnEdge(row.from_dataset, row.from_column, row.to_dataset, row.to_column, How(row.how)) for row in known
    )
    return Columns(edges, datasets, len(rows) > MOST and rows[MOST].from_dataset in datasets)


def declared_of(connection: Connection, key: str) -> tuple[ColumnEdge, ...]:
    """Every edge that contracts declare into and out of a dataset, whoever may know of it: for what the platform itself
    must follow, such as a correction; nothing of it is shown."""
    table = tables.column
    here = or_(table.c.from_dataset == key, table.c.to_dataset == key)
    parts = (table.c.from_dataset, table.c.from_column, table.c.to_dataset, table.c.to_column, table.c.how)
    rows = connection.execute(select(*parts).where(here, table.c.told_by == "", table.c.job == "").order_by(*parts))
    return tuple(ColumnEdge(*row[:4], How(row.how)) for row in rows)
