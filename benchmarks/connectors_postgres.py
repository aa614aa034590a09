"""Landing a table of PostgreSQL, against `psql` that copies it to nowhere and against loaders of others."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
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
TURNS = 3
MANY = 2_000_000
"""More rows than these are landed beside `psql` alone: others take minutes for them."""


def rows(*, full: bool) -> Iterator[Row]:
    """In turns, so that a noisy minute falls on all alike; memory at both sizes."""
    binaries = find_binaries()
    if binaries is None:
        sys.stdout.write("NOT MEASURED on PostgreSQL: initdb and pg_ctl were not found\n")
        return
    small, large = (2_000_000, 10_000_000) if full else (200_000, 1_000_000)
    with tempfile.TemporaryDirectory() as name, running(binaries) as server:
        peaks = {}
        for count in (small, large):
            case = Case(server, binaries, Path(name), count)
            took = case.measured()
            yield from _compared(case, took, "" if count == small else f"-{count // 1_000_000}m")
            peaks[count] = case.peak
        grown = peaks[large] / peaks[small]
        detail = ", ".join(f"{peak:.0f} MB at {count} rows" for count, peak in peaks.items())
        yield Row("connectors.peak-memory", peaks[large], "MB", LIMIT, "<=", "the limit", detail)
        yield Row("connectors.memory-flat", grown, "x", 1.25, "<=", "a fifth of the rows", detail)


def _compared(case: "Case", took: Mapping[str, float], size: str) -> Iterator[Row]:
    ours = took["ours"]
    detail = f"{case.count} rows: " + ", ".join(f"{way} {spent:.2f} s" for way, spent in took.items())
    yield Row(f"connectors.postgres-vs-copy{size}", ours / took["psql"], "x", 1.8, "<=", "psql COPY to nowhere", detail)
    for peer, target in (("dlt", 3.5), ("connectorx", 1.2)):
        if peer in took:
            name = f"connectors.postgres-vs-{peer}{size}"
            yield Row(name, took[peer] / ours, "x", target, ">=", f"{peer} to zstd Parquet", detail)


class Case:
    """One table on the server of this run, and the ways out of it."""

    def __init__(self, server: Postgres, binaries: Path, place: Path, count: int) -> None:
        self.server, self.psql, self.place, self.count = server, binaries / "psql", place, count
        self.peak = 0.0
        database = f"bench{count}"
        with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as session:
            session.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
        self.url = server.url(database)
        self.connection = payments.connection("postgres", server.port, "yishu", server.password, database)
        with closing(psycopg.connect(self.url, autocommit=True)) as session:
            for statement in payments.postgres(count):
                session.execute(statement)

    def measured(self) -> Mapping[str, float]:
        """Way -> seconds, medians of some turns."""
        with ExitStack() as stack:
            ours = stack.enter_context(landing(self.connection, self.place / "lake"))
            ways: dict[str, Callable[[], float]] = {"psql": self._copy, "ours": partial(ours.again, self.count)}
            if self.count <= MANY and (python := peers.python()):
                for name in ("dlt", "connectorx"):
                    work = {"url": self.url, "table": payments.TABLE, "file": str(self.place / f"{name}.parquet")}
                    ways[name] = partial(stack.enter_context(peers.peer(python, name, work)).again, self.count)
            took = in_turns(ways, TURNS)
            self.peak = ours.peak
        return took

    def _copy(self) -> float:
        """All rows as CSV, thrown away."""
        command = [str(self.psql), "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "yishu", "-X", "-q"]
        command += ["-d", self.connection.schema, "-c", f"copy {payments.TABLE} to stdout (format csv)"]
        environment = os.environ | {"PGPASSWORD": self.server.password}
        return seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True))
