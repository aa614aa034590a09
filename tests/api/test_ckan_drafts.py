"""`package_create` begins a draft of a catalogue entry, by who may, once, and unseen by anybody else."""

from typing import Any

import pytest

from catalog.credentials import Bearer
from catalog.persons import Person
from schemas.access import Role
from tests.api.conftest import City
from tests.api.test_ckan import refused, result
from tests.builders import CIVIL_AFFAIRS, NOW

PACKAGE = {"name": "elderly", "title": "高龄津贴发放名册", "notes": "按月发放", "tags": [{"name": "救助"}]}


@pytest.fixture
def keeper(city: City) -> City:
    for name, role in (("keeper", Role.CATALOGUE_KEEPER), ("asker", Role.REQUESTER)):
        city.shelf.parties.add_person(Person(name, CIVIL_AFFAIRS, f"演示{name}", frozenset({role})))
        city.credentials[name] = city.shelf.parties.issue_credential(Bearer("civil", name), NOW)
    return city


def created(city: City, who: str, **more: Any) -> Any:
    return city.client.post("/api/action/package_create", json=PACKAGE | more, headers=city.headers(who))


def test_a_keeper_begins_a_draft_that_stands_among_the_entries_and_in_no_catalogue(keeper: City) -> None:
    answer = created(keeper, "keeper")
    assert answer.status_code == 200, answer.text
    made = answer.json()["result"]
    assert (made["title"], made["state"], made["private"]) == ("高龄津贴发放名册", "draft", True)
    entry = keeper.get(f"/entries/{made['id'].removeprefix('entry-')}", "keeper").json()
    assert "高龄津贴发放名册" in str(entry)
    assert "按月发放" in str(entry)
    for who in ("", "keeper", "health"):
        assert result(keeper, "package_search", who, q="高龄津贴")["count"] == 0
    assert keeper.get(f"/entries/{made['id'].removeprefix('entry-')}", "health").status_code == 404


def test_the_same_title_again_is_told_where_it_stands(keeper: City) -> None:
    created(keeper, "keeper")
    again = created(keeper, "keeper")
    assert refused(again)[:2] == (409, "Validation Error")
    assert "/entries/" in again.json()["error"]["message"]


@pytest.mark.parametrize("who", ["", "civil", "asker", "outsider"])
def test_nobody_else_begins_one(keeper: City, who: str) -> None:
    assert refused(created(keeper, who))[:2] == (403, "Authorization Error")
    assert created(keeper, "keeper").status_code == 200


def test_what_is_marked_secret_is_refused_and_a_get_changes_nothing(keeper: City) -> None:
    answer = created(keeper, "keeper", extras=[{"key": "secret", "value": "是"}])
    assert answer.status_code in (403, 409)
    assert "高龄津贴" not in answer.text
    got = keeper.client.get("/api/action/package_create?title=x", headers=keeper.headers("keeper"))
    assert refused(got) == (403, "Authorization Error", "CKAN_READ_ONLY")
    assert refused(created(keeper, "keeper", title=" "))[0] == 409
