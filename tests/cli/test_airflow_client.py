"""The embedded Airflow by its REST API: a trigger survives a locked database and makes one run."""

import json
from collections.abc import Callable

import httpx
import pytest

from cli.airflow_client import TRIES, Airflow
from schemas.errors import BadInput, Unknown

Answer = Callable[[int], httpx.Response]


class Door:
    """Answers the n-th request by `answer(n)`, and remembers what was asked and how long was waited."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[dict[str, str]] = []
        self.waited: list[float] = []
        transport = httpx.MockTransport(self._answer)
        self._say = answer
        self.airflow = Airflow(httpx.Client(transport=transport, base_url="http://127.0.0.1:1"), self.waited.append)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        return self._say(len(self.asked))


LOCKED = httpx.Response(500, json={"detail": {"reason": "Database error"}})


def test_a_trigger_is_asked_again_under_the_same_id_while_the_database_is_locked() -> None:
    door = Door(lambda n: LOCKED if n < 3 else httpx.Response(200, json={"dag_run_id": "any"}))
    run = door.airflow.trigger("health.elderly_checkup", "2026-11-19")
    assert {one["dag_run_id"] for one in door.asked} == {run}
    assert door.waited == [0.5, 1.0]


def test_a_run_that_was_made_before_the_fault_is_found() -> None:
    door = Door(lambda n: LOCKED if n == 1 else httpx.Response(409, json={"detail": "exists"}))
    assert door.airflow.trigger("a.b", "2026-11-19") == door.asked[0]["dag_run_id"]


def test_a_database_that_stays_locked_is_told() -> None:
    door = Door(lambda _: LOCKED)
    with pytest.raises(BadInput, match="with 500"):
        door.airflow.trigger("a.b", "2026-11-19")
    assert len(door.asked) == TRIES


def test_what_airflow_refuses_is_not_asked_again() -> None:
    door = Door(lambda _: httpx.Response(404, json={"detail": "no such DAG"}))
    with pytest.raises(Unknown, match=r"a\.b"):
        door.airflow.trigger("a.b", "2026-11-19")
    assert len(door.asked) == 1
