"""A MariaDB of its own for the tests: made in a temporary folder, gone when they end."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql

from tests.postgres import free_port

PATIENCE = 60
"""Seconds that a start may take on a busy machine."""


@dataclass(frozen=True, slots=True)
class MariaDB:
    """A running server on loopback; `url(name)` is one of its databases."""

    port: int
    password: str
    socket: Path

    def url(self, name: str) -> str:
        return f"mysql://yishu:{self.password}@127.0.0.1:{self.port}/{name}"

    def execute(self, *statements: str) -> None:
        """As the user `yishu`, who may do everything."""
        with (
            pymysql.connect(
                host="127.0.0.1", port=self.port, user="yishu", password=self.password, autocommit=True
            ) as database,
            database.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)


def find_server() -> Path | None:
    """Debian's mariadbd, else the one on PATH; None where there is none, or nothing that sets one up."""
    folders = f"/usr/sbin:/usr/bin:{os.environ.get('PATH', '')}"
    found = shutil.which("mariadbd", path=folders)
    return Path(found) if found and shutil.which("mariadb-install-db", path=folders) else None


@contextmanager
def running(server: Path, options: Sequence[str] = (), tls: Path | None = None) -> Iterator[MariaDB]:
    """Start a server on a free port, with TLS where `tls` holds key and certificate; end it at once and remove it."""
    folder = Path(tempfile.mkdtemp(prefix="yishu-my-", dir="/tmp"))
    made = MariaDB(free_port(), secrets.token_urlsafe(16), folder / "socket")
    for name in ("data", "scratch"):
        (folder / name).mkdir()
    first = folder / "first.sql"
    first.write_text(
        f"create user yishu@'%' identified by '{made.password}';\ngrant all on *.* to yishu@'%' with grant option;\n"
    )
    (folder / "tls").write_bytes(tls.read_bytes() if tls else b"")
    options = [*options, *(() if tls is None else (f"--ssl-cert={folder / 'tls'}", f"--ssl-key={folder / 'tls'}"))]
    if os.geteuid() == 0:
        for path in (folder, folder / "data", folder / "scratch", first, folder / "tls"):
            shutil.chown(path, "mysql", "mysql")
    try:
        _install(folder)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_as_mysql(), str(server), *_arguments(folder, made), *options], stdout=log, stderr=log, cwd="/"
            )
        try:
            _wait(process, made, folder / "log")
            yield made
        finally:
            process.kill()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_mysql() -> list[str]:
    """As the user `mysql` when we are root, who may not run a server; it ends with us, even where we are killed."""
    user = ["--reuid=mysql", "--regid=mysql", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *user, "--pdeathsig", "KILL"]


def _install(folder: Path) -> None:
    told = ["--no-defaults", *_places(folder), "--auth-root-authentication-method=normal"]
    program = shutil.which("mariadb-install-db", path=f"/usr/bin:{os.environ.get('PATH', '')}") or ""
    user = ["--user=mysql"] if os.geteuid() == 0 else []
    done = subprocess.run([program, *told, "--skip-test-db", *user], capture_output=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db ended with {done.returncode}: {(done.stdout + done.stderr).decode()}")


def _places(folder: Path) -> list[str]:
    """Temporary tables of its own, too: a server that starts removes all that lie where it would put its own."""
    return [f"--datadir={folder / 'data'}", f"--tmpdir={folder / 'scratch'}"]


def _arguments(folder: Path, made: MariaDB) -> list[str]:
    return [
        "--no-defaults",
        *_places(folder),
        f"--socket={made.socket}",
        f"--pid-file={folder / 'pid'}",
        f"--init-file={folder / 'first.sql'}",
        f"--port={made.port}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--skip-log-bin",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=64M",
        "--innodb-log-file-size=16M",
        "--max-connections=60",
    ]


def _wait(process: subprocess.Popen[bytes], made: MariaDB, log: Path) -> None:
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            return made.execute("select 1")
        except pymysql.err.OperationalError as wrong:
            if process.poll() is not None or time.monotonic() > patience:
                raise RuntimeError(f"mariadbd did not start: {log.read_text(errors='replace')[-4000:]}") from wrong
            time.sleep(0.1)
