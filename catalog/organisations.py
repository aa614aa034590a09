"""The organisations that provide and ask, and the systems that ask in their name."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select, update

from catalog import tables
from catalog.put import put
from schemas.access import Tier
from schemas.dataset import Grade
from schemas.divisions import normalise
from schemas.errors import BadInput, Unknown


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation under its unified social credit code; `government` is False for a registered outsider."""

    credit_code: str
    name: str
    name_en: str
    division: str
    """12 digits, 15 for a grid."""
    tier: Tier
    government: bool = True
    active: bool = True


@dataclass(frozen=True, slots=True)
class System:
    """One system of an organisation; credentials belong to systems."""

    id: str
    organisation: str
    name: str
    clearance: Grade = Grade.GENERAL_4
    active: bool = True


def add_organisation(connection: Connection, organisation: Organisation) -> None:
    """Add it, or replace what is known of it."""
    if len(organisation.credit_code) != 18:
        raise BadInput(f"credit code: found {organisation.credit_code!r}, expected 18 characters")
    try:
        division = normalise(organisation.division)
    except ValueError as wrong:
        raise BadInput(f"{organisation.name}: {wrong}") from wrong
    put(connection, tables.organisation, asdict(organisation) | {"division": division, "tier": int(organisation.tier)})


def add_system(connection: Connection, system: System) -> None:
    """Add it, or replace what is known of it; its organisation must be there."""
    organisation(connection, system.organisation)
    put(connection, tables.system, asdict(system) | {"clearance": int(system.clearance)})


def organisation(connection: Connection, credit_code: str) -> Organisation:
    """The organisation with that credit code, or Unknown."""
    row = connection.execute(
        select(tables.organisation).where(tables.organisation.c.credit_code == credit_code)
    ).one_or_none()
    if row is None:
        raise Unknown(f"no organisation {credit_code!r} is registered: `yishu org add` registers one")
    return Organisation(**{**row._mapping, "tier": Tier(row.tier)})


def organisations(connection: Connection) -> tuple[Organisation, ...]:
    """All, by division and credit code."""
    table = tables.organisation
    rows = connection.execute(select(table).order_by(table.c.division, table.c.credit_code))
    return tuple(Organisation(**{**row._mapping, "tier": Tier(row.tier)}) for row in rows)


def systems(connection: Connection, organisation: str | None = None) -> tuple[System, ...]:
    """All systems, or those of one organisation, by id."""
    wanted = select(tables.system).order_by(tables.system.c.id)
    if organisation is not None:
        wanted = wanted.where(tables.system.c.organisation == organisation)
    return tuple(System(**{**row._mapping, "clearance": Grade(row.clearance)}) for row in connection.execute(wanted))


def set_active(connection: Connection, *, organisation: str = "", system: str = "", active: bool) -> None:
    """Switch an organisation or a system off or on; Unknown where there is none of that name."""
    table, column, name = (
        (tables.organisation, tables.organisation.c.credit_code, organisation)
        if organisation
        else (tables.system, tables.system.c.id, system)
    )
    if not connection.execute(update(table).where(column == name).values(active=active)).rowcount:
        raise Unknown(f"no {table.name} {name!r} is registered")
