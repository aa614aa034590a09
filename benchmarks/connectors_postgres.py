"""Landing a table of PostgreSQL, against `psql` that copies it to nowhere and against loaders of others."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks import payments, peers
from benchmarks.connectors_process import landing
from benchmarks.row import Row, in_turns, seconds
from tests.postgres import Postgres, find_binaries, running

LIMIT = 512
"""MB that a landing may take, however long the table is."""
MANY = 2_000_000
"""More rows than these are landed beside `psql` alone: others take minutes for them."""
TURNS = 3
LOADERS = {"connectorx": (1.2, 7), "dlt": (3.5, TURNS)}
"""Name -> how many times as long it is to take as a landing, and in how many turns that is found out."""


def rows(*, full: bool) -> Iterator[Row]:
    """In turns, so that a noisy minute falls on both alike; memory at both sizes."""
    binaries = find_binaries()
    if binaries is None:
        sys.stdout.write("NOT MEASURED on PostgreSQL: initdb and pg_ctl were not found\n")
        return
    small, large = (2_000_000, 10_000_000) if full else (200_000, 1_000_000)
    with tempfile.TemporaryDirectory() as name, running(binaries) as server:
        peaks = {}
        for count in (small, large):
            case = Case(server, binaries, Path(name), count, "" if count == small else f"-{count // 1_000_000}m")
            row, peaks[count] = case.against_psql()
            yield row
            yield from case.against_loaders()
        grown = peaks[large] / peaks[small]
        detail = ", ".join(f"{peak:.0f} MB at {count} rows" for count, peak in peaks.items())
        yield Row("connectors.peak-memory", peaks[large], "MB", LIMIT, "<=", "the limit", detail)
        yield Row("connectors.memory-flat", grown, "x", 1.25, "<=", "a fifth of the rows", detail)


class Case:
    """One table on the server of this run, and the ways out of it."""

    def __init__(self, server: Postgres, binaries: Path, place: Path, count: int, size: str) -> None:
        self.server, self.psql, self.place, self.count, self.size = server, binaries / "psql", place, count, size
        database = f"bench{count}"
        with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as session:
            session.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
        self.url = server.url(database)
        self.connection = payments.connection("postgres", server.port, "yishu", server.password, database)
        with closing(psycopg.connect(self.url, autocommit=True)) as session:
            for statement in payments.postgres(count):
                session.execute(statement)

    def against_psql(self) -> tuple[Row, float]:
        """How a landing does against the least that the server can be asked for; and MB of the process that lands."""
        with landing(self.connection, self.place / "lake") as ours:
            took = in_turns({"psql": self._copy, "ours": partial(ours.again, self.count)}, TURNS)
        ratio, name = took["ours"] / took["psql"], f"connectors.postgres-vs-copy{self.size}"
        return Row(name, ratio, "x", 1.8, "<=", "psql COPY to nowhere", self._told(took)), ours.peak

    def against_loaders(self) -> Iterator[Row]:
        """Each beside a landing alone; none where they are not at hand, or rows are too many."""
        python = peers.python() if self.count <= MANY else None
        if python is None:
            return
        for name, (target, turns) in LOADERS.items():
            work = {"url": self.url, "table": payments.TABLE, "file": str(self.place / f"{name}.parquet")}
            with landing(self.connection, self.place / "lake") as ours, peers.peer(python, name, work) as loader:
                again = {name: partial(loader.again, self.count), "ours": partial(ours.again, self.count)}
                took = in_turns(again, turns)
            row, ratio = f"connectors.postgres-vs-{name}{self.size}", took[name] / took["ours"]
            yield Row(row, ratio, "x", target, ">=", f"{name} to zstd Parquet", self._told(took))

    def _told(self, took: Mapping[str, float]) -> str:
        return f"{self.count} rows: " + ", ".join(f"{way} {spent:.2f} s" for way, spent in took.items())

    def _copy(self) -> float:
        """All rows as CSV, thrown away."""
        command = [str(self.psql), "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "yishu", "-X", "-q"]
        command += ["-d", self.connection.schema, "-c", f"copy {payments.TABLE} to stdout (format csv)"]
        environment = os.environ | {"PGPASSWORD": self.server.password}
        return seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True))
