"""A body that is too long is refused before anybody holds it in memory."""

from collections.abc import Iterator

import pytest

from api.bodies import LARGEST
from tests.api.conftest import City

PATH = "/api/v1/datasets/credit.penalty/verify"
JSON = {"Content-Type": "application/json"}


def pieces(many: int) -> Iterator[bytes]:
    for _ in range(many):
        yield b" " * 65536


def test_a_body_that_announces_its_length_is_not_even_read(city: City) -> None:
    answer = city.client.post(PATH, content=b" " * (LARGEST + 1), headers=JSON)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")


def test_one_that_does_not_is_cut_off_at_the_limit(city: City) -> None:
    answer = city.client.post(PATH, content=pieces(20), headers=JSON)
    assert answer.status_code == 413


@pytest.mark.parametrize("size", [0, LARGEST])
def test_up_to_the_limit_it_is_read(city: City, size: int) -> None:
    assert city.client.post(PATH, content=b" " * size, headers=JSON).status_code == 400
