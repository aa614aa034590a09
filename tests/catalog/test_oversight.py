"""Who oversees which datasets: as the rule says of one at a time, from the cards, without a contract being read."""

from itertools import product

import pytest
from sqlalchemy import select

from catalog import tables
from catalog.access import owns, visible
from catalog.among import among
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Role, Subject, Tier
from schemas.dataset import Dataset, Sharing
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    JINAN_LAIWU,
    NOW,
    OLD_LAIWU,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    make_dataset,
    make_subject,
)

PLACES = {"city": ZAOZHUANG, "tengzhou": TENGZHOU, "shizhong": SHIZHONG, "laiwu": JINAN_LAIWU, "old": OLD_LAIWU}
OWNERS = {"civil": CIVIL_AFFAIRS, "health": HEALTH, "county": TENGZHOU_CIVIL}
DATASETS = [
    make_dataset(f"{who}.{place}_{sharing.value}", owner=OWNERS[who], division=code, sharing=sharing)
    for (place, code), who, sharing in product(PLACES.items(), OWNERS, (Sharing.CONDITIONAL, Sharing.WITHHELD))
]


def above(shelf: Shelf, subject: Subject, dataset: Dataset) -> bool:
    """Word for word: a government body, at least a town's, that may know of it, whose division is the larger one."""
    if not subject.government or subject.tier > Tier.TOWN or not visible(subject, dataset):
        return False
    tree = shelf.tree()
    inside = tree.within(dataset.division, subject.division)
    return inside and not tree.within(subject.division, dataset.division)


@pytest.fixture
def stocked(sqlite_shelf: Shelf) -> Shelf:
    for one in DATASETS:
        sqlite_shelf.register(one, NOW)
    return sqlite_shelf


def test_own_and_below_are_those_of_which_the_rule_says_so_one_by_one(stocked: Shelf) -> None:
    places = {"370000000000": Tier.PROVINCE, ZAOZHUANG: Tier.CITY, TENGZHOU: Tier.COUNTY, "370100000000": Tier.CITY}
    for (division, tier), who, government in product(places.items(), OWNERS.values(), (True, False)):
        subject = make_subject(division, tier, organisation=who, government=government)
        found = stocked.catalogue.overseen(subject)
        assert found.own == tuple(sorted(one.key for one in DATASETS if owns(subject, one)))
        below = [one.key for one in DATASETS if above(stocked, subject, one) and not owns(subject, one)]
        assert found.below == tuple(sorted(below)), subject


@pytest.mark.parametrize(
    "subject",
    [PUBLIC, make_subject(credential_active=False), make_subject(organisation_active=False), make_subject("")],
)
def test_the_public_and_who_is_not_active_oversee_nothing(stocked: Shelf, subject: Subject) -> None:
    assert stocked.catalogue.overseen(subject).below == ()
    assert bool(stocked.catalogue.overseen(subject).own) == (subject.division == "" and not subject.public)


def test_a_security_auditor_looks_on_at_everything_that_is_not_their_own(stocked: Shelf) -> None:
    found = stocked.catalogue.overseen(make_subject(organisation=HEALTH, roles=frozenset({Role.SECURITY_AUDITOR})))
    assert found.own == stocked.catalogue.owned(HEALTH)
    assert sorted((*found.own, *found.below)) == sorted(one.key for one in DATASETS)


def test_an_organisation_owns_what_it_provides(stocked: Shelf) -> None:
    assert stocked.catalogue.owned(HEALTH) == tuple(sorted(one.key for one in DATASETS if one.owner == HEALTH))
    assert stocked.catalogue.owned("") == stocked.catalogue.owned("absent") == ()


def test_a_condition_takes_more_keys_than_a_statement_has_parameters(shelf: Shelf) -> None:
    for one in DATASETS[:3]:
        shelf.register(one, NOW)
    keys = [*(f"absent.d{number}" for number in range(100_000)), DATASETS[1].key, 'it\'s."quoted"']
    table = tables.dataset
    with shelf.engine.connect() as connection:
        wanted = select(table.c.key).where(among(connection, table.c.key, keys))
        assert list(connection.scalars(wanted)) == [DATASETS[1].key]
        assert list(connection.scalars(select(table.c.key).where(among(connection, table.c.key, [])))) == []
