"""The schema: migrations arrive at the tables, and an installation that is not ready says what to do."""

import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from catalog.cards.tables import WORDS
from catalog.database import connect, current, downgrade_engine, head, require_current, upgrade, upgrade_engine
from catalog.every_table import METADATA
from catalog.ledger.tables import LEDGER
from catalog.shelf import open_shelf
from schemas.errors import NotReady
from schemas.settings import read_settings


def not_of_fts(name: str | None, kind: str, _: object) -> bool:
    """SQLite keeps the words of the card index in tables that FTS5 makes by itself."""
    return not (kind == "table" and name and name.startswith(tuple(WORDS.tables)))


def test_the_migrations_arrive_at_exactly_the_tables(database_url: str) -> None:
    engine = connect(database_url)
    on_postgres = engine.dialect.name == "postgresql"
    with engine.connect() as connection:
        told = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(
            connection, opts=told if on_postgres else told | {"include_name": not_of_fts}
        )
        assert compare_metadata(context, [METADATA, LEDGER, WORDS] if on_postgres else METADATA) == []
        written = {c["name"] for t in METADATA.tables for c in inspect(connection).get_check_constraints(t)}
    engine.dispose()
    assert written == {c.name for t in METADATA.tables.values() for c in t.constraints if str(c.name).startswith("ck_")}


def test_down_and_up_again_leaves_nothing_behind(empty_database_url: str) -> None:
    assert current(empty_database_url) is None
    upgrade(empty_database_url)
    assert current(empty_database_url) == head()
    engine = connect(empty_database_url)
    downgrade_engine(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade_engine(engine)
    require_current(engine)
    engine.dispose()


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    upgrade(database_url)
    assert current(database_url) == head()


def test_opening_a_new_file_waits_for_whoever_opens_it_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalogue.db'}"
    holder = sqlite3.connect(tmp_path / "catalogue.db", check_same_thread=False, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("CREATE TABLE held (x)")
    release = threading.Timer(0.3, holder.execute, ["COMMIT"])
    release.start()
    connect(url).dispose()
    release.join()
    holder.close()


def test_several_upgrades_at_once_wait_for_each_other(empty_database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    several = [spawn.Process(target=upgrade, args=(empty_database_url,)) for _ in range(4)]
    for one in several:
        one.start()
    for one in several:
        one.join(60)
    assert [one.exitcode for one in several] == [0] * 4
    assert current(empty_database_url) == head()


def test_an_old_schema_says_which_command_mends_it(empty_database_url: str) -> None:
    engine = connect(empty_database_url)
    with pytest.raises(NotReady, match=rf"empty.*needs {head()}: run `yishu db upgrade`"):
        require_current(engine)
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://root@localhost/x",
        "sqlite://",
        "sqlite:////nowhere/at/all.db",
        "postgresql://u:hush@127.0.0.1:1/x",
    ],
)
def test_an_url_that_leads_nowhere_says_so_without_its_password(url: str) -> None:
    with pytest.raises(NotReady) as told:
        connect(url)
    assert "YISHU_DATABASE_URL" in str(told.value)
    assert "hush" not in str(told.value)


def test_sqlite_is_set_to_keep_what_it_says_it_kept(sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    with engine.connect() as connection:
        found = [connection.scalar(text(f"PRAGMA {p}")) for p in ("journal_mode", "synchronous", "foreign_keys")]
        assert found == ["wal", 2, 1]
        assert connection.scalar(text("PRAGMA busy_timeout")) == 30000
    engine.dispose()


def test_opening_a_shelf_makes_its_secrets_once_and_for_its_owner_only(sqlite_url: str, tmp_path: Path) -> None:
    settings = read_settings({"YISHU_HOME": "home", "YISHU_DATABASE_URL": sqlite_url}, tmp_path)
    first, second = open_shelf(settings), open_shelf(settings)
    assert (first.pepper, first.token_key) == (second.pepper, second.token_key)
    assert first.pepper != first.token_key
    assert {file.stat().st_mode & 0o777 for file in settings.secrets.iterdir()} == {0o600}
    assert repr(first.pepper) not in repr(first)


def test_a_secret_that_others_may_read_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    settings = read_settings({"YISHU_HOME": "home", "YISHU_DATABASE_URL": sqlite_url}, tmp_path)
    open_shelf(settings)
    (settings.secrets / "pepper").chmod(0o644)
    with pytest.raises(NotReady, match="chmod 600"):
        open_shelf(settings)


def test_a_shelf_on_an_old_schema_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with pytest.raises(NotReady, match="yishu db upgrade"):
        open_shelf(read_settings({"YISHU_HOME": "home"}, tmp_path))
