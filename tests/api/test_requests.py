"""Requests over HTTP: everybody acts by their own credential, learns every defect at once, and sees only their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from catalog.credentials import Bearer
from catalog.organisations import Organisation, System
from catalog.persons import Person
from schemas.access import Role, Tier
from tests.api.conftest import City
from tests.api.test_incidents import stocked
from tests.builders import CIVIL_AFFAIRS, HEALTH, NOW, TENGZHOU, TENGZHOU_CIVIL, ZAOZHUANG
from tests.catalog.requests_world import BIG_DATA, GOVERNMENT

KEY = "civil_affairs.low_income"
WANT: dict[str, Any] = {
    "dataset": KEY,
    "items": ["person_id", "amount", "household"],
    "purpose": "social_assistance",
    "basis": "《社会救助暂行办法》第五十八条",
    "scenario": "临时救助审核",
    "divisions": ["370481"],
    "scope": "household",
    "modes": ["query", "bulk"],
    "start": "2026-11-20",
    "end": "2027-11-19",
    "retention_days": 180,
    "security": "专网内使用",
}


def officials(city: City) -> City:
    """The city with its data administration, its government, and persons with credentials of their own."""
    parties = city.shelf.parties
    parties.add_organisation(Organisation(GOVERNMENT, "枣庄市人民政府", "", ZAOZHUANG, Tier.CITY))
    city_data = Organisation(BIG_DATA, "枣庄市大数据局", "", ZAOZHUANG, Tier.CITY, parent=GOVERNMENT, authority=True)
    parties.add_organisation(city_data)
    for system, code in (("data", BIG_DATA), ("government", GOVERNMENT)):
        parties.add_system(System(system, code, system))
    posts = (
        ("asker", "tengzhou", TENGZHOU_CIVIL, Role.REQUESTER),
        ("reviewer", "civil", CIVIL_AFFAIRS, Role.SOURCE_REVIEWER),
        ("checker", "data", BIG_DATA, Role.AUTHORITY_REVIEWER),
        ("auditor", "data", BIG_DATA, Role.SECURITY_AUDITOR),
        ("decider", "government", GOVERNMENT, Role.AUTHORITY_REVIEWER),
        ("other", "health", HEALTH, Role.SOURCE_REVIEWER),
    )
    for who, system, code, role in posts:
        parties.add_person(Person(who, code, f"{who}岗", frozenset({role})))
        city.credentials[who] = parties.issue_credential(Bearer(system, who), NOW - timedelta(days=1))
    return city


@pytest.fixture
def manned(city: City) -> City:
    return officials(city)


@pytest.fixture
def manned_on_each(city_on_each: City) -> City:
    return officials(city_on_each)


def post(city: City, who: str, path: str, told: Any = None, **headers: str) -> Any:
    return city.client.post(f"/api/v1{path}", json=told, headers=city.headers(who) | headers)


def act(city: City, who: str, number: str, action: str, **told: Any) -> dict[str, Any]:
    answer = post(city, who, f"/requests/{number}/{action}", told)
    assert answer.status_code == 200, answer.text
    facts: dict[str, Any] = answer.json()
    return facts


def made(city: City, who: str = "asker", **told: Any) -> str:
    answer = post(city, who, "/requests", WANT | {"submit": True} | told)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def test_a_request_goes_from_draft_to_first_row_over_http(manned_on_each: City) -> None:
    city = manned_on_each
    drafted = post(city, "asker", "/requests", WANT | {"basis": ""})
    number = drafted.json()["number"]
    assert drafted.headers["location"] == f"/api/v1/requests/{number}"
    refused = post(city, "asker", f"/requests/{number}/submit")
    assert (refused.status_code, refused.json()["code"]) == (422, "INCOMPLETE")
    assert refused.json()["defects"] == [{"field": "basis", "code": "missing", "text": "未填写", "found": ""}]
    saved = city.client.put(f"/api/v1/requests/{number}", json=WANT, headers=city.headers("asker"))
    assert saved.json()["state"] == "draft"
    submitted = act(city, "asker", number, "submit")
    assert submitted["state"] == "formal_check"
    assert submitted["waits_for"]["name"] == "枣庄市大数据局"
    clocks = {one["event"]: one for one in submitted["clocks"] if one["state"] == "running"}
    assert clocks["reply_conditional"]["due"] == "2026-12-04"
    assert clocks["reply_conditional"]["working_days_left"] == 10
    assert "待核实" in clocks["reply_conditional"]["sources"][0]
    assert [one["action"] for one in submitted["actions"]] == ["withdraw"]
    assert [o["action"] for o in city.get(f"/requests/{number}", "checker").json()["actions"]] == [
        "accept", "return", "refuse",
    ]  # fmt: skip
    act(city, "checker", number, "accept")
    offered = [one["action"] for one in city.get(f"/requests/{number}", "asker").json()["actions"]]
    assert offered == ["withdraw"], "nothing is overdue, so there is nothing to object to"
    approved = act(city, "reviewer", number, "approve", refused={"amount": "beyond_need"}, conditions=[])
    assert [(one["title"], one["given"]) for one in approved["items"]] == [
        ("公民身份号码", True), ("月保障金额", False), ("户籍地", True),
    ]  # fmt: skip
    granted = act(city, "reviewer", number, "provision")
    assert (granted["state"], granted["outcome"]) == ("testing", "partial")
    told = {"purpose": "social_assistance", "grant": granted["grant"], "format": "json"}
    rows = city.get(f"/datasets/{KEY}/rows", "tengzhou", params=told)
    assert rows.status_code == 200
    assert set(rows.json()["rows"][0]) == {"person_id", "household"}
    after = city.get(f"/requests/{number}", "tengzhou").json()
    assert after["state"] == "active"
    assert after["history"][-1]["receipt"] == rows.headers["yishu-receipt"]
    held = city.get("/grants", "tengzhou").json()["grants"]
    assert next(one for one in held if one["number"] == granted["grant"])["read_yet"] is True
    given = city.get("/grants?side=given", "civil").json()["grants"]
    assert granted["grant"] in [one["number"] for one in given]
    assert city.get("/grants?side=given", "tengzhou").json() == {"grants": []}


def test_a_refusal_is_disputed_and_decided_over_http(manned_on_each: City) -> None:
    city = manned_on_each
    number = made(city)
    act(city, "checker", number, "accept")
    refused = act(city, "reviewer", number, "refuse", reason="beyond_need", said="金额非必需")
    assert refused["reason_text"] == "超出履职最小必要"
    act(city, "tengzhou", number, "object", said="审核必须核对金额")
    act(city, "asker", number, "mediate")
    act(city, "checker", number, "escalate", said="调解未果")
    decided = act(city, "decider", number, "uphold", said="维持", document="枣政裁〔2026〕1号")
    assert (decided["state"], decided["actions"], decided["waits_for"]) == ("decided", [], None)
    assert [one["action"] for one in decided["history"]] == [
        "submit", "check", "accept", "review", "refuse", "object", "mediate", "escalate", "uphold",
    ]  # fmt: skip


def test_who_is_on_no_side_finds_nothing_and_an_auditor_reads_all_and_acts_on_nothing(manned: City) -> None:
    number = made(manned)
    for who in ("laiwu", "other", "outsider"):
        hidden, missing = manned.get(f"/requests/{number}", who), manned.get("/requests/SQ-2026-999999", who)
        assert (hidden.status_code, hidden.json()["detail"]) == (404, missing.json()["detail"])
        assert manned.get("/requests", who).json()["requests"] == []
        assert post(manned, who, f"/requests/{number}/accept").status_code == 404
    assert manned.get("/requests", "auditor").json()["requests"][0]["number"] == number
    assert manned.get(f"/requests/{number}", "auditor").json()["actions"] == []
    for action in ("accept", "refuse", "approve"):
        answer = post(manned, "auditor", f"/requests/{number}/{action}", {"reason": "beyond_need", "said": "x"})
        assert answer.status_code in (403, 422), answer.text
    assert post(manned, "auditor", f"/requests/{number}/accept").json()["code"] == "ROLE_MISSING"
    for path in ("/requests", f"/requests/{number}", "/grants"):
        assert manned.get(path).status_code == 401


def test_the_acting_organisation_and_person_come_from_the_credential_alone(manned: City) -> None:
    for name in ("requester", "organisation", "person", "state", "number"):
        answer = post(manned, "tengzhou", "/requests", WANT | {name: CIVIL_AFFAIRS})
        assert answer.status_code == 400, name
    number = made(manned, "tengzhou")
    history = manned.get(f"/requests/{number}", "tengzhou").json()["history"]
    assert history[0]["organisation"]["credit_code"] == TENGZHOU_CIVIL
    assert history[0]["post"] == ""


def test_a_retry_with_the_same_key_makes_no_second_request_and_no_second_submission(manned: City) -> None:
    key = {"Idempotency-Key": "a-1"}
    first = post(manned, "tengzhou", "/requests", WANT | {"submit": True}, **key).json()
    again = post(manned, "tengzhou", "/requests", WANT | {"submit": True}, **key).json()
    assert (again["number"], len(again["history"])) == (first["number"], len(first["history"]))
    other = post(manned, "tengzhou", "/requests", WANT | {"purpose": "emergency"}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "BAD_INPUT")
    draft = post(manned, "tengzhou", "/requests", WANT).json()["number"]
    once = {"Idempotency-Key": "s-1"}
    answers = [post(manned, "tengzhou", f"/requests/{draft}/submit", {}, **once).json() for _ in range(2)]
    assert answers[0] == answers[1]
    without = post(manned, "tengzhou", f"/requests/{draft}/submit")
    assert (without.status_code, "cannot be moved by submit" in without.text) == (422, True)


def test_an_incomplete_one_that_is_submitted_at_once_is_kept_as_a_draft_whose_number_is_told(manned: City) -> None:
    answer = post(manned, "asker", "/requests", {"dataset": KEY, "submit": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "INCOMPLETE")
    assert len(answer.json()["defects"]) >= 6
    kept = manned.get(f"/requests/{answer.json()['request']}", "asker").json()
    assert (kept["state"], kept["dataset"]) == ("draft", KEY)


@pytest.mark.parametrize("key", ["health.secret", "no.such"])
def test_a_dataset_that_is_hidden_cannot_be_told_from_none_by_asking_for_it(manned: City, key: str) -> None:
    answer = post(manned, "asker", "/requests", WANT | {"dataset": key})
    assert (answer.status_code, answer.json()["detail"]) == (404, f"no dataset {key!r}")


@pytest.mark.parametrize(
    ("action", "told", "status"),
    [
        ("fly", {}, 400),
        ("save", {}, 400),
        ("check", {}, 400),
        ("grant", {}, 400),
        ("accept", {"strange": 1}, 400),
        ("accept", {"version": 99}, 422),
        ("accept", {"transforms": {"amount": "burn"}}, 400),
        ("return", {"defects": [{"field": "basis", "code": "ugly"}]}, 422),
        ("accept", {"said": "x" * 1001}, 400),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    manned: City, action: str, told: dict[str, Any], status: int
) -> None:
    number = made(manned)
    before = manned.get(f"/requests/{number}", "checker").json()
    assert post(manned, "checker", f"/requests/{number}/{action}", told).status_code == status
    assert manned.get(f"/requests/{number}", "checker").json() == before


def test_a_list_is_read_page_by_page_narrowed_by_state_and_by_whose_move_it_is(manned: City) -> None:
    numbers = [made(manned) for _ in range(3)]
    act(manned, "checker", numbers[0], "accept")
    first = manned.get("/requests?limit=2", "checker").json()
    second = manned.get("/requests", "checker", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["number"] for one in (*first["requests"], *second["requests"])] == numbers[::-1]
    assert second["next"] is None
    reviewed = manned.get("/requests?state=provider_review", "checker").json()["requests"]
    assert [one["number"] for one in reviewed] == numbers[:1]
    assert [one["number"] for one in manned.get("/requests?waiting=1", "civil").json()["requests"]] == numbers[:1]
    assert [one["number"] for one in manned.get("/requests?waiting=1", "checker").json()["requests"]] == numbers[:0:-1]
    assert manned.get("/requests?cursor=x", "checker").status_code == 400
    assert manned.get("/requests", "civil", params={"limit": 2, "cursor": first["next"]}).status_code == 400


@contextmanager
def counted(city: City) -> Iterator[list[str]]:
    """The SQL statements that are run meanwhile."""
    run: list[str] = []

    def count(connection: Connection, cursor: Any, statement: str, *more: Any) -> None:
        del connection, cursor, more
        run.append(statement)

    event.listen(city.shelf.engine, "before_cursor_execute", count)
    yield run
    event.remove(city.shelf.engine, "before_cursor_execute", count)


def test_a_list_costs_as_many_statements_for_ten_requests_as_for_one(manned: City) -> None:
    made(manned)
    manned.get("/requests", "checker")
    with counted(manned) as few:
        manned.get("/requests", "checker")
    for _ in range(9):
        made(manned)
    with counted(manned) as many:
        assert len(manned.get("/requests", "checker").json()["requests"]) == 10
    assert len(many) == len(few)


def test_the_places_of_a_request_are_told_by_name(manned: City) -> None:
    told = manned.get(f"/requests/{made(manned)}", "asker").json()
    assert told["divisions"] == [{"code": TENGZHOU, "name": "滕州市"}]
    english = manned.get(f"/requests/{told['number']}?lang=en", "asker").json()
    assert (english["state_text"], english["purpose_text"]) == ("Formal check", "Social assistance")


def test_a_draft_is_not_betrayed_to_the_provider_by_the_ledger(manned: City) -> None:
    number = post(manned, "asker", "/requests", WANT).json()["number"]
    manned.client.put(f"/api/v1/requests/{number}", json=WANT, headers=manned.headers("asker"))
    seen = manned.get("/ledger/receipts?side=owner", "civil").json()["receipts"]
    assert [one for one in seen if one["body"]["event"] == "request"] == []
    act(manned, "asker", number, "submit")
    seen = manned.get("/ledger/receipts?side=owner", "civil").json()["receipts"]
    told = [one["body"] for one in seen if one["body"]["event"] == "request"]
    assert [(one["request"], one["action"], one["state"]) for one in told] == [(number, "submit", "formal_check")]
    assert not {"person", "system", "credential", "said"} & set(told[0])


def test_an_auditor_reads_every_receipt_and_every_incident_and_nobody_else_does(manned: City) -> None:
    made(manned)
    every = manned.get("/ledger/receipts?side=all&limit=100", "auditor").json()["receipts"]
    assert "submit" in [one["body"].get("action") for one in every]
    shown = manned.get(f"/ledger/receipts/{every[0]['number']}", "auditor")
    assert shown.status_code == 200
    assert not {"person", "system", "credential"} & set(shown.json()["body"])
    for who in ("checker", "tengzhou", "civil"):
        answer = manned.get("/ledger/receipts?side=all", who)
        assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_MISSING")
    assert manned.get("/ledger/receipts?side=all").status_code == 401
    assert manned.get(f"/ledger/receipts/{every[0]['number']}", "laiwu").status_code == 404
    assert manned.get("/incidents", "auditor").status_code == 200


def test_an_auditor_looks_on_at_incidents_without_their_words_and_answers_none(manned: City) -> None:
    stocked(manned)
    (one,) = manned.get("/incidents", "auditor").json()["incidents"]
    assert (one["mine"], one["actions"]) == (False, [])
    assert manned.get("/incidents", "laiwu").json()["incidents"] == []
    assert post(manned, "auditor", f"/incidents/{one['id']}/acknowledge").status_code == 403
    assert manned.get(f"/incidents/{one['id']}/keys", "auditor").status_code == 403
