"""Environments of other people's tools: made once from a hashed lock into `build/clients`, kept between runs."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "clients"
PATIENCE = 900
"""Seconds that an installation may take; a minute is usual."""


class NotMade(Exception):
    """The environment could not be made; the message says why and what to do."""


def environment(lock: Path) -> Path:
    """The folder of the programs that `lock` installs. It is made where it is not there yet, by one process at a time.

    The name of the folder holds the hash of the lock and the version of Python: another lock is another environment.
    """
    told = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = BUILT / f"{lock.stem}-{told}"
    with _alone(BUILT / f"{lock.stem}.lock"):
        if not (folder / ".ready").is_file():
            _make(folder, lock)
    return folder / "bin"


def _make(folder: Path, lock: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)], lock)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    _run([*pip, "--require-hashes", "-r", str(lock)], lock)
    (folder / ".ready").touch()


def _run(command: list[str], lock: Path) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as late:
        raise NotMade(f"{lock.name}: {command[0]} took more than {PATIENCE} seconds") from late
    if done.returncode:
        said = " / ".join(done.stderr.strip().splitlines()[-2:])
        raise NotMade(
            f"the environment of {lock.name} could not be made ({said}). It needs a package index, once: "
            f"configure pip, or copy {BUILT.relative_to(ROOT)} from a machine that has it"
        )


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """No two processes at once; the next waits."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
