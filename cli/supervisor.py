"""Starts processes, watches them, stops every one of them: by pid, in a session of their own, with no orphan left."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from cli.sessions import end
from cli.watchdog import Watchdog, start_watchdog
from schemas.errors import NotReady

PATIENCE = 12.0
"""Seconds that a process gets to end by itself before it is killed."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process to keep alive: what the log file is called after, and the command."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


@dataclass(slots=True)
class Crew:
    """The running processes; a context manager that leaves none behind, not even where it is killed itself."""

    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    patience: float = PATIENCE
    watchdog: Watchdog | None = None

    def __enter__(self) -> "Crew":
        self.logs.mkdir(parents=True, exist_ok=True)
        self.watchdog = start_watchdog()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, part: Part) -> None:
        """Start it as the leader of its own session, its output in `<logs>/<name>.log`."""
        with (self.logs / f"{part.name}.log").open("ab") as log:
            self.running[part.name] = started = subprocess.Popen(  # noqa: S603 -- our own command line, no shell
                list(part.command),
                env=dict(part.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if self.watchdog is not None:
            self.watchdog.tell(started.pid)

    def run(self, part: Part, seconds: float) -> None:
        """Start it and wait for its end; NotReady when it fails or takes longer."""
        self.start(part)
        process = self.running[part.name]
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            raise NotReady(f"{part.name} took longer than {seconds:.0f} s; see {self.logs / part.name}.log") from late
        del self.running[part.name]
        if status:
            raise NotReady(
                f"{part.name} ended with status {status}; its last words stand in {self.logs / part.name}.log"
            )

    def check(self) -> None:
        """NotReady when one of them has ended; they are all needed."""
        for name, process in self.running.items():
            status = process.poll()
            if status is not None:
                raise NotReady(
                    f"{name} ended with status {status}; its last words stand in {self.logs / f'{name}.log'}"
                )

    def wait(self, until: Callable[[], bool], seconds: float, what: str) -> None:
        """Until `until()` holds; NotReady when it does not within `seconds`, or when a process ends meanwhile."""
        deadline = time.monotonic() + seconds
        while not until():
            self.check()
            if time.monotonic() > deadline:
                raise NotReady(f"waited {seconds:.0f} s for {what}; the logs are in {self.logs}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask all to end, in the order opposite to their start, then kill whatever is left of their sessions."""
        sessions = [process.pid for process in self.running.values()]
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self.patience
        for process in self.running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        end(sessions)
        self.running.clear()
        if self.watchdog is not None:
            self.watchdog.dismiss()
            self.watchdog = None


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM reached us: unwind, stop everything, leave."""


def heed_signals() -> None:
    """From now on SIGTERM and SIGHUP unwind the stack as Ctrl-C does, so that every `Crew` is stopped.

    Under `nohup` SIGHUP is ignored, and stays so.
    """

    def unwind(number: int, _: FrameType | None) -> None:
        raise Interrupted(signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, unwind)
