"""CKAN's Action API over the same rule: envelope, catalogue, rows in pages, and what is refused in CKAN's words."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api.ckan.actions import ACTIONS
from api.ckan.datastore import counted_off
from api.ckan.envelope import ROOTS
from api.ckan.offsets import Offsets
from api.hand import Hand
from api.pages_of_rows import Book, Place
from schemas.access import GrantState, Mode, Tier
from schemas.dataset import Sharing
from schemas.errors import BadAsk
from tests.api.conftest import City, low_income
from tests.builders import (
    CIVIL_AFFAIRS,
    DAY,
    NOW,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    make_ask,
    make_dataset,
    make_grant,
    make_subject,
    make_verdict,
)

KEY = "civil_affairs.low_income"


def ask(city: City, action: str, who: str = "", **told: Any) -> Any:
    """POST, with the bare token as CKAN's clients send it."""
    headers = {"Authorization": city.credentials[who]} if who else {}
    return city.client.post(f"/api/action/{action}", json=told, headers=headers)


def result(city: City, action: str, who: str = "", **told: Any) -> Any:
    answer = ask(city, action, who, **told)
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, True), answer.text
    assert set(body) == {"help", "success", "result"}
    return body["result"]


def refused(answer: Any) -> tuple[int, str, str]:
    """Status, CKAN's name of the error and our code."""
    body = answer.json()
    assert set(body) == {"help", "success", "error"}
    assert body["success"] is False
    return answer.status_code, body["error"]["__type"], body["error"]["code"]


def rows(city: City, who: str, **told: Any) -> list[dict[str, Any]]:
    answer = city.get(f"/datasets/{KEY}/rows", who, params=told)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def test_the_catalogue_shows_what_the_caller_may_know_of(city: City) -> None:
    assert result(city, "package_list") == ["credit-penalty"]
    assert result(city, "package_list", "tengzhou") == ["civil_affairs-low_income", "credit-penalty"]
    assert result(city, "package_list", "health", limit=1, offset=2) == ["health-secret"]
    assert result(city, "organization_list", "health") == ["civil_affairs", "credit", "health"]
    (one,) = result(city, "organization_list", all_fields=True)
    assert (one["name"], one["title"], one["package_count"]) == ("credit", "山东省信用中心", 1)
    assert result(city, "organization_show", id="credit") == one
    found = result(city, "package_search", "tengzhou", q="低保")
    assert (found["count"], [one["id"] for one in found["results"]]) == (1, [KEY])
    assert result(city, "package_search", q="低保")["count"] == 0


def test_a_package_is_found_by_id_and_by_name_and_says_where_its_rows_are(city: City) -> None:
    told = result(city, "package_show", "tengzhou", id=KEY)
    assert told == result(city, "package_show", "tengzhou", id="civil_affairs-low_income")
    assert (told["title"], told["private"], told["owner_org"]) == ("城乡低保对象", True, "civil_affairs")
    assert told["metadata_modified"] == "2026-11-19T01:30:00", "UTC, without an offset, as CKAN has it"
    (resource,) = told["resources"]
    assert (resource["id"], resource["datastore_active"], resource["format"]) == (KEY, True, "CSV")
    path = urlsplit(resource["url"])
    got = city.client.get(f"{path.path}?{path.query}", headers=city.headers("tengzhou"))
    assert got.status_code == 200
    assert path.path.endswith("/rows.csv")
    shown = result(city, "resource_show", "tengzhou", id=KEY)
    assert shown == {name: value for name, value in resource.items() if name != "last_modified"}


@pytest.mark.parametrize("action", ["package_show", "resource_show", "organization_show", "datastore_search"])
def test_a_hidden_dataset_and_one_that_does_not_exist_answer_the_same(city: City, action: str) -> None:
    name = "resource_id" if action == "datastore_search" else "id"
    hidden, none = (ask(city, action, "tengzhou", **{name: key}) for key in ("health.secret", "health.nowhere"))
    assert refused(hidden) == refused(none) == (404, "Not Found Error", "UNKNOWN")
    assert hidden.json()["error"] == none.json()["error"]
    assert hidden.headers.get("yishu-receipt") == none.headers.get("yishu-receipt")


def test_searching_by_facets(city: City) -> None:
    told = {"fq": "+organization:credit +sharing_class:open", "facet.field": ["organization", "tier"], "rows": 0}
    found = result(city, "package_search", "health", **told)
    assert (found["count"], found["results"]) == (1, [])
    assert found["facets"] == {"organization": {"credit": 1}, "tier": {"1": 1}}
    for wrong in (
        {"fq": "title:x"},
        {"sort": "title asc"},
        {"facet.field": '["owner"]'},
        {"fq": "organization:(a OR b)"},
        {"start": 10**30},
    ):
        assert refused(ask(city, "package_search", **wrong)) == (409, "Validation Error", "BAD_ASK")


def test_a_facet_is_narrowed_to_a_value_of_several_words(city: City) -> None:
    city.shelf.register(make_dataset("credit.two_words", sharing=Sharing.OPEN, tags=("public credit",)), NOW)
    for fq in ('tags:"public credit"', 'organization:credit AND tags:"public credit"', '+tags:"public credit"  '):
        found = result(city, "package_search", fq=fq)
        assert [one["id"] for one in found["results"]] == ["credit.two_words"], fq


def test_rows_are_those_of_rows_under_the_only_purpose_that_there_is(city: City) -> None:
    answer = ask(city, "datastore_search", "tengzhou", resource_id=KEY)
    found = answer.json()["result"]
    assert found["records"] == rows(city, "tengzhou", purpose="social_assistance")
    assert (found["total"], found["limit"], found["offset"]) == (24, 100, 0)
    types = {one["id"]: one["type"] for one in found["fields"]}
    assert types == {
        "person_id": "text",
        "name": "text",
        "mobile": "text",
        "born": "date",
        "amount": "numeric",
        "household": "text",
    }
    assert found["fields"][0]["info"]["label"] == "公民身份号码"
    receipt = city.shelf.receipts.of(answer.headers["Yishu-Receipt"])
    assert receipt is not None
    told = receipt.body
    assert (told["format"], told["mode"], told["purpose"]) == ("ckan", "query", "social_assistance")
    assert (answer.headers["Yishu-Version"], answer.headers["Cache-Control"]) == ("1", "private, no-store")


def test_a_page_without_rows_tells_the_fields(city: City) -> None:
    found = result(city, "datastore_search", "tengzhou", resource_id=KEY, limit=0)
    assert (found["records"], len(found["fields"]), list(found["_links"])) == ([], 6, ["start"])
    assert "total" not in found, "nobody counts what is not served"


@pytest.mark.parametrize("by", ["offset", "link"])
def test_pages_by_offset_or_by_link_are_the_whole(city: City, by: str) -> None:
    found: list[dict[str, Any]] = []
    told: dict[str, Any] = {"resource_id": KEY, "limit": 7}
    totals = []
    while True:
        page = result(city, "datastore_search", "health", **told)
        found += page["records"]
        totals.append(page.get("total"))
        if "next" not in page["_links"]:
            break
        step = {name: values[0] for name, values in parse_qs(urlsplit(page["_links"]["next"]).query).items()}
        told = step if by == "link" else told | {"offset": len(found)}
    assert found == rows(city, "health", purpose="public_health")
    assert totals == [None] * (len(totals) - 1) + [len(found)]


@pytest.mark.parametrize("offset", [1, 5, 23, 24, 25, 999])
def test_an_offset_that_no_page_led_to_is_counted_off(city: City, offset: int) -> None:
    found = result(city, "datastore_search", "tengzhou", resource_id=KEY, offset=offset)
    assert found["records"] == rows(city, "tengzhou", purpose="social_assistance")[offset:]
    too_far = ask(city, "datastore_search", "tengzhou", resource_id=KEY, offset=100_001)
    assert refused(too_far) == (409, "Validation Error", "BAD_ASK")


def test_pages_by_offset_stay_on_their_version(city: City) -> None:
    told = {"resource_id": KEY, "limit": 5}
    before = rows(city, "tengzhou", purpose="social_assistance")
    first = ask(city, "datastore_search", "tengzhou", **told)
    dataset = city.shelf.dataset(KEY)
    fewer = make_verdict(city.shelf.lake, dataset, low_income()[10:], DAY + timedelta(days=1))
    assert city.shelf.publish(dataset, fewer, NOW).version == 2
    second = ask(city, "datastore_search", "tengzhou", **told, offset=5)
    assert (second.headers["Yishu-Version"], second.json()["result"]["records"]) == ("1", before[5:10])
    assert second.headers["ETag"] != first.headers["ETag"]
    assert ask(city, "datastore_search", "tengzhou", **told).headers["Yishu-Version"] == "2"


def test_remembered_offsets_are_few_and_run_out() -> None:
    offsets = Offsets(most=2)
    for number in range(3):
        offsets.put(str(number), Place(1, number), NOW)
    assert offsets.at("0", NOW) is None
    assert offsets.at("2", NOW) == Place(1, 2)
    assert offsets.at("2", NOW.replace(year=2027)) is None


def test_filters_fields_and_lists(city: City) -> None:
    told = {"resource_id": KEY, "filters": {"amount": [603, "604.00"]}, "fields": ["amount", "mobile"]}
    found = result(city, "datastore_search", "tengzhou", **told, records_format="lists")
    assert found["records"] == [["19900000003", "603.00"], ["19900000004", "604.00"]]
    assert result(city, "datastore_search", "tengzhou", resource_id=KEY, filters={"mobile": None})["records"] == []
    born = result(city, "datastore_search", "tengzhou", resource_id=KEY, filters='{"born": "1953-04-04"}')
    assert [one["amount"] for one in born["records"]] == ["603.00"]
    masked = ask(city, "datastore_search", "tengzhou", resource_id=KEY, filters={"name": "样例0003"})
    assert refused(masked) == (403, "Authorization Error", "FILTER_NOT_ALLOWED")
    quoted = ask(city, "datastore_search", "tengzhou", resource_id=KEY, filters={"mobile": "' or 'a' = 'a"})
    assert quoted.json()["result"]["records"] == []


def test_rows_in_an_order_that_is_asked_for(city: City) -> None:
    told = {"resource_id": KEY, "sort": '"amount" DESC', "fields": "amount", "limit": 2}
    found = result(city, "datastore_search", "tengzhou", **told)
    assert [one["amount"] for one in found["records"]] == ["623.00", "622.00"]
    last = result(city, "datastore_search", "tengzhou", **told, offset=22)
    assert [one["amount"] for one in last["records"]] == ["601.00", "600.00"]
    assert (last["total"], "next" in last["_links"], "next" in found["_links"]) == (24, False, True)
    hidden = ask(city, "datastore_search", "tengzhou", resource_id=KEY, sort="born", fields="amount")
    assert refused(hidden) == (409, "Validation Error", "BAD_ASK")


@pytest.mark.parametrize(
    "wrong",
    [
        {"q": "张"},
        {"limit": -1},
        {"offset": "many"},
        {"distinct": True},
        {"filters": {"nothing": 1}},
        {"filters": {"amount": "much"}},
        {"filters": {"amount": []}},
        {"filters": {"amount": [None]}},
        {"filters": {"amount": {"min": 1}}},
        {"filters": "amount"},
        {"fields": "nothing"},
        {"fields": ["amount", "amount"]},
        {"fields": {"amount": 1}},
        {"sort": "nothing"},
        {"sort": "amount upwards"},
        {"cursor": "AAAA"},
        {"purpose": "curiosity"},
        {"records_format": "csv"},
    ],
    ids=str,
)
def test_what_is_not_offered_is_a_validation_error_that_says_so(city: City, wrong: dict[str, Any]) -> None:
    answer = ask(city, "datastore_search", "tengzhou", resource_id=KEY, **wrong)
    assert refused(answer) == (409, "Validation Error", "BAD_ASK")
    assert next(iter(wrong)) in answer.json()["error"]["message"].replace("filter:", "filters:")


def test_refusals_of_policy_are_on_record_in_the_rules_own_words(city: City) -> None:
    told = {"resource_id": KEY, "purpose": "statistics"}
    answer = ask(city, "datastore_search", "tengzhou", **told)
    assert refused(answer) == (403, "Authorization Error", "PURPOSE_MISMATCH")
    error = answer.json()["error"]
    assert (error["gate"], error["instance"].rpartition("/")[2]) == ("G4", answer.headers["Yishu-Receipt"])
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    assert refused(ask(city, "datastore_search", "tengzhou", resource_id=KEY))[:2] == (403, "Authorization Error")
    assert refused(ask(city, "datastore_search", "outsider", resource_id=KEY))[0] == 404


def test_two_grants_are_told_apart_by_the_resource_or_the_grant(city: City) -> None:
    more = make_grant(TENGZHOU_CIVIL, purpose="statistics", modes=(Mode.QUERY,), columns=("amount",))
    number = city.shelf.grant(more, NOW).number
    assert refused(ask(city, "datastore_search", "tengzhou", resource_id=KEY))[0] == 403
    named = result(city, "datastore_search", "tengzhou", resource_id=f"{KEY}--{number}")
    assert [one["id"] for one in named["fields"]] == ["amount"]
    assert result(city, "datastore_search", "tengzhou", resource_id=KEY, grant=number)["records"] == named["records"]
    both = ask(city, "datastore_search", "tengzhou", resource_id=f"{KEY}--{number}", grant=city.grants["tengzhou"])
    assert refused(both) == (409, "Validation Error", "BAD_ASK")


@pytest.mark.parametrize("how", [{}, {"sort": "amount"}], ids=["pages", "sorted"])
def test_a_days_rows_are_spent_by_pages_too(city: City, how: dict[str, str]) -> None:
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    city.shelf.grant(make_grant(rows_per_day=20), NOW)
    told = {"resource_id": KEY, "purpose": "social_assistance", "limit": 10, **how}
    for offset in (0, 10):
        assert len(result(city, "datastore_search", "tengzhou", **told, offset=offset)["records"]) == 10
    spent = ask(city, "datastore_search", "tengzhou", **told, offset=20)
    assert refused(spent) == (429, "Service Error", "DAY_SPENT")
    assert int(spent.headers["Retry-After"]) > 0


def test_get_and_post_and_both_roots_answer_alike(city: City) -> None:
    expected = result(city, "datastore_search", "tengzhou", resource_id=KEY, limit=3, filters={"amount": [601, 602]})
    query = {"resource_id": KEY, "limit": "3", "filters": '{"amount": [601, 602]}'}
    for root in ROOTS:
        told = {"X-CKAN-API-Key": city.credentials["tengzhou"]}
        got = city.client.get(f"{root}/datastore_search", params=query, headers=told).json()["result"]
        posted = city.client.post(f"{root}/datastore_search", params=query, headers=city.headers("tengzhou")).json()
        assert got["records"] == expected["records"] == posted["result"]["records"]
    doubled = city.client.get(f"{ROOTS[0]}/package_list?limit=1&limit=2")
    assert refused(doubled) == (409, "Validation Error", "BAD_ASK")
    for body in (b"no", b"[]"):
        wrong = city.client.post(f"{ROOTS[0]}/package_list", content=body)
        assert refused(wrong) == (409, "Validation Error", "BAD_ASK")


def test_a_credential_that_is_none_is_refused_and_never_the_public(city: City) -> None:
    mine = city.credentials["tengzhou"]
    for headers in (
        {"Authorization": "ys_0000"},
        {"Authorization": "Basic eDp5"},
        {"X-CKAN-API-Key": "ys_0000"},
        {"Authorization": mine, "X-CKAN-API-Key": city.credentials["health"]},
    ):
        answer = city.client.post("/api/action/package_list", headers=headers)
        assert refused(answer) == (403, "Authorization Error", "UNIDENTIFIED")


def test_every_action_has_help_and_any_other_is_not_found(city: City) -> None:
    for name in ACTIONS:
        assert result(city, "help_show", name=name)
    answer = ask(city, "datastore_search_sql", "tengzhou", sql="select 1")
    assert refused(answer) == (404, "Not Found Error", "UNKNOWN")
    assert "datastore_search" in answer.json()["error"]["message"]
    for other in ("package_update", "resource_create", "organization_delete"):
        assert refused(ask(city, other, "civil", name="x")) == (403, "Authorization Error", "CKAN_READ_ONLY")
    assert refused(ask(city, "help_show", name="x"))[0] == 404
    assert result(city, "status_show")["extensions"] == ["datastore"]
    assert result(city, "site_read") is True


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("package_search", '{"facet.field": [{}]}'),
        ("package_search", '{"facet.field": {"tier": 1}}'),
        ("datastore_search", "[" * 100_000),
        ("datastore_search", json.dumps({"resource_id": KEY, "filters": {"name": "\ud800"}})),
        ("datastore_search", json.dumps({"resource_id": KEY, "filters": json.dumps({"name": "\ud800"})})),
    ],
    ids=["a facet", "facets", "deep", "half a character", "half a character in a text"],
)
def test_a_body_that_no_client_sends_is_a_bad_ask(city: City, action: str, body: str) -> None:
    answer = city.client.post(f"/api/action/{action}", content=body, headers=city.headers("tengzhou"))
    assert refused(answer) == (409, "Validation Error", "BAD_ASK")


def test_an_offset_that_cannot_be_counted_off_is_refused_and_not_another_page(city: City) -> None:
    ask = make_ask(make_subject(ZAOZHUANG, Tier.CITY, system="civil", organisation=CIVIL_AFFAIRS), purpose="own_duty")
    rare = {"column": "amount", "op": "in", "value": ["600", "639"]}
    book = Book(city.shelf.open_rows(city.shelf.decide(replace(ask, filter=rare))), Hand(), "x")
    found = counted_off(book, Place(1), 1)
    assert found is not None
    assert found.served == 1
    with pytest.raises(BadAsk, match="too few rows"):
        counted_off(book, Place(1), 2, most=1)
