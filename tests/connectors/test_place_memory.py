"""Fetching a file takes the same memory however large it is."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import pytest

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

from tests.connectors.conftest import open_far
from tests.connectors.far_place import FarPlace

PEAK = Path("/proc/self/status")
CHILD = """
import json, sys
from pathlib import Path
from connectors.files.drop import Drop
from connectors.places.known import place_of
from connectors.places.ready import Ready
from connectors.places.spool import Spool
from schemas.connection import Connection
from tests.connectors.conformance import DAY

told = json.loads(sys.argv[1])
place = place_of(Connection(**told["connection"]), "")
drop = Drop(place, "big_{yyyymmdd}.csv", Ready(still=0), spool=Spool("far", Path(told["spools"])))
size = sum(file.stat().st_size for file in drop.of_window(DAY))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(size, peak.split()[1])
"""


@pytest.fixture(params=["sftp", "ftp", "ftps", "s3", "http"])
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarPlace]:
    with ExitStack() as held:
        yield open_far(request.param, tmp_path_factory.mktemp("far"), request, held)


def peak_of(far: FarPlace, spools: Path, megabytes: int) -> int:
    """KiB that a process had at most while it fetched a file of so many megabytes."""
    far.put("big_20261120.csv", bytes(megabytes << 20))
    told = json.dumps({"connection": asdict(far.connection), "spools": str(spools)})
    command = [sys.executable, "-c", CHILD, told]
    said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stderr
    size, peak = map(int, said.stdout.split())
    assert size == megabytes << 20
    return peak


@pytest.mark.skipif(not PEAK.exists(), reason="NOT TESTED: this system does not tell a process's peak of memory")
def test_a_file_five_times_as_large_takes_no_more_memory(far: FarPlace, tmp_path: Path) -> None:
    small, large = (peak_of(far, tmp_path, megabytes) for megabytes in (12, 60))
    assert large <= small * 1.25
