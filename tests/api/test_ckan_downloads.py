"""Signed addresses of CKAN's resources: they open what their credential may have now, on record, for minutes."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import Request

from api.caller import Call
from api.formats import Format
from api.pages_of_rows import Place
from api.reading import Reading, again
from api.wanted import Shape
from schemas.access import GrantState, Mode
from tests.api.conftest import City, low_income
from tests.api.test_ckan import result
from tests.builders import DAY, NOW, make_ask, make_verdict

KEY = "civil_affairs.low_income"


def address(city: City, who: str, key: str = KEY) -> str:
    url = str(result(city, "package_show", who, id=key)["resources"][0]["url"])
    return url.removeprefix("http://testserver")


def test_an_address_opens_the_rows_of_its_credential_without_one_and_leaves_a_receipt(city: City) -> None:
    got = city.client.get(address(city, "tengzhou"))
    assert got.status_code == 200
    assert got.headers["content-type"].startswith("text/csv")
    told = {"purpose": "social_assistance", "format": "csv"}
    assert got.text == city.get(f"/datasets/{KEY}/rows", "tengzhou", params=told).text
    assert len(got.text.splitlines()) == 25
    receipt = city.get(f"/ledger/receipts/{got.headers['yishu-receipt']}", "tengzhou").json()
    assert "tengzhou" in str(receipt)


def test_no_credential_stands_in_an_address_and_the_same_minutes_have_the_same_one(city: City) -> None:
    one = address(city, "tengzhou")
    assert city.credentials["tengzhou"] not in one
    assert city.credentials["tengzhou"].split("_")[1] not in one
    assert address(city, "tengzhou") == one != address(city, "health")


def test_an_address_ends_after_minutes_with_its_credential_and_with_its_grant(city: City) -> None:
    url = address(city, "tengzhou")
    begun = city.clock.now
    city.clock.now = begun + timedelta(minutes=14)
    assert city.client.get(url).status_code == 200
    city.clock.now = begun + timedelta(minutes=31)
    assert city.client.get(url).json()["code"] == "BAD_ASK"
    city.clock.now = begun
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.SUSPENDED)
    assert city.client.get(url).status_code == 403
    identifier = city.credentials["health"].split("_")[1]
    other = address(city, "health")
    city.shelf.parties.revoke(identifier, city.clock.now)
    assert city.client.get(other).status_code == 401


@pytest.mark.parametrize("sender", ["", "outsider"])
def test_whoever_sends_an_address_is_asked_again_as_its_credential_while_the_rows_leave(
    city: City, sender: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.rows.standing.EVERY", 0.0)
    got = city.client.get(address(city, "tengzhou"), headers=city.headers(sender))
    assert (got.status_code, len(got.text.splitlines())) == (200, 25)


def test_what_is_asked_again_is_the_version_that_is_being_sent(city: City) -> None:
    desk, dataset = city.client.app.state.desk, city.shelf.dataset(KEY)
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, low_income(), DAY + timedelta(days=1)), NOW)
    subject = city.shelf.parties.subject_of(city.credentials["tengzhou"].split("_")[1], NOW)
    call = Call(Request({"type": "http", "headers": []}), desk, subject, NOW, "en")
    ask = make_ask(subject, mode=Mode.BULK)
    shape = Shape(Format.CSV, Mode.BULK, page=None)
    reading = Reading(call, dataset, ask, shape, Place(0), {}, signed=True)
    assert [again(reading, version).allowed for version in (1, 2)] == [True, True]
    city.shelf.withdraw(KEY, 1)
    assert [again(reading, version).code for version in (1, 2)] == ["DATASET_NOT_PUBLISHED", "OK"]


@pytest.mark.parametrize("key", ["civil_affairs.low_income", "health.secret", "no.such"])
def test_an_address_fits_its_own_dataset_alone_and_cannot_be_made_up(city: City, key: str) -> None:
    signed = parse_qs(urlsplit(address(city, "health", "health.secret")).query)["signed"][0]
    answer = city.client.get(f"/api/v1/datasets/{key}/rows.csv", params={"signed": signed})
    assert answer.status_code == (200 if key == "health.secret" else 400)
    forged = city.client.get(f"/api/v1/datasets/{key}/rows.csv", params={"signed": signed[:-4] + "AAAA"})
    assert (forged.status_code, forged.json()["code"]) == (400, "BAD_ASK")
    assert city.client.get(f"/api/v1/datasets/{key}/rows.csv").json()["code"] == "BAD_ASK"


def test_open_data_have_a_plain_address(city: City) -> None:
    for who in ("", "health"):
        url = address(city, who, "credit.penalty")
        assert url == "/api/v1/datasets/credit.penalty/rows?format=csv"
        assert city.client.get(url).status_code == 200


def test_topics_are_tags_of_what_one_may_know_of_and_each_caller_is_told_of_themselves(city: City) -> None:
    secret = city.shelf.dataset("health.secret")
    city.shelf.register(replace(secret, tags=("机密主题",), version="1.0.1", contract_hash="x"), NOW)
    low = city.shelf.dataset(KEY)
    city.shelf.register(replace(low, tags=("救助", "民生"), version="1.0.1", contract_hash="y"), NOW)
    assert result(city, "tag_list") == []
    assert result(city, "tag_list", "tengzhou") == ["救助", "民生"]
    assert result(city, "tag_list", "health", query="机")[0] == "机密主题"
    assert result(city, "group_list", "health") == []
    assert result(city, "user_show", "tengzhou")["id"] == "tengzhou"
    found = result(city, "package_search", "tengzhou", q="organization:civil_affairs")
    assert [one["id"] for one in found["results"]] == [KEY]
