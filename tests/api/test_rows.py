"""Rows over HTTP."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.api.conftest import City

ROWS = "/datasets/civil_affairs.low_income/rows"


def test_the_same_url_gives_each_caller_their_own_rows(city_on_each: City) -> None:
    seen = {}
    for who, purpose in (
        ("civil", "own_duty"),
        ("health", "public_health"),
        ("tengzhou", "social_assistance"),
        ("laiwu", "social_assistance"),
    ):
        answer = city_on_each.get(f"{ROWS}?purpose={purpose}", who)
        assert answer.status_code == 200, answer.text
        seen[who] = len(answer.json()["rows"])
    assert seen == {"civil": 40, "health": 36, "tengzhou": 24, "laiwu": 4}


@pytest.mark.parametrize("format", ["arrow", "parquet", "csv", "json"])
def test_every_format_holds_the_same_rows(city: City, format: str) -> None:
    answer = city.get(f"{ROWS}?purpose=social_assistance&format={format}", "tengzhou")
    assert answer.status_code == 200
    read = {
        "arrow": lambda: pa.ipc.open_stream(answer.content).read_all().num_rows,
        "parquet": lambda: pq.read_table(io.BytesIO(answer.content)).num_rows,
        "csv": lambda: len(answer.text.strip().split("\n")) - 1,
        "json": lambda: len(answer.json()["rows"]),
    }
    assert read[format]() == 24
