"""kill -9 at random moments while a window of a source is planned or landed: a rerun lands what a clean run does."""

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

from connectors.landing.landing import read_landing
from connectors.places.spool import PREFIX
from tests.connectors.conformance import DAY, SECRET
from tests.connectors.conftest import s3_server
from tests.faults.landing_child import Office, parcels, run
from tests.faults.offices import OFFICES, opened

__all__ = ["s3_server"]
KILLS = int(os.environ.get("YISHU_KILLS", "2"))
"""Of each family: two in every run of the suite, in the plan and in the landing; twenty in `make faults`."""
PATIENCE_S = 120


@pytest.fixture(params=OFFICES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "spools").mkdir()
    with opened(request, tmp_path / "theirs") as made:
        yield made


@dataclass(frozen=True, slots=True)
class Child:
    """A process that lands."""

    process: BaseProcess
    said: Pipe

    def heard(self, word: object) -> float:
        """The seconds until it says that."""
        began = time.monotonic()
        assert self.said.poll(PATIENCE_S), f"{word} was not said"
        assert self.said.recv() == word
        return time.monotonic() - began

    def writes(self, lake: Path) -> None:
        """Waits for the first file of a landing."""
        self.heard("planned")
        until = time.monotonic() + PATIENCE_S
        while not (*lake.rglob("*.tmp"), *lake.rglob("*.parquet")):
            assert time.monotonic() < until, "nothing is written"
            time.sleep(0.002)

    def killed(self) -> bool:
        """Whether it was still at work."""
        self.process.kill()
        self.process.join(PATIENCE_S)
        return self.process.exitcode == -signal.SIGKILL


def begin(office: Office, folder: Path, lake: str) -> Child:
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["tests.faults.landing_child", "tests.connectors.slow_source"])
    said, saying = forks.Pipe(duplex=False)
    process = forks.Process(target=run, args=(office, folder / lake, folder, saying))
    process.start()
    saying.close()
    child = Child(process, said)
    child.heard("begun")
    return child


def hashes(office: Office, lake: Path) -> list[str]:
    """Of the parts that lie there, which hold every row."""
    found = read_landing(lake, parcels(office.source).key, DAY)
    assert found is not None
    assert (found.read, found.rejected) == (office.rows, {})
    return [part.sha256 for part in found.parts]


@pytest.mark.faults
def test_kill_9_while_a_source_is_planned_or_landed_loses_and_doubles_nothing(office: Office, tmp_path: Path) -> None:
    chance, killed, lake = random.Random(20261120), 0, 0
    clean = begin(office, tmp_path, "clean")
    spans = [clean.heard("planned"), clean.heard(office.rows)]
    expected = hashes(office, tmp_path / "clean")
    while killed < KILLS:
        child, stage = begin(office, tmp_path, f"lake{lake}"), killed % 2
        if stage:
            child.writes(tmp_path / f"lake{lake}")
        time.sleep(chance.uniform(0.0, (0.95, 0.5)[stage]) * spans[stage])
        killed += child.killed()
        again = begin(office, tmp_path, f"lake{lake}")
        again.heard("planned")
        again.heard(office.rows)
        assert hashes(office, tmp_path / f"lake{lake}") == expected, f"kill {killed}"
        lake += 1
    assert list((tmp_path / "spools").glob(f"{PREFIX}*")) == [], "what the killed ones copied is gone"
    assert SECRET not in (tmp_path / "log.txt").read_text()
    print(json.dumps({"killed": killed, "ended before": lake - killed}))
