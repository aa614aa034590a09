"""Fixtures that every room's tests share: databases of both kinds, and a shelf on each."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path, PurePath

import pytest
from sqlalchemy import create_engine, text
from xdist.scheduler import LoadScopeScheduling

from catalog.database import connect, upgrade
from catalog.ledger.book import open_ledger
from catalog.shelf import Shelf
from tests.mariadb import MariaDB, find_server
from tests.mariadb import running as running_mariadb
from tests.postgres import Postgres, find_binaries, running

pytest.register_assert_rewrite("connectors.conformance", "tests.connectors.sql_conformance")

KINDS = ("sqlite", "postgresql")
TOGETHER = ("clients", "dags", "demo", "faults", "lake", "pages", "real")
"""Folders whose tests share something costly: an installed tool, Airflow, a built city, an S3 server, Chromium."""
_NUMBERS = itertools.count(1)


class ByRoom(LoadScopeScheduling):
    """Where several processes share the tests, those of one file, or of one of the folders above, stay in one.

    Told by the file alone: groups by mark reach xdist 3.8 in the names of tests, which pytest 9.2 lets nobody change.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = PurePath(nodeid.split("::", 1)[0])
        return str(file.parent if file.parent.name in TOGETHER else file)


@pytest.hookimpl(optionalhook=True)  # without xdist nobody asks
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByRoom:
    return ByRoom(config, log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for this session; skipped loudly where there are no binaries, an error under CI."""
    binaries = find_binaries()
    if binaries is None:
        told = "PostgreSQL's binaries (initdb, pg_ctl) were not found in /usr/lib/postgresql/*/bin nor on PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(f"NOT TESTED ON POSTGRESQL: {told}")
    with running(binaries) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """Name of a migrated database that others are copied from."""
    _execute(postgres, "CREATE DATABASE migrated")
    upgrade(postgres.url("migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that others are copied from."""
    file = tmp_path_factory.mktemp("template") / "catalogue.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A fresh, empty database on PostgreSQL."""
    yield from _database(postgres, "template1")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A MariaDB server for this session; skipped loudly where there is none, an error under CI."""
    server = find_server()
    if server is None:
        told = "MariaDB (mariadbd, mariadb-install-db) was found neither in /usr/sbin nor on PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(f"NOT TESTED ON MARIADB: {told}")
    with running_mariadb(server) as made:
        yield made


@pytest.fixture
def mariadb_url(mariadb: MariaDB) -> Iterator[str]:
    """A fresh, empty database on MariaDB."""
    name = f"test{next(_NUMBERS)}"
    mariadb.execute(f"create database {name} character set utf8mb4")
    yield mariadb.url(name)
    mariadb.execute(f"drop database {name}")


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database without a schema, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'catalogue.db'}"
    else:
        yield from _database(request.getfixturevalue("postgres"), "template1")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "catalogue.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
    else:
        server = request.getfixturevalue("postgres")
        yield from _database(server, request.getfixturevalue("postgres_template"))


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated database on SQLite, for tests that are not about databases."""
    file = tmp_path / "catalogue.db"
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def shelf(database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    """An empty catalogue with its lake, on each kind of database."""
    yield from _shelf(database_url, tmp_path / "lake")


@pytest.fixture
def sqlite_shelf(sqlite_url: str, tmp_path: Path) -> Iterator[Shelf]:
    """An empty catalogue with its lake on SQLite, for tests that are not about databases."""
    yield from _shelf(sqlite_url, tmp_path / "lake")


def counting() -> Callable[[int], bytes]:
    """Bytes that never repeat and are the same in every run."""
    numbers = itertools.count(1)
    return lambda size: next(numbers).to_bytes(size, "big")[::-1]


def _shelf(url: str, lake: Path) -> Iterator[Shelf]:
    engine = connect(url)
    lake.mkdir(exist_ok=True)
    ledger = open_ledger(engine, lake.with_name("ledger.db"), b"l" * 32)
    yield Shelf(engine, lake, b"p" * 32, b"t" * 32, ledger, randomness=counting())
    ledger.close()
    engine.dispose()


def _database(server: Postgres, template: str) -> Iterator[str]:
    name = f"test{next(_NUMBERS)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}{_copied(server)}")
    yield server.url(name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _copied(server: Postgres) -> str:
    """How a template is copied: as files, in half the time, from PostgreSQL 15 on."""
    engine = create_engine(server.url("postgres").replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        number = int(connection.scalar(text("SHOW server_version_num")))
    engine.dispose()
    return " STRATEGY FILE_COPY" if number >= 150_000 else ""


def _execute(server: Postgres, statement: str) -> None:
    engine = create_engine(server.url("postgres").replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()
