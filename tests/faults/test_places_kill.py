"""kill -9 at random moments while files are fetched from a server, or landed: a rerun lands what a clean run does."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import pytest

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

from connectors.landing.landing import read_landing
from connectors.places.spool import PREFIX
from schemas.journey import Landing
from tests.connectors.conformance import DAY, SECRET
from tests.connectors.conftest import open_far
from tests.connectors.far_place import FarPlace
from tests.faults.place_child import parcel_dataset

KILLS = int(os.environ.get("YISHU_KILLS", "2"))
"""A few in every run of the suite, twenty in `make faults`."""
FILES, ROWS = 3, 60_000
KEY = parcel_dataset().key


@pytest.fixture(params=["sftp", "ftp"])
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FarPlace]:
    """Three files of a day with their markers, a megabyte and a half each."""
    (tmp_path / "far").mkdir()
    with ExitStack() as held:
        place = open_far(request.param, tmp_path / "far", request, held)
        place.slow = 0.01
        for number in range(FILES):
            name = f"parcel_20261120_{number}.csv"
            lines = "".join(f"{number}-{row:06d},{row}.25,地块\n" for row in range(ROWS))
            place.put(name, f"id,area,note\n{lines}".encode())
            place.put(f"{name}.done", b"")
        yield place


def begin(far: FarPlace, folder: Path, lake: str) -> subprocess.Popen[str]:
    told = {"connection": asdict(far.connection), "lake": str(folder / lake)}
    command = [sys.executable, "-m", "tests.faults.place_child", json.dumps(told)]
    log = (folder / "log.txt").open("a", encoding="utf-8")
    environment = {**os.environ, "TMPDIR": str(folder / "spools")}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)


def timed(child: subprocess.Popen[str], word: str) -> float:
    """The seconds until it says a word."""
    began = time.monotonic()
    assert child.stdout is not None
    assert child.stdout.readline().split()[:1] == [word]
    return time.monotonic() - began


def ended(child: subprocess.Popen[str]) -> list[str]:
    """What it said, once it is gone."""
    return child.communicate(timeout=300)[0].split()


def landed(folder: Path, lake: str) -> Landing:
    found = read_landing(folder / lake, KEY, DAY)
    assert found is not None
    return found


@pytest.mark.faults
def test_kill_9_while_files_are_fetched_or_landed_loses_and_doubles_nothing(far: FarPlace, tmp_path: Path) -> None:
    chance = random.Random(20261120)
    (tmp_path / "spools").mkdir()
    before = far.state()
    clean = begin(far, tmp_path, "clean")
    spans = [timed(clean, word) for word in ("begun", "planned", "landed")][1:]
    assert ended(clean) == [], (tmp_path / "log.txt").read_text()
    expected = [part.sha256 for part in landed(tmp_path, "clean").parts]
    for kill in range(KILLS):
        child = begin(far, tmp_path, f"lake{kill}")
        for word in ("begun", "planned")[: 1 + kill % 2]:
            timed(child, word)
        time.sleep(chance.uniform(0.0, 0.95) * spans[kill % 2])
        child.send_signal(signal.SIGKILL)
        ended(child)
        again = begin(far, tmp_path, f"lake{kill}")
        assert ended(again)[-2:] == ["landed", str(FILES * ROWS)], (tmp_path / "log.txt").read_text()
        found = landed(tmp_path, f"lake{kill}")
        assert [part.sha256 for part in found.parts] == expected, f"kill {kill}"
        assert (found.read, found.rejected) == (FILES * ROWS, {})
    assert list((tmp_path / "spools").glob(f"{PREFIX}*")) == [], "what the killed ones copied is gone"
    assert far.state() == before
    assert SECRET not in (tmp_path / "log.txt").read_text()
