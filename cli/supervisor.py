"""Starts processes, watches them, stops every one of them: by pid, in a group of their own, with no orphan left."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

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
    """The running processes; a context manager that leaves none behind."""

    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    patience: float = PATIENCE

    def __enter__(self) -> "Crew":
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, part: Part) -> None:
        """Start it as the leader of its own group, its output in `<logs>/<name>.log`."""
        with (self.logs / f"{part.name}.log").open("ab") as log:
            self.running[part.name] = subprocess.Popen(  # noqa: S603 -- our own command line, no shell
                list(part.command),
                env=dict(part.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

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
        """Ask all to end, in the order opposite to their start, then kill whatever is left of their groups."""
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
        while left := members(sessions):
            for pid in left:
                _kill(pid)
            time.sleep(0.02)
        self.running.clear()


def members(sessions: Collection[int], table: Path = Path("/proc")) -> tuple[int, ...]:
    """Pids of whatever still lives in these sessions; a child may have left its group, but not its session.

    Empty where the system has no /proc: there the leaders end their own children, or nobody does.
    """
    if not (table / "self").exists():
        return ()
    entries = (entry for entry in table.iterdir() if entry.name.isdigit())
    return tuple(int(entry.name) for entry in entries if _session(entry) in sessions)


def _session(entry: Path) -> int:
    """Field 6 of `stat`; the name before it, in parentheses, may hold anything. 0 for a process that has ended."""
    try:
        stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    state, _, _, session = stat.rsplit(")", 1)[1].split()[:4]
    return 0 if state == "Z" else int(session)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM reached us: unwind, stop everything, leave."""


def heed_signals() -> None:
    """From now on SIGTERM and SIGHUP unwind the stack as Ctrl-C does, so that every `Crew` is stopped."""

    def unwind(number: int, _: FrameType | None) -> None:
        raise Interrupted(signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)
