"""Divisions that an installation adds to those of the package, and the whole tree of both."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from catalog import tables
from catalog.code_files import keep_codes
from catalog.database import serialise
from catalog.put import put
from schemas.division import Division, Lineage
from schemas.divisions import DivisionTree, shipped
from schemas.errors import BadInput
from schemas.record import from_json, to_json

COUNTER = "divisions"
REFERENCE = "reference/divisions.parquet"
"""In the lake: column `code` of every division ever known, for the rules of quality."""


_CHANGED = select(tables.counter.c.value).where(tables.counter.c.name == COUNTER)
"""Built once: it is asked for every read."""


def add(connection: Connection, divisions: Sequence[Division], lineage: Sequence[Lineage], now: datetime) -> int:
    """Store what is new of them; returns how many were. Call it inside `writing`."""
    serialise(connection, COUNTER)
    fresh = _fresh(connection, divisions)
    _together(connection, divisions, lineage)
    if fresh:
        connection.execute(insert(tables.division), fresh)
    changes = _fresh_changes(connection, lineage)
    if changes:
        connection.execute(insert(tables.division_lineage), changes)
    if fresh or changes:
        put(connection, tables.counter, {"name": COUNTER, "value": changed(connection) + 1, "at": now})
    return len(fresh) + len(changes)


def _together(connection: Connection, divisions: Sequence[Division], lineage: Sequence[Lineage]) -> None:
    """Refuse what makes no tree with all that is there, before it is stored."""
    try:
        _whole(connection).with_divisions(divisions, lineage)
    except ValueError as wrong:
        raise BadInput(f"these divisions do not fit those that are known: {wrong}; nothing was added") from wrong


def changed(connection: Connection) -> int:
    """How many times divisions were added: the same number means the same tree."""
    return connection.scalar(_CHANGED) or 0


def tree(engine: Engine) -> DivisionTree:
    """What the package carries with everything that was added; built once for each change."""
    with engine.connect() as connection:
        return grown(engine, changed(connection))


@lru_cache(maxsize=4)
def grown(engine: Engine, count: int) -> DivisionTree:
    """The tree after so many additions."""
    if count == 0:
        return shipped()
    with engine.connect() as connection:
        return _whole(connection)


def _whole(connection: Connection) -> DivisionTree:
    places, changes = tables.division.c, tables.division_lineage.c
    bodies = connection.scalars(select(places.body).order_by(places.id))
    divisions = [from_json(Division, body, where="a stored division") for body in bodies]
    bodies = connection.scalars(select(changes.body).order_by(changes.id))
    lineage = [from_json(Lineage, body, where="a stored lineage") for body in bodies]
    return shipped().with_divisions(divisions, lineage)


def reference(engine: Engine, lake: Path) -> Path:
    """The Parquet file of every division code ever known; written anew when the tree has changed."""
    return keep_codes(lake / REFERENCE, sorted({entry.code for entry in tree(engine)}))


def _fresh(connection: Connection, divisions: Sequence[Division]) -> list[dict[str, str]]:
    known = set(connection.scalars(select(tables.division.c.body)))
    bodies = {to_json(one).decode(): one for one in divisions}
    return [{"code": one.code, "name": one.name, "body": body} for body, one in bodies.items() if body not in known]


def _fresh_changes(connection: Connection, lineage: Sequence[Lineage]) -> list[dict[str, str]]:
    known = set(connection.scalars(select(tables.division_lineage.c.body)))
    bodies = {to_json(one).decode(): one for one in lineage}
    return [{"code": one.old, "successor": one.new, "body": body} for body, one in bodies.items() if body not in known]
