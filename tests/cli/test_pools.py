"""The pools of source systems have as many slots as their owners allow, and follow when they allow otherwise."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from cli.airflow_client import Airflow, Pool
from cli.pools import PORT, follow, follow_running, pools, wider
from schemas.dataset import Dataset
from schemas.settings import read_settings
from schemas.source_limits import SLOTS, SourceLimits
from tests.builders import make_dataset


def pulled(key: str, connection: str, slots: int = 0, pool: str = "") -> Dataset:
    dataset = make_dataset(key)
    source = replace(dataset.source, connection=connection, pool=pool, limits=SourceLimits(slots=slots))
    return replace(dataset, source=source)


def test_a_pool_has_the_fewest_slots_that_a_contract_on_it_allows() -> None:
    datasets = [
        pulled("a.one", "quiet", 1),
        pulled("a.two", "quiet"),
        pulled("a.three", "quiet", 4),
        pulled("b.one", "wide", 4),
        pulled("c.one", "plain"),
        pulled("d.one", "shared", pool="machine_room"),
        pulled("d.two", ""),
    ]
    found = pools({dataset.key: dataset for dataset in datasets})
    assert found == {"source_quiet": 1, "source_wide": 4, "source_plain": SLOTS, "machine_room": SLOTS}


class FakeAirflow:
    """Airflow's pools by its REST API, a hundred at a time, as Airflow 3 answers."""

    def __init__(self, *there: Pool) -> None:
        self.pools = {pool.name: pool for pool in there}
        self.asked: list[str] = []
        http = httpx.Client(transport=httpx.MockTransport(self._answer), base_url="http://127.0.0.1:1")
        self.airflow = Airflow(http, lambda _: None)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.method)
        if request.method == "GET":
            start = int(request.url.params["offset"])
            some = [self._facts(pool) for pool in list(self.pools.values())[start : start + 100]]
            return httpx.Response(200, json={"pools": some, "total_entries": len(self.pools)})
        told = json.loads(request.content)
        name = told.get("name") or unquote(request.url.path.removeprefix("/api/v2/pools/"))
        if request.method == "POST" and name in self.pools:
            return httpx.Response(409, json={"detail": "exists"})
        if request.method == "PATCH" and not told.keys() >= {"pool", "slots", "include_deferred"}:
            return httpx.Response(422, json={"detail": "Field required"})
        self.pools[name] = Pool(name, told["slots"], told["description"])
        return httpx.Response(200, json=self._facts(self.pools[name]))

    @staticmethod
    def _facts(pool: Pool) -> dict[str, object]:
        return {"name": pool.name, "slots": pool.slots, "description": pool.description or None}


def test_pools_are_made_once_with_the_slots_of_the_contracts() -> None:
    fake = FakeAirflow()
    made = follow(fake.airflow, {"source_a": 1, "source_b": 2})
    assert made == ("pool source_a: made with 1", "pool source_b: made with 2")
    assert fake.pools == {"source_a": Pool("source_a", 1, "yishu: 1"), "source_b": Pool("source_b", 2, "yishu: 2")}
    assert follow(fake.airflow, {"source_a": 1, "source_b": 2}) == ()


def test_a_pool_follows_a_contract_that_says_otherwise() -> None:
    fake = FakeAirflow(Pool("source_a", 4, "yishu: 4"))
    assert follow(fake.airflow, {"source_a": 1}) == ("pool source_a: 4 → 1",)
    assert fake.pools["source_a"] == Pool("source_a", 1, "yishu: 1")


def test_a_pool_of_an_earlier_release_follows_too() -> None:
    fake = FakeAirflow(Pool("source_a", 2, "yishu"))
    follow(fake.airflow, {"source_a": 1})
    assert fake.pools["source_a"].slots == 1


def test_what_an_operator_set_stays_until_a_contract_says_otherwise() -> None:
    fake = FakeAirflow(Pool("source_a", 1, "yishu: 4"))
    assert follow(fake.airflow, {"source_a": 4}) == ()
    assert fake.pools["source_a"].slots == 1
    follow(fake.airflow, {"source_a": 6})
    assert fake.pools["source_a"].slots == 6


@pytest.mark.parametrize("noted", ["yishu", "yishu: 4"])
def test_a_pool_that_was_made_narrower_by_hand_is_made_wider_by_no_contract_that_has_not_risen(noted: str) -> None:
    fake = FakeAirflow(Pool("source_a", 1, noted))
    follow(fake.airflow, {"source_a": 3})
    assert fake.pools["source_a"] == Pool("source_a", 1, "yishu: 3")
    follow(fake.airflow, {"source_a": 4})
    assert fake.pools["source_a"].slots == 4


def test_an_airflow_that_wrote_no_port_is_not_asked(tmp_path: Path) -> None:
    settings = read_settings({"YISHU_HOME": "home"}, tmp_path)
    (settings.home / "airflow").mkdir(parents=True)
    (settings.home / "airflow" / PORT).write_text("")
    assert follow_running(settings, {}) == ()


def test_a_pool_that_somebody_else_made_is_left_alone() -> None:
    fake = FakeAirflow(Pool("machine_room", 9, "of the data centre"), Pool("source_a", 9))
    assert follow(fake.airflow, {"machine_room": 1, "source_a": 1}) == ()


def test_every_page_of_pools_is_looked_at() -> None:
    fake = FakeAirflow(*(Pool(f"source_{n}", 2, "yishu: 2") for n in range(250)))
    assert follow(fake.airflow, {"source_249": 1}) == ("pool source_249: 2 → 1",)
    assert fake.asked == ["GET", "GET", "GET", "PATCH"]


def test_where_no_airflow_was_started_or_answers_nothing_is_asked(tmp_path: Path) -> None:
    settings = read_settings({"YISHU_HOME": "home"}, tmp_path)
    assert follow_running(settings, {}) == ()
    (settings.home / "airflow").mkdir(parents=True)
    (settings.home / "airflow" / PORT).write_text("1", encoding="utf-8")
    assert follow_running(settings, {}) == ()


def test_a_pool_that_is_wider_than_allowed_is_told() -> None:
    there = {"source_a": 4, "source_b": -1, "source_c": 1, "default_pool": 128}
    told = wider({"source_a": 1, "source_b": 2, "source_c": 2, "source_d": 1}, there)
    assert told == ("source_a has 4, 1 allowed", "source_b has -1, 2 allowed")
