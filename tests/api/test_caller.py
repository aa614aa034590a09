"""Who asks is known from the bearer credential alone."""

from datetime import timedelta

import pytest

from catalog.credentials import write
from tests.api.conftest import City
from tests.builders import NOW

PATH = "/api/v1/datasets"


@pytest.mark.parametrize(
    "header", ["Basic eDp5", "Bearer", "Bearer ", "ys_abc", "Bearer ys_a_b_00000000", "bearer x y"]
)
def test_a_malformed_credential_is_refused_and_never_taken_for_the_public(city: City, header: str) -> None:
    answer = city.client.get(PATH, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "UNIDENTIFIED"


def test_two_credentials_at_once_are_refused(city: City) -> None:
    both = [("Authorization", city.headers(who)["Authorization"]) for who in ("civil", "tengzhou")]
    assert city.client.get(PATH, headers=both).status_code == 401


def test_a_revoked_or_expired_credential_is_refused_at_once(city: City) -> None:
    (one,) = city.shelf.parties.credentials("tengzhou")
    city.shelf.parties.revoke(one.id, NOW)
    assert city.get("/datasets", "tengzhou").status_code == 401
    city.clock.now = NOW + timedelta(days=400)
    assert city.get("/datasets", "civil").status_code == 401


def test_a_wrong_secret_and_an_unknown_id_get_the_same_answer(city: City) -> None:
    known = city.credentials["civil"].split("_")[1]
    answers = [
        city.client.get(PATH, headers={"Authorization": f"Bearer {write(identifier, b'z' * 32)}"})
        for identifier in (known, "aaaaaaaaaaaa")
    ]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("header", ["X-Forwarded-User", "X-Organisation", "Client-Cert", "X-Yishu-Division", "Cookie"])
def test_no_other_header_identifies_anybody(city: City, header: str) -> None:
    plain = city.client.get(PATH)
    told = city.client.get(PATH, headers={header: f"yishu_session={city.credentials['civil']}"})
    assert plain.content == told.content


def test_a_credential_in_the_query_is_refused(city: City) -> None:
    assert city.client.get(f"{PATH}?token={city.credentials['civil']}").status_code == 400


def test_an_inactive_organisation_is_refused_by_the_rule(city: City) -> None:
    code = city.shelf.parties.systems()[0].organisation
    who = city.shelf.parties.systems()[0].id
    city.shelf.parties.set_active(organisation=code, active=False)
    assert "civil_affairs.low_income" not in city.get("/datasets", who).text
