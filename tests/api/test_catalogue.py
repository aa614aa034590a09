"""The catalogue over HTTP shows each caller what they may know of, and nothing else."""

import pytest

from tests.api.conftest import City

HIDDEN, ABSENT = "health.secret", "health.absent"
SAID = ("dataset", "mode", "purpose", "code", "gate", "allowed", "columns", "scope", "system", "version", "basis")


def keys(city: City, who: str = "", query: str = "") -> list[str]:
    return [one["key"] for one in city.get(f"/datasets{query}", who).json()["datasets"]]


def test_the_public_sees_open_data_only(city_on_each: City) -> None:
    assert keys(city_on_each) == ["credit.penalty"]
    assert keys(city_on_each, "outsider") == ["credit.penalty"]


def test_government_sees_what_is_shared_and_the_owner_what_is_withheld(city: City) -> None:
    assert keys(city, "tengzhou") == ["civil_affairs.low_income", "credit.penalty"]
    assert HIDDEN in keys(city, "health")


def test_a_search_says_which_field_matched(city: City) -> None:
    (hit,) = city.get("/datasets?q=户籍", "tengzhou").json()["datasets"]
    assert (hit["key"], hit["matched"]) == ("civil_affairs.low_income", ["household"])


def test_the_list_comes_in_pages_and_can_be_narrowed(city: City) -> None:
    first = city.get("/datasets?limit=1", "tengzhou").json()
    second = city.get(f"/datasets?limit=1&cursor={first['next']}", "tengzhou").json()
    assert [first["datasets"][0]["key"], second["datasets"][0]["key"]] == keys(city, "tengzhou")
    assert second["next"] is None
    assert city.get(f"/datasets?limit=1&cursor={first['next']}", "civil").status_code == 400
    assert keys(city, "tengzhou", "?sharing=open") == ["credit.penalty"]
    assert keys(city, "tengzhou", "?tier=1") == ["credit.penalty"]
    assert keys(city, "tengzhou", "?department=civil_affairs") == ["civil_affairs.low_income"]


@pytest.mark.parametrize("tail", ["", "/versions", "/quality", "/lineage", "/access", "/rows", "/rows?format=csv"])
@pytest.mark.parametrize("who", ["", "tengzhou", "outsider"])
def test_what_is_withheld_looks_like_what_is_not_there(city: City, tail: str, who: str) -> None:
    hidden, absent = (city.get(f"/datasets/{key}{tail}", who) for key in (HIDDEN, ABSENT))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content.replace(HIDDEN.encode(), ABSENT.encode()) == absent.content
    assert dict(hidden.headers) == dict(absent.headers)


def test_an_ask_for_hidden_rows_is_on_record_all_the_same(city: City) -> None:
    before = len(city.shelf.receipts.newest())
    city.get(f"/datasets/{HIDDEN}/rows?purpose=statistics", "tengzhou")
    newest = city.shelf.receipts.newest()[0]
    assert len(city.shelf.receipts.newest()) == before + 1
    assert (newest.body["code"], newest.body["allowed"]) == ("UNKNOWN", False)


@pytest.mark.parametrize("who", ["", "tengzhou"])
def test_hidden_and_absent_leave_the_same_receipt_so_that_a_gap_tells_nothing(city: City, who: str) -> None:
    told = {"purpose": "statistics", "case": "1", "subject": {"person_id": "1"}}
    for key in (HIDDEN, ABSENT):
        city.get(f"/datasets/{key}/rows?purpose=statistics", who)
        city.client.post(f"/api/v1/datasets/{key}/verify", headers=city.headers(who), json=told)
    left = [{k: v for k, v in one.body.items() if k in SAID} for one in city.shelf.receipts.newest(limit=4)[::-1]]
    assert left[:2] == [one | {"dataset": HIDDEN} for one in left[2:]]
    assert [one["mode"] for one in left] == ["query", "verify"] * 2


def test_what_a_rule_observed_is_the_owners_alone(city: City) -> None:
    assert "observed" in city.get("/datasets/civil_affairs.low_income/quality", "civil").json()["findings"][0]
    anybody = city.get("/datasets/credit.penalty/quality").json()["findings"][0]
    assert ("checked" in anybody, "observed" in anybody) == (True, False)


def test_no_cache_keeps_what_the_api_says_to_one_caller(city: City) -> None:
    for path in ("/datasets", "/datasets/credit.penalty", "/datasets/credit.penalty/access"):
        headers = city.get(path, "tengzhou").headers
        assert headers["Cache-Control"] == "private, no-store"
        assert "Authorization" in headers["Vary"]


@pytest.mark.parametrize("key", ["..", "%2e%2e", "a%2fb", "A.B", "a.b;x", "credit.penalty%00", "credit.penalty%20"])
def test_a_key_that_is_none_is_not_there(city: City, key: str) -> None:
    assert city.get(f"/datasets/{key}", "tengzhou").status_code == 404


def test_a_dataset_tells_its_fields_and_latest_version_but_no_number_of_rows(city: City) -> None:
    told = city.get("/datasets/civil_affairs.low_income?lang=en", "tengzhou")
    body = told.json()
    assert body["title"] == "Recipients of subsistence allowances"
    assert [f["name"] for f in body["fields"]][:2] == ["person_id", "name"]
    assert body["latest"]["version"] == 1
    assert "rows" not in body["latest"]


def test_numbers_of_rows_are_for_those_who_see_all_rows(city: City) -> None:
    path = "/datasets/civil_affairs.low_income/quality"
    assert city.get(path, "civil").json()["findings"][0]["checked"] == 40
    assert "checked" not in city.get(path, "tengzhou").json()["findings"][0]
    assert "40" not in city.get(path, "tengzhou").text
    assert city.get("/datasets/credit.penalty/quality").json()["findings"][0]["checked"] == 10


def test_lineage_names_no_system_of_a_department(city: City) -> None:
    body = city.get("/datasets/civil_affairs.low_income/lineage", "tengzhou").json()
    told = [(one["from"], one["to"]) for one in body["edges"] if one["from"]["kind"] == "source"]
    assert told == [({"kind": "source"}, {"kind": "dataset", "key": "civil_affairs.low_income"})]


def test_versions_are_listed_newest_first(city: City) -> None:
    (one,) = city.get("/datasets/credit.penalty/versions").json()["versions"]
    assert one["version"] == 1
    assert one["published_at"].endswith("+08:00")


@pytest.mark.parametrize(
    "path", ["/datasets?page=2", "/datasets/credit.penalty?x=1", "/datasets/credit.penalty/lineage?a="]
)
def test_unknown_parameters_are_refused_everywhere(city: City, path: str) -> None:
    answer = city.get(path)
    assert answer.status_code == 400
    assert "lang" in answer.json()["detail"]
