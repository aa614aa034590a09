"""Who asks: from a credential, and from nothing else, to the subject of the access rule."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, or_, select

from catalog import tables
from catalog.credentials import Credential
from schemas.access import Subject, Tier
from schemas.dataset import Grade

PUBLIC = Subject(
    system="",
    organisation="",
    organisation_name="",
    division="",
    tier=Tier.GRID,
    clearance=Grade.GENERAL_1,
    government=False,
)
"""Anybody: what is open is for them."""


def of_system(connection: Connection, system: str, now: datetime) -> Subject:
    """A system that something is done for while it does not ask itself: active as long as a credential of it is."""
    table = tables.credential
    valid = select(table.c.id).where(table.c.system == system, table.c.issued_at <= now, table.c.expires_at > now)
    row = connection.execute(valid.where(or_(table.c.revoked_at.is_(None), table.c.revoked_at > now)).limit(1)).first()
    found = of_credential(connection, Credential("", system, now, now, None, None))
    return replace(found, credential_active=found.credential_active and row is not None)


def of_credential(connection: Connection, credential: Credential) -> Subject:
    """The system behind a credential that was found good, and whether it and its organisation are active."""
    system, organisation = tables.system, tables.organisation
    row = connection.execute(
        select(
            organisation,
            system.c.clearance,
            system.c.active.label("system_active"),
        )
        .join(organisation, organisation.c.credit_code == system.c.organisation)
        .where(system.c.id == credential.system)
    ).one()
    return Subject(
        system=credential.system,
        organisation=row.credit_code,
        organisation_name=row.name,
        division=row.division,
        tier=Tier(row.tier),
        clearance=Grade(row.clearance),
        government=row.government,
        credential_active=row.system_active,
        organisation_active=row.active,
        credential=credential.id,
    )
