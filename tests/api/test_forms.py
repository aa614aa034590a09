"""Collection forms at the door: the check, choices, decisions; what is hidden stays hidden in answers and on pages."""

import re
from datetime import date, timedelta

import pytest

from catalog.collection import registry
from catalog.credentials import Bearer
from catalog.organisations import Organisation, System
from catalog.persons import Person
from schemas.access import Role, Tier
from schemas.authority_source import Source
from schemas.dataset import Sharing
from tests.api.conftest import City
from tests.api.test_authority import token
from tests.api.test_pages import sign_in
from tests.builders import HEALTH, NOW, ZAOZHUANG, make_dataset, make_field

BUREAU = "11370400004300006B"
LOW_INCOME = "civil_affairs.low_income"
FORM = {"title": "入户登记表", "basis": "社会救助暂行办法", "subject_kind": "person", "division": "370481"}


@pytest.fixture
def governed(city: City) -> City:
    """The city with a data administration and its reviewer, and an authority source of marital status."""
    parties = city.shelf.parties
    parties.add_organisation(Organisation(BUREAU, "枣庄市大数据局", "", ZAOZHUANG, Tier.CITY, authority=True))
    parties.add_system(System("bureau", BUREAU, "bureau"))
    parties.add_person(Person("reviewer", BUREAU, "审核岗", frozenset({Role.AUTHORITY_REVIEWER})))
    bearer = Bearer("bureau", "reviewer")
    city.credentials["reviewer"] = parties.issue_credential(bearer, NOW - timedelta(days=1))
    registry.bring(city.shelf, Source("marital_status", "person", ZAOZHUANG, HEALTH, "条例", date(2026, 1, 1)), NOW)
    return city


def post(city: City, path: str, who: str, **body: object):  # type: ignore[no-untyped-def]
    return city.client.post(f"/api/v1{path}", json=body, headers=city.headers(who))


def design(city: City, who: str = "tengzhou", *names: str) -> str:
    made = post(city, "/forms", who, **FORM, items=[{"name": one} for one in names])
    assert made.status_code == 201, made.text
    return str(made.json()["number"])


def test_the_check_tells_of_each_item_where_it_is_and_keeps_nothing(governed: City) -> None:
    asked = {"subject_kind": "person", "division": "370481"}
    items = [{"name": "手机号"}, {"name": "婚姻状况"}, {"name": "帮扶需求"}]
    told = post(governed, "/collection/check", "tengzhou", **asked, items=items).json()["items"]
    assert [one["blocked"] for one in told] == [True, True, False]
    assert {(hit["how"], hit["dataset"], hit["field"]) for hit in told[0]["hits"]} == {
        ("element", LOW_INCOME, "mobile")
    }
    assert told[0]["hits"][0]["request"] == f"/requests/new?dataset={LOW_INCOME}"
    assert [(hit["how"], hit["organisation"], hit["basis"]) for hit in told[1]["hits"]] == [
        ("authority", HEALTH, "条例")
    ]
    assert governed.get("/forms", "tengzhou").json() == {"forms": [], "waiting": []}
    english = governed.client.post(
        "/api/v1/collection/check?lang=en", json=asked | {"items": items}, headers=governed.headers("tengzhou")
    )
    assert english.json()["items"][0]["hits"][0]["dataset_title"] == "Recipients of subsistence allowances"


@pytest.mark.parametrize(("who", "status"), [("", 401), ("outsider", 403)])
def test_only_government_checks_and_designs(governed: City, who: str, status: int) -> None:
    items = [{"name": "手机号"}]
    assert post(governed, "/collection/check", who, division="3704", items=items).status_code == status
    assert post(governed, "/forms", who, **FORM, items=items).status_code == status


def test_what_a_withheld_dataset_has_is_told_without_any_name_in_answers_and_on_pages(governed: City) -> None:
    """`health.secret` is withheld; only its owner learns that it is what the item is found in."""
    field = make_field("card_no", title="社保卡银行账号", element="bank_card")
    secret = make_dataset(
        "health.bank", title="绝密账户表", fields=(field,), default_scope="", owner=HEALTH, sharing=Sharing.WITHHELD,
        withheld_basis="x", owner_name="枣庄市卫生健康委员会",
    )  # fmt: skip
    governed.shelf.register(secret, NOW)
    asked = {"subject_kind": "person", "division": "370481", "items": [{"name": "银行卡号"}]}
    answer = post(governed, "/collection/check", "tengzhou", **asked)
    [item] = answer.json()["items"]
    assert item["blocked"] is True
    assert item["hits"] == [{"hidden": True, "blocks": True, "said": "此项已有数源；请咨询数据主管部门"}]
    number = design(governed, "tengzhou", "银行卡号")
    sign_in(governed, "tengzhou")
    page = governed.client.get(f"/forms/{number}").text
    for text in (answer.text, governed.get(f"/forms/{number}", "tengzhou").text, page):
        for word in ("health.bank", "绝密账户表", "card_no", "社保卡银行账号", "卫生健康", HEALTH):
            assert word not in text
    assert "请咨询数据主管部门" in page
    assert (
        post(governed, "/collection/check", "health", **asked).json()["items"][0]["hits"][0]["dataset"] == "health.bank"
    )


def test_a_form_from_draft_to_decision(governed: City) -> None:
    number = design(governed, "tengzhou", "手机号", "婚姻状况", "帮扶需求")
    refused = post(governed, f"/forms/{number}/submit", "tengzhou")
    assert (refused.status_code, refused.json()["code"]) == (422, "BAD_INPUT")
    assert "手机号, 婚姻状况" in refused.json()["detail"]
    until = (NOW.date() + timedelta(days=30)).isoformat()
    chosen = [
        {"place": 1, "choice": "reuse", "dataset": LOW_INCOME},
        {"place": 2, "choice": "exemption", "reason": "law_requires", "said": "须本人声明", "until": until},
    ]
    told = post(governed, f"/forms/{number}/choices", "tengzhou", choices=chosen).json()
    assert [one["blocked"] for one in told["items"]] == [False, False, False]
    assert post(governed, f"/forms/{number}/submit", "tengzhou").json()["state"] == "waiting"
    assert [one["number"] for one in governed.get("/forms", "reviewer").json()["waiting"]] == [number]
    assert post(governed, f"/forms/{number}/approve", "tengzhou", said="x").json()["code"] == "ROLE_MISSING"
    assert post(governed, f"/forms/{number}/approve", "reviewer").status_code == 422
    done = post(governed, f"/forms/{number}/approve", "reviewer", said="同意").json()
    assert (done["state"], done["items"][1]["approved"], done["reused"]) == ("cleared", True, 1)
    assert governed.get("/forms", "reviewer").json()["waiting"] == []


def test_nobody_else_learns_of_a_form(governed: City) -> None:
    number = design(governed, "tengzhou", "帮扶需求")
    for who in ("", "health", "outsider", "laiwu"):
        assert governed.get(f"/forms/{number}", who).status_code == 404
        assert governed.get("/forms", who).json() == {"forms": [], "waiting": []}
    for other in ("YS-F-2026-999999", "x", "YS-F-2026-000001'"):
        assert governed.get(f"/forms/{other}", "tengzhou").status_code == 404
    assert governed.client.get(f"/forms/{number}").status_code == 404
    assert post(governed, f"/forms/{number}/submit", "health").status_code == 404
    assert post(governed, f"/forms/{number}/bless", "tengzhou").json()["code"] == "BAD_ASK"


def test_a_draft_is_changed_and_a_bad_body_changes_nothing(governed: City) -> None:
    number = design(governed, "tengzhou", "帮扶需求")
    headers = governed.headers("tengzhou")
    body = FORM | {"title": "新表", "items": [{"name": "走访日期", "type": "date"}]}
    assert governed.client.put(f"/api/v1/forms/{number}", json=body, headers=headers).json()["title"] == "新表"
    wrong = body | {"items": [{"name": "甲", "colour": "red"}]}
    assert governed.client.put(f"/api/v1/forms/{number}", json=wrong, headers=headers).status_code == 400
    told = governed.get(f"/forms/{number}", "tengzhou").json()
    assert [(one["name"], one["type"]) for one in told["items"]] == [("走访日期", "date")]


def test_an_officer_designs_chooses_and_sends_by_forms_of_their_own_session(governed: City) -> None:
    sign_in(governed, "tengzhou")
    client = governed.client
    page = client.get("/forms/new").text
    sent = FORM | {"token": token(page), "items": "手机号\n帮扶需求，，decimal\n\n"}
    assert client.post("/forms", data=sent | {"token": "x"}).status_code == 400
    assert client.post("/forms", data=sent | {"items": "a,b,c,d"}).status_code == 400
    made = client.post("/forms", data=sent)
    assert made.status_code == 303
    number = re.search(r"YS-F-2026-[0-9]+", made.headers["location"])[0]  # type: ignore[index]
    page = client.get(f"/forms/{number}").text
    assert "已有来源" in page
    assert "城乡低保对象" in page
    assert f"/requests/new?dataset={LOW_INCOME}" in page
    choice = {"token": token(page), "choice": f"reuse {LOW_INCOME}"}
    assert client.post(f"/forms/{number}/items/1", data=choice | {"token": ""}).status_code == 400
    assert client.post(f"/forms/{number}/items/9", data=choice).status_code == 422
    assert client.post(f"/forms/{number}/items/1", data=choice).status_code == 303
    assert client.post(f"/forms/{number}/submit", data={"token": token(page)}).status_code == 303
    page = client.get(f"/forms/{number}?lang=en").text
    assert "cleared" in page
    assert "Reuse" in page
    assert number in client.get("/forms").text


def test_a_reviewer_approves_on_the_page_and_the_officer_who_asked_has_no_such_button(governed: City) -> None:
    number = design(governed, "tengzhou", "婚姻状况")
    until = (NOW.date() + timedelta(days=30)).isoformat()
    exempt = {"place": 1, "choice": "exemption", "reason": "emergency", "said": "<b>防汛</b>", "until": until}
    post(governed, f"/forms/{number}/choices", "tengzhou", choices=[exempt])
    post(governed, f"/forms/{number}/submit", "tengzhou")
    sign_in(governed, "tengzhou")
    assert f"/forms/{number}/approve" not in governed.client.get(f"/forms/{number}").text
    sign_in(governed, "reviewer")
    assert "滕州市民政局" in governed.client.get("/forms").text
    page = governed.client.get(f"/forms/{number}").text
    assert "&lt;b&gt;防汛&lt;/b&gt;" in page
    told = {"token": token(page), "said": "同意"}
    assert governed.client.post(f"/forms/{number}/approve", data=told).status_code == 303
    assert "可采集" in governed.client.get(f"/forms/{number}").text


def test_the_public_is_sent_to_sign_in(governed: City) -> None:
    for path in ("/forms", "/forms/new"):
        assert governed.client.get(path).status_code == 401


def test_the_counter_is_told_as_a_page_as_json_and_as_csv(governed: City) -> None:
    number = design(governed, "tengzhou", "手机号")
    post(
        governed,
        f"/forms/{number}/choices",
        "tengzhou",
        choices=[{"place": 1, "choice": "reuse", "dataset": LOW_INCOME}],
    )
    post(governed, f"/forms/{number}/submit", "tengzhou")
    for _ in range(2):
        assert governed.get(f"/datasets/{LOW_INCOME}/rows?purpose=social_assistance", "tengzhou").status_code == 200
    told = governed.get("/once", "tengzhou").json()
    assert told["total"] | {"datasets": 0} == {"datasets": 0, "users": 1, "uses": 1, "reads": 2, "avoided": 1}
    assert {line["name"]: line["avoided"] for line in told["lines"]}["枣庄市民政局"] == 1
    assert "health.secret" not in governed.get("/once?by=dataset", "tengzhou").text
    csv = governed.get("/once?by=division&format=csv&division=37", "tengzhou")
    assert csv.headers["content-type"].startswith("text/csv")
    assert "枣庄市" in csv.content.decode("utf-8-sig")
    assert governed.get("/once?division=x").json()["code"] == "BAD_ASK"
    assert governed.get("/once?by=division&format=csv&division=11").status_code == 200, "nothing is there"
    sign_in(governed, "tengzhou")
    for path in ("/once", "/once?by=dataset", "/once?by=division&division=3704", "/once?lang=en"):
        assert governed.client.get(path).status_code == 200
    assert "枣庄市民政局" in governed.client.get("/once?format=csv").content.decode("utf-8-sig")
    assert "一次采集，1 次使用（1 个单位），避免重复采集 1 次" in governed.client.get(f"/datasets/{LOW_INCOME}").text


def test_nobody_asks_in_the_place_of_a_dataset_that_is_not_theirs(governed: City) -> None:
    """A form that named the very dataset which has its items would not be blocked, nor would it tell what hides there.

    Named as the asker's own, a dataset is left out of what is looked through, and its columns are compared by values.
    """
    secret = make_dataset(
        "health.bank", fields=(make_field("card_no", title="银行卡号", element="bank_card"),), default_scope="",
        owner=HEALTH, sharing=Sharing.WITHHELD, withheld_basis="x",
    )  # fmt: skip
    governed.shelf.register(secret, NOW)
    asked = {"subject_kind": "person", "division": "370481", "items": [{"name": "手机号"}, {"name": "银行卡号"}]}
    plain = post(governed, "/collection/check", "tengzhou", **asked)
    assert [one["blocked"] for one in plain.json()["items"]] == [True, True]
    for key in (LOW_INCOME, "health.bank", "no.such"):
        assert post(governed, "/collection/check", "tengzhou", **asked, dataset=key).json() == plain.json()
    made = post(governed, "/forms", "tengzhou", **FORM, items=asked["items"], dataset=LOW_INCOME).json()
    assert [one["blocked"] for one in made["items"]] == [True, True]
    assert post(governed, f"/forms/{made['number']}/submit", "tengzhou").status_code == 422
    own = post(governed, "/collection/check", "health", **asked, dataset="health.bank").json()["items"]
    assert [one["blocked"] for one in own] == [True, False]
