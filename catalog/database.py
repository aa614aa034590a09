"""The catalogue's database: opening it, and bringing its schema up to date. SQLite and PostgreSQL alike."""

import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry

from schemas.errors import NotReady

EXPECTED = "expected sqlite:///path/to/catalogue.db or postgresql://user:password@host:5432/name"
_WRITE = "yishu_write"
_PATIENCE_S = 30
_PAUSE_S = 0.02
UNAVAILABLE = (OperationalError, InterfaceError, NoConnectionFree)
"""What comes up where the database is gone, locked or has no connection free: try again later."""


def connect(url: str) -> Engine:
    """An engine on a database that answers; NotReady says what to do where it does not."""
    engine = _engine(_parse(url))
    try:
        with engine.connect():
            return engine
    except DBAPIError as wrong:
        engine.dispose()
        raise NotReady(
            f"the catalogue's database {engine.url.render_as_string()} does not answer ({_reason(wrong)}); "
            "check YISHU_DATABASE_URL, that the folder exists or the server runs, and its user and password"
        ) from wrong


def upgrade(url: str) -> None:
    """Bring the schema of the database at `url` to `head()`; several at once wait for each other."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        Path(str(parsed.database)).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = connect(url)
    try:
        upgrade_engine(engine)
    finally:
        engine.dispose()


def upgrade_engine(engine: Engine, to: str = "head") -> None:
    """The same over an engine that is open."""
    with writing(engine) as connection:
        serialise(connection, "migrations")
        command.upgrade(_config(connection), to)


def downgrade_engine(engine: Engine, to: str) -> None:
    """Back to the revision `to`, or to `base`: nothing."""
    with writing(engine) as connection:
        serialise(connection, "migrations")
        command.downgrade(_config(connection), to)


def current(url: str) -> str | None:
    """The revision of the database at `url`; None where it has no schema yet."""
    engine = connect(url)
    try:
        return revision(engine)
    finally:
        engine.dispose()


def head() -> str:
    """The revision that this release needs."""
    found = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    assert found is not None, "the package carries at least one migration"  # noqa: S101 - cannot be otherwise
    return found


def revision(engine: Engine) -> str | None:
    """As `current`, over an engine that is open."""
    with engine.connect() as connection:
        found: str | None = MigrationContext.configure(connection).get_current_revision()
        return found


def require_current(engine: Engine) -> None:
    """NotReady unless the schema is the one of this release."""
    found = revision(engine)
    if found != head():
        raise NotReady(
            f"the catalogue's schema is {found or 'empty'}, this release needs {head()}: run `yishu db upgrade`"
        )


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that will write: on SQLite it takes the write lock at once, so that it cannot fail half-way."""
    with engine.connect().execution_options(**{_WRITE: True}) as connection, connection.begin():
        yield connection


def serialise(connection: Connection, name: str) -> None:
    """Until the transaction ends nobody else passes this line with the same `name`; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": zlib.crc32(name.encode())})


_MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as wrong:
        raise NotReady(f"YISHU_DATABASE_URL: found {url.rsplit('@', maxsplit=1)[-1]!r}, {EXPECTED}") from wrong
    backend = parsed.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise NotReady(f"YISHU_DATABASE_URL: found a database of kind {backend!r}, {EXPECTED}")
    if parsed.database in (None, "", ":memory:"):
        raise NotReady(
            f"YISHU_DATABASE_URL: found SQLite without a file, which no second process could see; {EXPECTED}"
        )
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10})
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _PATIENCE_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: `_begin_sqlite` does
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={_PATIENCE_S * 1000}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Switch to the write-ahead log; SQLite refuses at once, whatever its busy timeout, where another does the same."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(wrong: DBAPIError) -> str:
    lines = str(wrong.orig).strip().splitlines()
    return lines[0] if lines else type(wrong.orig).__name__
