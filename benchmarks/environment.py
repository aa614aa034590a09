"""Environments of programs that we are measured against, made in `build/` where nobody names another."""

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path


def interpreter(place: Path, wanted: Sequence[str], named: str) -> Path | None:
    """The Python that has `wanted`; None, and said on standard output, where it cannot be had.

    `named` is the environment variable that may name the Python of an environment that has them.
    """
    told = os.environ.get(named)
    if told:
        return Path(told)
    found = place / "bin" / "python"
    if not (place / "made").exists():
        sys.stdout.write(f"making {place} with {' '.join(wanted)}\n")
        venv.create(place, with_pip=True, clear=True)
        command = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stdout.write(
                f"NOT MEASURED: {', '.join(wanted)} could not be installed in {place}; {named}=<a python that has them>"
                f" makes up for it. pip said: {done.stderr.strip()[-300:]}\n"
            )
            return None
        (place / "made").touch()
    return found
