"""Pandera on polars in a process and an environment of its own, which is made in build/ where nobody names another."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

PLACE = Path("build/pandera")
WANTED = ("pandera[polars]==0.35.0", "polars==2.1.0")
NAMED = "YISHU_BENCH_POLARS"
"""Variable that may name the Python of an environment that has both."""
THREADS = 2


def python() -> Path | None:
    """The Python that has pandera and polars; None, and said on standard output, where it cannot be had."""
    named = os.environ.get(NAMED)
    if named:
        return Path(named)
    found = PLACE / "bin" / "python"
    if not (PLACE / "made").exists():
        sys.stdout.write(f"making {PLACE} with {' '.join(WANTED)}\n")
        venv.create(PLACE, with_pip=True, clear=True)
        command = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *WANTED]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode:
            sys.stdout.write(
                f"NOT MEASURED: pandera and polars could not be installed in {PLACE}; {NAMED}=<a python that has both> "
                f"makes up for it. pip said: {told.stderr.strip()[-300:]}\n"
            )
            return None
        (PLACE / "made").touch()
    return found


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
