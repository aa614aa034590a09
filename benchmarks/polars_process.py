"""Pandera on polars in a process and an environment of its own, which is made in build/ where nobody names another."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.environment import interpreter

PLACE = Path("build/pandera")
WANTED = ("pandera[polars]==0.35.0", "polars==2.1.0")
NAMED = "YISHU_BENCH_POLARS"
"""Variable that may name the Python of an environment that has both."""
THREADS = 2


def python() -> Path | None:
    """The Python that has pandera and polars; None, and said on standard output, where it cannot be had."""
    return interpreter(PLACE, WANTED, NAMED)


class Polars:
    """A process that validates when it is told to."""

    def __init__(self, interpreter: Path, place: Path) -> None:
        """Start it; it waits."""
        self._process = subprocess.Popen(
            [str(interpreter), "-m", "benchmarks.quality_on_polars", str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"POLARS_MAX_THREADS": str(THREADS)},
        )

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """No more lines: it ends."""
        self._process.communicate()

    def validate(self) -> tuple[Mapping[str, int], float]:
        """Rule -> rows that broke it, and seconds as the process counted them."""
        if not (self._process.stdin and self._process.stdout):
            raise RuntimeError("the process of pandera has no pipes")
        self._process.stdin.write("again\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return told["found"], float(told["seconds"])
