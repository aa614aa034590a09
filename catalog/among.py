"""The condition that a column is one of many keys, as one value: of many values databases take only so many."""

import json
from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, String, any_, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY


def among(connection: Connection, of: ColumnElement[str], keys: Collection[str]) -> ColumnElement[bool]:
    """Whether the column holds one of the keys."""
    told = sorted(set(keys))
    if connection.dialect.name == "postgresql":
        return of == any_(bindparam(None, told, type_=ARRAY(String)))
    each = func.json_each(json.dumps(told, ensure_ascii=False)).table_valued(column("value", String))
    return of.in_(select(each.c.value))
