"""Tokens are a grant's own: alike over versions, unlike between recipients, grants, datasets; in no shared file."""

from datetime import timedelta
from itertools import combinations

import pytest

from catalog.organisations import Organisation, System
from catalog.rows.shadows import shadows_of
from catalog.rows.splice import splice
from catalog.shelf import Shelf
from schemas.access import Grant, Mode, Subject, Tier
from schemas.dataset import Dataset, Grade, Transform
from schemas.journey import Snapshot
from tests.builders import (
    HEALTH,
    NOW,
    TENGZHOU,
    TENGZHOU_CIVIL,
    low_income_row,
    make_ask,
    make_dataset,
    make_grant,
    make_subject,
    make_verdict,
    transform_of,
)

KEYS = ("civil_affairs.low_income", "civil_affairs.heating_aid")
PEOPLE = [low_income_row(n, TENGZHOU) for n in range(12)]


def tokenised(key: str) -> Dataset:
    """A dataset whose resident ids leave as tokens by its own contract."""
    return make_dataset(key, fields=transform_of(make_dataset(), person_id=Transform.TOKEN).fields)


def publish(shelf: Shelf, key: str, rows: int, day: int) -> Snapshot:
    dataset = tokenised(key)
    at = NOW - timedelta(days=9 - day)
    return shelf.publish(dataset, make_verdict(shelf.lake, dataset, PEOPLE[:rows], at.date()), at)


@pytest.fixture
def stocked(sqlite_shelf: Shelf) -> Shelf:
    """Two datasets about the same persons, and two recipients."""
    for key in KEYS:
        publish(sqlite_shelf, key, 10, 1)
    for code in (HEALTH, TENGZHOU_CIVIL):
        sqlite_shelf.parties.add_organisation(Organisation(code, code, code, TENGZHOU, Tier.COUNTY, True, True))
        sqlite_shelf.parties.add_system(System(code, code, code, Grade.GENERAL_4, True))
    return sqlite_shelf


def granted(shelf: Shelf, organisation: str, key: str = KEYS[0], purpose: str = "social_assistance") -> Grant:
    return shelf.grant(make_grant(organisation, key, purpose=purpose, signature="数审一号"), NOW)


def tokens(shelf: Shelf, grant: Grant, version: int | None = None) -> dict[str, str]:
    """Name (which leaves in clear, to tell persons by) -> token."""
    who: Subject = make_subject(organisation=grant.organisation)
    wanted = make_ask(who, grant.dataset, mode=Mode.BULK, purpose=grant.purpose, grant=grant.number)
    reader = shelf.open_rows(shelf.decide(wanted, version))
    assert isinstance(splice(reader), str)
    rows = [row for batch in reader for row in batch.to_pylist()]
    return {row["name"]: row["person_id"] for row in rows}


def test_the_same_person_has_the_same_token_under_one_grant_over_versions(stocked: Shelf) -> None:
    grant = granted(stocked, HEALTH)
    publish(stocked, KEYS[0], 12, 2)
    old, new = tokens(stocked, grant, 1), tokens(stocked, grant, 2)
    assert (len(old), len(new)) == (10, 12)
    assert {name: new[name] for name in old} == old
    assert len(set(new.values())) == 12
    assert not set(new.values()) & {str(row["person_id"]) for row in PEOPLE}


def test_no_two_grants_have_a_token_in_common(stocked: Shelf) -> None:
    grants = [
        granted(stocked, HEALTH),
        granted(stocked, TENGZHOU_CIVIL),
        granted(stocked, HEALTH, purpose="statistics"),
        granted(stocked, HEALTH, KEYS[1]),
        granted(stocked, TENGZHOU_CIVIL, KEYS[1]),
    ]
    for one, other in combinations([tokens(stocked, grant) for grant in grants], 2):
        assert one.keys() == other.keys()
        assert not set(one.values()) & set(other.values())


def test_tokens_lie_in_no_file_of_the_lake(stocked: Shelf) -> None:
    made = set(tokens(stocked, granted(stocked, HEALTH)).values())
    assert Transform.TOKEN not in {shadow.transform for shadow in shadows_of(tokenised(KEYS[0]))}
    files = [file.read_bytes() for file in stocked.lake.rglob("*") if file.is_file()]
    assert files
    assert not any(token.encode() in content for token in made for content in files)
