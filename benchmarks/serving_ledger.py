"""Receipts: what one adds to an answer while 64 readers ask, and how long a log takes to be verified by a stranger."""

import base64
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.row import Row, seconds
from catalog.database import connect, upgrade
from catalog.ledger import check, merkle
from catalog.ledger.body import placed, spelt
from catalog.ledger.book import open_ledger
from catalog.ledger.chain import record
from catalog.ledger.signer import signer
from tests.postgres import find_binaries, running

READERS = 64
OFFERED = 1200
"""Receipts a second, all readers together."""
KEY = b"k" * 32
BODY = {
    "event": "asked",
    "system": "mz-1",
    "organisation": "11370400DEM000017T",
    "dataset": "civil_affairs.low_income",
    "version": 12,
    "purpose": "social_assistance",
    "grant": "YS-2026-000001",
    "columns": dict.fromkeys(("person_id", "name", "amount", "household"), "clear"),
    "scope": {"column": "household", "divisions": ["370402000000"]},
}


def rows(*, full: bool) -> Iterator[Row]:
    """Latency on both databases, then verification."""
    with tempfile.TemporaryDirectory() as name:
        yield _latency("sqlite", f"sqlite:///{name}/catalogue.db", Path(name), 0.6)
        yield _verified(Path(name), 10_000_000 if full else 1_000_000)
    binaries = find_binaries()
    if binaries is not None:
        with running(binaries) as server, tempfile.TemporaryDirectory() as name:
            yield _latency("postgresql", server.url("postgres"), Path(name), 1.0)


def _latency(kind: str, url: str, place: Path, target: float) -> Row:
    upgrade(url)
    engine = connect(url)
    ledger = open_ledger(engine, place / "ledger.db", KEY)
    now = datetime.now(UTC)
    group = _offered(lambda: ledger.record(BODY, now, os.urandom(16), [os.urandom(16)]))
    alone = _offered(lambda: record(engine, BODY, now, os.urandom(32)))
    ledger.close()
    engine.dispose()
    detail = f"p95 {group[1]:.2f} ms, p99 {group[2]:.2f} ms; ratio to it {group[0] / alone[0]:.2f} ({alone[0]:.2f} ms)"
    against = "one transaction a receipt, chained (earlier releases)"
    return Row(f"serving.receipt-{kind}", group[0], "ms", target, "<=", against, detail)


def _offered(write: Callable[[], object]) -> tuple[float, float, float]:
    """Median, 95th and 99th percentile in ms of one write, while readers offer `OFFERED` a second for four seconds."""
    took: list[float] = []
    begun = time.perf_counter() + 0.5

    def read(number: int) -> None:
        for turn in range(OFFERED * 4 // READERS):
            due = begun + (turn * READERS + number) / OFFERED
            time.sleep(max(0.0, due - time.perf_counter()))
            took.append(seconds(write))

    write()
    readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    took.sort()
    return median(took) * 1000, took[len(took) * 95 // 100] * 1000, took[len(took) * 99 // 100] * 1000


def _verified(place: Path, count: int) -> Row:
    """Seconds for a whole export of `count` receipts; the target is that of ten million, taken in proportion."""
    file = place / "ledger.jsonl"
    _written(file, count)
    key = signer(KEY).public_text
    begun = time.process_time()
    _well(check.look_at(file, key).wrong)
    took = time.process_time() - begun
    size = file.stat().st_size
    detail = f"{count} receipts, {size / 1e6:.0f} MB, {took / count * 1e6:.1f} µs each, seconds of one core"
    return Row("serving.ledger-verify", took, "s", 60 * count / 10_000_000, "<=", "60 s for 10 million", detail)


def _well(found: tuple[check.Wrong, ...]) -> None:
    assert found == (), found[:3]


def _written(file: Path, count: int) -> None:
    """An export as a ledger of so many receipts writes it, without the database."""
    text = spelt(BODY, datetime(2026, 11, 20, tzinfo=UTC), b"n" * 16)
    tree = merkle.Frontier(0, [])
    with file.open("wb") as out:
        hashes: list[bytes] = []
        for index in range(count):
            body = placed(text, index).encode()
            hashes.append(merkle.leaf(body))
            tree.append(hashes[-1])
            out.write(body + b"\n")
            if len(hashes) == 256 or index == count - 1:
                root = merkle.root_of(hashes).hex() if len(hashes) == 256 else ""
                packed = base64.b64encode(b"".join(hashes)).decode()
                out.write(json.dumps({"tile": index // 256, "hashes": packed, "root": root}).encode() + b"\n")
                hashes = []
        out.write(json.dumps({"checkpoint": signer(KEY).note(count, tree.root())}).encode() + b"\n")
