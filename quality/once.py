"""Small tables of what is wrong, made once for a run: counting and quarantine look into the same."""

import hashlib

import sqlalchemy as sa


def once(engine: sa.Engine, kind: str, query: str, before: str = "") -> str:
    """The name of a table with the rows of `query`, which is asked the first time only.

    `before`, if any, is asked first, into a table of which the query speaks as `{before}`.
    """
    name = f"{kind}_{hashlib.sha256((before + query).encode()).hexdigest()[:16]}"
    with engine.connect() as connection:  # the one that the execution engine keeps
        if before:
            connection.exec_driver_sql(f"CREATE TEMP TABLE IF NOT EXISTS before_{name} AS {before}").close()
        told = query.replace("{before}", f"before_{name}")
        connection.exec_driver_sql(f"CREATE TEMP TABLE IF NOT EXISTS {name} AS {told}").close()
    return name


def text(engine: sa.Engine, clause: sa.ClauseElement) -> str:
    """A clause as SQL with its values in it."""
    return str(clause.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True}))
