"""One subject by key over HTTP, with decision and receipt on disk, out of a published version of millions of rows."""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq
from sqlalchemy import insert

from benchmarks.residents import published
from benchmarks.row import Row
from catalog import tables
from catalog.database import upgrade, writing
from catalog.lake.where import desk
from catalog.organisations import Organisation, System
from catalog.rows.keyed import write_keyed
from catalog.rows.writer import facts
from catalog.shelf import Shelf, open_shelf
from schemas.access import Mode, Tier
from schemas.journey import SHANGHAI, KeyFile, Snapshot
from schemas.record import to_json
from schemas.settings import read_settings
from tests.builders import CIVIL_AFFAIRS, HEALTH, ZAOZHUANG, make_grant

KEY = "person_id"
PATH = "/api/v1/datasets/bench.residents/verify"
ASKS = 2_000
AT_ONCE = 4
"""Connections of the rate's measure: as many scans as a machine of two cores runs."""
EACH = 100
"""Verifies that one credential may make at once."""

PROVINCE = "370000000000"
TURNS = count(0)
"""The credentials take turns, each ask the next one."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server over the version, with credentials and subjects to ask with."""

    port: int
    credentials: Sequence[str]
    keys: Sequence[str]


def rows(*, full: bool) -> Iterator[Row]:
    """At 1 million rows, or at 10 million."""
    size = 10_000_000 if full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        made = _stocked(home, size)
        with _serving(home) as port:
            served = replace(made, port=port)
            _asked(served, range(400))
            alone = sorted(_asked(served, range(ASKS)))
            began = time.perf_counter()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                shares = [range(n, ASKS, AT_ONCE) for n in range(AT_ONCE)]
                done = sum(len(times) for times in pool.map(lambda share: _asked(served, share), shares))
            spent = time.perf_counter() - began
    middle, late = alone[len(alone) // 2] * 1000, alone[len(alone) * 99 // 100] * 1000
    told = f"{size} rows, one connection, {ASKS} asks; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    yield Row("serving.verify-p50", middle, "ms", 3.0, "<=", "the target of the issue", told)
    yield Row("serving.verify-p99", late, "ms", 10.0, "<=", "the target of the issue", told)
    told = (
        f"{size} rows, {AT_ONCE} connections, one process, {done} asks in {spent:.1f} s; the client on the same cores"
    )
    yield Row("serving.verify-rate", done / spent, "/s", 300.0, ">=", "the target of the issue", told)


def _stocked(home: Path, size: int) -> Served:
    settings = read_settings({"YISHU_HOME": str(home)}, home)
    settings.lake.mkdir(parents=True)
    upgrade(settings.database_url)
    shelf, now = open_shelf(settings), datetime.now(SHANGHAI)
    try:
        keys = _publish(shelf, size, now)
        return Served(0, _admit(shelf, now), keys)
    finally:
        shelf.engine.dispose()


def _publish(shelf: Shelf, size: int, now: datetime) -> Sequence[str]:
    """The version with its copy sorted by key; a sample of the keys."""
    lake = desk(shelf.lake)
    made = published(lake, size)
    dataset = replace(made.dataset, subject_key=(KEY,))
    shelf.register(dataset, now)
    paths = [lake / file.part.path for file in made.snapshot.files]
    to = lake / "keyed-0001.arrow"
    write_keyed(paths, (KEY,), to)
    keyed = (KeyFile(facts(to, made.snapshot.rows), "", (KEY,)),)
    _enter(shelf, replace(made.snapshot, contract=dataset.contract_hash, keyed=keyed), now)
    with pq.ParquetFile(paths[0]) as file:
        seen = file.read_row_group(0, columns=[KEY]).column(0).to_pylist()
        seen += file.read_row_group(file.num_row_groups - 1, columns=[KEY]).column(0).to_pylist()
    chance = random.Random(7)
    return [one if chance.random() < 0.9 else f"{one[:-1]}#" for one in chance.choices(seen, k=ASKS)]


def _enter(shelf: Shelf, snapshot: Snapshot, now: datetime) -> None:
    row = {
        "dataset": snapshot.dataset,
        "number": 1,
        "window": snapshot.window.key,
        "window_low": snapshot.window.low,
        "window_high": snapshot.window.high,
        "contract_hash": snapshot.contract,
        "verdict": "",
        "rows": snapshot.rows,
        "digest": snapshot.digest,
        "schema_hash": snapshot.schema_hash,
        "manifest": to_json(snapshot).decode(),
        "scores": {},
        "blocked": [],
        "published_at": now,
        "state": "published",
    }
    with writing(shelf.engine) as connection:
        connection.execute(insert(tables.version).values(row))


def _admit(shelf: Shelf, now: datetime) -> Sequence[str]:
    """A city's office with a grant on the whole province, and as many credentials as its pace needs."""
    for code in (CIVIL_AFFAIRS, HEALTH):
        shelf.parties.add_organisation(Organisation(code, code, code, ZAOZHUANG, Tier.CITY))
    term = {"start": now - timedelta(days=1), "end": now + timedelta(days=1)}
    shelf.grant(make_grant(HEALTH, "bench.residents", divisions=(PROVINCE,), modes=(Mode.VERIFY,), **term), now)
    credentials = []
    for number in range(3 * ASKS // EACH):
        shelf.parties.add_system(System(f"system-{number}", HEALTH, "bench"))
        credentials.append(shelf.parties.issue_credential(f"system-{number}", now - timedelta(hours=1), days=2))
    return credentials


@contextmanager
def _serving(home: Path) -> Iterator[int]:
    """One process over that home, until the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "api.app:app", "--port", str(port), "--no-access-log"]
    told = {**os.environ, "YISHU_HOME": str(home)}
    with subprocess.Popen([*command, "--log-level", "warning"], env=told) as server:
        try:
            _await(port)
            yield port
        finally:
            server.terminate()


def _await(port: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"no server at port {port} within two minutes")


def _asked(served: Served, numbers: range) -> list[float]:
    """Seconds of each ask over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    times = []
    for number in numbers:
        key = served.keys[number % len(served.keys)]
        told = {"purpose": "social_assistance", "case": "1", "subject": {KEY: key}}
        credential = served.credentials[next(TURNS) % len(served.credentials)]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {credential}"}
        began = time.perf_counter()
        connection.request("POST", PATH, json.dumps(told), headers)
        answer = connection.getresponse()
        text = answer.read()
        times.append(time.perf_counter() - began)
        if answer.status != http.client.OK:
            raise RuntimeError(f"expected 200, found {answer.status}: {text[:300]!r}")
    connection.close()
    return times
