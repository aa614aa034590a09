"""A new contract that breaks a promise has a new major version, and who was granted the data is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from catalog import tables
from catalog.database import writing
from catalog.mending import notices
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import GrantState, Tier
from schemas.dataset import Dataset
from schemas.errors import BadInput
from schemas.notice import About, Notice
from tests.builders import HEALTH, NOW, TENGZHOU, TENGZHOU_CIVIL, ZAOZHUANG, make_dataset, make_field, make_grant

OLD = make_dataset()
SHORTER = tuple(field for field in OLD.fields if field.name != "mobile")
OVER = "11370400004007777G"


def contract(version: str, **told: object) -> Dataset:
    """The next contract of the same dataset."""
    return make_dataset(version=version, **told)


@pytest.fixture
def granted(shelf: Shelf) -> Shelf:
    """Tengzhou and health have a live grant, a third one has one that is over and one that was revoked."""
    shelf.register(OLD, NOW)
    for code, division, tier in (
        (TENGZHOU_CIVIL, TENGZHOU, Tier.COUNTY),
        (HEALTH, ZAOZHUANG, Tier.CITY),
        (OVER, ZAOZHUANG, Tier.CITY),
    ):
        shelf.parties.add_organisation(Organisation(code, f"单位{code[-1]}", "x", division, tier, True, True))
    shelf.grant(make_grant(), NOW)
    shelf.grant(make_grant(purpose="public_service"), NOW)
    paused = shelf.grant(make_grant(HEALTH), NOW)
    shelf.set_grant_state(paused.number, GrantState.SUSPENDED)
    shelf.grant(make_grant(OVER, end=NOW - timedelta(days=1)), NOW)
    shelf.set_grant_state(shelf.grant(make_grant(OVER), NOW).number, GrantState.REVOKED)
    return shelf


def told(shelf: Shelf, who: str) -> tuple[Notice, ...]:
    with shelf.engine.connect() as connection:
        return notices.inbox(connection, who)


def test_a_new_major_version_tells_each_organisation_with_a_live_grant_once(granted: Shelf) -> None:
    newer = contract("2.0.0", fields=SHORTER)
    assert granted.register(newer, NOW) is True
    assert granted.register(newer, NOW) is False
    granted.register(replace(newer, tags=("x",), contract_hash="2" * 64), NOW)
    for who in (TENGZHOU_CIVIL, HEALTH):
        (one,) = told(granted, who)
        assert (one.about, one.body["from"], one.body["to"]) == (About.CONTRACT_BREAKS, "1.0.0", "2.0.0")
        assert "fields.mobile" in [change["where"] for change in one.body["changes"]]
        assert ("2.0.0" in one.subject, "2.0.0" in one.subject_en) == (True, True)
    assert told(granted, OVER) == ()


def test_a_broken_promise_without_a_new_major_version_is_refused_and_names_the_grantees(granted: Shelf) -> None:
    with pytest.raises(BadInput, match=r"found version 1\.5\.0, which breaks 1\.0\.0 .*expected 2\.0\.0") as refused:
        granted.register(contract("1.5.0", fields=SHORTER), NOW)
    assert f"单位C {TENGZHOU_CIVIL}" in str(refused.value)
    assert HEALTH in str(refused.value)
    assert OVER not in str(refused.value)
    assert granted.dataset(OLD.key) == OLD
    assert told(granted, TENGZHOU_CIVIL) == ()


def test_a_wider_contract_tells_nobody(granted: Shelf) -> None:
    assert granted.register(contract("1.1.0", fields=(*OLD.fields, make_field("note"))), NOW) is True
    assert told(granted, TENGZHOU_CIVIL) == ()


def test_a_contract_that_an_older_release_wrote_in_other_words_is_replaced(granted: Shelf) -> None:
    with writing(granted.engine) as connection:
        connection.execute(update(tables.dataset).values(contract='{"key": "of another release"}'))
    newer = contract("1.1.0", fields=SHORTER)
    assert granted.register(newer, NOW) is True
    assert granted.dataset(OLD.key) == newer
