"""The authority registry at the door: proposed by systems, decided by a reviewer, told without what is hidden."""

import re
from datetime import timedelta

import pytest

from catalog.collection import registry
from catalog.credentials import Bearer
from catalog.organisations import Organisation
from catalog.persons import Person
from schemas.access import Role, Tier
from schemas.authority_source import Source
from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.builders import CIVIL_AFFAIRS, HEALTH, NOW, ZAOZHUANG

PROPOSAL = {"subject_kind": "person", "division": "3704", "basis": "职责清单", "since": "2026-01-01"}


@pytest.fixture
def governed(city: City) -> City:
    """The city with an authority reviewer at the civil affairs bureau, which is its data administration here."""
    city.shelf.parties.add_organisation(
        Organisation(CIVIL_AFFAIRS, "枣庄市民政局", "Civil Affairs", ZAOZHUANG, Tier.CITY, authority=True)
    )
    city.shelf.parties.add_person(Person("reviewer", CIVIL_AFFAIRS, "审核岗", frozenset({Role.AUTHORITY_REVIEWER})))
    bearer = Bearer("civil", "reviewer")
    city.credentials["reviewer"] = city.shelf.parties.issue_credential(bearer, NOW - timedelta(days=1))
    return city


def propose(city: City, who: str, **told: str):  # type: ignore[no-untyped-def]
    body = PROPOSAL | told
    return city.client.post("/api/v1/elements/手机号/authority", json=body, headers=city.headers(who))


def decide(city: City, who: str, verb: str, **told: str):  # type: ignore[no-untyped-def]
    return city.client.post(f"/api/v1/authority/1/{verb}", json=told, headers=city.headers(who))


def test_a_department_proposes_a_reviewer_decides_and_the_element_tells_its_source(governed: City) -> None:
    made = propose(governed, "civil", dataset="civil_affairs.low_income")
    assert (made.status_code, made.json()["standing"], made.json()["element"]) == (201, "proposed", "mobile")
    [waiting] = governed.get("/authority?standing=proposed", "health").json()["sources"]
    assert (waiting["number"], waiting["in_force"]) == (1, False)
    assert decide(governed, "civil", "approve").json()["code"] == "ROLE_MISSING"
    assert decide(governed, "reviewer", "bless").json()["code"] == "BAD_ASK"
    assert decide(governed, "reviewer", "refuse").json()["code"] == "BAD_INPUT"
    assert decide(governed, "reviewer", "approve").json()["in_force"] is True
    [told] = governed.get("/elements/mobile/authority", "tengzhou").json()["sources"]
    assert (told["organisation_name"], told["division_name"]) == ("枣庄市民政局", "枣庄市")
    assert governed.get("/authority?standing=proposed", "health").json()["sources"] == []


def test_the_public_and_outsiders_learn_of_no_entry_and_propose_none(governed: City) -> None:
    propose(governed, "civil", dataset="civil_affairs.low_income")
    for who in ("", "outsider"):
        assert governed.get("/elements/mobile/authority", who).json()["sources"] == []
        assert governed.get("/authority", who).json()["sources"] == []
        assert governed.client.get("/authority").text.count("枣庄市民政局") == 0
    assert propose(governed, "").status_code == 401
    assert propose(governed, "outsider").status_code == 403


def test_of_a_source_that_is_hidden_answers_and_pages_tell_that_there_is_one_and_no_name(governed: City) -> None:
    hidden = Source("mobile", "person", ZAOZHUANG, HEALTH, "密", NOW.date(), dataset="health.secret")
    registry.bring(governed.shelf, hidden, NOW)
    answer = governed.get("/elements/mobile/authority", "tengzhou")
    assert answer.json()["sources"] == [{"element": "mobile", "subject_kind": "person", "hidden": True}]
    sign_in(governed, "tengzhou")
    for path in ("/elements/mobile", "/authority", "/authority?lang=en"):
        text = governed.client.get(path).text
        assert "health.secret" not in text
        assert "卫生健康委员会" not in text
        assert "已有数源" in text or "ask the data administration" in text
    assert governed.get("/elements/mobile/authority", "health").json()["sources"][0]["dataset"] == "health.secret"


def test_a_reviewer_decides_by_the_form_of_their_own_session_and_others_see_no_form(governed: City) -> None:
    sign_in(governed, "civil")
    page = governed.client.get("/authority?element=mobile").text
    form = {"token": token(page), "element": "mobile", "organisation": CIVIL_AFFAIRS} | PROPOSAL
    assert governed.client.post("/authority", data=form | {"token": "x"}).status_code == 400
    assert governed.client.post("/authority", data=form | {"since": "gestern"}).status_code == 400
    assert governed.client.post("/authority", data=form).status_code == 303
    assert "/authority/1/approve" not in governed.client.get("/authority").text
    sign_in(governed, "reviewer")
    page = governed.client.get("/authority").text
    assert "/authority/1/approve" in page
    assert governed.client.post("/authority/1/approve", data={"token": "x"}).status_code == 400
    assert governed.client.post("/authority/1/approve", data={"token": token(page)}).status_code == 303
    assert "生效" in governed.client.get("/elements/mobile").text


def test_a_number_that_is_none_is_unknown(governed: City) -> None:
    for number in ("99", "x", "²", "9" * 30):
        answer = governed.client.post(f"/api/v1/authority/{number}/approve", headers=governed.headers("reviewer"))
        assert answer.status_code == 404


def token(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found is not None
    return found[1]
