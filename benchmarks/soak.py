"""Many clients, all modes, for a while, against one real server: `python -m benchmarks.soak --seconds 600`.

Ends with a table; 1 where an answer was wrong, or memory grew. 429 with Retry-After is an answer: the client waits.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import linear_regression

import pyarrow.parquet as pq

from benchmarks.residents import published
from benchmarks.serving_server import DATASET, Server, enter, serving
from benchmarks.soak_asks import BY_HOME, BY_STAY, MODES, Asker, Wait, Wrong
from catalog.database import upgrade
from catalog.organisations import Organisation, System
from catalog.rows.keyed import ENDING, write_keyed
from catalog.rows.writer import facts
from catalog.shelf import Shelf, open_shelf
from schemas.access import Mode, Tier
from schemas.dataset import ScopeRole
from schemas.journey import SHANGHAI, KeyFile
from schemas.settings import read_settings
from tests.builders import CIVIL_AFFAIRS, HEALTH, SHIZHONG, TENGZHOU_CIVIL, ZAOZHUANG, make_grant

KEY = "person_id"
GROWTH = 32.0
"""MB by which memory may grow over the last two thirds, by the line that fits it best."""
LONGEST_WAIT = 2.0


@dataclass(slots=True)
class Told:
    """What the clients saw, by mode."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waited: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the start, MB."""


def main() -> int:
    """0 where every answer was right and memory flat."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--rows", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        credentials, keys = _stocked(Path(name), asked.rows, asked.clients)
        with serving(Path(name)) as server:
            askers = [Asker(server.port, told, keys, Random(n)) for n, told in enumerate(credentials)]
            told = _soaked(askers, server, asked.seconds)
            _slots_are_back(askers[0], told)
    return _report(told, asked.seconds)


def _stocked(home: Path, rows: int, clients: int) -> tuple[list[str], tuple[str, ...]]:
    """A version with its copy by key, two offices with two grants each, a credential for each client; some keys."""
    settings = read_settings({"YISHU_HOME": str(home)}, home)
    settings.lake.mkdir(parents=True)
    upgrade(settings.database_url)
    shelf, now = open_shelf(settings), datetime.now(SHANGHAI)
    try:
        keys = _publish(shelf, settings.lake, rows, now)
        return _admit(shelf, clients, now), keys
    finally:
        shelf.engine.dispose()


def _publish(shelf: Shelf, lake: Path, rows: int, now: datetime) -> tuple[str, ...]:
    made = published(lake, rows)
    dataset = replace(made.dataset, subject_key=(KEY,))
    shelf.register(dataset, now)
    copy = lake / f"keyed-0001{ENDING}"
    paths = [lake / file.part.path for file in made.snapshot.files]
    write_keyed(paths, (KEY,), copy)
    keyed = (KeyFile(facts(copy, made.snapshot.rows), "", (KEY,)),)
    enter(shelf, replace(made.snapshot, contract=dataset.contract_hash, keyed=keyed), now)
    with pq.ParquetFile(paths[0]) as file:
        return tuple(file.read_row_group(0, columns=[KEY]).column(0).to_pylist()[:1_000])


def _admit(shelf: Shelf, clients: int, now: datetime) -> list[str]:
    term = {"start": now - timedelta(days=1), "end": now + timedelta(days=1)}
    modes = (Mode.BULK, Mode.QUERY, Mode.VERIFY, Mode.DELTA)
    for code in (CIVIL_AFFAIRS, HEALTH, TENGZHOU_CIVIL):
        shelf.parties.add_organisation(Organisation(code, code, code, ZAOZHUANG, Tier.CITY))
    for code in (HEALTH, TENGZHOU_CIVIL):
        for purpose, role in ((BY_HOME, ScopeRole.HOUSEHOLD), (BY_STAY, ScopeRole.RESIDENCE)):
            grant = make_grant(code, DATASET, purpose=purpose, divisions=(SHIZHONG,), scope=role, modes=modes, **term)
            shelf.grant(grant, now)
    credentials = []
    for number in range(clients):
        shelf.parties.add_system(System(f"system-{number}", (HEALTH, TENGZHOU_CIVIL)[number % 2], "soak"))
        credentials.append(shelf.parties.issue_credential(f"system-{number}", now - timedelta(hours=1), days=2))
    return credentials


def _soaked(askers: Sequence[Asker], server: Server, seconds: float) -> Told:
    told, began = Told(), time.monotonic()
    threads = [threading.Thread(target=_ask_until, args=(one, told, began + seconds)) for one in askers]
    for thread in threads:
        thread.start()
    while time.monotonic() < began + seconds:
        told.memory.append((time.monotonic() - began, server.megabytes("VmRSS")))
        time.sleep(1)
    for thread in threads:
        thread.join()
    return told


def _ask_until(one: Asker, told: Told, end: float) -> None:
    while time.monotonic() < end:
        mode = one.chance.choice(tuple(MODES))
        began = time.perf_counter()
        try:
            MODES[mode](one)
        except Wait as wait:
            told.waited[mode] += 1
            time.sleep(min(wait.seconds, LONGEST_WAIT) * one.chance.uniform(0.5, 1.0))
        except (Wrong, OSError, ValueError) as wrong:
            told.wrong[mode].append(f"{type(wrong).__name__}: {wrong}")
            one.drop()
        else:
            told.seconds[mode].append(time.perf_counter() - began)


def _slots_are_back(one: Asker, told: Told) -> None:
    """When all is quiet, a scan is let in again."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            MODES["rows as Arrow"](one)
        except Wait as wait:
            time.sleep(wait.seconds)
        else:
            return
    told.wrong["a reader that goes away"].append("no scan slot has come back within a minute of quiet")


def _report(told: Told, seconds: float) -> int:
    sys.stdout.write(f"{'mode':<28}{'answers':>9}{'waited':>8}{'wrong':>7}{'p50 ms':>9}{'p99 ms':>9}\n")
    for mode in MODES:
        times = sorted(told.seconds[mode]) or [0.0]
        p50, p99 = times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000
        counts = f"{len(told.seconds[mode]):>9}{told.waited[mode]:>8}{len(told.wrong[mode]):>7}"
        sys.stdout.write(f"{mode:<28}{counts}{p50:>9.0f}{p99:>9.0f}\n")
    growth = _grown(told.memory)
    wrong = [one for several in told.wrong.values() for one in several]
    answers = sum(map(len, told.seconds.values()))
    sys.stdout.write(f"{answers} answers in {seconds:.0f} s, {len(wrong)} wrong, {told.waited.total()} told to wait\n")
    last = [megabytes for _, megabytes in told.memory]
    sys.stdout.write(
        f"memory {last[0]:.0f} MB at first, {max(last):.0f} at most, {last[-1]:.0f} at last; over the last two thirds "
        f"it grew by {growth:.1f} MB (at most {GROWTH:.0f})\n"
    )
    sys.stdout.write("".join(f"WRONG {one}\n" for one in wrong[:10]))
    return 1 if wrong or growth > GROWTH else 0


def _grown(memory: Sequence[tuple[float, float]]) -> float:
    """MB over the last two thirds, by the line that fits best."""
    late = memory[len(memory) // 3 :]
    if len(late) < 2:  # nothing to lay a line through
        return 0.0
    times, megabytes = zip(*late, strict=True)
    return float(linear_regression(times, megabytes).slope * (times[-1] - times[0]))


if __name__ == "__main__":
    sys.exit(main())
