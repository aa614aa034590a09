"""Puts the demo's cast on the shelf: divisions, contracts, organisations, systems, grants, and fresh credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from catalog.credentials import Bearer
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from demo.cast import Part, parts
from demo.city import City
from demo.posts import holders
from demo.sources import enter_sources
from schemas.contract import find_contracts, read_contract
from schemas.divisions import read_division_file
from schemas.settings import SHIPPED_CONTRACTS

DAYS = 7
"""A demo credential lives so long."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who can ask in the demo: role -> organisation, and role -> credential, told this once."""

    organisations: Mapping[str, Organisation]
    tokens: Mapping[str, str] = field(repr=False)
    posts: Mapping[str, str] = field(default_factory=dict)
    """Role of each official -> name of their post; their organisations and tokens stand under the same role."""

    def headers(self, role: str) -> dict[str, str]:
        """What a request in this role carries; nothing for the role `public`."""
        return {"Authorization": f"Bearer {self.tokens[role]}"} if role != "public" else {}


def seed(shelf: Shelf, city: City, now: datetime) -> Credentials:
    """Everybody in the demo. Seeding a home again adds no second grant, but new credentials."""
    known = {division.code for division in shelf.tree()}
    shelf.import_divisions(read_division_file(city.folder / "divisions.csv", known=known), now)
    for contract in find_contracts((SHIPPED_CONTRACTS,)):
        shelf.register(read_contract(contract), now)
    everybody = parts(now)
    for part in everybody:
        _enter(shelf, part, now)
    enter_sources(shelf, now)
    organisations = {part.role: part.organisation for part in everybody}
    tokens = {part.role: shelf.parties.issue_credential(part.system.id, now, DAYS) for part in everybody}
    posts = holders({part.role: part for part in everybody})
    for post, part in posts:
        person = post.person(part)
        shelf.parties.add_person(person)
        organisations[post.word] = part.organisation
        tokens[post.word] = shelf.parties.issue_credential(Bearer(part.system.id, person.id), now, DAYS)
    return Credentials(organisations, tokens, {post.word: post.name for post, _ in posts})


def _enter(shelf: Shelf, part: Part, now: datetime) -> None:
    shelf.parties.add_organisation(part.organisation)
    shelf.parties.add_system(part.system)
    for grant in part.grants:
        held = shelf.grants_for(grant.dataset, grant.organisation)
        if not any(one.purpose == grant.purpose for one in held):
            shelf.grant(grant, now)
