"""Receipts: what they add to an answer of 64 readers, what they leave of the rate, how long a log is verified."""

import base64
import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pyarrow as pa
from pyarrow import ipc

from benchmarks import sample
from benchmarks.row import Row, alternate, seconds
from catalog.access import decide
from catalog.database import connect, upgrade
from catalog.ledger import check, merkle
from catalog.ledger.body import placed, spelt
from catalog.ledger.book import open_ledger
from catalog.ledger.chain import record
from catalog.ledger.signer import signer
from catalog.rows.reader import RowReader, open_rows
from catalog.rows.writer import Layout, write_parts
from schemas.access import Mode, Standing
from schemas.arrow import arrow_schema, schema_hash
from schemas.dataset import ScopeRole
from schemas.divisions import shipped
from schemas.journey import Snapshot, Window
from tests.builders import DAY, NOW, SHIZHONG, make_ask, make_grant, make_subject
from tests.postgres import find_binaries, running

READERS = 64
OFFERED = 1200
"""Receipts a second, all readers together."""
ANSWERS = 400
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
        yield _audited(Path(name))
        yield _verified(Path(name), 10_000_000 if full else 1_000_000)
    binaries = find_binaries()
    if binaries is not None:
        with running(binaries, durable=True) as server, tempfile.TemporaryDirectory() as name:
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


def _audited(place: Path) -> Row:
    """The rate of answers, each with its two receipts, against the same answers with none."""
    ledger = open_ledger(connect(f"sqlite:///{place}/catalogue.db"), place / "ledger.db", KEY)
    reader = _county(place)
    size = 0

    def answered() -> str:
        nonlocal size
        out = pa.BufferOutputStream()
        with ipc.new_stream(out, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)
        size = len(out.getvalue())
        return hashlib.sha256(out.getvalue()).hexdigest()

    def audited() -> None:
        now = datetime.now(UTC)
        made = ledger.record(BODY, now, os.urandom(16), [os.urandom(16)])
        told = {"event": "served", "of": made.number, "sha256": answered(), "bytes": size, "outcome": "complete"}
        ledger.later(told, now, os.urandom(16), [os.urandom(16)])

    with ThreadPoolExecutor(READERS) as pool:
        with_receipts, without = alternate(lambda: _each(pool, audited), lambda: _each(pool, answered))
    ledger.close()
    rate = ANSWERS / with_receipts
    detail = (
        f"{rate:.0f} and {ANSWERS / without:.0f} answers/s of {size / 1000:.0f} kB (Arrow, one county, masked, hashed)"
    )
    against = f"the same without receipts, {READERS} readers"
    return Row("serving.receipt-throughput", without / with_receipts, "x", 0.8, ">=", against, detail)


def _each(pool: ThreadPoolExecutor, one: Callable[[], object]) -> None:
    for done in [pool.submit(one) for _ in range(ANSWERS)]:
        done.result()


def _county(place: Path) -> RowReader:
    """One of six counties of a small version, with a masked column."""
    dataset = sample.dataset(place, "utf-8")
    schema = arrow_schema(dataset)
    table = sample.table(dataset, 12_000).sort_by([("town", "ascending"), ("number", "ascending")])
    files = write_parts(iter([table]), Layout(schema, "town"), place)
    window = Window.of_day(DAY)
    snapshot = Snapshot(dataset.key, 1, dataset.contract_hash, window, files, 12_000, schema_hash(schema), "", NOW)
    grant = make_grant(
        dataset=dataset.key,
        number="YS-2026-000001",
        divisions=(SHIZHONG,),
        scope=ScopeRole.HOUSEHOLD,
        start=NOW - timedelta(days=1),
        end=NOW + timedelta(days=1),
    )
    ask = make_ask(make_subject(SHIZHONG), dataset=dataset.key, mode=Mode.BULK)
    decision = decide(ask, dataset, (grant,), Standing(True, False, 1), shipped())
    return open_rows(place, dataset, snapshot, decision, shipped())


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
