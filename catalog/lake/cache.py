"""Copies of far files on this machine's disk, named by what they hold; those unasked for longest go first."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

COMING = ".coming-"
IN_USE = 6 * 3600
"""Seconds after which no step that was given a copy still runs: a task is ended after two hours."""
LEFT_BEHIND = 24 * 3600
"""Seconds after which what was being fetched belongs to nobody any more."""
SLACK = 64
"""A process looks through the folder whenever it has added this part of its room."""


@dataclass(slots=True)
class Cache:
    """One folder; several processes may share it, and anybody may empty it while none of them runs."""

    folder: Path
    room: int
    """Bytes that are kept at most, besides what was asked for within `IN_USE` and a `SLACK`th."""
    _fresh: int | None = None
    """Bytes that were kept since the folder was last looked through; None before the first time."""

    def keep(self, name: str, make: Callable[[Path], None]) -> Path:
        """The file of that name, as one that is asked for now; `make` writes it where there is none."""
        file = self.folder / name
        with suppress(FileNotFoundError):
            os.utime(file)
            return file
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=COMING) as coming:
            made = Path(coming) / name
            make(made)
            os.utime(made)
            made.replace(file)
        self._grown(file)
        return file

    def adopt(self, name: str, file: Path) -> None:
        """Keep a file that is on this disk already, under a second name."""
        self.keep(name, lambda to: link(file, to))

    def forget(self, sha256: str) -> None:
        """No copy of that Parquet file is kept any more."""
        (self.folder / f"{sha256}.parquet").unlink(missing_ok=True)

    def _grown(self, fresh: Path) -> None:
        """Looks through the folder, but not for each of many small files: that would cost more with every one."""
        grown = None if self._fresh is None else self._fresh + fresh.stat().st_size
        if grown is None or grown > self.room // SLACK:
            self._sweep(fresh)
            grown = 0
        self._fresh = grown

    def _sweep(self, fresh: Path) -> None:
        now, held = fresh.stat().st_mtime, 0
        found = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                about = path.stat()
                found.append((about.st_mtime, about.st_size, path))
        for asked, size, path in sorted(found, reverse=True):
            if path.name.startswith(COMING):
                if now - asked > LEFT_BEHIND:
                    shutil.rmtree(path, ignore_errors=True)
                continue
            held += size
            if held > self.room and now - asked > IN_USE:
                path.unlink(missing_ok=True)


def link(file: Path, to: Path) -> None:
    """The same file under a second name; a copy where the disk has no such thing."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copyfile(file, to)
