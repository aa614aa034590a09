"""frictionless reads packages and a catalogue from the CKAN face, and rows from addresses that need no token."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import City, built, city
from tests.clients.conftest import skipped_unless_made
from tests.clients.environment import environment
from tests.clients.test_ckanapi import run
from tests.served import serving

__all__ = ["built", "city"]
HERE = Path(__file__).parent
KEY = "civil_affairs.low_income"
NAME = "civil_affairs-low_income"
pytestmark = pytest.mark.clients


@pytest.fixture(scope="session")
def program() -> Path:
    return skipped_unless_made("frictionless", lambda: environment(HERE / "frictionless.lock") / "python")


@pytest.fixture
def served(city: City) -> Iterator[tuple[City, str]]:
    with serving(city.client.app) as url:
        yield city, url


def ask(program: Path, url: str, credential: str, **asked: Any) -> Any:
    told = [url, credential] if credential else [url]
    return json.loads(run(program, str(HERE / "frictionless_reader.py"), *told, given=json.dumps(asked)))


def test_a_package_with_the_rows_that_its_credential_may_have(served: tuple[City, str], program: Path) -> None:
    city, url = served
    told = {"purpose": "social_assistance", "format": "csv"}
    text = city.get(f"/datasets/{KEY}/rows", "tengzhou", params=told).text
    expected = list(csv.DictReader(io.StringIO(text)))
    found = ask(program, url, city.credentials["tengzhou"], dataset=NAME)
    assert (found["name"], found["title"]) == (NAME, "城乡低保对象")
    assert [row["person_id"] for row in found["rows"]] == [row["person_id"] for row in expected]
    assert [row["name"] for row in found["rows"]] == [row["name"] for row in expected]
    assert len(expected) == 24


def test_open_data_without_a_credential_and_nothing_else(served: tuple[City, str], program: Path) -> None:
    _, url = served
    assert len(ask(program, url, "", dataset="credit-penalty")["rows"]) == 10
    assert "error" in ask(program, url, "", dataset=NAME)


def test_a_catalogue_and_one_department_of_it(served: tuple[City, str], program: Path) -> None:
    city, url = served
    assert ask(program, url, "", catalog={}) == ["credit-penalty"]
    assert ask(program, url, city.credentials["tengzhou"], catalog={}) == [NAME, "credit-penalty"]
    only = ask(program, url, city.credentials["tengzhou"], catalog={"organization_name": "civil_affairs"})
    assert only == [NAME]
