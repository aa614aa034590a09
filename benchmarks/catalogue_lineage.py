"""Lineage: two hops around datasets of a catalogue with a million edges, on SQLite and on PostgreSQL."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from benchmarks.row import Row, seconds
from catalog import database, tables
from catalog.lineage import tables as lineage
from catalog.lineage.walk import Limits, walk
from schemas.dataset import Sharing
from schemas.record import to_json
from tests.builders import CIVIL_AFFAIRS, HEALTH, NOW, make_dataset, make_subject
from tests.postgres import find_binaries, running

HUBS = 20
"""Datasets that feed thousands of others, as a register of persons does."""
STARTS = 100


def rows(*, full: bool) -> Iterator[Row]:
    """Twenty milliseconds for a walk, whatever the catalogue's size and however large the hubs are."""
    edges = 1_000_000 if full else 100_000
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield _row("sqlite", f"sqlite:///{home / 'catalogue.db'}", edges)
        binaries = find_binaries()
        if binaries is not None:
            yield _row("postgres", stack.enter_context(running(binaries)).url("postgres"), edges)


def _row(kind: str, url: str, edges: int) -> Row:
    database.upgrade(url)
    engine = database.connect(url)
    rng, count = random.Random(7), max(edges // 20, 1000)
    with database.writing(engine) as connection:
        _fill(connection, count, edges, rng)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    starts = [_key(n) for n in range(5)] + [_key(rng.randrange(count)) for _ in range(STARTS)]
    found = [_walked(engine, key) for key in starts]
    took = [seconds(lambda key=key: _walked(engine, key)) * 1000 for key in starts]  # type: ignore[misc]
    engine.dispose()
    worst = quantiles(took, n=100)[98]
    detail = (
        f"median of {len(starts)} walks of 2 hops among {edges:,} edges of {count:,} datasets, 5 of them hubs: "
        f"{median(found):.0f} things and {median(took):.1f} ms, p99 {worst:.1f} ms"
    )
    return Row(f"catalogue.lineage-{kind}", median(took), "ms", 20.0, "<=", "the issue's limit", detail)


def _walked(engine: Engine, key: str) -> int:
    with engine.connect() as connection:
        return len(walk(connection, key, make_subject(), NOW, Limits()).nodes)


def _key(number: int) -> str:
    return f"dep_{number % 300}.set_{number}"


def _fill(connection: Connection, count: int, edges: int, rng: random.Random) -> None:
    contract = to_json(make_dataset()).decode()
    datasets = (_dataset(number, contract) for number in range(count))
    while some := list(islice(datasets, 5000)):
        connection.execute(insert(tables.dataset), some)
    drawn = _edges(count, edges, rng)
    while some := list(islice(drawn, 20_000)):
        connection.execute(insert(lineage.edge), some)


def _dataset(number: int, contract: str) -> dict[str, Any]:
    """Every fiftieth is withheld by another organisation, so that walks must go around it."""
    withheld = number % 50 == 49
    return {
        "key": _key(number), "contract_version": "1.0.0", "contract_hash": "", "title": f"数据集{number}",
        "title_en": f"Dataset {number}", "department": _key(number).split(".", maxsplit=1)[0],
        "sharing": (Sharing.WITHHELD if withheld else Sharing.CONDITIONAL).value,
        "owner": HEALTH if withheld else CIVIL_AFFAIRS, "owner_name": "某局", "division": "370400000000",
        "subject_kind": "", "words": "", "contract": contract, "registered_at": NOW, "state": "active",
    }  # fmt: skip


def _edges(count: int, edges: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Each feeds a later one; a tenth of all comes from the hubs."""
    drawn: set[tuple[int, int]] = set()
    while len(drawn) < edges:
        start = rng.randrange(HUBS) if rng.random() < 0.1 else rng.randrange(count - 1)
        end = rng.randrange(start + 1, count)
        if (start, end) not in drawn:
            drawn.add((start, end))
            yield {
                "from_kind": "dataset", "from_name": _key(start), "to_kind": "dataset", "to_name": _key(end),
                "told_by": "", "job": "", "since": NOW,
            }  # fmt: skip
