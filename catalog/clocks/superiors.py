"""Who is told when a term has passed: bodies above in the area 块 and the line 条, and the division's authority."""

from contextlib import suppress

from sqlalchemy import Connection

from catalog import divisions, organisations
from schemas.deadline import Clock
from schemas.errors import Unknown


def above(connection: Connection, clock: Clock) -> tuple[str, ...]:
    """Credit codes, each once, without the responsible organisation itself."""
    responsible, found = clock.thing.responsible, []
    with suppress(Unknown):
        one = organisations.organisation(connection, responsible)
        found = [one.parent, one.line]
    tree = divisions.grown(connection.engine, divisions.changed(connection))
    with suppress(ValueError):
        authority = organisations.authority_of(connection, clock.division, tree)
        found += [authority.credit_code] if authority else []
    return tuple(code for code in dict.fromkeys(found) if code and code != responsible)
