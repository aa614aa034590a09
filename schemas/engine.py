"""Which engine judges a dataset: DuckDB on this machine, or Spark for what is past one machine."""

from dataclasses import dataclass
from enum import StrEnum


class Engine(StrEnum):
    """As contracts write it under `yishu.engine`."""

    DUCKDB = "duckdb"
    SPARK = "spark"


LOCAL = "local[*]"
"""Spark on this machine, with all its cores."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where Spark is, and from which size on it judges what no contract has decided."""

    master: str = LOCAL
    """As Spark writes it: `local[*]`, `local[4]`, `spark://host:7077`, `yarn`, `k8s://…`."""
    rows: int = 0
    """Landings of at least so many rows go to Spark; 0 means that none do by their size."""

    def judge(self, wanted: Engine | None, rows: int) -> Engine:
        """The contract's engine; where it names none, Spark from `rows` on."""
        if wanted is not None:
            return wanted
        return Engine.SPARK if 0 < self.rows <= rows else Engine.DUCKDB


EMBEDDED = Cluster()
"""Nothing said: on this machine, and only where a contract asks for it."""
