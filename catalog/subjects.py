"""Who asks: from a credential, and from nothing else, to the subject of the access rule."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from catalog import tables
from catalog.credentials import Credential
from schemas.access import Role, Subject, Tier
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
    """The system behind a credential that was found good, the person if it is one's, and whether all are active."""
    system, organisation, person = tables.system, tables.organisation, tables.person
    row = connection.execute(
        select(
            organisation,
            system.c.clearance,
            system.c.active.label("system_active"),
            person.c.name.label("post"),
            person.c.roles,
            person.c.clearance.label("person_clearance"),
            (person.c.active & (person.c.organisation == system.c.organisation)).label("person_active"),
        )
        .join(organisation, organisation.c.credit_code == system.c.organisation)
        .outerjoin(person, person.c.id == credential.person)
        .where(system.c.id == credential.system)
    ).one()
    subject = Subject(
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
    return subject if credential.person is None else _acting(subject, credential.person, row)


def _acting(subject: Subject, person: str, row: Row[Any]) -> Subject:
    """The same where a person acts: with the lower clearance of both, and active only while both are, in one body."""
    return replace(
        subject,
        person=person,
        post=row.post,
        roles=frozenset(Role(one) for one in row.roles),
        clearance=Grade(min(row.clearance, row.person_clearance)),
        credential_active=bool(row.system_active and row.person_active),
    )
