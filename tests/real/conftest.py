"""A home through which all the real public data have gone, shared by the tests that look at it."""

import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest

from catalog.database import upgrade
from catalog.shelf import Shelf, open_shelf
from cli.connections import connection
from dags.steps import Job, whole_way
from demo.real import CONTRACTS, TRUTH, real_connections
from schemas.contract import find_contracts, read_contract
from schemas.dataset import Dataset
from schemas.journey import SHANGHAI, Window
from schemas.settings import Settings, read_settings

DATA = Path(os.environ.get("YISHU_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data")
WINDOW = Window.of_day(date(2026, 11, 20))
NOW = datetime(2026, 11, 21, 2, tzinfo=SHANGHAI)


class Home:
    """One home through which all the real data have gone."""

    def __init__(self, settings: Settings, shelf: Shelf, datasets: Mapping[str, Dataset]) -> None:
        self.settings = settings
        self.shelf = shelf
        self.datasets = datasets

    def published(self, key: str) -> tuple[str, ...]:
        """The files of the latest version."""
        snapshot = self.shelf.latest(key)
        assert snapshot is not None
        return tuple(str(self.settings.lake / file.part.path) for file in snapshot.files)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("real")
    settings = read_settings({"YISHU_HOME": str(folder / "home")}, folder)
    upgrade(settings.database_url)
    datasets = {dataset.key: dataset for dataset in map(read_contract, find_contracts((CONTRACTS,)))}
    assert set(datasets) == set(TRUTH), "each contract has a truth, and each truth a contract"
    environment = real_connections(DATA)
    for key in TRUTH:
        job = Job(settings, datasets[key], WINDOW, f"test {key}")
        whole_way(job, connection(environment, datasets[key].source.connection), NOW)
    return Home(settings, open_shelf(settings), datasets)
