"""kill -9 of API processes under load: no answer leaves without a receipt, whichever process gave it."""

import http
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from catalog.shelf import Shelf
from tests.api.conftest import stock

ROUNDS = max(1, int(os.environ.get("YISHU_KILLS", "1")) // 2)
"""Both processes are killed in each: one round in every run of the suite, twenty kills in `make faults`."""
PROCESSES, READERS = 2, 3
ENOUGH = 4
"""Answers of each process before it may be killed."""
PATIENCE_S = 120
ROOT = Path(__file__).parents[2]
PATH = "/api/v1/datasets/credit.penalty/rows?purpose=open_use&format=csv"


@dataclass(slots=True)
class Heard:
    """What readers got of one process; a connection that broke before its headers gave no answer."""

    port: int
    numbers: list[str] = field(default_factory=list)
    without: list[int] = field(default_factory=list)
    """Status of answers that had no receipt, but for those that were told to come again."""

    def ask(self) -> None:
        """One ask; the receipt counts as soon as the headers are there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", PATH)
            answer = connection.getresponse()
            number = answer.headers.get("Yishu-Receipt")
            if number is not None:
                self.numbers.append(number)
            elif answer.status != http.HTTPStatus.TOO_MANY_REQUESTS:
                self.without.append(answer.status)
            answer.read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()


@contextmanager
def asking(heard: list[Heard]) -> Iterator[None]:
    """Readers ask without a pause until the block is left."""
    over = threading.Event()

    def read(one: Heard) -> None:
        while not over.is_set():
            one.ask()

    readers = [threading.Thread(target=read, args=(one,)) for one in heard for _ in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        yield
    finally:
        over.set()
        for reader in readers:
            reader.join(PATIENCE_S)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def home_of(shelf: Shelf) -> dict[str, str]:
    """The environment in which a process opens this very shelf, with its keys."""
    home = shelf.lake.parent
    secrets = home / "secrets"
    secrets.mkdir(mode=0o700)
    for name, byte in (("pepper", b"p"), ("token-key", b"t"), ("ledger-key", b"l")):
        (secrets / name).write_bytes(byte * 32)
        (secrets / name).chmod(0o600)
    url = shelf.engine.url.set(drivername=shelf.engine.dialect.name).render_as_string(hide_password=False)
    return {**os.environ, "YISHU_HOME": str(home), "YISHU_DATABASE_URL": url, "YISHU_LAKE_URL": str(shelf.lake)}


def killed_under_load(told: dict[str, str], chance: random.Random) -> list[Heard]:
    heard = [Heard(free_port()) for _ in range(PROCESSES)]
    command = [sys.executable, "-m", "uvicorn", "api.app:app", "--no-access-log", "--log-level", "error", "--port"]
    processes = [subprocess.Popen([*command, str(one.port)], cwd=ROOT, env=told) for one in heard]
    try:
        with asking(heard):
            until = time.monotonic() + PATIENCE_S
            while any(len(one.numbers) < ENOUGH for one in heard):
                assert time.monotonic() < until, f"too few answers: {heard}"
                time.sleep(0.02)
            for process in chance.sample(processes, len(processes)):
                time.sleep(chance.uniform(0, 0.3))
                process.send_signal(signal.SIGKILL)
    finally:
        for process in processes:
            process.kill()
            process.wait(PATIENCE_S)
    return heard


@pytest.mark.faults
def test_every_answer_of_two_processes_has_its_receipt_whenever_they_are_killed(shelf: Shelf) -> None:
    stock(shelf)
    told = home_of(shelf)
    heard = [one for number in range(ROUNDS) for one in killed_under_load(told, random.Random(number))]
    assert [one.without for one in heard if one.without] == []
    numbers = [number for one in heard for number in one.numbers]
    assert len(set(numbers)) == len(numbers)
    assert [number for number in numbers if shelf.receipts.of(number) is None] == []
    assert shelf.ledger.verify() == ()
    print(json.dumps({"killed": len(heard), "answers": len(numbers)}))
