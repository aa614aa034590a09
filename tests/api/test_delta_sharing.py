"""Delta Sharing's protocol over the same rule: lines, headers, signed files, and what is refused."""

import io
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq
import pytest
from sqlalchemy import event

from api.delta.files import SIGNATURE, asked_again, opened
from api.scans import PUBLIC, Scans
from catalog.rows.standing import watched
from schemas.access import Decision, GrantState, Mode
from schemas.dataset import Grade, Sharing, Transform
from schemas.errors import Refused
from tests.api.conftest import City, with_scans
from tests.builders import (
    NOW,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    make_dataset,
    make_field,
    make_grant,
    make_verdict,
)

ROOT = "/delta-sharing"
TABLE = f"{ROOT}/shares/yishu/schemas/civil_affairs/tables/low_income"
DELTA = {"delta-sharing-capabilities": "responseformat=delta"}


def get(city: City, path: str, who: str = "", **headers: str) -> Any:
    return city.client.get(path, headers=city.headers(who) | headers)


def query(city: City, who: str, body: Mapping[str, Any] | None = None, table: str = TABLE, **headers: str) -> Any:
    return city.client.post(f"{table}/query", json=body or {}, headers=city.headers(who) | headers)


def lines(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def files(answer: Any) -> list[dict[str, Any]]:
    return [line["file"] for line in lines(answer) if "file" in line]


def local(url: str) -> str:
    """Path and query of a link."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_lists_name_what_the_caller_may_take(city: City) -> None:
    own = get(city, f"{ROOT}/shares/yishu/schemas", "health").json()["items"]
    assert [one["name"] for one in own] == ["civil_affairs", "credit", "health"], "its own withheld data too"
    assert get(city, f"{ROOT}/shares", "health").json() == {"items": [{"name": "yishu"}]}
    assert get(city, f"{ROOT}/shares/yishu", "health").json() == {"share": {"name": "yishu"}}
    found = get(city, f"{ROOT}/shares/yishu/all-tables", "tengzhou").json()["items"]
    assert [(one["schema"], one["name"]) for one in found] == [("civil_affairs", "low_income"), ("credit", "penalty")]
    schemas = get(city, f"{ROOT}/shares/yishu/schemas", "outsider").json()["items"]
    assert schemas == [{"name": "credit", "share": "yishu"}]
    tables = get(city, f"{ROOT}/shares/yishu/schemas/credit/tables").json()["items"]
    assert tables == [{"name": "penalty", "schema": "credit", "share": "yishu"}]
    for path in ("/shares/other", "/shares/other/schemas", "/shares/other/all-tables"):
        assert get(city, ROOT + path, "health").status_code == 404


def test_lists_come_in_pages(city: City) -> None:
    first = get(city, f"{ROOT}/shares/yishu/all-tables?maxResults=1", "tengzhou").json()
    assert [one["name"] for one in first["items"]] == ["low_income"]
    rest = get(city, f"{ROOT}/shares/yishu/all-tables?pageToken={first['nextPageToken']}", "tengzhou").json()
    assert [one["name"] for one in rest["items"]] == ["penalty"]
    assert "nextPageToken" not in rest
    assert "\n" not in get(city, f"{ROOT}/shares", "health").text, "the client reads one line"


@pytest.mark.parametrize("who", ["", "tengzhou", "health", "outsider"])
@pytest.mark.parametrize("purpose", ["", "/for/statistics"])
def test_a_list_of_many_tables_costs_no_more_statements_than_one_of_few(city: City, who: str, purpose: str) -> None:
    def statements() -> tuple[int, int]:
        said: list[str] = []
        event.listen(city.shelf.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
        found = get(city, f"{ROOT}{purpose}/shares/yishu/all-tables?maxResults=100", who).json()["items"]
        return len(said), len(found)

    grants = len(city.shelf.grants())
    few, before = statements()
    fields = (make_field("number", key=1, grade=Grade.GENERAL_1),)
    for number in range(12):
        sharing = (Sharing.OPEN, Sharing.UNCONDITIONAL, Sharing.CONDITIONAL)[number % 3]
        told = {"sharing": sharing, "subject_kind": "", "default_scope": "", "fields": fields}
        dataset = make_dataset(f"more.of_{number:02d}", **told)
        city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, [{"number": "1"}]), NOW)
    many, found = statements()
    assert many <= few + 1
    more = 0 if purpose and who in ("", "outsider") else 4
    assert found - before == more, "open data for no purpose, unconditional data for that of a government's"
    assert len(city.shelf.grants()) == grants, "looking at a list gives nobody a grant"


def test_metadata_tells_the_columns_as_they_leave(city: City) -> None:
    answer = get(city, f"{TABLE}/metadata", "tengzhou")
    protocol, metadata = lines(answer)
    assert protocol == {"protocol": {"minReaderVersion": 1}}
    assert (answer.headers["delta-table-version"], answer.headers["delta-sharing-capabilities"]) == (
        "1",
        "responseformat=parquet",
    )
    told = json.loads(metadata["metaData"]["schemaString"])
    assert [(one["name"], one["type"]) for one in told["fields"]] == [
        ("person_id", "string"),
        ("name", "string"),
        ("mobile", "string"),
        ("born", "date"),
        ("amount", "decimal(18,2)"),
        ("household", "string"),
    ]
    delta = lines(get(city, f"{TABLE}/metadata", "tengzhou", **DELTA))
    assert delta[0]["protocol"]["deltaProtocol"]["minReaderVersion"] == 1
    assert delta[1]["metaData"]["deltaMetadata"]["id"] == metadata["metaData"]["id"]
    other = lines(get(city, f"{TABLE}/metadata", "health"))
    assert other[1]["metaData"]["id"] != metadata["metaData"]["id"], "scopes are different tables"
    assert get(city, f"{TABLE}/version", "tengzhou").headers["delta-table-version"] == "1"


def test_a_query_names_files_by_links_that_need_no_credential(city: City) -> None:
    answer = query(city, "tengzhou")
    (file,) = files(answer)
    got = city.client.get(local(file["url"]))
    table = pq.read_table(io.BytesIO(got.content))
    assert (got.status_code, len(got.content), table.num_rows) == (200, file["size"], 24)
    assert set(table.column("household").to_pylist()) == {"370481000000"}
    assert got.headers["Yishu-Receipt"] == answer.headers["Yishu-Receipt"]
    receipt = city.shelf.receipts.of(answer.headers["Yishu-Receipt"])
    assert receipt is not None
    assert (receipt.body["basis"], receipt.body["purpose"]) == ("grant", "social_assistance")
    assert json.loads(file["stats"]) == {"numRecords": 24}, "and nothing about values"
    (again,) = files(query(city, "tengzhou"))
    (other,) = files(query(city, "health"))
    assert again["id"] == file["id"] != other["id"]


def test_a_days_rows_are_spent_by_the_tables_that_are_taken_and_once(city: City) -> None:
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    city.shelf.grant(make_grant(rows_per_day=48), NOW)
    mine = TABLE.replace(ROOT, f"{ROOT}/for/social_assistance")
    for _ in range(2):
        (file,) = files(query(city, "tengzhou", table=mine))
        assert {city.client.get(local(file["url"])).status_code for _ in range(3)} == {200}
    spent = query(city, "tengzhou", table=mine)
    assert (spent.status_code, spent.json()["code"]) == (429, "DAY_SPENT")
    assert city.client.get(local(file["url"])).status_code == 200, "it was paid for"


def test_ranges_of_a_file(city: City) -> None:
    (file,) = files(query(city, "tengzhou", **DELTA))
    link = local(file["deltaSingleAction"]["add"]["path"])
    whole = city.client.get(link)
    size, data = file["size"], whole.content
    assert whole.headers["accept-ranges"] == "bytes"

    def part(told: str, **headers: str) -> Any:
        return city.client.get(link, headers={"Range": told} | headers)

    for told, expected, said in (
        ("bytes=0-3", data[:4], f"bytes 0-3/{size}"),
        ("bytes=-8", data[-8:], f"bytes {size - 8}-{size - 1}/{size}"),
        ("bytes=10-", data[10:], f"bytes 10-{size - 1}/{size}"),
        (f"bytes=5-{size + 100}", data[5:], f"bytes 5-{size - 1}/{size}"),
    ):
        found = part(told)
        assert (found.status_code, found.content, found.headers["content-range"]) == (206, expected, said)
    for told in (f"bytes={size}-", "bytes=-0", "bytes=9-3"):
        assert (part(told).status_code, part(told).headers["content-range"]) == (416, f"bytes */{size}")
    assert part("bytes=0-1,5-6").content == data
    assert part("lines=1").content == data
    assert part("bytes=0-3", **{"If-Range": '"other"'}).content == data
    head = city.client.head(link)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")
    same = city.client.get(link, headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_a_link_ends_with_the_grant_the_credential_or_its_hour(city: City) -> None:
    (file,) = files(query(city, "tengzhou"))
    link = local(file["url"])
    assert city.client.get(link).status_code == 200
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.SUSPENDED)
    refused = city.client.get(link)
    assert (refused.status_code, refused.json()["code"]) == (403, "GRANT_NOT_IN_FORCE")
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.ACTIVE)
    city.clock.now = NOW + timedelta(minutes=61)
    assert city.client.get(link).status_code == 400
    city.clock.now = NOW
    city.shelf.parties.revoke(city.credentials["tengzhou"].split("_")[1], NOW)
    assert city.client.get(link).status_code == 401


def test_a_link_fits_its_own_file_and_is_not_altered(city: City) -> None:
    link = local(files(query(city, "tengzhou"))[0]["url"])
    other = local(files(query(city, "health"))[0]["url"])
    name, sealed = link.split("?")
    other_name, _ = other.split("?")
    assert city.client.get(f"{other_name}?{sealed}").status_code == 400
    assert city.client.get(f"{name}?{sealed[:-2]}xx").status_code == 400
    assert city.client.get(name).status_code == 400


def test_hints_choose_fewer_files_and_never_more_rows(city: City) -> None:
    hint = {"jsonPredicateHints": json.dumps({"op": "equal"}), "predicateHints": ["household = '110000000000'"]}
    assert [one["id"] for one in files(query(city, "tengzhou", hint))] == [
        one["id"] for one in files(query(city, "tengzhou"))
    ]
    few = files(query(city, "health", {"limitHint": 5}))
    rows = [json.loads(one["stats"])["numRecords"] for one in few]
    assert rows == [12], "one row group of a place, the first in order"
    got = pq.read_table(io.BytesIO(city.client.get(local(few[0]["url"])).content))
    assert got.num_rows == 12
    assert files(query(city, "health", {"limitHint": 0})) == []


def test_versions_and_moments(city: City) -> None:
    assert files(query(city, "tengzhou", {"version": 1}))
    assert query(city, "tengzhou", {"version": 7}).status_code == 404
    assert files(query(city, "tengzhou", {"timestamp": NOW.isoformat()}))
    assert query(city, "tengzhou", {"timestamp": (NOW - timedelta(days=9)).isoformat()}).status_code == 404
    for told in ("yesterday", "2026-11-20T00:00:00"):
        assert query(city, "tengzhou", {"timestamp": told}).status_code == 400
    assert query(city, "tengzhou", {"startingVersion": 1}).status_code == 400
    assert get(city, f"{TABLE}/changes?startingVersion=1", "tengzhou").status_code == 403, "mode delta is not granted"


def test_several_grants_are_told_apart_by_the_caller(city: City) -> None:
    more = city.shelf.grant(make_grant(TENGZHOU_CIVIL, columns=("person_id", "household")), NOW).number
    names = [one["name"] for one in get(city, f"{ROOT}/shares/yishu/all-tables", "tengzhou").json()["items"]]
    first = city.grants["tengzhou"]
    assert names == [f"low_income--{first}", f"low_income--{more}", "penalty"]
    refused = query(city, "tengzhou")
    assert (refused.status_code, refused.json()["code"]) == (403, "AMBIGUOUS_GRANT")
    (file,) = files(query(city, "tengzhou", table=f"{TABLE}--{more}"))
    assert pq.read_table(io.BytesIO(city.client.get(local(file["url"])).content)).column_names == [
        "person_id",
        "household",
    ]


def test_a_purpose_in_the_address_is_the_purpose_of_the_read(city: City) -> None:
    assert files(query(city, "health", table=TABLE.replace(ROOT, f"{ROOT}/for/public_health")))
    refused = query(city, "health", table=TABLE.replace(ROOT, f"{ROOT}/for/social_assistance"))
    assert (refused.status_code, refused.json()["code"]) == (403, "PURPOSE_MISMATCH")
    assert query(city, "health", table=TABLE.replace(ROOT, f"{ROOT}/for/fun")).status_code == 400


def test_columns_made_for_one_recipient_lie_in_a_file_made_for_them(city: City) -> None:
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    grant = make_grant(TENGZHOU_CIVIL, transforms={"person_id": Transform.TOKEN}, divisions=(ZAOZHUANG,))
    city.shelf.grant(grant, NOW)
    (file,) = files(query(city, "tengzhou"))
    got = pq.read_table(io.BytesIO(city.client.get(local(file["url"])).content))
    assert got.num_rows == 24, "and still clipped to the county"
    assert all(len(token) == 32 for token in got.column("person_id").to_pylist())
    (kept,) = (city.shelf.lake / "cuts").iterdir()
    assert kept.stat().st_size == file["size"]
    city.clock.now = NOW + timedelta(days=2)
    query(city, "health", {"limitHint": 1})
    assert files(query(city, "tengzhou"))[0]["id"] == file["id"]


def test_what_there_is_not_and_what_is_hidden_look_alike(city: City) -> None:
    hidden = query(city, "tengzhou", table=TABLE.replace("civil_affairs", "health").replace("low_income", "secret"))
    absent = query(city, "tengzhou", table=TABLE.replace("low_income", "absent"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"] == absent.json()["detail"]
    assert query(city, "").status_code in (401, 403, 404)
    assert query(city, "outsider").status_code == 404


def test_a_mode_that_is_not_granted_is_refused_and_on_record(city: City) -> None:
    city.shelf.grant(make_grant(TENGZHOU_CIVIL, modes=(Mode.QUERY,), purpose="statistics"), NOW)
    before = len(city.shelf.receipts.newest())
    refused = query(city, "tengzhou", table=TABLE.replace(ROOT, f"{ROOT}/for/statistics"))
    assert (refused.status_code, refused.json()["code"]) == (403, "MODE_NOT_GRANTED")
    assert len(city.shelf.receipts.newest()) == before + 1


def test_the_profile_file_is_for_its_own_credential(city: City) -> None:
    got = get(city, f"{ROOT}/profile?purpose=public_health", "health")
    body = got.json()
    assert body["shareCredentialsVersion"] == 1
    assert body["endpoint"].endswith("/delta-sharing/for/public_health")
    assert body["bearerToken"] == city.credentials["health"]
    assert got.headers["cache-control"] == "private, no-store"
    assert get(city, f"{ROOT}/profile").status_code == 400


@pytest.mark.parametrize("path", ["/shares/yishu/schemas/a/tables/b/metadata", "/shares/x", "/nowhere"])
def test_refusals_are_problem_documents(city: City, path: str) -> None:
    answer = get(city, ROOT + path, "health")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "body", [{"version": 10**30}, {"limitHint": 10**4000}, {"limitHint": 2**63}, {"version": 2**31}]
)
def test_numbers_beyond_every_table_are_a_bad_ask(city: City, body: dict[str, int]) -> None:
    assert query(city, "tengzhou", body).status_code in (400, 422)


def test_the_public_shares_its_slots_here_too(city: City) -> None:
    scans = Scans(4, 1)
    client = with_scans(city, scans)
    penalty = TABLE.replace("civil_affairs", "credit").replace("low_income", "penalty")
    (file,) = files(client.post(f"{penalty}/query", json={}))
    give_back = scans.take(PUBLIC)
    assert client.post(f"{penalty}/query", json={}).status_code == 429
    assert client.get(local(file["url"])).status_code == 429
    give_back()
    assert client.get(local(file["url"])).status_code == 200
    scans.take(PUBLIC)()


def test_a_file_on_its_way_is_cut_off_when_its_grant_ends(city: City) -> None:
    (file,) = files(query(city, "tengzhou"))
    name, sealed = local(file["url"]).rsplit("/", 1)[1].split(f".parquet?{SIGNATURE}=")
    desk = city.client.app.state.desk
    link = opened(desk, name, sealed, NOW)

    def again() -> Decision:
        return desk.shelf.decide(asked_again(desk, link, NOW), 1)

    pieces = watched(iter([b"a", b"b", b"c"]), again(), again, ticking())
    assert next(pieces) == b"a"
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.SUSPENDED)
    with pytest.raises(Refused, match="GRANT_NOT_IN_FORCE"):
        next(pieces)


def ticking() -> Callable[[], float]:
    """A clock that is a minute on whenever it is looked at."""
    minutes = itertools.count()
    return lambda: 60.0 * next(minutes)


def test_a_profile_names_no_purpose_that_there_is_not(city: City) -> None:
    assert get(city, f"{ROOT}/profile?purpose=../../other", "health").status_code == 400


def test_the_last_read_of_a_quota_fetches_its_files_and_no_more(city: City) -> None:
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    city.shelf.grant(make_grant(quota=1), NOW)
    (file,) = files(query(city, "tengzhou"))
    for _ in range(2):
        assert city.client.get(local(file["url"])).status_code == 200
    assert query(city, "tengzhou").status_code == 403
