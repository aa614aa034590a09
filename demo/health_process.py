"""Starts the health department's API of the demo as a process of its own, and ends it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.health_api import TOKEN
from schemas.errors import NotReady


@dataclass(frozen=True, slots=True)
class HealthProcess:
    """The running API. Its standard input is held open; closing it ends it."""

    process: "subprocess.Popen[str]"
    port: int

    def stop(self) -> None:
        """Ends it and waits."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process.wait(timeout=10)


def start_health(store: Path, token: str, environment: Mapping[str, str] | None = None) -> HealthProcess:
    """The API over `store` on a free loopback port; returns when it listens."""
    if not store.is_file():
        raise NotReady(f"no store of the health API at {store}: build the city first")
    inherited = dict(os.environ if environment is None else environment)
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module, no shell
        [sys.executable, "-m", "demo.health_api", str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=inherited | {TOKEN: token},
        start_new_session=True,  # Ctrl-C is for who started it, and `stop` ends it without a traceback
    )
    told = process.stdout.readline().strip() if process.stdout else ""
    if not told.isdigit():
        process.kill()
        raise NotReady(f"the demo's health API did not start: expected a port, found {told!r}")
    return HealthProcess(process, int(told))
