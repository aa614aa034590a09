"""Verify remembers what it decides by, and whatever ends a permission counts with the very next ask."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from api.scans import Scans
from catalog import tables
from catalog.database import connect
from catalog.shelf import Shelf
from schemas.access import GrantState
from schemas.dataset import Sharing
from tests.api.conftest import City, low_income, with_scans
from tests.api.test_verify import ELSEWHERE, MINE, NOBODY, PATH, several, verify
from tests.builders import NOW, TENGZHOU_CIVIL, make_verdict

KEY = "civil_affairs.low_income"
Change = Callable[[Shelf, City], object]


def credential(shelf: Shelf, city: City) -> None:
    (one,) = shelf.parties.credentials("tengzhou")
    shelf.parties.revoke(one.id, NOW)


def withheld(shelf: Shelf, city: City) -> None:
    withheld = replace(shelf.dataset(KEY), sharing=Sharing.WITHHELD, withheld_basis="x", version="2.0.0")
    shelf.register(replace(withheld, contract_hash=""), NOW)


CHANGES: list[tuple[Change, int, str]] = [
    (lambda shelf, city: shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED), 403, "GRANT_NOT_IN_FORCE"),
    (credential, 401, "UNIDENTIFIED"),
    (lambda shelf, city: shelf.withdraw(KEY, 1), 403, "DATASET_NOT_PUBLISHED"),
    (lambda shelf, city: shelf.parties.set_active(system="tengzhou", active=False), 404, "UNKNOWN"),
    (lambda shelf, city: shelf.parties.set_active(organisation=TENGZHOU_CIVIL, active=False), 404, "UNKNOWN"),
    (withheld, 404, "UNKNOWN"),
]


@pytest.mark.parametrize(("change", "status", "code"), CHANGES)
@pytest.mark.parametrize("told", [{}, {"expect": {"amount": "603.00"}}, {"prefill": True}])
def test_what_ends_a_permission_ends_the_very_next_answer(
    city_on_each: City, change: Change, status: int, code: str, told: dict[str, object]
) -> None:
    city = city_on_each
    first, second = (verify(city, **told) for _ in range(2))
    assert first.json() == second.json()
    assert (first.status_code, first.json()["found"]) == (200, True)
    change(city.shelf, city)
    after = verify(city, **told)
    assert (after.status_code, after.json()["code"]) == (status, code)


def test_what_another_process_ends_counts_as_soon(city: City) -> None:
    assert verify(city).json()["found"] is True
    engine = connect(city.shelf.engine.url.render_as_string(hide_password=False))
    elsewhere = replace(city.shelf, engine=engine)
    assert elsewhere.recall is not city.shelf.recall
    elsewhere.set_grant_state(city.grants["tengzhou"], GrantState.SUSPENDED)
    assert verify(city).json()["code"] == "GRANT_NOT_IN_FORCE"
    elsewhere.set_grant_state(city.grants["tengzhou"], GrantState.ACTIVE)
    assert verify(city).json()["found"] is True
    engine.dispose()


def test_a_new_version_answers_the_very_next_ask(city_on_each: City) -> None:
    city, shelf = city_on_each, city_on_each.shelf
    assert verify(city, columns=["amount"]).json()["record"] == {"amount": "603.00"}
    dataset = shelf.dataset(KEY)
    rows = [row | {"amount": 999} if row["person_id"] == MINE else row for row in low_income()]
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, rows), NOW)
    answer = verify(city, columns=["amount"]).json()
    assert (answer["version"], answer["record"]) == (2, {"amount": "999.00"})


def test_a_used_credential_is_noted_once_a_day(city: City) -> None:
    for _ in range(3):
        assert verify(city).status_code == 200
    with city.shelf.engine.connect() as connection:
        table = tables.credential
        used = connection.scalar(select(func.count()).select_from(table).where(table.c.last_used_day.is_not(None)))
    assert used == 1


@pytest.mark.parametrize("text", ["\ud800", "\x00", "é" * 200, "\u202e", "370481\x1f1"])
def test_no_text_breaks_a_look_up(city: City, text: str) -> None:
    plain = {"purpose": "social_assistance", "case": "7", "subject": {"person_id": MINE}}
    headers = city.headers("tengzhou") | {"Content-Type": "application/json"}
    for told in ({"subject": {"person_id": text}}, {"case": text}, {"expect": {"mobile": text}}):
        answer = city.client.post(PATH, headers=headers, content=json.dumps(plain | told))
        assert answer.status_code in (200, 400, 403), told


def test_no_slot_is_needed_where_few_rows_are_searched(city: City) -> None:
    scans = Scans(1)
    busy = with_scans(city, scans)
    scans.take()
    told = {"purpose": "social_assistance", "case": "7", "subject": {"person_id": MINE}}
    assert busy.post(PATH, headers=city.headers("tengzhou"), json=told).json()["found"] is True


def test_the_records_that_leave_are_counted(city: City) -> None:
    def rows(answer) -> object:  # type: ignore[no-untyped-def]
        number = answer.headers["Yishu-Receipt"]
        told = (one.body for one in city.shelf.receipts.newest())
        return next(one["rows"] for one in told if one["event"] == "served" and one["of"] == number)

    assert rows(verify(city)) == 1
    assert rows(verify(city, subject={"person_id": ELSEWHERE})) == 0
    assert rows(verify(city, expect={"amount": "603.00"})) == 0
    assert rows(several(city, MINE, NOBODY, MINE, "")) == 2
    assert 'yishu_rows_total{format="json"} 3' in city.client.get("/metrics").text
