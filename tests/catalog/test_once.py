"""The counter: uses come from receipts, each once; avoided collections from cleared forms; hidden ones do not count."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.collection import desk, moves, once, uses
from catalog.collection.once import Figures
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import Basis, Tier
from schemas.collection import Choice, Form, FormItem, Item
from schemas.dataset import Sharing
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    NOW,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_ask,
    make_dataset,
    make_grant,
    make_subject,
    make_verdict,
)

LOW_INCOME = make_dataset()
COUNTY = make_subject()
CITY_HEALTH = make_subject(ZAOZHUANG, Tier.CITY, organisation=HEALTH, system="health")
OWNER = make_subject(ZAOZHUANG, Tier.CITY, organisation=CIVIL_AFFAIRS, system="civil")


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    for code, name, place, tier in (
        (CIVIL_AFFAIRS, "枣庄市民政局", ZAOZHUANG, Tier.CITY),
        (HEALTH, "枣庄市卫生健康委员会", ZAOZHUANG, Tier.CITY),
        (TENGZHOU_CIVIL, "滕州市民政局", TENGZHOU, Tier.COUNTY),
    ):
        shelf.parties.add_organisation(Organisation(code, name, "", place, tier))
    verdict = make_verdict(shelf.lake, LOW_INCOME, [low_income_row(n) for n in range(5)])  # type: ignore[arg-type]
    shelf.publish(LOW_INCOME, verdict, NOW)
    shelf.grant(make_grant(), NOW)
    shelf.grant(make_grant(HEALTH, divisions=(ZAOZHUANG,), purpose="public_health"), NOW)
    return shelf


def read(shelf: Shelf, subject: object, days: int = 0, **told: object) -> None:
    decision = shelf.decide(make_ask(subject, moment=NOW + timedelta(days=days), **told))  # type: ignore[arg-type]
    shelf.record(decision)


def figures(shelf: Shelf) -> Figures:
    once.caught_up(shelf, NOW)
    return once.of_dataset(shelf, LOW_INCOME.key)


def test_one_organisation_for_one_purpose_on_one_day_is_one_use_however_often_it_reads(stocked: Shelf) -> None:
    for _ in range(3):
        read(stocked, COUNTY)
    read(stocked, COUNTY, days=1)
    read(stocked, CITY_HEALTH, purpose="public_health")
    assert figures(stocked) == Figures(1, users=2, uses=3, reads=5, avoided=0)


def test_receipts_are_counted_once_however_often_and_in_whatever_pieces_they_are_looked_at(stocked: Shelf) -> None:
    for _ in range(4):
        read(stocked, COUNTY)
    assert [uses.catch_up(stocked, NOW, most=3) for _ in range(3)] == [3, 1, 0]
    read(stocked, COUNTY)
    assert figures(stocked).reads == 5
    assert figures(stocked).reads == 5


def test_refusals_owners_figures_and_returns_are_no_uses(stocked: Shelf) -> None:
    read(stocked, COUNTY, purpose="statistics")
    read(stocked, OWNER, purpose="own_duty")
    stocked.receipts.note(stocked.decide(make_ask(COUNTY)), {"figures": {"profile": 1}})
    returned = replace(stocked.decide(make_ask(COUNTY)), basis=Basis.RETURN)
    stocked.record(returned)
    assert figures(stocked) == Figures(1)


def test_an_item_that_was_blocked_and_ended_in_reuse_is_one_collection_avoided_until_the_form_is_withdrawn(
    stocked: Shelf,
) -> None:
    items = tuple(FormItem(Item(name)) for name in ("手机号", "姓名", "帮扶需求"))
    made = desk.design(stocked, COUNTY, Form("登记表", "办法", "person", TENGZHOU, items), NOW)
    reuse = FormItem(Item(""), Choice.REUSE, dataset=LOW_INCOME.key)
    desk.choose(stocked, COUNTY, made.number, {1: reuse, 2: reuse}, NOW)
    assert figures(stocked).avoided == 0
    moves.submit(stocked, COUNTY, made.number, NOW)
    assert figures(stocked).avoided == 2
    moves.withdraw(stocked, COUNTY, made.number, NOW)
    assert figures(stocked).avoided == 0


def test_lines_hold_only_what_may_be_known_and_add_up_by_department_and_division(stocked: Shelf) -> None:
    secret = make_dataset(
        "health.secret", owner=HEALTH, owner_name="枣庄市卫生健康委员会", sharing=Sharing.WITHHELD, withheld_basis="x"
    )
    county = make_dataset("tengzhou.visits", owner=TENGZHOU_CIVIL, owner_name="滕州市民政局", division=TENGZHOU)
    for one in (secret, county):
        stocked.register(one, NOW)
    read(stocked, COUNTY)
    lines = once.lines(stocked, COUNTY, NOW)
    assert [one.dataset for one in lines] == [LOW_INCOME.key, county.key]
    assert [one.dataset for one in once.lines(stocked, CITY_HEALTH, NOW)] == [
        LOW_INCOME.key,
        "health.secret",
        county.key,
    ]
    assert once.lines(stocked, stocked.parties.subject("", NOW), NOW) == ()
    assert [one.dataset for one in once.lines(stocked, COUNTY, NOW, TENGZHOU)] == [county.key]
    assert {name: some.uses for (_, name), some in once.by_department(lines).items()} == {
        "枣庄市民政局": 1,
        "滕州市民政局": 0,
    }
    below = once.by_division(lines, stocked.tree(), "370000000000")
    assert {code: (some.datasets, some.uses) for code, some in below.items()} == {ZAOZHUANG: (2, 1)}
    assert {code: some.datasets for code, some in once.by_division(lines, stocked.tree(), ZAOZHUANG).items()} == {
        ZAOZHUANG: 1,
        TENGZHOU: 1,
    }
    assert once.together(lines) == Figures(2, 1, 1, 1, 0)
    assert once.everything(stocked).uses == 1
