"""kill -9 while records are pushed: the same push again gets its one answer, and no row is lost or there twice."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from catalog.inbox import leftovers, windows
from catalog.lake.where import desk
from catalog.shelf import Shelf
from schemas.journey import SHANGHAI, Window
from schemas.settings import read_settings
from tests.api.conftest import people
from tests.faults.test_answers_kill import free_port, home_of
from tests.pushed import KEY, as_json, complaints, record

ROUNDS = max(2, int(os.environ.get("YISHU_KILLS", "2")))
"""Kills: two in every run of the suite, twenty in `make faults`."""
PUSHERS, ROWS = 3, 20
PATIENCE_S = 120
ROOT = Path(__file__).parents[2]
PATH = f"/api/v1/datasets/{KEY}/records"
STAGES = ("settle", "recorded", "book", "take")
"""Functions at whose return a process is killed: rows on disk, receipt written, booked but not committed, committed."""
DYING = """
import os, signal, sys, threading
from starlette.testclient import TestClient
from api.app import create_app

stage, bearer, body = sys.argv[1], sys.argv[2], sys.stdin.buffer.read()
inbox = os.sep + os.path.join("catalog", "inbox") + os.sep

def watch(frame, event, _):
    if event == "return" and frame.f_code.co_name == stage and inbox in frame.f_code.co_filename:
        os.kill(os.getpid(), signal.SIGKILL)

client = TestClient(create_app())
threading.setprofile(watch)
headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": "once", "Content-Type": "application/json"}
print(client.post(sys.argv[3], content=body, headers=headers).text)
"""


@pytest.fixture
def bearer(shelf: Shelf) -> str:
    """Of the inbox's owner; its credential is good today."""
    shelf.register(complaints(), datetime.now(SHANGHAI))
    people(shelf)
    return shelf.parties.issue_credential("civil", datetime.now(SHANGHAI))


def landing_numbers(shelf: Shelf) -> list[str]:
    """Numbers of all records that today's and tomorrow's windows land."""
    now = datetime.now(SHANGHAI) + timedelta(days=1)
    window = Window(now - timedelta(days=3), now + timedelta(days=3))
    files = windows.closed(shelf, complaints(), window, now)[KEY]
    return [number for file in files for number in pq.read_table(file).column("number").to_pylist()]


def left_after_a_month(shelf: Shelf) -> list[str]:
    """Files of the inbox, once what no push names is old enough to go."""
    leftovers.sweep(shelf, KEY, datetime.now(SHANGHAI) + leftovers.UNCOUNTED + timedelta(days=1))
    return [file.name for file in (desk(shelf.lake) / "inbox" / KEY).iterdir()]


@pytest.mark.faults
@pytest.mark.parametrize("stage", STAGES)
def test_a_push_that_was_killed_at_any_stage_is_one_push_when_it_is_sent_again(
    shelf: Shelf, bearer: str, stage: str
) -> None:
    told, body = home_of(shelf), as_json(record(1), record(2, score=9), record(3))
    command = [sys.executable, "-c", DYING]
    died = subprocess.run(
        [*command, stage, bearer, PATH], cwd=ROOT, env=told, input=body, capture_output=True, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    client = TestClient(create_app(shelf, read_settings(told, ROOT)))
    headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": "once", "Content-Type": "application/json"}
    first, again = (client.post(PATH, content=body, headers=headers).json() for _ in range(2))
    assert first == again
    assert (first["accepted"], first["refused"]) == (2, 1)
    assert landing_numbers(shelf) == ["TS1", "TS3"]
    assert len(left_after_a_month(shelf)) == 1, "a month later nothing is left of the one that died"


@dataclass
class Pusher:
    """Sends one push after another, each until it is answered, to whichever process is there."""

    number: int
    ports: list[int]
    bearer: str
    over: threading.Event
    answers: dict[str, set[bytes]] = field(default_factory=dict)

    def run(self) -> None:
        chance, sent = random.Random(self.number), 0
        while not self.over.is_set():
            sent += 1
            key = f"{self.number}-{sent}"
            first = (self.number * 1_000_000 + sent) * ROWS
            body = as_json(*(record(first + n) for n in range(ROWS)))
            for _ in range(chance.randint(1, 2)):
                self.send(key, body, chance)

    def send(self, key: str, body: bytes, chance: random.Random) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", chance.choice(self.ports), timeout=20)
            headers = {
                "Authorization": f"Bearer {self.bearer}",
                "Idempotency-Key": key,
                "Content-Type": "application/json",
            }
            try:
                connection.request("POST", PATH, body, headers)
                answer = connection.getresponse()
                told = answer.read()
                if answer.status == 202:
                    self.answers.setdefault(key, set()).add(told)
                    return
                assert answer.status in (429, 503), told
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            finally:
                connection.close()
        raise AssertionError(f"{key} was never answered")


@contextmanager
def pushing(pushers: list[Pusher]) -> Iterator[None]:
    threads = [threading.Thread(target=one.run) for one in pushers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for one in pushers:
            one.over.set()
        for thread in threads:
            thread.join(PATIENCE_S + 10)


@pytest.mark.faults
def test_no_row_is_lost_or_doubled_however_processes_die(shelf: Shelf, bearer: str) -> None:
    told, ports, chance = home_of(shelf), [free_port(), free_port()], random.Random(7)
    command = [sys.executable, "-m", "uvicorn", "api.app:app", "--no-access-log", "--log-level", "error", "--port"]

    def start(port: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, str(port)], cwd=ROOT, env=told)

    over = threading.Event()
    pushers = [Pusher(n, ports, bearer, over) for n in range(1, PUSHERS + 1)]
    processes = [start(port) for port in ports]
    try:
        with pushing(pushers):
            for _ in range(ROUNDS):
                seen = sum(len(one.answers) for one in pushers)
                until = time.monotonic() + PATIENCE_S
                while sum(len(one.answers) for one in pushers) < seen + 5:
                    assert time.monotonic() < until, "too few answers"
                    time.sleep(0.02)
                time.sleep(chance.uniform(0, 0.2))
                which = chance.randrange(2)
                processes[which].send_signal(signal.SIGKILL)
                processes[which].wait(PATIENCE_S)
                processes[which] = start(ports[which])
    finally:
        for process in processes:
            process.kill()
            process.wait(PATIENCE_S)
    answers = {key: found for one in pushers for key, found in one.answers.items()}
    assert all(len(found) == 1 for found in answers.values()), "every retry has the same answer"
    numbers = landing_numbers(shelf)
    assert len(numbers) == len(set(numbers)) == len(answers) * ROWS
    assert len(left_after_a_month(shelf)) == len(answers), "a month later nothing is left of those that died"
    assert shelf.ledger.verify() == ()
    print(json.dumps({"killed": ROUNDS, "pushes": len(answers)}))
