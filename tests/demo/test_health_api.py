"""The demo's health API asks for its token, pages, and is too busy now and then."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.city import City
from demo.health import KEY
from demo.health_api import Store, answer
from demo.health_process import HealthProcess, start_health
from schemas.errors import NotReady

GOOD = "Bearer 令牌 of the test"


@pytest.fixture
def store(small_city: City) -> Store:
    return Store(small_city.folder / "health.db", "令牌 of the test")


@pytest.fixture
def running(small_city: City) -> Iterator[HealthProcess]:
    process = start_health(small_city.folder / "health.db", "secret-of-the-test")
    yield process
    process.stop()


def test_without_its_token_nothing_is_told(store: Store) -> None:
    status, told, _ = answer(store, "/api/checkups?page=1", "Bearer another")
    assert status == 401
    assert "data" not in told


def test_pages_together_are_every_check_up_once(store: Store, small_city: City) -> None:
    seen: list[str] = []
    page = 1
    while True:
        status, told, headers = answer(store, f"/api/checkups?page={page}&size=100", GOOD)
        if status == 429:
            assert headers == {"Retry-After": "1"}
            continue
        if not told["data"]["items"]:
            break
        seen += [item["checkup_no"] for item in told["data"]["items"]]
        page += 1
    truth = small_city.whole(KEY)
    assert len(seen) == told["data"]["total"] == truth.read
    assert len(seen) - len(set(seen)) == truth.duplicates + truth.quarantined["key.unique"] // 2


def test_the_third_and_the_seventh_ask_are_one_too_many(store: Store) -> None:
    statuses = [answer(store, "/api/checkups?page=1&size=1", GOOD)[0] for _ in range(8)]
    assert [place for place, status in enumerate(statuses, start=1) if status == 429] == [3, 7]


@pytest.mark.parametrize("words", ["page=0", "page=x", "size=0", "size=100000", "page=-1"])
def test_words_that_do_not_fit_are_a_bad_request(store: Store, words: str) -> None:
    assert answer(store, f"/api/checkups?{words}", GOOD)[0] == 400


def test_as_a_process_it_serves_and_ends_with_its_starter(running: HealthProcess) -> None:
    url = f"http://127.0.0.1:{running.port}/api/checkups?page=1&size=2"
    told = httpx.get(url, headers={"Authorization": "Bearer secret-of-the-test"}, trust_env=False).json()
    assert len(told["data"]["items"]) == 2
    assert isinstance(told["data"]["items"][0]["age"], int)
    running.stop()
    assert running.process.returncode == 0


def test_a_store_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no store"):
        start_health(tmp_path / "none.db", "x")
