"""One subject by key over HTTP, with decision and receipt on disk, out of a published version of millions of rows."""

import http.client
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.parquet as pq

from benchmarks.residents import FIELDS, published
from benchmarks.row import Row
from benchmarks.serving_server import PROVINCE, PURPOSE, Server, enter, serving
from catalog.access import decide
from catalog.database import upgrade
from catalog.lake.where import desk
from catalog.organisations import Organisation, System
from catalog.rows.keyed import write_keyed
from catalog.rows.writer import facts
from catalog.shelf import Shelf, open_shelf
from schemas.access import Grant, Mode, Standing, Tier
from schemas.dataset import Json
from schemas.divisions import shipped
from schemas.journey import SHANGHAI, KeyFile
from schemas.settings import read_settings
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    NOW,
    ZAOZHUANG,
    make_ask,
    make_dataset,
    make_grant,
    make_subject,
)

KEY = "person_id"
PATH = "/api/v1/datasets/bench.residents/verify"
ASKS = 2_000
AT_ONCE = 4
"""Clients of the measures of rates, each a process."""
SEVERAL = 100
"""Subjects of one ask."""
BATCHES = 40
CREDENTIALS = 400
"""So many, since one may make 100 verifies at once and 20 a second after that."""
TARGET = "the target of the issue"


@dataclass(frozen=True, slots=True)
class Served:
    """A server over the version, with credentials and subjects to ask with."""

    port: int
    credentials: Sequence[str]
    keys: Sequence[str]


def rows(*, full: bool) -> Iterator[Row]:
    """At 1 million rows, or at 10 million."""
    yield _decide()
    size = 10_000_000 if full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        made = _stocked(Path(name), size)
        with serving(Path(name)) as server:
            served = replace(made, port=server.port)
            _asked(served, range(400))
            alone = sorted(_asked(served, range(ASKS)))
            rate, each = _costed(server, lambda: _rate(served, _asked, ASKS))
            several = SEVERAL * _rate(served, _asked_together, BATCHES)
        processes = os.cpu_count() or 1
        with serving(Path(name), processes) as server:
            served = replace(made, port=server.port)
            _rate(served, _asked, ASKS)
            all_in_all, shared = _costed(server, lambda: _rate(served, _asked, ASKS))
    machine = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    told = f"{size} rows, one connection, {ASKS} asks; {machine}"
    yield Row("serving.verify-p50", alone[len(alone) // 2] * 1000, "ms", 3.0, "<=", TARGET, told)
    yield Row("serving.verify-p99", alone[len(alone) * 99 // 100] * 1000, "ms", 10.0, "<=", TARGET, told)
    told = f"{size} rows, {AT_ONCE} clients on the same cores, one serving process; {machine}"
    yield Row("serving.verify-rate", rate, "/s", 300.0, ">=", TARGET, f"{each * 1000:.2f} ms of a core an ask; {told}")
    whole = f"{processes} serving processes over one ledger, {shared * 1000:.2f} ms of a core an ask; {machine}"
    against = f"{TARGET}, with the copy by key; of the whole machine"
    yield Row("serving.verify-rate-keyed", all_in_all, "/s", 2000.0, ">=", against, whole)
    told = f"subjects, {SEVERAL} in an ask, {told}"
    yield Row("serving.verify-subjects", several, "/s", 2000.0, ">=", "subjects instead of asks", told)


def _decide() -> Row:
    """Processor time of one decision, every gate looked at: twelve columns, a masked grant on a province."""
    dataset = make_dataset("bench.residents", fields=FIELDS, default_scope="household")
    term: dict[str, Any] = {"start": NOW - timedelta(days=1), "end": NOW + timedelta(days=1)}
    grant = make_grant(dataset=dataset.key, number="YS-2026-000001", divisions=(PROVINCE,), **term)
    ask = make_ask(make_subject(ZAOZHUANG, tier=Tier.CITY), dataset=dataset.key, mode=Mode.BULK)
    standing, tree = Standing(True, False, 1), shipped()
    if not decide(ask, dataset, (grant,), standing, tree).allowed:
        raise RuntimeError("expected a decision that allows, found one that refuses")

    def taken(under: Callable[[], Grant]) -> float:
        held = [under() for _ in range(200)]
        began = time.thread_time()
        for one in held:
            decide(ask, dataset, (one,), standing, tree)
        return (time.thread_time() - began) / 200

    known, fresh = (median(taken(under) for _ in range(50)) for under in (lambda: grant, lambda: replace(grant)))
    told = f"{fresh * 1e6:.1f} us of a grant not asked under before; medians of 50 times 200, processor time"
    return Row("serving.decide", known * 1e6, "us", 20.0, "<=", TARGET, f"{told}; load {os.getloadavg()[0]:.1f}")


def _costed(server: Server, rate: Callable[[], float]) -> tuple[float, float]:
    """The rate, and seconds of processors that an ask cost the server."""
    before = server.spent()
    return rate(), (server.spent() - before) / ASKS


def _rate(served: Served, ask: Callable[[Served, range], list[float]], asks: int) -> float:
    """Asks a second of several clients at once."""
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn")) as pool:
        list(pool.map(ask, [served] * AT_ONCE, [range(n, n + 1) for n in range(AT_ONCE)]))
        began = time.perf_counter()
        shares = [range(n, asks + AT_ONCE, AT_ONCE) for n in range(AT_ONCE, 2 * AT_ONCE)]
        done = sum(len(times) for times in pool.map(ask, [served] * AT_ONCE, shares))
        return done / (time.perf_counter() - began)


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
    enter(shelf, replace(made.snapshot, contract=dataset.contract_hash, keyed=keyed), now)
    seen: list[str] = []
    for path in paths:
        with pq.ParquetFile(path) as file:
            for group in range(0, file.num_row_groups, 5):
                seen += file.read_row_group(group, columns=[KEY]).column(0).to_pylist()[:500]
    chance = random.Random(7)
    return [one if chance.random() < 0.9 else f"{one[:-1]}#" for one in chance.choices(seen, k=ASKS)]


def _admit(shelf: Shelf, now: datetime) -> Sequence[str]:
    """A city's office with a grant on the whole province, and as many credentials as its pace needs."""
    for code in (CIVIL_AFFAIRS, HEALTH):
        shelf.parties.add_organisation(Organisation(code, code, code, ZAOZHUANG, Tier.CITY))
    term = {"start": now - timedelta(days=1), "end": now + timedelta(days=1)}
    shelf.grant(make_grant(HEALTH, "bench.residents", divisions=(PROVINCE,), modes=(Mode.VERIFY,), **term), now)
    credentials = []
    for number in range(CREDENTIALS):
        shelf.parties.add_system(System(f"system-{number}", HEALTH, "bench"))
        credentials.append(shelf.parties.issue_credential(f"system-{number}", now - timedelta(hours=1), days=2))
    return credentials


def _asked(served: Served, numbers: range) -> list[float]:
    """Seconds of each ask over one connection."""
    return _posted(served, numbers, lambda number: {"subject": {KEY: served.keys[number % len(served.keys)]}})


def _asked_together(served: Served, numbers: range) -> list[float]:
    """The same of asks about several subjects."""

    def told(number: int) -> dict[str, Json]:
        places = range(number * SEVERAL, (number + 1) * SEVERAL)
        return {"subjects": [{KEY: served.keys[place % len(served.keys)]} for place in places]}

    return _posted(served, numbers, told)


def _posted(served: Served, numbers: range, about: Callable[[int], dict[str, Json]]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    times = []
    for number in numbers:
        body = json.dumps({"purpose": PURPOSE, "case": "1", **about(number)})
        credential = served.credentials[number % len(served.credentials)]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {credential}"}
        began = time.perf_counter()
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        times.append(time.perf_counter() - began)
        if answer.status != http.client.OK:
            raise RuntimeError(f"expected 200, found {answer.status}: {text[:300]!r}")
    connection.close()
    return times
