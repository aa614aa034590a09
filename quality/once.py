"""Small tables of what is wrong, made once for a run: counting and quarantine look into the same."""

import hashlib
from collections.abc import Callable

import sqlalchemy as sa

MADE = "yishu: made once"
"""Where a connection keeps the names of its tables that are whole."""


def once(engine: sa.Engine, kind: str, told: str, make: Callable[[sa.Connection, str], None]) -> str:
    """The name of a table that `make` makes the first time only; what is `told` of it tells it from others."""
    name = f"{kind}_{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    with engine.connect() as connection:  # the one that the execution engine keeps
        made: set[str] = connection.info.setdefault(MADE, set())
        if name not in made:
            make(connection, name)
            made.add(name)
    return name


def text(engine: sa.Engine, clause: sa.ClauseElement) -> str:
    """A clause as SQL with its values in it."""
    return str(clause.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True}))
