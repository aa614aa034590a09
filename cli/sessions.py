"""The processes of a session: who lives in it, and how all of them are ended, whatever group they have moved to."""

import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


def members(sessions: Collection[int], table: Path = Path("/proc")) -> tuple[int, ...]:
    """Pids of whatever still lives in these sessions; a child may have left its group, but not its session.

    Empty where the system has no /proc: there the leaders end their own children, or nobody does.
    """
    if not (table / "self").exists():
        return ()
    entries = (entry for entry in table.iterdir() if entry.name.isdigit())
    return tuple(int(entry.name) for entry in entries if _session(entry) in sessions)


def end(sessions: Collection[int]) -> None:
    """Kill all that live in these sessions, and return when none does."""
    while left := members(sessions):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _session(entry: Path) -> int:
    """Field 6 of `stat`; the name before it, in parentheses, may hold anything. 0 for a process that has ended."""
    try:
        stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    state, _, _, session = stat.rsplit(")", 1)[1].split()[:4]
    return 0 if state == "Z" else int(session)
