"""The pace of verifies: a bucket for each credential."""

import pytest

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
