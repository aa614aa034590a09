"""Entries at the door: begun, reviewed, changed and ended by officials, invisible to others, secrets never kept."""

from datetime import timedelta

import pytest

from catalog.credentials import Bearer
from catalog.organisations import Organisation, System
from catalog.persons import Person
from schemas.access import Role, Tier
from schemas.dataset import Grade
from schemas.entry_json import entry_json
from tests.api.conftest import City
from tests.builders import NOW, ZAOZHUANG
from tests.entries import BUREAU, CIVIL, make_entry

WORDS = entry_json(make_entry())
WAY = (("keeper", "check"), ("keeper", "submit"), ("source", "approve"), ("upper", "publish"))
POSTS = (
    ("keeper", CIVIL, Role.CATALOGUE_KEEPER),
    ("source", CIVIL, Role.SOURCE_REVIEWER),
    ("upper", BUREAU, Role.AUTHORITY_REVIEWER),
    ("auditor", BUREAU, Role.SECURITY_AUDITOR),
)


@pytest.fixture
def office(city: City) -> City:
    """The city with officials of a department and of its data administration."""
    manned(city)
    return city


def manned(city: City) -> None:
    """Officials with credentials under their posts' names."""
    for code, name, authority in ((CIVIL, "枣庄市民政局", False), (BUREAU, "枣庄市大数据局", True)):
        city.shelf.parties.add_organisation(Organisation(code, name, name, ZAOZHUANG, Tier.CITY, authority=authority))
        city.shelf.parties.add_system(System(f"office-{code}", code, name, Grade.GENERAL_4, True))
    for post, code, role in POSTS:
        city.shelf.parties.add_person(Person(post, code, f"{post}岗", frozenset({role})))
        bearer = Bearer(f"office-{code}", post)
        city.credentials[post] = city.shelf.parties.issue_credential(bearer, NOW - timedelta(days=1))


def send(city: City, method: str, path: str, who: str, body: object = None):  # type: ignore[no-untyped-def]
    return city.client.request(method, f"/api/v1{path}", headers=city.headers(who), json=body)


def published(city: City) -> int:
    number = send(city, "POST", "/entries", "keeper", WORDS).json()["id"]
    for who, action in WAY:
        assert send(city, "POST", f"/entries/{number}/{action}", who).status_code == 200, action
    return int(number)


def test_an_entry_goes_the_whole_way_and_everybody_learns_of_it_when_it_is_published(office: City) -> None:
    made = send(office, "POST", "/entries", "keeper", WORDS)
    number = made.json()["id"]
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert office.get(f"/entries/{number}", "tengzhou").status_code == 404
    for who, action in WAY:
        told = send(office, "POST", f"/entries/{number}/{action}", who).json()
    assert told["state"] == "published"
    seen = office.get(f"/entries/{number}", "tengzhou").json()
    assert (seen["title"], seen["coming"], seen["actions"], seen["clocks"]) == ("困难群众救助发放信息", None, [], [])
    assert [one["action"] for one in seen["history"]] == ["publish"]
    assert seen["entry"] == WORDS | {"published_on": "2026-11-20"}


def test_the_self_check_and_the_clocks_are_shown_to_those_who_work_on_it(office: City) -> None:
    made = send(office, "POST", "/entries", "keeper", WORDS | {"abstract": ""}).json()
    assert ("missing", "abstract") in [(one["rule"], one["where"]) for one in made["coming"]["flaws"]]
    refused = send(office, "POST", f"/entries/{made['id']}/check", "keeper")
    assert (refused.status_code, refused.json()["code"]) == (422, "BAD_INPUT")
    assert send(office, "PUT", f"/entries/{made['id']}", "keeper", WORDS).json()["coming"]["flaws"] == []
    send(office, "POST", f"/entries/{made['id']}/check", "keeper")
    told = send(office, "POST", f"/entries/{made['id']}/submit", "keeper").json()
    assert [(one["event"], one["due"]) for one in told["clocks"]] == [("dept_review", "2026-11-27")]
    assert told["actions"] == [{"version": 1, "action": "recall"}]
    mine = office.get("/entries?mine=1&state=dept_review", "source").json()
    assert [one["id"] for one in mine["entries"]] == [made["id"]]
    assert mine["counts"] == {"dept_review": 1}


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("source", 403, "ROLE_MISSING"),
        ("civil", 403, "ROLE_MISSING"),
        ("", 401, "UNIDENTIFIED"),
        ("auditor", 403, "ROLE_MISSING"),
    ],
)
def test_only_a_keeper_begins_an_entry(office: City, who: str, status: int, code: str) -> None:
    answer = send(office, "POST", "/entries", who, WORDS)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_is_secret_is_refused_and_nothing_of_it_is_kept(office: City) -> None:
    answer = send(office, "POST", "/entries", "keeper", WORDS | {"title": "某涉密清单", "secret": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "SECRET_DATA")
    assert "某涉密清单" not in answer.text
    receipt = office.shelf.ledger.receipts(limit=1)[0]
    assert receipt.body["action"] == "refused_as_secret"
    assert "某涉密清单" not in repr(receipt.body)
    assert office.get("/entries?q=某涉密", "auditor").json()["entries"] == []


def test_to_others_a_draft_is_not_there_by_any_method(office: City) -> None:
    number = send(office, "POST", "/entries", "keeper", WORDS).json()["id"]
    for who in ("tengzhou", "health", "outsider", ""):
        for method, path in (("GET", ""), ("PUT", ""), ("POST", "/check"), ("POST", "/publish")):
            there = send(office, method, f"/entries/{number}{path}", who, WORDS if method == "PUT" else None)
            absent = send(office, method, f"/entries/{number + 77}{path}", who, WORDS if method == "PUT" else None)
            assert (there.status_code, there.json()["code"]) == (404, "UNKNOWN")
            assert there.json()["detail"] == absent.json()["detail"]


def test_reviewers_of_others_learn_that_it_is_not_theirs(office: City) -> None:
    number = published(office)
    send(office, "POST", f"/entries/{number}/change", "keeper", {"said": "职责调整"})
    answer = send(
        office, "POST", f"/entries/{number}/announce", "upper", {"version": 1, "said": "x", "ends": "2027-01-01"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_INPUT"), "it is changing"
    refused = send(office, "POST", f"/entries/{number}/approve", "upper")
    assert refused.status_code in (403, 422)


def test_an_act_on_what_has_moved_since_it_was_looked_at_is_refused(office: City) -> None:
    made = send(office, "POST", "/entries", "keeper", WORDS).json()
    send(office, "POST", f"/entries/{made['id']}/check", "keeper")
    late = send(office, "POST", f"/entries/{made['id']}/submit", "keeper", {"seen": made["steps"]})
    assert late.status_code == 422
    assert "it has moved since" in late.json()["detail"]


@pytest.mark.parametrize("path", ["/entries/x", "/entries/-1", "/entries/99999999999999999999", "/entries/0"])
def test_what_is_no_number_is_unknown(office: City, path: str) -> None:
    assert office.get(path, "keeper").status_code == 404


@pytest.mark.parametrize("action", ["edit", "replace", "sing", ""])
def test_what_is_no_act_is_refused(office: City, action: str) -> None:
    number = send(office, "POST", "/entries", "keeper", WORDS).json()["id"]
    assert send(office, "POST", f"/entries/{number}/{action}", "keeper").status_code in (400, 404)


def test_the_list_comes_by_pages_that_add_up(office: City) -> None:
    for one in range(5):
        send(office, "POST", "/entries", "keeper", WORDS | {"title": f"清单{one}甲"})
    found, path = [], "/entries?mine=1&limit=2"
    while path:
        told = office.get(path, "keeper").json()
        found += [one["title"] for one in told["entries"]]
        path = f"/entries?mine=1&limit=2&cursor={told['next']}" if told["next"] else ""
    assert found == [f"清单{one}甲" for one in reversed(range(5))]


def test_the_entries_that_came_with_contracts_say_so(office: City) -> None:
    told = office.get("/entries", "tengzhou").json()["entries"]
    assert {(one["dataset"], one["origin"], one["state"]) for one in told} == {
        ("civil_affairs.low_income", "contract", "published"),
        ("credit.penalty", "contract", "published"),
    }
    assert [one["dataset"] for one in office.get("/entries").json()["entries"]] == ["credit.penalty"]
