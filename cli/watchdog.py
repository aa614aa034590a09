"""Ends what a supervisor has started where the supervisor itself was killed and could not: `python -m cli.watchdog`.

It reads from a pipe whose other end only the supervisor holds: a line with the pid of each process that leads a
session, and `done` where the supervisor has stopped them all. When the pipe ends without that, it kills what is left.
"""

import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from cli.sessions import end

DONE = "done"


@dataclass(frozen=True, slots=True)
class Watchdog:
    """The running watchdog, in a session of its own: a Ctrl-C of the terminal does not reach it."""

    process: "subprocess.Popen[bytes]"

    def tell(self, line: int | str) -> None:
        """One line; a watchdog that somebody has killed hears nothing, and nothing else depends on it."""
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.write(f"{line}\n".encode())

    def dismiss(self) -> None:
        """All has been stopped."""
        self.tell(DONE)
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


def start_watchdog() -> Watchdog:
    """A watchdog that knows of nothing yet."""
    process = subprocess.Popen(  # noqa: S603 -- our own interpreter and our own module, no shell
        [sys.executable, "-m", __name__],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Watchdog(process)


def watch(lines: Iterable[str]) -> None:
    """Heed the lines to their end."""
    sessions: list[int] = []
    for line in lines:
        if line.strip() == DONE:
            return
        sessions.append(int(line))
    end(sessions)


if __name__ == "__main__":
    watch(sys.stdin)
