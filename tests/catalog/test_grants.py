"""Grants: numbered without gaps, refused when they cannot be given, automatic for unconditional data."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog.organisations import Organisation
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Ask, GrantState, Tier
from schemas.dataset import ScopeRole, Sharing
from schemas.errors import BadInput, Refused, Unknown
from schemas.journey import SHANGHAI
from tests.builders import (
    CIVIL_AFFAIRS,
    NOW,
    TENGZHOU,
    TENGZHOU_CIVIL,
    low_income_row,
    make_ask,
    make_dataset,
    make_grant,
    make_subject,
    make_verdict,
)

FREE = make_dataset("market_regulation.enterprise", sharing=Sharing.UNCONDITIONAL, purposes=("credit_supervision",))


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    shelf.parties.add_organisation(Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY))
    shelf.register(make_dataset(), NOW)
    shelf.publish(FREE, make_verdict(shelf.lake, FREE, [low_income_row(1)]), NOW)
    return shelf


def free_ask(**told: Any) -> Ask:
    return make_ask(dataset=FREE.key, **{"purpose": "credit_supervision"} | told)


def test_numbers_are_dense_within_a_year_of_shanghai(stocked: Shelf) -> None:
    new_year = datetime(2027, 1, 1, 0, 5, tzinfo=SHANGHAI)
    numbers = [stocked.grant(make_grant(), moment).number for moment in (NOW, NOW, new_year, NOW)]
    assert numbers == ["YS-2026-000001", "YS-2026-000002", "YS-2027-000001", "YS-2026-000003"]
    assert [g.number for g in stocked.grants_for("civil_affairs.low_income", TENGZHOU_CIVIL)] == sorted(numbers)


def test_grants_made_at_once_have_different_numbers(stocked: Shelf) -> None:
    with ThreadPoolExecutor(6) as at_once:
        numbers = list(at_once.map(lambda _: stocked.grant(make_grant(), NOW).number, range(12)))
    assert sorted(numbers) == [f"YS-2026-{n:06d}" for n in range(1, 13)]


def test_a_grant_comes_back_as_it_was_made(stocked: Shelf) -> None:
    made = stocked.grant(make_grant(quota=5, row_filter={"column": "amount", "op": ">", "value": 1}), NOW)
    assert stocked.grants_for(made.dataset, made.organisation) == (made,)


def test_a_revoked_grant_stays_revoked(stocked: Shelf) -> None:
    number = stocked.grant(make_grant(), NOW).number
    stocked.set_grant_state(number, GrantState.SUSPENDED)
    stocked.set_grant_state(number, GrantState.ACTIVE)
    stocked.set_grant_state(number, GrantState.REVOKED)
    assert stocked.grants()[0].state is GrantState.REVOKED
    with pytest.raises(BadInput, match="revoked for good"):
        stocked.set_grant_state(number, GrantState.ACTIVE)
    with pytest.raises(Unknown):
        stocked.set_grant_state("YS-2026-999999", GrantState.REVOKED)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"purpose": "curiosity"}, "expected one of social_assistance"),
        ({"purpose": "data_return"}, "purpose"),
        ({"columns": ("salary",)}, "found salary, expected some of"),
        ({"end": NOW - timedelta(days=200)}, "must end after it starts"),
        ({"scope": ScopeRole.RESIDENCE}, "expected one of household"),
        ({"scope": None}, "must say which role"),
    ],
)
def test_what_cannot_be_granted_says_why(stocked: Shelf, told: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        stocked.grant(make_grant(**told), NOW)


def test_nothing_is_granted_to_or_on_what_is_not_registered(stocked: Shelf) -> None:
    with pytest.raises(Unknown):
        stocked.grant(make_grant(organisation=CIVIL_AFFAIRS), NOW)
    with pytest.raises(Unknown):
        stocked.grant(make_grant(dataset="no.such"), NOW)


def test_withheld_data_are_granted_to_nobody(stocked: Shelf) -> None:
    stocked.register(make_dataset("public_security.case", sharing=Sharing.WITHHELD), NOW)
    with pytest.raises(BadInput, match="reclassified"):
        stocked.grant(make_grant(dataset="public_security.case"), NOW)


def test_the_first_ask_for_unconditional_data_gets_a_grant_and_the_second_the_same(stocked: Shelf) -> None:
    first, second = stocked.decide(free_ask()), stocked.decide(free_ask())
    assert (first.allowed, first.grant) == (True, "YS-2026-000001")
    assert second.grant == first.grant
    assert len(stocked.grants()) == 1


def test_asks_at_once_get_one_grant(stocked: Shelf) -> None:
    with ThreadPoolExecutor(6) as at_once:
        decisions = list(at_once.map(lambda _: stocked.decide(free_ask()), range(12)))
    assert {d.grant for d in decisions} == {"YS-2026-000001"}


def test_an_outlived_automatic_grant_is_followed_by_a_new_one(stocked: Shelf) -> None:
    stocked.decide(free_ask())
    later = stocked.decide(free_ask(moment=NOW + timedelta(days=365)))
    assert (later.allowed, later.grant) == (True, "YS-2027-000001")


def test_a_revoked_automatic_grant_is_not_given_again(stocked: Shelf) -> None:
    stocked.set_grant_state(stocked.decide(free_ask()).grant, GrantState.REVOKED)
    assert not stocked.decide(free_ask()).allowed
    assert len(stocked.grants()) == 1


def test_who_has_no_claim_gets_no_automatic_grant(stocked: Shelf) -> None:
    outsider = make_subject(government=False)
    stopped = make_subject(organisation_active=False)
    for ask in (
        free_ask(subject=PUBLIC),
        free_ask(subject=outsider),
        free_ask(subject=stopped),
        free_ask(purpose="statistics"),
        free_ask(purpose=""),
        free_ask(grant="YS-2026-000009"),
        make_ask(),
        replace(free_ask(), subject=make_subject(organisation=CIVIL_AFFAIRS)),
    ):
        stocked.decide(ask)
    assert stocked.grants() == ()


def test_each_read_takes_one_off_the_quota_and_the_last_but_one_is_refused(stocked: Shelf) -> None:
    dataset = make_dataset()
    stocked.publish(dataset, make_verdict(stocked.lake, dataset, [low_income_row(1)]), NOW)
    stocked.grant(make_grant(quota=2), NOW)
    early = stocked.decide(make_ask())
    for _ in range(2):
        stocked.record(stocked.decide(make_ask()))
    assert stocked.decide(make_ask()).code == "QUOTA_SPENT"
    with pytest.raises(Refused) as refused:
        stocked.record(early)
    assert refused.value.code == "QUOTA_SPENT"
    assert stocked.receipts.of(refused.value.receipt).body["allowed"] is False


def test_asks_at_once_do_not_overdraw_a_quota(stocked: Shelf) -> None:
    dataset = make_dataset()
    stocked.publish(dataset, make_verdict(stocked.lake, dataset, [low_income_row(1)]), NOW)
    stocked.grant(make_grant(quota=5), NOW)
    decision = stocked.decide(make_ask())

    def read(_: int) -> bool:
        try:
            return bool(stocked.record(decision))
        except Refused:
            return False

    with ThreadPoolExecutor(6) as at_once:
        assert sum(at_once.map(read, range(12))) == 5
