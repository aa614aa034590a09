"""Scan slots: a fixed number, half of it for one caller, and all of them come back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.scans import Scans
from schemas.errors import Busy
from tests.api.conftest import City, with_scans
from tests.builders import NOW, TENGZHOU_CIVIL, make_grant

ROWS = "/api/v1/datasets/civil_affairs.low_income/rows"


def test_slots_run_out_and_come_back_once_each() -> None:
    scans = Scans(2, each=2)
    one, other = scans.take("a"), scans.take("a")
    with pytest.raises(Busy, match="2 scans are running"):
        scans.take("b")
    one()
    one()
    scans.take("b")
    with pytest.raises(Busy):
        scans.take("c")
    other()
    scans.take("c")


@pytest.mark.parametrize(("slots", "each"), [(1, 1), (2, 1), (3, 2), (4, 2), (16, 8)])
def test_one_caller_gets_half_rounded_up(slots: int, each: int) -> None:
    scans = Scans(slots)
    for _ in range(each):
        scans.take("a")
    with pytest.raises(Busy):
        scans.take("a")
    if slots > each:
        scans.take("b")


def test_slots_of_nobody_in_particular_are_bounded_together_only() -> None:
    scans = Scans(3)
    for _ in range(3):
        scans.take()
    with pytest.raises(Busy):
        scans.take()


def test_no_more_than_the_slots_are_ever_out_whatever_the_threads_do() -> None:
    scans = Scans(5, each=3)
    seen: list[tuple[int, int]] = []

    def turn(number: int) -> bool:
        try:
            give_back = scans.take(f"caller {number % 3}")
        except Busy:
            return False
        with scans._lock:
            seen.append((scans._taken.total(), max(scans._taken.values())))
        give_back()
        return True

    with ThreadPoolExecutor(16) as pool:
        assert any(pool.map(turn, range(2000)))
    assert seen
    assert all(together <= 5 and most <= 3 for together, most in seen)
    assert scans._taken.total() == 0


def test_a_caller_at_the_limit_is_told_when_to_come_back_and_others_are_served(city: City) -> None:
    scans = Scans(4, each=1)
    client = with_scans(city, scans)
    held = scans.take(TENGZHOU_CIVIL)
    mine = client.get(ROWS, params={"purpose": "social_assistance"}, headers=city.headers("tengzhou"))
    assert (mine.status_code, mine.json()["code"], mine.headers["Retry-After"]) == (429, "BUSY", "1")
    assert client.get(ROWS, params={"purpose": "own_duty"}, headers=city.headers("civil")).status_code == 200
    public = client.get("/api/v1/datasets/credit.penalty/rows", params={"format": "csv"})
    assert public.status_code == 200
    held()
    for format in ("arrow", "parquet", "csv", "json"):
        told = {"purpose": "social_assistance", "format": format}
        assert client.get(ROWS, params=told, headers=city.headers("tengzhou")).status_code == 200


def test_the_public_is_one_caller(city: City) -> None:
    scans = Scans(4, each=1)
    client = with_scans(city, scans)
    held = scans.take("the public")
    assert client.get("/api/v1/datasets/credit.penalty/rows").status_code == 429
    held()
    assert client.get("/api/v1/datasets/credit.penalty/rows").status_code == 200


def test_a_grant_whose_day_is_spent_is_429_until_midnight(city: City) -> None:
    number = city.shelf.grant(make_grant(rows_per_day=24), NOW).number
    told = {"purpose": "social_assistance", "grant": number, "format": "csv"}
    assert city.get("/datasets/civil_affairs.low_income/rows", "tengzhou", params=told).status_code == 200
    spent = city.get("/datasets/civil_affairs.low_income/rows", "tengzhou", params=told)
    assert (spent.status_code, spent.json()["code"], spent.headers["Retry-After"]) == (429, "DAY_SPENT", "52200")
    city.clock.now += timedelta(seconds=52200)
    assert city.get("/datasets/civil_affairs.low_income/rows", "tengzhou", params=told).status_code == 200
