"""Persons who act for an organisation at one of its systems: which roles they hold, and up to which grade they see."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Row, select, update

from catalog import tables
from catalog.organisations import organisation
from catalog.put import put
from schemas.access import REVIEWERS, Role
from schemas.dataset import Grade
from schemas.errors import BadInput, Unknown

LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Person:
    """One person, or one post that persons hold in turn."""

    id: str
    organisation: str
    name: str
    """Name or post."""
    roles: frozenset[Role]
    clearance: Grade = Grade.GENERAL_4
    active: bool = True


def add(connection: Connection, person: Person) -> None:
    """Add them, or replace what is known; the organisation must be there, the roles must go together."""
    if not 0 < len(person.id) <= LONGEST_ID:
        raise BadInput(f"person: found an id of {len(person.id)} characters, expected 1 to {LONGEST_ID}")
    approving = sorted(person.roles & REVIEWERS)
    if Role.SECURITY_AUDITOR in person.roles and approving:
        raise BadInput(
            f"roles of {person.id}: {Role.SECURITY_AUDITOR} cannot be held together with {', '.join(approving)}: "
            "who audits reads everything and approves nothing; register two persons"
        )
    organisation(connection, person.organisation)
    before = _found(connection, person.id)
    if before is not None and before.organisation != person.organisation:
        raise BadInput(
            f"person {person.id} works for {before.organisation}; what they did stays on record under it: "
            "register a new person for another organisation"
        )
    put(connection, tables.person, asdict(person) | {"roles": sorted(person.roles), "clearance": int(person.clearance)})


def off(connection: Connection, identifier: str) -> None:
    """Switch a person off: their credentials open nothing from now on."""
    if not connection.execute(
        update(tables.person).where(tables.person.c.id == identifier).values(active=False)
    ).rowcount:
        raise _unknown(identifier)


def listed(connection: Connection, of: str | None = None) -> tuple[Person, ...]:
    """All, or those of one organisation, by organisation and id."""
    wanted = select(tables.person).order_by(tables.person.c.organisation, tables.person.c.id)
    if of is not None:
        wanted = wanted.where(tables.person.c.organisation == of)
    return tuple(_person(row) for row in connection.execute(wanted))


def works_for(connection: Connection, identifier: str, credit_code: str) -> None:
    """Unknown where there is no such person, BadInput where they are off or act for another organisation."""
    found = _found(connection, identifier)
    if found is None:
        raise _unknown(identifier)
    if found.organisation != credit_code or not found.active:
        raise BadInput(
            f"person {identifier} {'works for ' + found.organisation if found.active else 'is switched off'}; "
            f"expected an active person of {credit_code}, whose system it is"
        )


def _found(connection: Connection, identifier: str) -> Person | None:
    row = connection.execute(select(tables.person).where(tables.person.c.id == identifier)).one_or_none()
    return None if row is None else _person(row)


def _person(row: Row[tuple[object, ...]]) -> Person:
    told = {"roles": frozenset(Role(one) for one in row.roles), "clearance": Grade(row.clearance)}
    return Person(**{**row._mapping, **told})


def _unknown(identifier: str) -> Unknown:
    return Unknown(f"no person {identifier!r} is registered: `yishu person add` registers one")
