"""A shelf whose lake is a folder, or a bucket; the bucket with a line to it that can be cut."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from catalog.database import connect
from catalog.lake.where import desk, open_lake
from catalog.ledger.book import open_ledger
from catalog.shelf import Shelf
from schemas.settings import Settings, read_settings
from tests import s3
from tests.clients.environment import NotMade
from tests.conftest import counting
from tests.s3 import S3, Tap


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """A real S3 server; where its environment cannot be had, skipped loudly, an error under CI."""
    kept = {name: os.environ.get(name) for name in s3.KEYS}
    os.environ.update(s3.KEYS)
    try:
        with s3.running(tmp_path_factory.mktemp("s3") / "log") as found:
            yield found
    except NotMade as wrong:
        s3.not_made(wrong)
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@dataclass(frozen=True, slots=True)
class Site:
    """One installation and, where its lake lies in a bucket, the line to it."""

    settings: Settings
    shelf: Shelf
    tap: Tap | None
    another: Callable[[], Shelf]
    """The same installation from another machine: nothing of it is on the disk there."""

    @property
    def desk(self) -> Path:
        return desk(self.shelf.lake)


@pytest.fixture
def in_bucket(server: S3, sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """An empty installation whose lake lies in a bucket."""
    tap = Tap(server.port)
    told = {"YISHU_LAKE_URL": f"s3://{server.make_bucket()}/yishu", "YISHU_S3_ENDPOINT": tap.endpoint}
    yield from _site(told | {"YISHU_S3_REGION": "us-east-1"}, sqlite_url, tmp_path, tap)
    tap.close()


@pytest.fixture
def in_folder(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """An empty installation whose lake is a folder."""
    yield from _site({}, sqlite_url, tmp_path, None)


@pytest.fixture(params=["folder", "bucket"])
def site(request: pytest.FixtureRequest) -> Site:
    """Both, one after the other."""
    found: Site = request.getfixturevalue(f"in_{request.param}")
    return found


def _site(told: dict[str, str], url: str, home: Path, tap: Tap | None) -> Iterator[Site]:
    settings = read_settings({"YISHU_HOME": str(home / "home"), "YISHU_DATABASE_URL": url, **told}, home)
    settings.lake.mkdir(parents=True)
    engine = connect(url)
    ledger = open_ledger(engine, home / "ledger.db", b"l" * 32)
    shelf = Shelf(engine, open_lake(settings), b"p" * 32, b"t" * 32, ledger, randomness=counting())

    def another() -> Shelf:
        if settings.bucket is None:
            return replace(shelf)
        elsewhere = replace(settings, home=home / "elsewhere", lake=home / "elsewhere" / "lake")
        elsewhere.lake.mkdir(parents=True)
        return replace(shelf, lake=open_lake(elsewhere))

    yield Site(settings, shelf, tap, another)
    ledger.close()
    engine.dispose()
