"""`yishu org`, `system`, `person`, `credential`: who provides, who asks, and what they show at the door."""

import click

from catalog.credentials import DAYS, Bearer
from catalog.organisations import Organisation, System
from catalog.persons import Person
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell
from schemas.access import Role, Tier
from schemas.dataset import Grade
from schemas.errors import BadInput
from schemas.standards.credit_code import check_credit_code

TIERS = [tier.name.lower() for tier in Tier]
GRADES = {grade.word: grade for grade in Grade}


@click.group()
def org() -> None:
    """Organisations that provide and ask."""


@org.command("add")
@click.argument("credit_code")
@click.option("--name", required=True, help="Chinese name.")
@click.option("--name-en", default="", help="English name.")
@click.option("--division", required=True, help="Code of its division.")
@click.option("--tier", required=True, type=click.Choice(TIERS))
@click.option("--outsider", is_flag=True, help="A registered enterprise or social organisation, not government.")
@click.option("--parent", default="", help="Credit code of the body above it in its area (块).")
@click.option("--line", default="", help="Credit code of the body above it in its line ministry (条).")
@click.option("--authority", is_flag=True, help="The data administration of its division; a division has one.")
@pass_door
def add_org(door: Door, /, credit_code: str, **told: str | bool) -> None:
    """Register an organisation, or replace what is known of it."""
    made = Organisation(
        credit_code=_checked(credit_code),
        name=str(told["name"]),
        name_en=str(told["name_en"]),
        division=str(told["division"]),
        tier=Tier[str(told["tier"]).upper()],
        government=not told["outsider"],
        parent=str(told["parent"]),
        line=str(told["line"]),
        authority=bool(told["authority"]),
    )
    open_shelf(door.settings).parties.add_organisation(made)


def _checked(code: str) -> str:
    """The credit code where it is right; BadInput says what is wrong with it, and how its last character is made."""
    try:
        return check_credit_code(code)
    except ValueError as wrong:
        raise BadInput(
            f"{wrong}. The last character is computed from the other 17 (GB 32100-2015), so that a mistyped character, "
            "or two in each other's place, are noticed; copy the code from the organisation's certificate again"
        ) from wrong


@org.command("list")
@as_json
@pass_door
def list_orgs(door: Door, told_as_json: bool) -> None:
    """All organisations."""
    known = open_shelf(door.settings).parties.organisations()
    facts = [
        {
            "credit_code": o.credit_code,
            "name": o.name,
            "division": o.division,
            "tier": o.tier.name.lower(),
            "parent": o.parent,
            "line": o.line,
            "authority": o.authority,
        }
        for o in known
    ]
    tell(facts, told_as_json, [f"{o.credit_code}  {o.division}  {o.tier.name.lower():8} {o.name}" for o in known])


@click.group()
def system() -> None:
    """Systems that ask in the name of an organisation."""


@system.command("add")
@click.argument("identifier")
@click.option("--org", "organisation", required=True, help="Credit code of its organisation.")
@click.option("--name", required=True)
@click.option("--clearance", default=Grade.GENERAL_4.word, show_default=True, type=click.Choice(list(GRADES)))
@pass_door
def add_system(door: Door, identifier: str, organisation: str, name: str, clearance: str) -> None:
    """Register a system, or replace what is known of it."""
    open_shelf(door.settings).parties.add_system(System(identifier, organisation, name, GRADES[clearance]))


@system.command("list")
@as_json
@pass_door
def list_systems(door: Door, told_as_json: bool) -> None:
    """All systems."""
    known = open_shelf(door.settings).parties.systems()
    facts = [{"id": s.id, "organisation": s.organisation, "name": s.name, "active": s.active} for s in known]
    tell(facts, told_as_json, [f"{s.id}  {s.organisation}  {s.name}" for s in known])


@click.group()
def person() -> None:
    """Persons who act for an organisation, each in their roles."""


@person.command("add")
@click.argument("identifier")
@click.option("--org", "organisation", required=True, help="Credit code of the organisation.")
@click.option("--name", required=True, help="Name or post.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--clearance", default=Grade.GENERAL_4.word, show_default=True, type=click.Choice(list(GRADES)))
@pass_door
def add_person(door: Door, /, identifier: str, **told: str | tuple[str, ...]) -> None:
    """Register a person, or replace what is known of them."""
    made = Person(
        id=identifier,
        organisation=str(told["organisation"]),
        name=str(told["name"]),
        roles=frozenset(Role(one) for one in told["roles"]),
        clearance=GRADES[str(told["clearance"])],
    )
    open_shelf(door.settings).parties.add_person(made)


@person.command("list")
@click.option("--org", "organisation", default=None, help="Only of the organisation with this credit code.")
@as_json
@pass_door
def list_persons(door: Door, organisation: str | None, told_as_json: bool) -> None:
    """All persons and their roles."""
    known = open_shelf(door.settings).parties.persons(organisation)
    facts = [
        {
            "id": p.id,
            "organisation": p.organisation,
            "name": p.name,
            "roles": sorted(p.roles),
            "clearance": p.clearance.word,
            "active": p.active,
        }
        for p in known
    ]
    tell(
        facts,
        told_as_json,
        [
            f"{p.id}  {p.organisation}  {','.join(sorted(p.roles))}  {p.name}{'' if p.active else '  (off)'}"
            for p in known
        ],
    )


@person.command("off")
@click.argument("identifier")
@pass_door
def person_off(door: Door, identifier: str) -> None:
    """From now on the person's credentials open nothing; `person add` switches them on again."""
    open_shelf(door.settings).parties.person_off(identifier)


@click.group()
def credential() -> None:
    """What a system, or a person at it, shows at the door: told once, kept only as a hash."""


@credential.command()
@click.argument("identifier", metavar="SYSTEM")
@click.option("--person", "person_id", default=None, help="Id of the person whose credential it is.")
@click.option("--days", default=DAYS, show_default=True, help="How long it lives.")
@as_json
@pass_door
def issue(door: Door, identifier: str, person_id: str | None, days: int, told_as_json: bool) -> None:
    """A new credential for SYSTEM, or for a person of its organisation. It is shown this once."""
    bearer = Bearer(identifier, person_id)
    text = open_shelf(door.settings).parties.issue_credential(bearer, door.now(), days)
    tell({"credential": text}, told_as_json, [text])


@credential.command()
@click.argument("identifier")
@click.option("--overlap", default=7, show_default=True, help="Days that the old one still works.")
@as_json
@pass_door
def rotate(door: Door, identifier: str, overlap: int, told_as_json: bool) -> None:
    """A new credential in the place of the one with that id. It is shown this once."""
    text = open_shelf(door.settings).parties.rotate(identifier, door.now(), overlap)
    tell({"credential": text}, told_as_json, [text])


@credential.command()
@click.argument("identifier")
@pass_door
def revoke(door: Door, identifier: str) -> None:
    """From now on it opens nothing."""
    open_shelf(door.settings).parties.revoke(identifier, door.now())


@credential.command("list")
@click.option("--system", "of_system", default=None)
@as_json
@pass_door
def list_credentials(door: Door, of_system: str | None, told_as_json: bool) -> None:
    """What is known of each credential; never its secret."""
    known = open_shelf(door.settings).parties.credentials(of_system)
    facts = [
        {
            "id": c.id,
            "system": c.system,
            "person": c.person or "",
            "expires_at": c.expires_at,
            "revoked_at": c.revoked_at,
            "used": c.last_used_day,
        }
        for c in known
    ]
    tell(facts, told_as_json, [f"{c.id}  {c.system}  {c.person or '-'}  until {c.expires_at:%Y-%m-%d}" for c in known])
