"""openlineage-python's HttpTransport against a running server: what it sends is in the catalogue's lineage."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import City, built, city
from tests.builders import NOW, make_dataset
from tests.clients.conftest import skipped_unless_made
from tests.clients.environment import environment
from tests.served import serving

__all__ = ["built", "city"]
HERE = Path(__file__).parent
KEY, COPY = "civil_affairs.low_income", "civil_affairs.copy"
pytestmark = pytest.mark.clients


@pytest.fixture(scope="session")
def program() -> Path:
    return skipped_unless_made("openlineage-python", lambda: environment(HERE / "openlineage.lock") / "python")


@pytest.fixture
def served(city: City) -> Iterator[tuple[City, str]]:
    city.shelf.register(make_dataset(COPY), NOW)
    with serving(city.client.app) as url:
        yield city, url


def tell(program: Path, url: str, credential: str, **told: Any) -> list[str]:
    asked = {"inputs": [], "output": ["yishu", COPY], "columns": {}, "kinds": ["START", "COMPLETE"], "gzip": False}
    done = subprocess.run(
        [str(program), str(HERE / "openlineage_teller.py"), url, credential],
        input=json.dumps(asked | told),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE / "offline"), "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said: list[str] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_run_of_the_owner_draws_edges_between_datasets_and_columns(
    served: tuple[City, str], program: Path, packed: bool
) -> None:
    city, url = served
    inputs = [["yishu", KEY], ["postgres://old:5432", "civil.public.people"]]
    columns = {"name": ["yishu", KEY, "name"]}
    said = tell(program, url, city.credentials["civil"], inputs=inputs, columns=columns, gzip=packed)
    assert said == ["taken", "taken"]
    body = city.get(f"/datasets/{COPY}/lineage", "civil").json()
    told = [one["from"] for one in body["edges"] if one["told_by"] and one["to"] == {"kind": "dataset", "key": COPY}]
    assert told == [
        {"kind": "dataset", "key": KEY},
        {"kind": "foreign", "name": "postgres://old:5432 civil.public.people"},
    ]
    assert body["columns"] == [
        {"from": {"dataset": KEY, "field": "name"}, "to": {"dataset": COPY, "field": "name"}, "how": "direct"}
    ]
    page = city.client.get(f"/datasets/{COPY}/lineage").status_code
    assert page == 404  # a conditional dataset, and the client of this test is nobody


def test_a_run_that_failed_draws_nothing_and_another_organisation_is_refused(
    served: tuple[City, str], program: Path
) -> None:
    city, url = served
    mine = {"inputs": [["yishu", KEY]]}
    assert tell(program, url, city.credentials["civil"], kinds=["START", "FAIL"], **mine) == ["taken", "taken"]
    (refused,) = tell(program, url, city.credentials["health"], kinds=["COMPLETE"], **mine)
    assert "403" in refused
    (forged,) = tell(program, url, "ys_0000", kinds=["COMPLETE"], **mine)
    assert "401" in forged
    assert not [one for one in city.get(f"/datasets/{COPY}/lineage", "civil").json()["edges"] if one["told_by"]]
