"""Rows over HTTP: formats, scope, headers, pages, refusals."""

import base64
import io
import json
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.scans import Scans
from schemas.access import GrantState
from tests.api.conftest import City, low_income, with_scans
from tests.builders import DAY, NOW, SHIZHONG, TENGZHOU, low_income_row, make_grant, make_verdict

KEY = "civil_affairs.low_income"
ROWS = f"/datasets/{KEY}/rows"
MINE = f"{ROWS}?purpose=social_assistance"


def count(answer: object, format: str) -> int:
    content: bytes = answer.content  # type: ignore[attr-defined]
    if format == "arrow":
        return int(pa.ipc.open_stream(content).read_all().num_rows)
    if format == "parquet":
        return int(pq.read_table(io.BytesIO(content)).num_rows)
    if format == "csv":
        return len(content.decode().strip().split("\n")) - 1
    return len(json.loads(content)["rows"])


def test_the_same_url_gives_each_caller_their_own_rows(city_on_each: City) -> None:
    asks = {
        "civil": "own_duty",
        "health": "public_health",
        "tengzhou": "social_assistance",
        "laiwu": "social_assistance",
    }
    seen = {who: count(city_on_each.get(f"{ROWS}?purpose={purpose}", who), "json") for who, purpose in asks.items()}
    assert seen == {"civil": 40, "health": 36, "tengzhou": 24, "laiwu": 4}


@pytest.mark.parametrize("format", ["arrow", "parquet", "csv", "json"])
def test_every_format_holds_the_same_rows_and_says_what_it_is(city: City, format: str) -> None:
    answer = city.get(f"{MINE}&format={format}", "tengzhou")
    assert answer.status_code == 200
    assert count(answer, format) == 24
    assert answer.headers["Yishu-Version"] == "1"
    assert answer.headers["ETag"].startswith('"')
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer.headers["Vary"]
    assert city.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body["allowed"] is True


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"),
        ("text/html, text/csv;q=0.5, application/json;q=0.4", "text/csv; charset=utf-8"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("*/*", "application/json"),
    ],
)
def test_the_header_accept_chooses_the_format(city: City, accept: str, media_type: str) -> None:
    headers = city.headers("tengzhou") | {"Accept": accept}
    answer = city.client.get(f"/api/v1{MINE}", headers=headers)
    assert answer.headers["Content-Type"] == media_type


def test_an_arrow_stream_is_compressed_where_the_caller_takes_it(city: City) -> None:
    headers = city.headers("tengzhou") | {"Accept": 'application/vnd.apache.arrow.stream; codecs="zstd, lz4"'}
    answer = city.client.get(f"/api/v1{MINE}", headers=headers)
    assert pa.ipc.open_stream(answer.content).read_all().num_rows == 24


def test_a_parquet_file_has_a_known_size_and_only_the_served_columns(city: City) -> None:
    answer = city.get(f"{MINE}&format=parquet&columns=name,amount", "tengzhou")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert pq.read_schema(io.BytesIO(answer.content)).names == ["name", "amount"]
    assert b"person_id" not in answer.content


def test_masked_names_are_masked_in_every_format(city: City) -> None:
    for format in ("arrow", "parquet", "csv", "json"):
        assert "样例0003".encode() not in city.get(f"{MINE}&format={format}", "tengzhou").content


def test_csv_cannot_be_run_by_a_spreadsheet(city: City) -> None:
    text = city.get(f"{ROWS}?purpose=own_duty&format=csv&columns=name", "civil").text
    assert '"\'=HYPERLINK(1)"' in text
    assert '\n"=' not in text


def test_csv_has_a_byte_order_mark_on_request_only(city: City) -> None:
    mark = "\ufeff".encode()
    assert city.get(f"{MINE}&format=csv&bom=1", "tengzhou").content.startswith(mark)
    assert not city.get(f"{MINE}&format=csv", "tengzhou").content.startswith(mark)


def test_json_tells_decimals_as_strings_and_moments_with_their_offset(city: City) -> None:
    row = city.get("/datasets/credit.penalty/rows?purpose=open_use").json()["rows"][0]
    assert isinstance(row["amount"], str)
    assert row["decided"].endswith("+08:00")


def test_open_data_need_no_credential(city: City) -> None:
    answer = city.get("/datasets/credit.penalty/rows?purpose=open_use&format=csv")
    assert answer.status_code == 200
    assert count(answer, "csv") == 10


def test_pages_follow_each_other_without_gap_or_repetition(city: City) -> None:
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        body = city.get(f"{ROWS}?purpose=own_duty&columns=person_id&limit=7&cursor={cursor}", "civil").json()
        seen += [row["person_id"] for row in body["rows"]]
        cursor = body["next"]
    assert len(seen) == len(set(seen)) == 40


def test_pages_of_other_formats_carry_the_cursor_in_a_header(city: City) -> None:
    first = city.get(f"{MINE}&format=arrow&limit=20", "tengzhou")
    assert count(first, "arrow") == 20
    second = city.get(f"{MINE}&format=arrow&limit=20&cursor={first.headers['Yishu-Next']}", "tengzhou")
    assert count(second, "arrow") == 4
    assert "Yishu-Next" not in second.headers


def test_a_cursor_stays_on_its_version_when_a_newer_one_is_published(city: City) -> None:
    first = city.get(f"{MINE}&limit=20", "tengzhou").json()
    dataset = city.shelf.dataset(KEY)
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, low_income()[:3], day=DAY + timedelta(1)), NOW)
    second = city.get(f"{MINE}&limit=20&cursor={first['next']}", "tengzhou").json()
    assert (second["version"], len(second["rows"])) == (1, 4)
    assert city.get(f"{MINE}&limit=20", "tengzhou").json()["version"] == 2
    assert len(city.get(f"{MINE}&version=1", "tengzhou").json()["rows"]) == 24


@pytest.mark.parametrize("forged", ["x", "a.b", "eyJzIjp7fX0.AAAA", "%00", "."])
def test_a_forged_cursor_is_refused(city: City, forged: str) -> None:
    answer = city.get(f"{MINE}&cursor={forged}", "tengzhou")
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")


def test_a_cursor_is_of_no_use_to_another_caller_or_for_another_ask(city: City) -> None:
    cursor = city.get(f"{ROWS}?purpose=own_duty&limit=5", "civil").json()["next"]
    assert city.get(f"{MINE}&cursor={cursor}", "tengzhou").status_code == 400
    other = city.get(f"{ROWS}?purpose=own_duty&columns=name&limit=5&cursor={cursor}", "civil")
    assert other.status_code == 400
    altered = cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:]
    assert city.get(f"{ROWS}?purpose=own_duty&limit=5&cursor={altered}", "civil").status_code == 400


def test_a_cursor_runs_out(city: City) -> None:
    cursor = city.get(f"{MINE}&limit=5", "tengzhou").json()["next"]
    city.clock.now = NOW + timedelta(hours=13)
    assert city.get(f"{MINE}&limit=5&cursor={cursor}", "tengzhou").status_code == 400


def test_an_etag_spares_the_rows_and_differs_with_the_scope(city: City) -> None:
    first = city.get(f"{MINE}&format=arrow", "tengzhou")
    again = city.client.get(
        f"/api/v1{MINE}&format=arrow", headers=city.headers("tengzhou") | {"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Yishu-Receipt"] != first.headers["Yishu-Receipt"]
    tags = {
        first.headers["ETag"],
        city.get(f"{MINE}&format=csv", "tengzhou").headers["ETag"],
        city.get(f"{MINE}&format=arrow&columns=name", "tengzhou").headers["ETag"],
        city.get(f"{MINE}&format=arrow", "laiwu").headers["ETag"],
    }
    assert len(tags) == 4


def test_head_says_what_get_would_and_is_on_record(city: City) -> None:
    answer = city.client.head(f"/api/v1{MINE}&format=csv", headers=city.headers("tengzhou"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert city.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body["method"] == "HEAD"


def test_a_refusal_says_why_and_what_next_and_is_on_record(city_on_each: City) -> None:
    answer = city_on_each.get(f"{ROWS}?purpose=statistics&lang=en", "tengzhou")
    told = answer.json()
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (told["gate"], told["code"], told["status"]) == ("G4", "PURPOSE_MISMATCH", 403)
    assert told["next"]
    assert told["instance"] == f"/api/v1/ledger/receipts/{answer.headers['Yishu-Receipt']}"
    receipt = city_on_each.get(told["instance"].removeprefix("/api/v1"), "tengzhou").json()
    assert receipt["body"]["code"] == "PURPOSE_MISMATCH"
    assert "ETag" not in answer.headers


def test_the_grant_of_another_is_as_unknown_as_one_that_never_was(city: City) -> None:
    theirs = city.get(f"{MINE}&grant={city.grants['health']}", "tengzhou")
    never = city.get(f"{MINE}&grant=YS-2026-999999", "tengzhou")
    assert (theirs.status_code, never.status_code) == (403, 403)
    assert [theirs.json()[k] for k in ("code", "detail", "next")] == [
        never.json()[k] for k in ("code", "detail", "next")
    ]


def test_a_division_narrows_and_never_widens(city: City) -> None:
    assert count(city.get(f"{ROWS}?purpose=public_health&division=370402", "health"), "json") == 12
    assert city.get(f"{MINE}&division={SHIZHONG}", "tengzhou").json()["code"] == "NO_ROWS_IN_SCOPE"
    assert city.get(f"{MINE}&division=37048", "tengzhou").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "organisation=11370400004305679A",
        "tier=1",
        "system=civil",
        "division=370400&division=370481",
        "purpose=social_assistance",
        "format=xlsx",
        "limit=0",
        "limit=10001",
        "limit=x",
        "columns=name,salary",
        "columns=name,name",
        "columns=NAME",
        "filter=x",
        "filter=",
        "mode=bulk&format=json",
        "mode=bulk&format=csv&limit=5",
        "mode=file",
        "version=0",
        "version=latest",
        "division=３７０４",
    ],
)
def test_a_parameter_that_does_not_fit_is_refused_with_what_is_valid(city: City, query: str) -> None:
    answer = city.get(f"{MINE}&{query}", "tengzhou")
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")
    assert answer.json()["detail"]


@pytest.mark.parametrize("purpose", ["Social_Assistance", "social_assistance ", "ｓocial_assistance", "x"])
def test_a_purpose_is_taken_to_the_letter(city: City, purpose: str) -> None:
    assert city.get(ROWS, "tengzhou", params={"purpose": purpose}).status_code == 400


def test_an_unknown_version_is_not_there_and_a_refused_caller_does_not_learn_it(city: City) -> None:
    assert city.get(f"{MINE}&version=9", "tengzhou").status_code == 404
    assert city.get(f"{ROWS}?purpose=statistics&version=9", "tengzhou").status_code == 403


def test_a_grant_that_was_revoked_ends_the_next_page(city: City) -> None:
    cursor = city.get(f"{MINE}&limit=5", "tengzhou").json()["next"]
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    assert city.get(f"{MINE}&limit=5&cursor={cursor}", "tengzhou").status_code == 403


def test_a_scan_too_many_is_turned_away_and_slots_come_back(city: City) -> None:
    scans = Scans(1)
    client = with_scans(city, scans)
    held = scans.take()
    busy = client.get(f"/api/v1{MINE}", headers=city.headers("tengzhou"))
    assert (busy.status_code, busy.headers["Retry-After"], busy.json()["code"]) == (429, "1", "BUSY")
    held()
    for format in ("arrow", "parquet", "csv", "json"):
        assert client.get(f"/api/v1{MINE}&format={format}", headers=city.headers("tengzhou")).status_code == 200
    assert client.get(f"/api/v1{ROWS}?purpose=statistics", headers=city.headers("tengzhou")).status_code == 403
    assert client.head(f"/api/v1{MINE}", headers=city.headers("tengzhou")).status_code == 200


def test_rows_of_a_place_that_nobody_asked_for_stay(city: City) -> None:
    households = {r["household"] for r in city.get(f"{MINE}&columns=household", "tengzhou").json()["rows"]}
    assert households == {TENGZHOU}


def test_a_version_number_beyond_every_database_is_a_bad_ask(city: City) -> None:
    assert city.get(f"{MINE}&version=99999999999999999999", "tengzhou").status_code == 400
    assert city.get(f"{MINE}&version=2147483647", "tengzhou").status_code == 404


def test_a_cursor_and_a_receipt_do_not_count_row_groups_out_of_scope(city: City) -> None:
    """Laiwu's rows stand in one row group, behind which Tengzhou's come; Tengzhou's first page starts at its own."""
    groups = [g.division for f in city.shelf.version(KEY, 1).files for g in f.groups]
    assert groups.index(TENGZHOU) > 0
    first = city.get(f"{MINE}&limit=5", "tengzhou")
    sealed = first.json()["next"]
    raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    assert b"{" not in raw or b'"' not in raw
    second = city.get(f"{MINE}&limit=5&cursor={sealed}", "tengzhou")
    assert city.shelf.receipts.of(second.headers["Yishu-Receipt"]).body["after"] == 5


def test_a_cursor_of_one_grant_is_of_no_use_under_another(city: City) -> None:
    cursor = city.get(f"{MINE}&limit=5", "tengzhou").json()["next"]
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    other = city.shelf.grant(make_grant(), NOW).number
    answer = city.get(f"{MINE}&limit=5&cursor={cursor}&grant={other}", "tengzhou")
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")  # the ask names another grant
    unnamed = city.get(f"{MINE}&limit=5&cursor={cursor}", "tengzhou")
    assert unnamed.status_code in (400, 403)  # the rule fits the other grant, or asks which


def test_pages_are_the_same_whether_their_row_groups_are_at_hand_or_not(city: City) -> None:
    def people(client: object, limit: int) -> list[str]:
        seen, cursor = [], ""
        while cursor is not None:
            url = f"/api/v1{ROWS}?purpose=own_duty&columns=person_id&limit={limit}&cursor={cursor}"
            body = client.get(url, headers=city.headers("civil")).json()  # type: ignore[attr-defined]
            seen += [row["person_id"] for row in body["rows"]]
            cursor = body["next"]
        return seen

    whole = people(city.client, 1000)
    assert len(whole) == 40
    for limit in (1, 7, 12, 24, 36):
        assert people(city.client, limit) == whole
        assert people(with_scans(city, Scans(4)), limit) == whole


def test_a_query_of_a_county_ends_after_ten_thousand_rows_and_says_so(city: City) -> None:
    dataset = city.shelf.dataset(KEY)
    rows = [low_income_row(n, TENGZHOU) for n in range(10_020)]
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, rows, DAY + timedelta(days=1)), NOW)
    pages, cursor = [], ""
    while cursor is not None:
        body = city.get(f"{MINE}&columns=amount&limit=4000&cursor={cursor}", "tengzhou").json()
        pages.append(len(body["rows"]))
        cursor = body["next"]
    assert pages == [4000, 4000, 2000]
    assert "bulk" in body["truncated"]
    assert count(city.get(f"{MINE}&format=arrow", "tengzhou"), "arrow") == 10_020


@pytest.mark.parametrize("told", ["bytes=0-" + "9" * 5000, "bytes=" + "9" * 5000 + "-", "bytes=-" + "9" * 5000])
def test_a_range_beyond_every_file_is_no_fault_of_ours(city: City, told: str) -> None:
    headers = city.headers("tengzhou") | {"Range": told}
    answer = city.client.get(f"/api/v1{MINE}&format=parquet", headers=headers)
    assert (answer.status_code, count(answer, "parquet")) == (200, 24)
