"""What the catalogue enters of an edition: its version's row, findings and incidents, published or held back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from catalog import tables, versions
from catalog.cards import entering
from catalog.collection.sketch import Sketch
from catalog.confirming import arising
from catalog.database import serialise
from catalog.following import news
from catalog.lake.where import Lake
from catalog.linkage.anonymity import linkage
from catalog.mending import outcomes
from catalog.mending.outcomes import Showing
from schemas.dataset import Dataset, Json
from schemas.journey import Snapshot, Verdict


@dataclass(frozen=True, slots=True)
class Edition:
    """What is to be published, and where."""

    dataset: Dataset
    verdict: Verdict
    lake: Lake
    now: datetime
    kept: Mapping[str, int] = field(default_factory=dict)
    """Rule -> failing records that lie in the lake for their department."""
    sketch_key: bytes = field(default=b"", repr=False)
    """Keys the sketches of its columns."""
    sketches: tuple[Sketch, ...] = ()

    @property
    def mark(self) -> str:
        """The same promise, window and clean bytes have the same mark; of a merge, whose clean rows hold others, too,
        the same bytes that landed.
        """
        verdict = self.verdict
        rows = tuple(part.sha256 for part in (verdict.quarantine if verdict.merge else verdict.clean))
        landed = (verdict.merge.landed,) if verdict.merge else ()
        told = (verdict.contract, verdict.window.key, *verdict.blocked, *landed, *rows)
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def hold_back(connection: Connection, edition: Edition) -> None:
    """Enter it as a version that nobody is served; the same verdict a second time only shows itself again."""
    table = tables.version
    again = connection.scalar(
        select(table.c.number).where(
            table.c.dataset == edition.dataset.key, table.c.state == "held_back", table.c.verdict == edition.mark
        )
    )
    number = next_number(connection, edition.dataset.key) if again is None else again
    if again is None:
        _enter(connection, edition, number, {})
    else:
        show(connection, edition, number)
    arising.held_back(connection, edition.dataset, edition.verdict, number, edition.now)


def _enter(connection: Connection, edition: Edition, number: int, told: dict[str, Json]) -> None:
    """The version's row and findings; `told` replaces what stands there for a version that is held back."""
    verdict = edition.verdict
    row: dict[str, Json] = {
        "dataset": verdict.dataset,
        "number": number,
        "window": verdict.window.key,
        "window_low": verdict.window.low,
        "window_high": verdict.window.high,
        "contract_hash": verdict.contract,
        "verdict": edition.mark,
        "rows": verdict.passed,
        "digest": "",
        "schema_hash": "",
        "manifest": "",
        "scores": {dimension.value: score for dimension, score in verdict.scores.items()},
        "blocked": list(verdict.blocked),
        "published_at": edition.now,
        "state": "held_back",
    }
    connection.execute(insert(tables.version).values(row | told))
    versions.enter_findings(connection, verdict, number)
    show(connection, edition, number)


def show(connection: Connection, edition: Edition, number: int) -> None:
    """Open, update or close the incidents of its broken rules, together with the version or not at all."""
    serialise(connection, f"incidents {edition.dataset.key}")
    told = Showing(edition.dataset, edition.verdict, number, edition.lake, edition.kept, edition.now)
    outcomes.record(connection, told)


def publish(connection: Connection, edition: Edition, snapshot: Snapshot, manifest: bytes) -> None:
    """Enter it as the version that the snapshot is."""
    told: dict[str, Json] = {
        "rows": snapshot.rows,
        "digest": snapshot.digest,
        "schema_hash": snapshot.schema_hash,
        "manifest": manifest.decode(),
        "state": "published",
    }
    _enter(connection, edition, snapshot.version, told | _hidden(edition, snapshot))
    arising.published(connection, snapshot, edition.now)
    entering.score(connection, snapshot.dataset)
    news.of_version(connection, edition.dataset, snapshot.version, edition.now)


def _hidden(edition: Edition, snapshot: Snapshot) -> dict[str, Json]:
    """How well the version hides a person, and over which columns; nothing where it tells nobody apart."""
    found = linkage(edition.dataset, edition.lake, snapshot)
    if found is None:
        return {}
    return {
        "smallest_group": found.smallest_group,
        "diversity": found.diversity,
        "told_apart": list(found.told_apart),
        "sensitive": list(found.sensitive),
    }


def already_published(connection: Connection, edition: Edition) -> Snapshot | None:
    """The version that the last publication of this window made, where it was of this very verdict."""
    table = tables.version
    last = connection.execute(
        select(table.c.verdict, table.c.manifest)
        .where(
            table.c.dataset == edition.dataset.key,
            table.c.window == edition.verdict.window.key,
            table.c.state == "published",
        )
        .order_by(table.c.number.desc())
        .limit(1)
    ).one_or_none()
    return versions.snapshot(last.manifest) if last is not None and last.verdict == edition.mark else None


def next_number(connection: Connection, key: str) -> int:
    """The number of a dataset's next version; those held back have one too."""
    table = tables.version
    return (connection.scalar(select(func.max(table.c.number)).where(table.c.dataset == key)) or 0) + 1
