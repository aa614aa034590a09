"""The pace of verifies: a bucket for each credential."""

from dataclasses import replace

import pytest

from api.app import create_app
from api.pace import Pace
from schemas.errors import Busy
from tests.api.conftest import City
from tests.api.test_verify import verify


def test_a_full_bucket_empties_and_fills_again() -> None:
    pace = Pace(rate=2, burst=3)
    for _ in range(3):
        pace.take("a", 10.0)
    with pytest.raises(Busy, match="2 a second"):
        pace.take("a", 10.0)
    pace.take("b", 10.0)
    pace.take("a", 10.5)
    with pytest.raises(Busy):
        pace.take("a", 10.5)


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    pace = Pace(rate=1, burst=1)
    pace.take("a", 100.0)
    with pytest.raises(Busy):
        pace.take("a", 50.0)


def test_only_so_many_systems_are_remembered() -> None:
    pace = Pace()
    for number in range(pace.REMEMBERED + 50):
        pace.take(str(number), 0.0)
    assert len(pace._left) == pace.REMEMBERED


def test_a_system_that_verifies_too_fast_is_told_to_wait(city: City) -> None:
    answers = [verify(city).status_code for _ in range(101)]
    assert answers == [200] * 100 + [429]
    assert verify(city, who="laiwu").status_code != 429


def test_one_credential_may_ask_so_often_and_others_are_not_kept_waiting(city: City) -> None:
    client = city.client
    client.app.state.desk = replace(client.app.state.desk, requests=Pace(rate=1e-6, burst=5, of="requests"))

    def ask(who: str):  # type: ignore[no-untyped-def]
        return client.get("/api/v1/datasets", headers=city.headers(who))

    assert [ask("tengzhou").status_code for _ in range(5)] == [200] * 5
    slow = ask("tengzhou")
    assert (slow.status_code, slow.json()["code"]) == (429, "BUSY")
    assert int(slow.headers["Retry-After"]) >= 1
    assert ask("laiwu").status_code == 200
    assert client.get("/api/v1/datasets").status_code == 200


def test_the_setting_says_how_many_and_none_is_none(city: City) -> None:
    settings = city.client.app.state.desk.settings
    made = create_app(city.shelf, replace(settings, requests_per_second=7), city.clock).state.desk.requests
    assert (made.rate, made.burst) == (7, 35)
    assert create_app(city.shelf, replace(settings, requests_per_second=0), city.clock).state.desk.requests is None
