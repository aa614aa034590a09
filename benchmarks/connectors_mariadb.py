"""Landing a table of MariaDB, against its own client that writes all rows to nowhere."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import payments
from benchmarks.connectors_process import landing
from benchmarks.row import Row, in_turns, seconds
from tests.mariadb import MariaDB, find_server, running

DATABASE = "bench"
TURNS = 3


def rows(*, full: bool) -> Iterator[Row]:
    """In turns, so that a noisy minute falls on both alike."""
    binary, client = find_server(), shutil.which("mariadb")
    if binary is None or client is None:
        sys.stdout.write("NOT MEASURED on MariaDB: mariadbd, mariadb-install-db or the client mariadb was not found\n")
        return
    count = 2_000_000 if full else 200_000
    with tempfile.TemporaryDirectory() as name, running(Path(binary)) as server:
        server.execute(f"create database {DATABASE}")
        server.execute(f"use {DATABASE}", *payments.mariadb(count))
        connection = payments.connection("mariadb", server.port, "yishu", server.password, DATABASE)
        with landing(connection, Path(name) / "lake") as ours:
            ways: dict[str, Callable[[], float]] = {
                "client": lambda: _dump(server, client),
                "ours": lambda: ours.again(count),
            }
            took = in_turns(ways, TURNS)
    detail = f"{count} rows: client {took['client']:.2f} s, ours {took['ours']:.2f} s, {ours.peak:.0f} MB"
    ratio = took["ours"] / took["client"]
    yield Row("connectors.mariadb-vs-dump", ratio, "x", 3.0, "<=", "the mariadb client to nowhere", detail)


def _dump(server: MariaDB, client: str) -> float:
    """All rows as the client writes them, thrown away; `quick` keeps none of them back."""
    command = [client, "--no-defaults", "--protocol=tcp", "-h", "127.0.0.1", f"-P{server.port}", "-uyishu", "--quick"]
    command += ["--default-character-set=utf8mb4", "--batch", "-e", f"select * from {payments.TABLE}", DATABASE]
    environment = os.environ | {"MYSQL_PWD": server.password}
    return seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True))
