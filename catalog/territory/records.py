"""Years that were imported, the authority for each kind of fact, and the land of development zones, as stored."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from catalog.database import serialise
from catalog.territory import tables
from schemas.division import Custody
from schemas.division_authority import DEFAULTS, Fact, Named


@dataclass(frozen=True, slots=True)
class Year:
    """One yearly table that was imported, and what it changed."""

    year: int
    source: str
    digest: str
    """Hex sha256 of the file."""
    read: int
    added: int
    renamed: int
    moved: int
    ended: int
    at: datetime


def enter_year(connection: Connection, year: Year) -> None:
    """Put an import on record."""
    connection.execute(insert(tables.division_year).values(asdict(year)))


def years(connection: Connection) -> tuple[Year, ...]:
    """Every import, the newest first."""
    table = tables.division_year
    rows = connection.execute(select(table).order_by(table.c.id.desc()))
    return tuple(Year(**{name: value for name, value in row._mapping.items() if name != "id"}) for row in rows)


def name_authority(connection: Connection, named: Named, now: datetime) -> None:
    """Record who is right from now on; what was so before stays on record."""
    connection.execute(
        insert(tables.division_authority).values(fact=named.fact.value, source=named.source, basis=named.basis, at=now)
    )


def authorities(connection: Connection) -> Mapping[Fact, Named]:
    """The authority for every kind of fact: the last that was recorded, or the default."""
    table, found = tables.division_authority, dict(DEFAULTS)
    for row in connection.execute(select(table).order_by(table.c.id)):
        found[Fact(row.fact)] = Named(Fact(row.fact), row.source, row.basis, row.at)
    return found


def set_custody(connection: Connection, zones: Mapping[str, Sequence[Custody]]) -> None:
    """Record on whose land each of the zones lies, in place of what was recorded of it before."""
    serialise(connection, "custody")
    table = tables.division_custody
    for zone, told in sorted(zones.items()):
        connection.execute(delete(table).where(table.c.zone == zone))
        connection.execute(insert(table), [asdict(one) for one in told])


def custody(connection: Connection, code: str) -> tuple[Custody, ...]:
    """On whose land a zone lies, and which zones lie on that of a division."""
    table = tables.division_custody
    rows = connection.execute(
        select(table).where((table.c.zone == code) | (table.c.place == code)).order_by(table.c.zone, table.c.place)
    )
    return tuple(Custody(**row._mapping) for row in rows)
