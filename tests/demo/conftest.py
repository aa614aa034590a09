"""A small demo city whose data have gone the whole way, shared by the demo's tests."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from catalog.database import upgrade
from catalog.shelf import Shelf, open_shelf
from cli.connections import connection
from dags.steps import Job, whole_way
from demo.city import City, Sizes, build_city
from demo.connections import city_connections
from demo.health_process import start_health
from demo.seed import Credentials, seed
from schemas.contract import find_contracts, read_contract
from schemas.dataset import Dataset
from schemas.journey import SHANGHAI, Window
from schemas.settings import SHIPPED_CONTRACTS, Settings, read_settings

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 2, tzinfo=SHANGHAI)
SMALL = Sizes(people=4_000, enterprises=2_000)


@dataclass(frozen=True)
class Played:
    """A demo after its DAGs: the city, what was published, and everybody's credentials."""

    city: City
    settings: Settings
    shelf: Shelf
    credentials: Credentials
    datasets: dict[str, Dataset]


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return build_city(tmp_path_factory.mktemp("city") / "city", DAY, sizes=SMALL)


@pytest.fixture(scope="session")
def played(small_city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder: Path = tmp_path_factory.mktemp("demo")
    settings = read_settings({"YISHU_HOME": str(folder / "home")}, folder)
    upgrade(settings.database_url)
    shelf = open_shelf(settings)
    credentials = seed(shelf, small_city, NOW)
    datasets = {dataset.key: dataset for dataset in map(read_contract, find_contracts((SHIPPED_CONTRACTS,)))}
    health = start_health(small_city.folder / "health.db", "a token of the test")
    try:
        environment = city_connections(small_city, health.port, "a token of the test", lambda: "a password").environment
        for key in small_city.truth:
            for window in small_city.windows(key):
                job = Job(settings, datasets[key], Window.parse(window), f"test {window}")
                whole_way(job, connection(environment, datasets[key].source.connection), NOW)
    finally:
        health.stop()
    yield Played(small_city, settings, shelf, credentials, datasets)
    shelf.engine.dispose()


def read_facts(city: City) -> dict[str, object]:
    """`city.json` as it stands."""
    told: dict[str, object] = json.loads((city.folder / "city.json").read_text(encoding="utf-8"))
    return told
