"""A published version behind a real server in a process of its own, with credentials and grants to ask it with."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from benchmarks.residents import published
from catalog import tables
from catalog.database import upgrade, writing
from catalog.lake.where import desk
from catalog.organisations import Organisation, System
from catalog.shelf import Shelf, open_shelf
from schemas.access import Mode, Tier
from schemas.dataset import ScopeRole
from schemas.journey import SHANGHAI, Snapshot
from schemas.record import to_json
from schemas.settings import read_settings
from tests.builders import CIVIL_AFFAIRS, HEALTH, SHIZHONG, ZAOZHUANG, make_grant

DATASET = "bench.residents"
PROVINCE = "370000000000"
PURPOSE = "social_assistance"
ROWS = f"/api/v1/datasets/{DATASET}/rows?purpose={PURPOSE}"
SCOPES = {
    "county": ((SHIZHONG,), ScopeRole.HOUSEHOLD),
    "whole": ((PROVINCE,), ScopeRole.HOUSEHOLD),
    "lives": ((SHIZHONG,), ScopeRole.RESIDENCE),
    "spread": ((PROVINCE,), ScopeRole.RESIDENCE),
}
"""Grants: one county, all of it, one county by a place that the files are not sorted by, all of it by that place."""


@dataclass(frozen=True, slots=True)
class Stocked:
    """An installation whose lake holds the version."""

    home: Path
    rows: int
    credential: str
    grants: Mapping[str, str]
    """Scope -> number of the grant."""

    def path(self, scope: str, format: str) -> str:
        """Of an ask for all rows of a scope."""
        return f"{ROWS}&grant={self.grants[scope]}&format={format}"


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens."""

    port: int
    pid: int

    def megabytes(self, of: str) -> float:
        """Resident memory by Linux: `VmRSS` now, `VmHWM` the greatest since `forget`."""
        told = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(told.split(f"{of}:")[1].split()[0]) / 1024

    def spent(self) -> float:
        """Seconds of processors that it has used, and the processes that it began."""
        found = 0.0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                told = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
                if self.pid in (int(stat.parent.name), int(told[1])):
                    found += (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
        return found

    def forget(self) -> None:
        """The greatest memory counts from now on."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="ascii")


def stocked(home: Path, rows: int) -> Stocked:
    """Publish `rows` rows in a new installation and admit a city's office."""
    settings = read_settings({"YISHU_HOME": str(home)}, home)
    settings.lake.mkdir(parents=True)
    upgrade(settings.database_url)
    shelf, now = open_shelf(settings), datetime.now(SHANGHAI)
    try:
        made = published(desk(shelf.lake), rows)
        shelf.register(made.dataset, now)
        enter(shelf, made.snapshot, now)
        for code in (CIVIL_AFFAIRS, HEALTH):
            shelf.parties.add_organisation(Organisation(code, code, code, ZAOZHUANG, Tier.CITY))
        shelf.parties.add_system(System("bench", HEALTH, "bench"))
        credential = shelf.parties.issue_credential("bench", now - timedelta(hours=1), days=2)
        return Stocked(home, made.snapshot.rows, credential, _granted(shelf, now))
    finally:
        shelf.engine.dispose()


def _granted(shelf: Shelf, now: datetime) -> Mapping[str, str]:
    term = {"start": now - timedelta(days=1), "end": now + timedelta(days=1)}
    modes = (Mode.BULK, Mode.QUERY)
    return {
        name: shelf.grant(make_grant(HEALTH, DATASET, divisions=places, scope=role, modes=modes, **term), now).number
        for name, (places, role) in SCOPES.items()
    }


def enter(shelf: Shelf, snapshot: Snapshot, now: datetime) -> None:
    """As a version that was published: what judged it is no part of serving it."""
    told = replace(snapshot, published_at=now)
    row = {
        **{"dataset": told.dataset, "number": 1, "window": told.window.key, "contract_hash": told.contract},
        **{"window_low": told.window.low, "window_high": told.window.high, "verdict": "", "rows": told.rows},
        **{"digest": told.digest, "schema_hash": told.schema_hash, "manifest": to_json(told).decode()},
        **{"scores": {}, "blocked": [], "published_at": now, "state": "published"},
    }
    with writing(shelf.engine) as connection:
        connection.execute(insert(tables.version).values(row))


@contextmanager
def serving(home: Path, processes: int = 1, **told: str) -> Iterator[Server]:
    """The API over that home, with more of its environment in `told`; several processes share its port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "api.app:app", "--port", str(port), "--no-access-log"]
    command += ["--workers", str(processes)] if processes > 1 else []
    with listening([*command, "--log-level", "warning"], port, {"YISHU_HOME": str(home), **told}) as pid:
        yield Server(port, pid)


@contextmanager
def listening(command: list[str], port: int, told: Mapping[str, str]) -> Iterator[int]:
    """A process, by its number, once something answers at that port; it is told to stop at the end."""
    with subprocess.Popen(command, env={**os.environ, **told}) as process:
        try:
            _await(port, process)
            yield process.pid
        finally:
            process.terminate()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens at port {port}: {json.dumps(process.args, default=str)}")


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
