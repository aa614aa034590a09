"""The organisations that provide and ask, and the systems that ask in their name."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from catalog import tables
from catalog.database import serialise
from catalog.put import put
from schemas.access import Tier
from schemas.dataset import Grade
from schemas.divisions import DivisionTree, normalise
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
    parent: str = ""
    """Credit code of the body above it in its area 块; empty: none is registered."""
    line: str = ""
    """Credit code of the body above it in its line ministry 条; empty: none is registered."""
    authority: bool = False
    """Whether it is the data administration 政务数据主管部门 of its division."""


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
    for above in ("parent", "line"):
        _stands_above(connection, organisation, above)
    if organisation.authority:
        _only_one(connection, organisation.credit_code, division)
    kept = asdict(organisation) | {"division": division, "tier": int(organisation.tier)}
    kept |= {"parent": organisation.parent or None, "line": organisation.line or None}
    put(connection, tables.organisation, kept)


def _stands_above(connection: Connection, added: Organisation, which: str) -> None:
    """BadInput where the superior named is not registered, or is itself below the one that is added."""
    code, seen = getattr(added, which), {added.credit_code}
    while code:
        if code in seen:
            raise BadInput(f"{which}: {added.name} would stand above itself by way of {code}; name a body above it")
        try:
            found = organisation(connection, code)
        except Unknown as unknown:
            raise BadInput(f"{which}: {unknown}") from unknown
        seen.add(code)
        code = getattr(found, which)


def _only_one(connection: Connection, credit_code: str, division: str) -> None:
    """BadInput where another organisation is the authority of that division already."""
    serialise(connection, tables.organisation.name)
    table = tables.organisation
    others = (table.c.division == division, table.c.authority, table.c.active, table.c.credit_code != credit_code)
    if other := connection.execute(select(table.c.credit_code, table.c.name).where(*others)).first():
        raise BadInput(
            f"authority: {other.name} ({other.credit_code}) is the data administration of {division} already; "
            "a division has one, so register that one again without it first"
        )


def authorities_of(connection: Connection, division: str, tree: DivisionTree) -> tuple[Organisation, ...]:
    """The data administrations that a division lies under: its own first, then those above it."""
    table, path = tables.organisation, tree.path(division)
    found = connection.execute(select(table).where(table.c.authority, table.c.active, table.c.division.in_(path)))
    each = (_organisation(row) for row in found)
    return tuple(sorted(each, key=lambda one: path.index(one.division), reverse=True))


def authority_of(connection: Connection, division: str, tree: DivisionTree) -> Organisation | None:
    """The data administration responsible for a division: its own, else the next above; None where there is none."""
    return next(iter(authorities_of(connection, division, tree)), None)


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
    return _organisation(row)


def _organisation(row: Row[Any]) -> Organisation:
    told = {"tier": Tier(row.tier), "parent": row.parent or "", "line": row.line or ""}
    return Organisation(**{**row._mapping, **told})


def organisations(connection: Connection) -> tuple[Organisation, ...]:
    """All, by division and credit code."""
    table = tables.organisation
    rows = connection.execute(select(table).order_by(table.c.division, table.c.credit_code))
    return tuple(_organisation(row) for row in rows)


def names(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """Credit code -> name, of those that are registered."""
    table = tables.organisation
    wanted = select(table.c.credit_code, table.c.name).where(table.c.credit_code.in_(sorted(codes)))
    return {row.credit_code: row.name for row in connection.execute(wanted)}


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
