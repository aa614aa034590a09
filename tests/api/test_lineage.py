"""Lineage over HTTP and as a page: events of others come in by one door, and nobody sees more than they may know of."""

import gzip
import json
import re
from typing import Any

import pytest

from schemas.dataset import Sharing, Source
from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.builders import NOW, TENGZHOU_CIVIL, make_dataset

KEY, SECRET = "civil_affairs.low_income", "health.secret"


def event(**more: Any) -> dict[str, Any]:
    return {
        "eventTime": NOW.isoformat(),
        "eventType": "COMPLETE",
        "producer": "https://example.org/airflow",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "0190b5a8-0000-7000-8000-000000000001"},
        "job": {"namespace": "airflow", "name": "nightly"},
        "inputs": [{"namespace": "yishu", "name": KEY}],
        "outputs": [{"namespace": "postgres://tengzhou", "name": "civil.public.low_income"}],
    } | more


def tell(city: City, who: str, body: Any, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = city.headers(who) | {"Content-Type": "application/json"} | headers
    return city.client.post("/api/v1/lineage", content=content, headers=sent)


def named(city: City, who: str, key: str = KEY) -> set[str]:
    return {
        one["name"] for one in city.get(f"/datasets/{key}/lineage", who).json()["nodes"] if one["kind"] == "foreign"
    }


def test_an_event_is_taken_once_and_told_to_teller_and_owner_alone(city: City) -> None:
    assert tell(city, "tengzhou", event()).status_code == 201
    assert tell(city, "tengzhou", event()).json() == {"accepted": True, "new": False}
    copied = {"postgres://tengzhou civil.public.low_income"}
    assert named(city, "tengzhou") == named(city, "civil") == copied
    assert named(city, "health") == named(city, "laiwu") == set()
    (edge,) = [one for one in city.get(f"/datasets/{KEY}/lineage", "civil").json()["edges"] if one["told_by"]]
    assert edge["told_by"] == TENGZHOU_CIVIL
    assert edge["to"] == {"kind": "foreign", "name": "postgres://tengzhou civil.public.low_income"}


@pytest.mark.parametrize(
    ("who", "body", "headers", "answered"),
    [
        ("", event(), {}, (401, "UNIDENTIFIED")),
        ("tengzhou", event(outputs=[{"namespace": "yishu", "name": KEY}]), {}, (403, "LINEAGE_NOT_YOURS")),
        ("tengzhou", event(run={"runId": "x"}), {}, (422, "BAD_INPUT")),
        ("tengzhou", b"{", {}, (422, "BAD_INPUT")),
        ("tengzhou", b"[" * 100_000, {}, (422, "BAD_INPUT")),
        ("tengzhou", b'{"eventTime": "\\ud800"}', {}, (422, "BAD_INPUT")),
        ("tengzhou", b"x", {"Content-Encoding": "br"}, (422, "BAD_INPUT")),
        ("tengzhou", gzip.compress(b" " * (2 << 20)), {"Content-Encoding": "gzip"}, (422, "BAD_INPUT")),
        ("tengzhou", b" " * (2 << 20), {}, (413, "BAD_ASK")),
    ],
    ids=["public", "not the owner", "no uuid", "half", "deep", "half a character", "brotli", "bomb", "long"],
)
def test_what_is_not_taken_changes_nothing_and_says_why(
    city: City, who: str, body: Any, headers: dict[str, str], answered: tuple[int, str]
) -> None:
    answer = tell(city, who, body, **headers)
    assert (answer.status_code, answer.json()["code"]) == answered, answer.text
    assert named(city, "civil") == set()


def test_a_compressed_event_and_one_about_a_dataset_alone_are_taken(city: City) -> None:
    packed = gzip.compress(json.dumps(event()).encode())
    assert tell(city, "tengzhou", packed, **{"Content-Encoding": "gzip"}).status_code == 201
    alone = {name: event()[name] for name in ("eventTime", "producer", "schemaURL")}
    answer = tell(city, "tengzhou", alone | {"dataset": {"namespace": "n", "name": "x"}})
    assert (answer.status_code, answer.json()["accepted"]) == (200, False)


def test_a_hidden_dataset_is_told_of_in_the_same_words_as_one_that_is_not_there(city: City) -> None:
    answers = [
        tell(
            city, "tengzhou", event(outputs=[{"namespace": "yishu", "name": name}], job={"namespace": "a", "name": "n"})
        )
        for name in (SECRET, "no.such")
    ]
    assert {(one.status_code, one.text) for one in answers} == {(201, '{"accepted":true,"new":true}')}


@pytest.fixture
def derived(city: City) -> str:
    source = Source("derived", "", {"sql": "…"}, inputs=(KEY, SECRET))
    city.shelf.register(
        make_dataset("civil_affairs.poverty", title="贫困户画像", title_en="Poverty", source=source), NOW
    )
    withheld = make_dataset(
        "health.made_of_it", title="内部", sharing=Sharing.WITHHELD, withheld_basis="x",
        owner=city.shelf.dataset(SECRET).owner, source=Source("derived", "", {}, inputs=(KEY,)),
    )  # fmt: skip
    city.shelf.register(withheld, NOW)
    return "civil_affairs.poverty"


def test_the_page_draws_what_the_table_says_with_links_and_no_trace_of_what_is_hidden(city: City, derived: str) -> None:
    sign_in(city, "tengzhou")
    page = city.client.get(f"/datasets/{KEY}/lineage?lang=zh-CN").text
    assert page.count("<rect") == 5  # its source, itself, what is made of it, the grant, the recipient
    assert page.count('class="declared"') == 4
    assert len(re.findall(r'<th scope="row">', page)) == 4
    assert f'<a href="/datasets/{derived}/lineage?lang=zh-CN"><g class="dataset"' in page
    assert "YS-2026-000001" in page
    for hidden in (SECRET, "health.made_of_it", "内部", "不予共享的健康档案", "YS-2026-000002"):
        assert hidden not in page, hidden


def test_the_owner_of_the_hidden_one_sees_it_on_the_page(city: City, derived: str) -> None:
    sign_in(city, "health")
    page = city.client.get(f"/datasets/{derived}/lineage?lang=en").text
    assert "Withheld" in page
    assert "health.secret" in page


def test_a_hidden_dataset_has_no_lineage_page_for_who_may_not_know_of_it(city: City) -> None:
    sign_in(city, "tengzhou")
    assert city.client.get(f"/datasets/{SECRET}/lineage").status_code == 404
    assert city.client.get("/datasets/no.such/lineage").status_code == 404


def test_the_page_goes_as_far_as_is_asked_within_bounds(city: City) -> None:
    sign_in(city, "civil")
    before = KEY
    for n in range(6):
        source = Source("derived", "", {}, inputs=(before,))
        before = f"civil_affairs.step_{n}"
        city.shelf.register(make_dataset(before, title=f"第{n}步", source=source), NOW)
    assert "第1步" in city.client.get(f"/datasets/{KEY}/lineage").text
    assert "第2步" not in city.client.get(f"/datasets/{KEY}/lineage").text
    far = city.client.get(f"/datasets/{KEY}/lineage?hops=5").text
    assert "第4步" in far
    assert "更远处还有内容" in far
    for odd in ("0", "9999999999", "x", "²"):
        assert "第2步" not in city.client.get(f"/datasets/{KEY}/lineage", params={"hops": odd}).text


def test_limits_of_the_api_are_those_that_it_tells(city: City, derived: str) -> None:
    body = city.get(f"/datasets/{KEY}/lineage?nodes=1", "civil").json()
    assert len(body["nodes"]) == 1
    assert body["edges"] == []
    assert "nodes" in body["cut"]
    assert city.get(f"/datasets/{KEY}/lineage?hops=9", "civil").json()["code"] == "BAD_ASK"
