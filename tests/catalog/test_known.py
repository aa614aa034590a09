"""What a caller may know of in SQL is exactly what the access rule shows, on each kind of database."""

import itertools
from dataclasses import replace

from catalog.access import visible
from catalog.grants import of_organisation
from catalog.known import page, those
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import Grant, GrantState, Tier
from schemas.dataset import Sharing
from tests.builders import CIVIL_AFFAIRS, HEALTH, NOW, TENGZHOU_CIVIL, ZAOZHUANG, make_dataset, make_grant, make_subject

OUTSIDER = "91370400MA3C0000XY"


def stocked(shelf: Shelf) -> None:
    for code in (CIVIL_AFFAIRS, HEALTH, TENGZHOU_CIVIL, OUTSIDER):
        shelf.parties.add_organisation(Organisation(code, code, code, ZAOZHUANG, Tier.CITY, code != OUTSIDER, True))
    for sharing, owner in itertools.product(Sharing, (CIVIL_AFFAIRS, HEALTH, OUTSIDER)):
        who = {CIVIL_AFFAIRS: "civil", HEALTH: "health", OUTSIDER: "outside"}[owner]
        for number in range(2):
            key = f"{who}.{sharing.value}_{number}"
            shelf.register(make_dataset(key, sharing=sharing, owner=owner, withheld_basis="x"), NOW)
    shelf.register(make_dataset("health.reclassified", owner=HEALTH), NOW)
    for key, state, systems in (
        ("civil.conditional_0", GrantState.ACTIVE, ()),
        ("civil.conditional_1", GrantState.SUSPENDED, ()),
        ("health.conditional_0", GrantState.ACTIVE, ("other",)),
        ("health.conditional_1", GrantState.ACTIVE, ("mine",)),
        ("health.reclassified", GrantState.ACTIVE, ()),
    ):
        grant: Grant = replace(make_grant(OUTSIDER, key), systems=systems, state=state)
        made = shelf.grant(replace(grant, state=GrantState.ACTIVE), NOW)
        if state is not GrantState.ACTIVE:
            shelf.set_grant_state(made.number, state)
    withheld = make_dataset("health.reclassified", owner=HEALTH, sharing=Sharing.WITHHELD, withheld_basis="x")
    shelf.register(replace(withheld, version="2.0.0"), NOW)


def test_the_condition_in_sql_is_the_rule_for_every_kind_of_caller(shelf: Shelf) -> None:
    stocked(shelf)
    every = tuple(shelf.datasets())
    callers = [
        make_subject(organisation=organisation, government=government, system=system, **told)
        for organisation, government in ((CIVIL_AFFAIRS, True), (TENGZHOU_CIVIL, True), (OUTSIDER, False))
        for system in ("mine", "other")
        for told in ({}, {"credential_active": False}, {"organisation_active": False})
    ]
    callers.append(shelf.parties.subject("", NOW))
    sizes = set()
    for caller in callers:
        with shelf.engine.connect() as connection:
            held = of_organisation(connection, caller.organisation)
            wanted = [one.key for one in every if visible(caller, one, held)]
            found = page(connection, caller, "", 1000)
            assert [one.dataset.key for one in found.entries] == wanted, caller
            assert sorted(those(connection, caller, [one.key for one in every])) == wanted
            assert found.following == ""
        sizes.add(len(wanted))
    assert len(sizes) == 4


def test_pages_go_through_everything_once(shelf: Shelf) -> None:
    stocked(shelf)
    caller, found, after = make_subject(), [], ""
    for _ in range(100):
        with shelf.engine.connect() as connection:
            part = page(connection, caller, after, 5)
        found += [one.dataset.key for one in part.entries]
        after = part.following
        if not after:
            break
    assert found == sorted(found)
    assert len(found) == len(set(found)) == 18
