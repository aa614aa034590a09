"""The edges that a contract declares: its source or inputs, and the columns that the compiler read from its query."""

from datetime import datetime

from sqlalchemy import Connection, Table, and_, delete, insert, or_, select

from catalog.lineage import tables
from schemas.dataset import Dataset

Row = tuple[str, ...]
EDGE = ("from_kind", "from_name", "to_kind", "to_name")
COLUMN = ("from_dataset", "from_column", "to_dataset", "to_column", "how")


def draw(connection: Connection, dataset: Dataset, now: datetime) -> None:
    """Make what is declared of `dataset` that of its contract; edges that stay keep their date.

    What runs have told of it stays too: a contract says nothing about it.
    """
    inputs = tuple(("dataset", key) for key in dataset.source.inputs)
    sources = inputs or (("source", dataset.source.connection or dataset.source.kind),)
    edges: set[Row] = {(kind, name, "dataset", dataset.key) for kind, name in sources}
    columns: set[Row] = {(o.dataset, o.column, dataset.key, o.field, o.how.value) for o in dataset.origins}
    _replace(connection, tables.edge, EDGE, edges, {"to_kind": "dataset", "to_name": dataset.key}, {"since": now})
    _replace(connection, tables.column, COLUMN, columns, {"to_dataset": dataset.key}, {})


def _replace(  # noqa: PLR0913, PLR0917 - one statement in words: in this table, these columns are to be these rows
    connection: Connection, table: Table, names: Row, wanted: set[Row], of: dict[str, str], more: dict[str, datetime]
) -> None:
    declared = and_(table.c.told_by == "", table.c.job == "", *(table.c[name] == value for name, value in of.items()))
    rows = connection.execute(select(*(table.c[name] for name in names)).where(declared))
    known: set[Row] = {tuple(row) for row in rows}
    gone = [and_(*(table.c[n] == v for n, v in zip(names, row, strict=True))) for row in sorted(known - wanted)]
    for start in range(0, len(gone), 100):
        connection.execute(delete(table).where(declared, or_(*gone[start : start + 100])))
    fresh = [dict(zip(names, row, strict=True)) | {"told_by": "", "job": ""} | more for row in sorted(wanted - known)]
    if fresh:
        connection.execute(insert(table), fresh)
