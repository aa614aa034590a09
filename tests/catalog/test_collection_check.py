"""The duplicate check finds items by their source, element, name and nearly the name, and reveals nothing hidden."""

import itertools
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from catalog.access import visible
from catalog.collection import registry
from catalog.collection.check import HIDDEN, Asked, Question, check, of_contract
from catalog.collection.places import around
from catalog.database import writing
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import Subject, Tier
from schemas.authority_source import Source
from schemas.collection import Hit, How, Item
from schemas.dataset import Dataset, Sharing
from schemas.dataset import Source as Origin
from schemas.divisions import shipped
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
    make_field,
    make_subject,
)

PROVINCE = "370000000000"
MOBILE = Item("联系手机")


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    """Low income of the city: resident id, name, mobile, day of birth, amount, household."""
    for code, name, place, tier in (
        (CIVIL_AFFAIRS, "枣庄市民政局", ZAOZHUANG, Tier.CITY),
        (HEALTH, "枣庄市卫生健康委员会", ZAOZHUANG, Tier.CITY),
        (TENGZHOU_CIVIL, "滕州市民政局", TENGZHOU, Tier.COUNTY),
    ):
        shelf.parties.add_organisation(Organisation(code, name, "", place, tier))
    shelf.register(make_dataset(), NOW)
    return shelf


def hits(
    shelf: Shelf, *items: Item, division: str = TENGZHOU, kind: str = "person", **told: object
) -> list[tuple[Hit, ...]]:
    """What the check tells 滕州市民政局 (or `subject`) of items for a form in a division."""
    subject = told.get("subject") or make_subject()
    assert isinstance(subject, Subject)
    asked = Asked(items, kind, division, str(told.get("dataset", "")))
    with shelf.engine.connect() as connection:
        return list(check(connection, Question(subject, asked, NOW.date(), shelf.tree())))


def ways(found: tuple[Hit, ...]) -> list[tuple[str, str, bool]]:
    return [(one.how.value, one.column, one.blocks) for one in found]


def test_an_item_is_found_by_its_element_whatever_it_is_called(stocked: Shelf) -> None:
    stocked.register(
        make_dataset(
            "health.contact",
            owner=HEALTH,
            fields=(make_field("tel", title="通讯方式", element="mobile"),),
            default_scope="",
        ),
        NOW,
    )
    [found] = hits(stocked, Item("随便什么", element="mobile"))
    assert sorted((one.dataset, one.how, one.blocks) for one in found) == [
        ("civil_affairs.low_income", How.ELEMENT, True),
        ("health.contact", How.ELEMENT, True),
    ]
    assert ways(hits(stocked, Item("sjhm"))[0])[0] == ("element", "mobile", True), "an alias means the element"


def test_an_item_is_found_by_its_name_but_for_spelling_and_by_nearly_its_name(stocked: Shelf) -> None:
    assert ways(hits(stocked, Item(" 姓名"))[0]) == [("name", "name", True)]
    [found] = hits(stocked, Item("每月保障金额"))
    assert ways(found) == [("near", "amount", True)]
    assert found[0].share == pytest.approx(8 / 9)
    assert hits(stocked, Item("婚姻登记日期")) == [()]


def test_who_says_which_subject_a_row_is_about_repeats_nothing_until_somebody_is_its_source(stocked: Shelf) -> None:
    [found] = hits(stocked, Item("公民身份号码"))
    assert ways(found) == [("element", "person_id", False)]
    source = Source("resident_id", "person", PROVINCE, HEALTH, "职责清单", date(2026, 1, 1))
    registry.bring(stocked, source, NOW)
    [found] = hits(stocked, Item("公民身份号码"))
    assert [(one.how, one.blocks, one.organisation) for one in found] == [
        (How.AUTHORITY, True, HEALTH),
        (How.ELEMENT, False, CIVIL_AFFAIRS),
    ]


def test_a_form_that_asks_for_an_item_with_an_authority_source_is_blocked_but_not_for_the_source_itself(
    stocked: Shelf,
) -> None:
    """Issue 5, must show 3."""
    source = Source("marital_status", "person", ZAOZHUANG, CIVIL_AFFAIRS, "婚姻登记条例", date(2026, 1, 1))
    registry.bring(stocked, source, NOW)
    [found] = hits(stocked, Item("婚姻状况"))
    assert [(one.how, one.organisation_name, one.basis, one.blocks) for one in found] == [
        (How.AUTHORITY, "枣庄市民政局", "婚姻登记条例", True)
    ]
    [found] = hits(stocked, Item("婚姻状况"), subject=make_subject(organisation=CIVIL_AFFAIRS))
    assert [(one.own, one.blocks) for one in found] == [(True, False)]
    assert hits(stocked, Item("婚姻状况"), kind="enterprise") == [()]
    assert hits(stocked, Item("婚姻状况"), division="370100000000") == [()]


def test_the_narrowest_source_above_speaks_and_every_one_within_a_wider_form(stocked: Shelf) -> None:
    since = date(2026, 1, 1)
    for place, code in ((PROVINCE, HEALTH), (TENGZHOU, TENGZHOU_CIVIL)):
        registry.bring(stocked, Source("sex", "person", place, code, "x", since), NOW)
    assert [one.division for one in hits(stocked, Item("性别"), division=TENGZHOU)[0]] == [TENGZHOU]
    assert [one.division for one in hits(stocked, Item("性别"), division=SHIZHONG)[0]] == [PROVINCE]
    assert [one.division for one in hits(stocked, Item("性别"), division=ZAOZHUANG)[0]] == [PROVINCE, TENGZHOU]


@pytest.mark.parametrize(
    ("division", "met"),
    [
        (TENGZHOU, True),
        (ZAOZHUANG, True),
        (PROVINCE, True),
        ("370481100000", True),
        ("370100000000", False),
        ("320000000000", False),
    ],
)
def test_only_areas_that_meet_repeat_each_other(stocked: Shelf, division: str, met: bool) -> None:
    assert bool(hits(stocked, MOBILE, division=division)[0]) is met


def test_what_was_collected_under_a_retired_code_is_found_in_the_place_that_it_became(stocked: Shelf) -> None:
    stocked.register(make_dataset("laiwu.old", division=OLD_LAIWU), NOW)
    [found] = hits(stocked, MOBILE, division=JINAN_LAIWU)
    assert [one.dataset for one in found] == ["laiwu.old"]


@given(
    st.sampled_from(sorted({e.code for e in shipped()})),
    st.sampled_from([JINAN_LAIWU, ZAOZHUANG, "370100000000", PROVINCE]),
)
def test_the_codes_around_an_area_are_all_that_meet_it(code: str, area: str) -> None:
    found = around(shipped(), area)
    told = code in found.codes or found.low < code < found.high
    if shipped().meet(code, area) is not None:
        assert told or not shipped().within(code, area), "a retired code above it is not looked for"


@pytest.mark.parametrize(
    ("sharing", "owner", "open_asker"), list(itertools.product(Sharing, (HEALTH, TENGZHOU_CIVIL), (True, False)))
)
def test_a_hit_is_told_exactly_where_the_catalogue_shows_its_dataset(
    shelf: Shelf, sharing: Sharing, owner: str, open_asker: bool
) -> None:
    dataset = make_dataset(sharing=sharing, owner=owner, withheld_basis="x")
    shelf.register(dataset, NOW)
    subject = make_subject(organisation=TENGZHOU_CIVIL if open_asker else CIVIL_AFFAIRS)
    [found] = hits(shelf, MOBILE, subject=subject)
    assert [one.hidden for one in found] == [not visible(subject, dataset)]


def test_of_what_is_hidden_only_that_there_is_a_source_is_told_once_and_nothing_else(stocked: Shelf) -> None:
    told = {"sharing": Sharing.WITHHELD, "owner": HEALTH, "withheld_basis": "x"}
    field = make_field("card", title="银行卡号", element="bank_card")
    for key in ("health.secret", "health.secret_too"):
        stocked.register(make_dataset(key, fields=(field,), default_scope="", **told), NOW)
    assert hits(stocked, Item("银行账号")) == [(HIDDEN,)]
    assert Hit(How.AUTHORITY, hidden=True) == HIDDEN, "no key, no column, no organisation, no place"
    registry.bring(
        stocked, Source("bank_card", "person", ZAOZHUANG, HEALTH, "密", date(2026, 1, 1), dataset="health.secret"), NOW
    )
    assert hits(stocked, Item("银行账号")) == [(HIDDEN,)]
    [own] = hits(stocked, Item("银行账号"), subject=make_subject(organisation=HEALTH))
    assert {one.dataset for one in own} >= {"health.secret"}
    assert not any(one.hidden for one in own)


def test_a_hidden_dataset_that_is_only_nearly_alike_or_linked_by_its_key_is_not_hinted_at(shelf: Shelf) -> None:
    hidden = make_dataset(sharing=Sharing.WITHHELD, withheld_basis="x")
    shelf.register(hidden, NOW)
    assert hits(shelf, Item("每月保障金额"), Item("公民身份号码"), Item("户籍地区划", element="division")) == [
        (),
        (),
        (),
    ]


def test_a_contract_is_no_repetition_of_itself_and_a_derived_one_collects_nothing(stocked: Shelf) -> None:
    asked = of_contract(make_dataset())
    assert [one.column for one in asked.items] == ["person_id", "name", "mobile", "born", "amount", "household"]
    found = hits(stocked, *asked.items, dataset=asked.dataset, division=asked.division)
    assert found == [()] * 6
    derived = make_dataset(source=Origin("derived", "", {}, inputs=("civil_affairs.low_income",)))
    assert of_contract(derived).items == ()
    stocked.register(replace(derived, key="civil_affairs.made", version="1.0.0"), NOW)
    assert {one.dataset for one in hits(stocked, MOBILE)[0]} == {"civil_affairs.low_income"}


def test_a_new_contract_of_a_dataset_replaces_what_is_looked_for_and_a_retired_one_is_not_found(stocked: Shelf) -> None:
    fewer = tuple(one for one in make_dataset().fields if one.name != "mobile")
    stocked.register(make_dataset(version="2.0.0", fields=fewer), NOW)
    assert hits(stocked, MOBILE) == [()]
    with writing(stocked.engine) as connection:
        connection.exec_driver_sql("UPDATE dataset SET state = 'retired'")
    assert hits(stocked, Item("姓名")) == [()]


def test_the_check_takes_as_many_statements_for_forty_items_and_many_datasets_as_for_two(stocked: Shelf) -> None:
    def statements(*items: Item) -> int:
        count = 0

        def one(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(stocked.engine, "before_cursor_execute", one)
        hits(stocked, *items)
        event.remove(stocked.engine, "before_cursor_execute", one)
        return count

    few = statements(MOBILE, Item("项目第0栏金额"))
    for number in range(30):
        stocked.register(replace(make_dataset(f"civil_affairs.copy_{number}"), contract_hash="x"), NOW)
    assert statements(*(Item(f"项目第{number}栏金额") for number in range(39)), MOBILE) <= few
    assert len(hits(stocked, MOBILE)[0]) <= 4


def names(dataset: Dataset) -> list[str]:
    return [one.name for one in dataset.fields]
