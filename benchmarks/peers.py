"""Loaders that we are measured against: an environment of their own in build/, made where nobody names another."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from benchmarks.environment import interpreter
from benchmarks.told_process import Told

PLACE = Path("build/loaders")
WANTED = (
    "dlt[sql_database]==1.31.0",
    "connectorx==0.4.6",
    "fastexcel==0.21.0",
    "psycopg2-binary==2.9.13",
    "pyarrow==26.0.1",
    "sqlalchemy==2.0.50",
)
NAMED = "YISHU_BENCH_LOADERS"
"""Variable that may name the Python of an environment that has all of them."""


@cache
def python() -> Path | None:
    """The Python that has them; None, and said on standard output, where it cannot be had."""
    return interpreter(PLACE, WANTED, NAMED)


def peer(python: Path, name: str, work: Mapping[str, object]) -> Told:
    """A process of one of them, at the work of `benchmarks.connectors_peers`."""
    return Told([str(python), "-m", "benchmarks.connectors_peers", name], work)
