"""What a check is about, and what it saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quality.merged import Merged
from schemas import lake as places
from schemas.dataset import Dataset, Load
from schemas.engine import EMBEDDED, Cluster, Engine
from schemas.journey import Finding, Landing
from schemas.linkage import Linkage
from schemas.merging import Base
from schemas.past import NO_PAST, Past


@dataclass(frozen=True, slots=True)
class Task:
    """What a check is about, where it finds things, and where it puts them."""

    dataset: Dataset
    landing: Landing
    lake: Path
    references: Mapping[str, tuple[Path, ...]]
    now: datetime
    past: Past = NO_PAST
    spark: Cluster = EMBEDDED
    base: Base | None = None
    """Of a merge: the version that the window is merged into; None where there is none."""

    @property
    def folder(self) -> Path:
        """Where the verdict comes to lie."""
        return self.lake / places.verdict(self.dataset.key, self.landing.window)

    @property
    def scratch(self) -> Path:
        """Where the work is done; whatever an aborted run left here is thrown away by the next."""
        return self.folder / ".work"

    @property
    def engine(self) -> Engine:
        """What judges it; a merge compares by key with files of the lake, which DuckDB does."""
        if self.dataset.source.load is Load.MERGE:
            return Engine.DUCKDB
        return self.spark.judge(self.dataset.engine, self.landing.rows)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found: findings of the rules, rows refused, copies dropped, how well the rest hides people."""

    findings: tuple[Finding, ...]
    refused: int
    copies: int
    linkage: Linkage | None
    earlier: int = 0
    """Rows of which the same landing has a later state, dropped."""
    merged: Merged | None = None
    """Of a merge: what became of the rows."""
