"""Figures over HTTP: superiors alone have them, without a grant; small ones and what would betray them are not told."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from catalog.aggregates import desk
from catalog.organisations import Organisation, System
from schemas.access import Mode, Tier
from schemas.dataset import FieldType, Grade, Identifying, Kind
from schemas.errors import Refused
from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.builders import (
    LOW_INCOME_FIELDS,
    NOW,
    OLD_LAIWU,
    SHIZHONG,
    TENGZHOU,
    XUECHENG,
    ZAOZHUANG,
    low_income_row,
    make_ask,
    make_dataset,
    make_field,
    make_subject,
    make_verdict,
)

KEY = "civil_affairs.allowance"
PROVINCE = "11370000004001001X"
COUNTS = {TENGZHOU: 24, SHIZHONG: 12, XUECHENG: 3, OLD_LAIWU: 30}


def rows() -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for place, several in COUNTS.items():
        found += [low_income_row(len(found) + n, place, kind="ab"[n % 3 == 0], level=n % 2) for n in range(several)]
    return found


@pytest.fixture
def counted(city: City) -> City:
    """A dataset of the city whose superior, the province, has a system."""
    kinds = (make_field("kind"), make_field("level", type=FieldType(Kind.INTEGER), identifying=Identifying.QUASI))
    dataset = make_dataset(KEY, fields=(*LOW_INCOME_FIELDS, *kinds))
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, rows()), NOW - timedelta(hours=1))
    parties = city.shelf.parties
    parties.add_organisation(Organisation(PROVINCE, "山东省民政厅", "", "370000000000", Tier.PROVINCE, True, True))
    parties.add_system(System("province", PROVINCE, "province", Grade.GENERAL_4, True))
    city.credentials["province"] = parties.issue_credential("province", NOW - timedelta(days=1))
    return city


def ask(city: City, who: str = "province", key: str = KEY, **told: str):  # type: ignore[no-untyped-def]
    return city.get(f"/datasets/{key}/aggregates", who, params={"purpose": "statistics"} | told)


def told(city: City, **more: str) -> dict[str, int | None]:
    answer = ask(city, **more)
    assert answer.status_code == 200, answer.text
    return {one["division"]: one["count"] for one in answer.json()["divisions"]}


def test_a_province_counts_a_citys_data_and_neither_the_few_nor_who_covers_them_is_told(counted: City) -> None:
    assert told(counted) == {"370116000000": 30, SHIZHONG: None, XUECHENG: None, TENGZHOU: 24}
    assert told(counted, by="city") == {"370100000000": 30, ZAOZHUANG: 39}
    assert told(counted, by="province") == {"370000000000": 69}
    assert told(counted, by="town", division="370402") == {SHIZHONG: None}
    assert told(counted, by="county", division="3704")[TENGZHOU] == 24
    assert ask(counted, division="370404").json()["total"][0]["count"] == 0


def test_sums_are_rounded_and_hidden_where_counts_are(counted: City) -> None:
    answer = ask(counted, measures="count,sum:amount").json()
    found = {one["division"]: one["sums"]["amount"] for one in answer["divisions"]}
    exact = sum(600 + n for n in range(24))
    assert found[TENGZHOU] == {"value": str(round(exact, -3)), "rounded_to": "1000"}
    assert found[SHIZHONG] is found[XUECHENG] is None


def test_a_class_is_told_where_all_classes_may_be(counted: City) -> None:
    found = told(counted, filter="kind = 'a'")
    assert found == {"370116000000": 20, SHIZHONG: None, XUECHENG: None, TENGZHOU: 16}
    assert told(counted, filter="kind = 'nothing'", by="city") == {"370100000000": 0, ZAOZHUANG: 0}


def test_the_first_versions_few_hide_their_only_sibling_too(counted: City) -> None:
    found = ask(counted, key="civil_affairs.low_income", by="city").json()
    assert {one["division"]: one["count"] for one in found["divisions"]} == {"370100000000": None, ZAOZHUANG: None}
    assert found["total"][0]["count"] == 40


def test_every_ask_is_on_record_under_its_own_mode(counted: City) -> None:
    answer = ask(counted, filter="kind = 'a'")
    body = counted.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body
    assert (body["mode"], body["basis"], body["grant"], body["allowed"]) == ("aggregate", "superior", "", True)
    assert body["figures"]["filter_outline"] == {"column": "kind", "op": "="}
    assert "'a'" not in str(body)
    refused = ask(counted, "tengzhou")
    number = refused.headers["Yishu-Receipt"]
    assert counted.shelf.receipts.of(number).body["code"] == refused.json()["code"] == "NOT_SUPERIOR"
    assert counted.shelf.grants_for(KEY, PROVINCE) == ()


def test_who_is_no_superior_gets_no_figure(counted: City) -> None:
    codes = {who: ask(counted, who).json()["code"] for who in ("health", "tengzhou", "laiwu")}
    assert set(codes.values()) == {"NOT_SUPERIOR"}
    hidden = [ask(counted, who, key) for who, key in (("outsider", KEY), ("", KEY), ("province", "no.such"))]
    hidden.append(ask(counted, "province", "health.secret"))
    assert {one.status_code for one in hidden} == {404}
    assert len({one.json()["detail"] for one in hidden}) == 1


def test_the_owner_has_the_same_figures_of_everything(counted: City) -> None:
    answer = ask(counted, "civil", purpose="own_duty", by="city").json()
    assert [one["count"] for one in answer["divisions"]] == [30, 39]
    assert answer["total"][0]["count"] == 69


def test_the_right_to_figures_opens_no_row(counted: City) -> None:
    for more in ({"basis": "superior"}, {"basis": "superior", "format": "arrow"}, {"mode": "aggregate"}):
        answer = counted.get(f"/datasets/{KEY}/rows", "province", params={"purpose": "statistics"} | more)
        assert answer.status_code in (400, 403)
        assert "rows" not in answer.json()
    subject = make_subject("370000000000", Tier.PROVINCE, organisation=PROVINCE)
    decision = counted.shelf.decide(make_ask(subject, KEY, mode=Mode.AGGREGATE, purpose="statistics"))
    assert decision.allowed
    with pytest.raises(Refused, match="never rows"):
        counted.shelf.open_rows(decision)


def test_what_cannot_be_asked_is_said(counted: City) -> None:
    for more, status, word in (
        ({"measures": "count,avg:amount"}, 400, "sum:<column>"),
        ({"measures": "sum:nothing"}, 400, "columns"),
        ({"measures": "sum:kind"}, 400, "amount"),
        ({"measures": "sum:person_id"}, 403, ""),
        ({"filter": "kind like 'a%'"}, 400, "one value"),
        ({"filter": "kind = 'a' and kind = 'b'"}, 400, "one value"),
        ({"filter": "amount = 600.00"}, 400, "expected a text"),
        ({"filter": "level = 1"}, 403, ""),
        ({"filter": "person_id = 'x'"}, 403, ""),
        ({"purpose": ""}, 403, ""),
        ({"by": "grid"}, 400, "by"),
    ):
        answer = ask(counted, **more)
        assert answer.status_code == status, (more, answer.text)
        assert word in answer.json()["detail"]


def test_a_table_is_read_once_for_a_version(counted: City) -> None:
    told(counted)
    desk_of = counted.client.app.state.desk
    before = list(desk_of.tables._held)
    told(counted, by="town")
    told(counted, by="city", division="3704")
    assert list(desk_of.tables._held) == before
    tables = desk.Tables(most=1)
    tables.keep("a", {})
    tables.keep("b", {})
    assert (tables.find("a"), tables.find("b")) == (None, {})


def test_the_page_tells_a_superior_figures_when_asked_and_on_record(counted: City) -> None:
    page = f"/datasets/{KEY}?lang=zh-CN"
    sign_in(counted, "province")
    plain = counted.client.get(page)
    assert "区划汇总" in plain.text
    assert "显示汇总" in plain.text
    before = len(counted.shelf.receipts.newest())
    shown = counted.client.get(f"{page}&figures=1").text
    assert "枣庄市" in shown
    assert ">39<" in shown
    assert len(counted.shelf.receipts.newest()) == before + 1
    counted.client.get(f"{page}&figures=1")
    assert len(counted.shelf.receipts.newest()) == before + 1
    counted.client.cookies.clear()
    sign_in(counted, "health")
    assert "区划汇总" not in counted.client.get(f"{page}&figures=1").text


def published(city: City, key: str, rows: list[dict[str, object]], **more: Any) -> None:
    kinds = (make_field("kind"), make_field("detail"), make_field("office"))
    dataset = make_dataset(key, **({"fields": (*LOW_INCOME_FIELDS, *kinds)} | more))
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, rows), NOW - timedelta(hours=1))


def test_of_columns_that_tell_rows_apart_alike_only_one_tells_figures(counted: City) -> None:
    """Three persons of the smallest kind of `a`: by the kind 60, by the detail 57, were both told."""
    details = {TENGZHOU: ["a2"] * 3 + ["a1"] * 57 + ["b"] * 40, SHIZHONG: ["a1"] * 60 + ["b"] * 40}
    some = [(place, detail) for place, every in details.items() for detail in every]
    rows = [
        low_income_row(n, place, kind=detail[0], detail=detail, office=place[:6] + "x")
        for n, (place, detail) in enumerate(some)
    ]
    published(counted, "civil_affairs.kinds", rows)
    asked = partial(ask, counted, key="civil_affairs.kinds")
    told = {one["division"]: one["count"] for one in asked(filter="kind = 'a'").json()["divisions"]}
    assert told == {SHIZHONG: 60, TENGZHOU: 60}
    for column, why in (("detail = 'a1'", "by kind alone"), ("office = '370481x'", "by division")):
        answer = asked(filter=column)
        assert (answer.status_code, why in answer.json()["detail"]) == (400, True), answer.text


def test_figures_of_rows_that_have_no_place_are_those_of_the_whole(counted: City) -> None:
    placeless = tuple(replace(one, scope=None) for one in LOW_INCOME_FIELDS)
    rows = [low_income_row(n, TENGZHOU) for n in range(20)]
    published(counted, "civil_affairs.placeless", rows, fields=placeless, default_scope="")
    answer = ask(counted, "civil", "civil_affairs.placeless", purpose="own_duty")
    assert (answer.status_code, [one["count"] for one in answer.json()["total"]]) == (200, [20]), answer.text
