"""ckanapi, the client that CKAN's own people use, on a running server: rows, pages, its exceptions and its command."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import City, built, city
from tests.clients.conftest import skipped_unless_made
from tests.clients.environment import environment
from tests.served import serving

__all__ = ["built", "city"]
HERE = Path(__file__).parent
KEY = "civil_affairs.low_income"
pytestmark = pytest.mark.clients


@pytest.fixture(scope="session")
def programs() -> Path:
    return skipped_unless_made("ckanapi", lambda: environment(HERE / "ckanapi.lock"))


@pytest.fixture
def served(city: City) -> Iterator[tuple[City, str]]:
    with serving(city.client.app) as url:
        yield city, url


def run(program: Path, *arguments: str, given: str = "", status: int = 0) -> str:
    words = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(HERE / "offline"), "NO_PROXY": "*"}
    command = [str(program), *arguments]
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=120, env=words, cwd=HERE
    )
    assert done.returncode == status, done.stderr[-2000:]
    return done.stdout + (done.stderr if status else "")


def ask(programs: Path, url: str, credential: str, *asks: tuple[str, str, dict[str, Any]]) -> list[Any]:
    told = [url, credential] if credential else [url]
    found: list[Any] = json.loads(run(programs / "python", str(HERE / "ckan_reader.py"), *told, given=json.dumps(asks)))
    return found


def test_rows_in_pages_by_get_and_by_post(served: tuple[City, str], programs: Path) -> None:
    city, url = served
    expected = city.get(f"/datasets/{KEY}/rows", "health", params={"purpose": "public_health"}).json()["rows"]
    assert len(expected) > 30
    pages = [
        ("get" if n % 2 else "post", "datastore_search", {"resource_id": KEY, "limit": 10, "offset": 10 * n})
        for n in range(4)
    ]
    found = ask(programs, url, city.credentials["health"], *pages)
    assert [row for page in found for row in page["records"]] == expected
    assert found[-1]["total"] == len(expected)


def test_refusals_are_the_exceptions_that_the_client_knows(served: tuple[City, str], programs: Path) -> None:
    city, url = served
    asks: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("datastore_search", {"resource_id": KEY, "purpose": "statistics"}, "NotAuthorized"),
        ("datastore_search", {"resource_id": "health.secret"}, "NotFound"),
        ("datastore_search", {"resource_id": KEY, "q": "x"}, "ValidationError"),
        ("package_show", {"id": "no-such"}, "NotFound"),
        ("package_create", {"title": "x"}, "NotAuthorized"),
        ("group_show", {"id": "x"}, "NotFound"),
        ("user_show", {"id": "somebody"}, "NotFound"),
    )
    found = ask(programs, url, city.credentials["tengzhou"], *(("post", action, told) for action, told, _ in asks))
    assert [one["error"] for one in found] == [expected for *_, expected in asks]
    assert "PURPOSE_MISMATCH" in found[0]["said"]
    (forged,) = ask(programs, url, "ys_0000", ("post", "package_list", {}))
    assert forged["error"] == "NotAuthorized"


def test_the_command_dumps_the_catalogue(served: tuple[City, str], programs: Path) -> None:
    city, url = served
    mine = ("-r", url, "-a", city.credentials["tengzhou"])
    lines = run(programs / "ckanapi", "dump", "datasets", "--all", *mine, "-q").splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == [KEY, "credit.penalty"]
    fields = run(programs / "ckanapi", "dump", "datasets", KEY, "--datastore-fields", *mine, "-q")
    assert [one["id"] for one in json.loads(fields)["resources"][0]["datastore_fields"]][-1] == "household"
    organisations = run(programs / "ckanapi", "dump", "organizations", "--all", "-r", url, "-q").splitlines()
    assert [json.loads(line)["name"] for line in organisations] == ["credit"]
    hits = run(programs / "ckanapi", "search", "datasets", "q=低保", *mine).splitlines()
    assert [json.loads(line)["id"] for line in hits] == [KEY]


def test_what_the_command_dumps_is_what_the_library_shows_and_a_load_is_refused_with_the_reason(
    served: tuple[City, str], programs: Path, tmp_path: Path
) -> None:
    city, url = served
    mine = ("-r", url, "-a", city.credentials["health"])
    dumped = run(programs / "ckanapi", "dump", "datasets", "--all", *mine, "-q").splitlines()
    assert len(dumped) == 3
    names = ask(programs, url, city.credentials["health"], ("get", "package_list", {}))[0]
    shown = ask(programs, url, city.credentials["health"], *(("post", "package_show", {"id": n}) for n in names))
    assert {json.dumps(json.loads(line), sort_keys=True) for line in dumped} == {
        json.dumps(one, sort_keys=True) for one in shown
    }
    lines = tmp_path / "datasets.jsonl"
    lines.write_text(dumped[0] + "\n", encoding="utf-8")
    said = run(programs / "ckanapi", "load", "datasets", "-I", str(lines), *mine, status=3)
    assert "CKAN_READ_ONLY" in said
    assert ask(programs, url, city.credentials["health"], ("get", "package_list", {}))[0] == names
    for kind in ("groups", "organizations"):
        run(programs / "ckanapi", "dump", kind, "--all", *mine, "-q")
    assert ask(programs, url, city.credentials["health"], ("post", "user_show", {}))[0]["id"] == "health"
