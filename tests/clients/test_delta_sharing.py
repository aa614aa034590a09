"""The real Delta Sharing client on a running server: two recipients of one table, their scopes, and what ends them."""

import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.access import GrantState
from tests.api.conftest import City, built, city, low_income
from tests.api.test_since import moved, publish
from tests.clients.conftest import skipped_unless_made
from tests.clients.environment import environment
from tests.served import serving

__all__ = ["built", "city", "moved"]
HERE = Path(__file__).parent
TABLE = "yishu.civil_affairs.low_income"
pytestmark = pytest.mark.clients
FORMATS = ({}, {"use_delta_format": True}, {"use_delta_format": False})


@pytest.fixture(scope="session")
def program() -> Path:
    return skipped_unless_made("delta-sharing", lambda: environment(HERE / "delta_sharing.lock") / "python")


@pytest.fixture
def served(city: City) -> Iterator[tuple[City, str]]:
    with serving(city.client.app) as url:
        yield city, url


class Client:
    """The client of one recipient."""

    def __init__(self, program: Path, home: Path, url: str, credential: str, purpose: str = "") -> None:
        self.program, self.profile = program, home / "yishu.share"
        endpoint = f"{url}/delta-sharing" + (f"/for/{purpose}" if purpose else "")
        self.profile.write_text(
            json.dumps({"shareCredentialsVersion": 1, "endpoint": endpoint, "bearerToken": credential})
        )

    def ask(self, *asks: tuple[str, dict[str, Any]]) -> list[Any]:
        done = subprocess.run(
            [str(self.program), str(HERE / "delta_reader.py"), str(self.profile)],
            input=json.dumps(asks),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE / "offline"), "NO_PROXY": "*"},
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found: list[Any] = json.loads(done.stdout)
        return found


def truth(city: City, who: str, grant: str) -> pa.Table:
    told = {"grant": city.grants[grant], "purpose": purposes(city)[grant], "format": "parquet"}
    answer = city.get("/datasets/civil_affairs.low_income/rows", who, params=told)
    assert answer.status_code == 200, answer.text
    return pq.read_table(io.BytesIO(answer.content))


def purposes(city: City) -> dict[str, str]:
    return {who: next(g.purpose for g in city.shelf.grants() if g.number == n) for who, n in city.grants.items()}


def as_text(table: pa.Table) -> list[list[str]]:
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return sorted([str(value) for value in row] for row in rows)


@pytest.mark.parametrize("how", FORMATS, ids=["either", "delta", "parquet"])
def test_two_recipients_of_one_table_see_their_own_rows(
    served: tuple[City, str], program: Path, tmp_path: Path, how: dict[str, Any]
) -> None:
    city, url = served
    for who in ("tengzhou", "health"):
        client = Client(program, tmp_path, url, city.credentials[who])
        expected = truth(city, who, who)
        tables, version, frame = client.ask(
            ("tables", {}), ("version", {"table": TABLE}), ("load", {"table": TABLE, **how})
        )
        assert TABLE in tables
        assert version == 1
        assert frame.get("columns") == expected.column_names, frame
        assert sorted(frame["rows"]) == as_text(expected)


def test_a_file_is_fetched_once_in_delta_format_and_refused_once_the_grant_is_revoked(
    served: tuple[City, str], program: Path, tmp_path: Path
) -> None:
    city, _ = served
    fetched: list[tuple[str, int]] = []

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start" and "/files/" in scope["path"]:
                fetched.append((scope["method"], message["status"]))
            await send(message)

        await city.client.app(scope, receive, noted)

    with serving(counted) as url:
        client = Client(program, tmp_path, url, city.credentials["tengzhou"])
        load = ("load", {"table": TABLE, "use_delta_format": True})
        (frame,) = client.ask(load)
        assert len(frame["rows"]) == 24
        assert fetched == [("GET", 200)]
        city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
        (refused,) = client.ask(load)
        assert "403" in refused["error"]
        assert fetched == [("GET", 200)]


@pytest.mark.parametrize("how", FORMATS, ids=["either", "delta", "parquet"])
def test_what_changed_is_loaded_version_by_version(
    moved: City, program: Path, tmp_path: Path, how: dict[str, Any]
) -> None:
    publish(moved, low_income(), 2)  # as it was at first: each change the other way round
    with serving(moved.client.app) as url:
        client = Client(program, tmp_path, url, moved.credentials["tengzhou"], purpose="statistics")
        asks = [{"starting_version": n} for n in (2, 3, 4)] + [{"starting_version": 2, "ending_version": 2}]
        both, last, nothing, first = client.ask(*(("changes", {"table": TABLE, **told, **how}) for told in asks))
    told = {row[0]: row[-2] for row in first["rows"]}
    assert sorted(told.values()) == ["delete", "delete", "insert", "update_postimage"]
    back = {"delete": "insert", "insert": "delete", "update_postimage": "update_postimage"}
    assert {row[0]: row[-2] for row in last["rows"]} == {key: back[word] for key, word in told.items()}
    assert sorted(both["rows"]) == sorted(first["rows"] + last["rows"])
    assert {row[-1] for row in both["rows"]} == {"2", "3"}
    assert nothing.get("rows") == [], nothing
    assert first["columns"] == [
        "person_id",
        "name",
        "mobile",
        "born",
        "amount",
        "household",
        "_change_type",
        "_commit_version",
    ]


def test_open_data_and_a_purpose_in_the_endpoint(served: tuple[City, str], program: Path, tmp_path: Path) -> None:
    city, url = served
    outsider = Client(program, tmp_path, url, city.credentials["outsider"])
    tables, frame = outsider.ask(("tables", {}), ("load", {"table": "yishu.credit.penalty"}))
    assert tables == ["yishu.credit.penalty"]
    assert len(frame["rows"]) == 10
    other = Client(program, tmp_path, url, city.credentials["health"], purpose="social_assistance")
    (refused,) = other.ask(("load", {"table": TABLE}))
    assert "403" in refused["error"]
    assert "PURPOSE_MISMATCH" in refused["error"]


def test_a_bad_token_is_a_plain_refusal(served: tuple[City, str], program: Path, tmp_path: Path) -> None:
    city, url = served
    forged = city.credentials["tengzhou"][:-9] + "x" * 9
    (refused,) = Client(program, tmp_path, url, forged).ask(("tables", {}))
    assert "401" in refused["error"]
