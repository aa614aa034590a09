"""A process that does the same work whenever it is told to, and says what it cost."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self


class Told:
    """It waits between two turns; the first line that it reads says what it works on."""

    def __init__(self, command: Sequence[str], work: Mapping[str, object], **environment: str) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment
        )
        self._say(json.dumps(work))
        self.peak = 0.0
        """MB that it ever took, as it said last."""

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """No more lines: it ends."""
        self._process.communicate()

    def again(self, rows: int) -> float:
        """Seconds of one turn as the process counted them; it must have had just so many rows."""
        self._say("again")
        told = json.loads(self._answer())
        if told["rows"] != rows:
            raise AssertionError(f"{self._process.args!r} had {told['rows']} rows, expected {rows}")
        self.peak = float(told["peak"])
        return float(told["seconds"])

    def _say(self, line: str) -> None:
        if not self._process.stdin:
            raise RuntimeError("the process has no pipe")
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended without an answer")
        return line
