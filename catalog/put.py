"""Insert or replace one row by its key, the same way on every database."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, and_, insert, update

from catalog.database import serialise


def put(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """`values` name every column of the primary key; call it inside `writing`."""
    serialise(connection, table.name)
    keys = and_(*(column == values[column.name] for column in table.primary_key.columns))
    others = {name: value for name, value in values.items() if name not in table.primary_key.columns}
    if not connection.execute(update(table).where(keys).values(others)).rowcount:
        connection.execute(insert(table).values(dict(values)))
