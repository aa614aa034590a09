"""Delta Sharing's change data feed: the difference of two versions that `since=` tells, in files of the protocol."""

import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq
import pytest

from api.delta.feed import WORDS, steps
from schemas.access import GrantState, Mode
from schemas.dataset import Transform
from schemas.errors import BadAsk
from tests.api.conftest import City, low_income
from tests.api.test_since import KEY, MINE, ROWS, moved, publish
from tests.builders import NOW, TENGZHOU_CIVIL, make_grant

__all__ = ["moved"]
CHANGES = "/delta-sharing/for/statistics/shares/yishu/schemas/civil_affairs/tables/low_income/changes"
DELTA = {"delta-sharing-capabilities": "responseformat=delta;readerfeatures=deletionvectors,columnmapping"}


def get(city: City, who: str = "tengzhou", headers: dict[str, str] | None = None, **told: object) -> Any:
    return city.client.get(CHANGES, params=told, headers=city.headers(who) | (headers or {}))


def lines(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def fetched(city: City, url: str) -> Any:
    link = urlsplit(url)
    return city.client.get(f"{link.path}?{link.query}")


def rows(city: City, url: str) -> list[dict[str, Any]]:
    got = fetched(city, url)
    assert got.status_code == 200, got.text
    return pq.read_table(io.BytesIO(got.content)).to_pylist()


def since(city: City, who: str) -> list[dict[str, Any]]:
    """The same by `/rows?since=`, in Delta's words."""
    answer = city.get(ROWS, who, params=MINE | {"format": "parquet"})
    found = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    return [{k: v for k, v in row.items() if k != "_change"} | {"_change_type": WORDS[row["_change"]]} for row in found]


def ordered(some: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(one, default=str, sort_keys=True) for one in some)


@pytest.mark.parametrize("who", ["tengzhou", "health"])
def test_a_version_tells_each_caller_what_since_tells_them(moved: City, who: str) -> None:
    answer = get(moved, who, startingVersion=2)
    protocol, metadata, file = lines(answer)
    assert (protocol, answer.headers["delta-table-version"]) == ({"protocol": {"minReaderVersion": 1}}, "2")
    assert "_change_type" not in metadata["metaData"]["schemaString"], "the client adds it"
    assert (file["cdf"]["version"], file["cdf"]["timestamp"]) == (2, int(NOW.timestamp() * 1000))
    found = rows(moved, file["cdf"]["url"])
    assert ordered(found) == ordered(since(moved, who))
    assert len(found) == 4
    receipt = moved.shelf.receipts.of(answer.headers["Yishu-Receipt"])
    assert receipt is not None
    told = receipt.body
    assert (told["mode"], told["since"], told["rows"], told["purpose"]) == ("delta", 1, 4, "statistics")


def test_the_first_version_is_all_inserts_and_every_version_has_a_file_of_its_own(moved: City) -> None:
    publish(moved, low_income()[:10], 2)
    every = [line["cdf"] for line in lines(get(moved, startingVersion=0)) if "cdf" in line]
    assert [one["version"] for one in every] == [1, 2, 3]
    first = rows(moved, every[0]["url"])
    assert (len(first), {one["_change_type"] for one in first}) == (24, {"insert"})
    last = rows(moved, every[2]["url"])
    assert {one["_change_type"] for one in last} == {"delete", "insert", "update_postimage"}
    middle = [line["cdf"]["version"] for line in lines(get(moved, startingVersion=2, endingVersion=2)) if "cdf" in line]
    assert middle == [2]


def test_in_delta_format_the_lines_are_a_log_that_a_kernel_replays(moved: City) -> None:
    protocol, metadata, file = lines(get(moved, headers=DELTA, startingVersion=2))
    assert protocol["protocol"]["deltaProtocol"] == {"minReaderVersion": 1, "minWriterVersion": 4}
    told = metadata["metaData"]
    assert (told["version"], told["deltaMetadata"]["configuration"]) == (2, {"delta.enableChangeDataFeed": "true"})
    action = file["file"]["deltaSingleAction"]["cdc"]
    assert (action["dataChange"], file["file"]["version"], len(rows(moved, action["path"]))) == (False, 2, 4)


def test_moments_stand_for_versions(moved: City) -> None:
    later = (NOW - timedelta(hours=1)).isoformat()
    assert [one["cdf"]["version"] for one in lines(get(moved, startingTimestamp=later))[2:]] == [2]
    until = lines(get(moved, startingVersion=1, endingTimestamp=later))[2:]
    assert [one["cdf"]["version"] for one in until] == [1]
    assert lines(get(moved, startingVersion=3))[2:] == [], "nothing is newer: how a client finds out"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"startingVersion": 4},
        {"startingVersion": 2, "endingVersion": 1},
        {"startingVersion": 1, "endingVersion": 3},
        {"startingVersion": 1, "startingTimestamp": NOW.isoformat()},
        {"startingVersion": 1, "endingVersion": 2, "endingTimestamp": NOW.isoformat()},
        {"startingTimestamp": "2026-11-20T00:00:00"},
        {"startingTimestamp": "yesterday"},
        {"startingVersion": -1},
        {"since": 1},
    ],
    ids=str,
)
def test_what_does_not_fit_is_a_bad_ask(moved: City, told: dict[str, object]) -> None:
    answer = get(moved, **told)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")


def test_mode_delta_must_be_granted_and_the_key_be_in_clear(moved: City) -> None:
    plain = CHANGES.replace("/for/statistics", "/for/social_assistance")
    refused = moved.client.get(plain, params={"startingVersion": 2}, headers=moved.headers("tengzhou"))
    assert (refused.status_code, refused.json()["code"]) == (403, "MODE_NOT_GRANTED")
    hidden = make_grant(purpose="emergency", modes=(Mode.DELTA,), transforms={"person_id": Transform.TOKEN})
    moved.shelf.grant(hidden, NOW)
    path = CHANGES.replace("statistics", "emergency")
    answer = moved.client.get(path, params={"startingVersion": 2}, headers=moved.headers("tengzhou"))
    assert (answer.status_code, answer.json()["code"]) == (403, "DELTA_NEEDS_KEY")
    assert moved.shelf.receipts.of(answer.headers["Yishu-Receipt"]) is not None
    assert get(moved, "outsider", startingVersion=2).status_code == 404
    assert get(moved, "", startingVersion=2).status_code == 404


def test_a_link_to_changes_ends_with_the_grant_and_gives_nothing_else(moved: City) -> None:
    (*_, file) = lines(get(moved, startingVersion=2))
    grants = [one for one in moved.shelf.grants_for(KEY, TENGZHOU_CIVIL) if one.purpose == "statistics"]
    assert fetched(moved, file["cdf"]["url"]).headers["Yishu-Version"] == "2"
    moved.shelf.set_grant_state(grants[0].number, GrantState.REVOKED)
    gone = fetched(moved, file["cdf"]["url"])
    assert (gone.status_code, gone.json()["code"]) == (403, "GRANT_NOT_IN_FORCE")


def test_without_a_purpose_the_only_grant_with_this_mode_says_it(moved: City) -> None:
    unsaid = CHANGES.replace("/for/statistics", "")
    answer = moved.client.get(unsaid, params={"startingVersion": 2}, headers=moved.headers("health"))
    assert len(lines(answer)) == 3


def test_a_long_history_is_asked_for_in_parts(moved: City) -> None:
    versions = moved.shelf.versions(KEY)
    assert [(one.since, one.version) for one in steps(versions, 1, 2)] == [(0, 1), (1, 2)]
    assert [(one.since, one.version) for one in steps(versions, 2, 2, most=1)] == [(1, 2)]
    with pytest.raises(BadAsk, match="2 versions"):
        steps(versions, 1, 2, most=1)
