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
MANY = 2_000_000
"""More rows than these are landed beside `psql` alone: others take minutes for them."""
TURNS = 7
LONG_TURNS = 3
"""Of more rows, and of a slow peer, which is measured apart: while it runs, a machine changes its pace."""
_VS = "connectors.postgres-vs"


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
            yield from case.rows("" if count == small else f"-{count // 1_000_000}m")
            peaks[count] = case.peak
        grown = peaks[large] / peaks[small]
        detail = ", ".join(f"{peak:.0f} MB at {count} rows" for count, peak in peaks.items())
        yield Row("connectors.peak-memory", peaks[large], "MB", LIMIT, "<=", "the limit", detail)
        yield Row("connectors.memory-flat", grown, "x", 1.25, "<=", "a fifth of the rows", detail)


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

    def rows(self, size: str) -> Iterator[Row]:
        """Held against `psql`, and where there are not too many rows against the loaders of others."""
        with ExitStack() as stack:
            landed = stack.enter_context(landing(self.connection, self.place / "lake"))
            ours: dict[str, Callable[[], float]] = {"ours": partial(landed.again, self.count)}
            ways = {"psql": self._copy} | ours | self._loader(stack, "connectorx")
            took = in_turns(ways, TURNS if self.count <= MANY else LONG_TURNS)
            against = "psql COPY to nowhere"
            yield Row(f"{_VS}-copy{size}", took["ours"] / took["psql"], "x", 1.8, "<=", against, self._told(took))
            if "connectorx" in took:
                yield self._slower("connectorx", 1.2, took, size)
            if dlt := self._loader(stack, "dlt"):
                yield self._slower("dlt", 3.5, in_turns(ours | dlt, LONG_TURNS), size)
            self.peak = landed.peak

    def _loader(self, stack: ExitStack, name: str) -> dict[str, Callable[[], float]]:
        """Its name and how to ask it for all rows once more; empty where it is not at hand, or rows are too many."""
        python = peers.python() if self.count <= MANY else None
        if python is None:
            return {}
        work = {"url": self.url, "table": payments.TABLE, "file": str(self.place / f"{name}.parquet")}
        return {name: partial(stack.enter_context(peers.peer(python, name, work)).again, self.count)}

    def _slower(self, name: str, target: float, took: Mapping[str, float], size: str) -> Row:
        ratio = took[name] / took["ours"]
        return Row(f"{_VS}-{name}{size}", ratio, "x", target, ">=", f"{name} to zstd Parquet", self._told(took))

    def _told(self, took: Mapping[str, float]) -> str:
        return f"{self.count} rows: " + ", ".join(f"{way} {spent:.2f} s" for way, spent in took.items())

    def _copy(self) -> float:
        """All rows as CSV, thrown away."""
        command = [str(self.psql), "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "yishu", "-X", "-q"]
        command += ["-d", self.connection.schema, "-c", f"copy {payments.TABLE} to stdout (format csv)"]
        environment = os.environ | {"PGPASSWORD": self.server.password}
        return seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True))
