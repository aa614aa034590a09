"""kill -9 of writers at random moments: whoever was told a number finds the receipt, dense, under old checkpoints."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog.database import connect
from catalog.ledger import check, reading, tables
from catalog.ledger.book import open_ledger
from catalog.shelf import Shelf

ROUNDS = int(os.environ.get("YISHU_KILLS", "1"))
"""One in every run of the suite, twenty in `make faults`."""
WRITERS, READERS = 3, 8
PATIENCE_S = 120
ROOT = Path(__file__).parents[2]
KEY = b"l" * 32

WRITER = f"""
import os, sys, threading
from datetime import UTC, datetime
from pathlib import Path
from catalog.database import connect
from catalog.ledger.book import open_ledger

ledger = open_ledger(connect(sys.argv[1]), Path(sys.argv[2]), {KEY!r})
told = open(sys.argv[3], "ab", buffering=0)

def read():
    while True:
        number = ledger.record({{"event": "asked"}}, datetime.now(UTC), os.urandom(16)).number
        told.write(number.encode() + b"\\n")

for _ in range({READERS}):
    threading.Thread(target=read, daemon=True).start()
threading.Event().wait()
"""


def acknowledged(files: list[Path]) -> list[str]:
    """Numbers that a reader was told; a half line at the end was not."""
    return [line for file in files if file.exists() for line in file.read_text().split("\n")[:-1]]


def killed_in_the_middle(url: str, book: Path, files: list[Path], chance: random.Random) -> None:
    """Writers run until each has acknowledged something, then each dies at a moment of its own."""
    before = [len(acknowledged([file])) for file in files]
    command = [sys.executable, "-c", WRITER, url, str(book)]
    writers = [subprocess.Popen([*command, str(file)], cwd=ROOT) for file in files]
    try:
        until = time.monotonic() + PATIENCE_S
        while any(len(acknowledged([file])) <= old for file, old in zip(files, before, strict=True)):
            assert time.monotonic() < until, "a writer acknowledged nothing"
            time.sleep(0.02)
    finally:
        for writer in chance.sample(writers, len(writers)):
            time.sleep(chance.uniform(0, 0.2))
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.wait(PATIENCE_S)


@pytest.mark.faults
def test_no_acknowledged_receipt_is_lost_and_every_checkpoint_stays_true(shelf: Shelf, tmp_path: Path) -> None:
    url = shelf.engine.url.render_as_string(hide_password=False)
    book = shelf.lake.with_name("ledger.db")
    files = [tmp_path / f"told-{number}" for number in range(WRITERS)]
    notes: list[str] = []
    for number in range(ROUNDS):
        killed_in_the_middle(url, book, files, random.Random(number))
        notes.append(shelf.ledger.checkpoint())
        assert shelf.ledger.verify() == ()
    numbers = acknowledged(files)
    assert len(set(numbers)) == len(numbers)
    size = check.opened(notes[-1], shelf.ledger.key.public_text).size
    with shelf.ledger.engine.connect() as connection:
        assert connection.scalars(select(tables.leaf.c.idx).order_by(tables.leaf.c.idx)).all() == list(range(size))
    assert all(shelf.receipts.of(one) is not None for one in numbers)
    assert [found for note in notes for found in shelf.ledger.verify(note)] == []
    print(json.dumps({"killed": ROUNDS * WRITERS, "acknowledged": len(numbers), "logged": size}))


def test_a_ledger_is_opened_by_several_processes_at_once(tmp_path: Path, sqlite_url: str) -> None:
    code = "import sys; from pathlib import Path; from catalog.database import connect;"
    code += (
        f"from catalog.ledger.book import open_ledger; open_ledger(connect(sys.argv[1]), Path(sys.argv[2]), {KEY!r})"
    )
    command = [sys.executable, "-c", code, sqlite_url, str(tmp_path / "ledger.db")]
    several = [subprocess.Popen(command, cwd=ROOT) for _ in range(4)]
    assert [one.wait(PATIENCE_S) for one in several] == [0] * 4
    ledger = open_ledger(connect(sqlite_url), tmp_path / "ledger.db", KEY)
    assert reading.size(ledger.engine) == 0
