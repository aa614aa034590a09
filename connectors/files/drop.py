"""Which files of a folder belong to a window, pinned by name, size and sha256."""

import fnmatch
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.connection import Connection
from schemas.dataset import Json
from schemas.errors import SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI, Window

DAYS: Mapping[str, tuple[str, str]] = {
    "{yyyymmdd}": (r"(?P<day>[0-9]{8})", "%Y%m%d"),
    "{yyyy-mm-dd}": (r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})", "%Y-%m-%d"),
}
"""Placeholder of a day in a file's name -> how it is matched, how it is read."""
UNFINISHED = (".", "~$")
"""How the names of files begin that are hidden, or that an office program keeps while somebody edits."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Drop:
    """A folder into which a department drops files."""

    folder: Path
    pattern: str
    """A glob, with at most one placeholder of a day."""

    def found(self) -> tuple[Path, ...]:
        """All files that the pattern fits, sorted by name; SourceUnreachable when there is no such folder."""
        if not self.folder.is_dir():
            raise SourceUnreachable(
                f"no folder at {self.folder}; expected the one into which {self.pattern} is dropped"
            )
        fits = re.compile(_regex(self.pattern))
        with reachable(self.folder):
            files = [p for p in self.folder.iterdir() if fits.fullmatch(p.name) and p.is_file()]
        return tuple(sorted((p for p in files if not p.name.startswith(UNFINISHED)), key=_name))

    def of_window(self, window: Window) -> tuple[Path, ...]:
        """Files whose day starts within the window; all files where the pattern names no day."""
        files = self.found()
        if day := day_in(self.pattern):
            fits = re.compile(_regex(self.pattern))
            files = tuple(p for p in files if _within(fits.fullmatch(p.name), DAYS[day][1], window))
        if not files:
            raise SourceUnreachable(f"no file {self.pattern} for {window.key} in {self.folder} yet")
        return files


def drop(connection: Connection | None, folder: str, pattern: str) -> Drop:
    """The drop below the connection's host (or Airflow's extra `path`)."""
    root = "" if connection is None else connection.host or str(connection.extra.get("path", ""))
    return Drop(Path(root or ".") / folder, pattern)


def day_in(pattern: str) -> str:
    """The placeholder of a day in a pattern; empty where it has none."""
    return next((name for name in DAYS if name in pattern), "")


def place_mistakes(folder: str, option: str, pattern: str) -> tuple[str, ...]:
    """What is wrong with the folder and file pattern of an option model."""
    wrong = []
    if Path(folder).is_absolute() or ".." in Path(folder).parts:
        wrong.append(f"options.folder: found {folder!r}, expected a path below the connection's folder, without '..'")
    bare = pattern
    for name in DAYS:
        bare = bare.replace(name, "", 1)
    if not pattern or "/" in pattern or "{" in bare or "}" in bare:
        wrong.append(
            f"options.{option}: found {pattern!r}, expected a file name or glob with at most one of {', '.join(DAYS)}"
        )
    return tuple(wrong)


def pin(file: Path) -> dict[str, Json]:
    """Name, size and sha256 of a file, as a plan records them."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return {"name": file.name, "size": opened.tell(), "sha256": digest}


class Pinned(io.RawIOBase):
    """A planned file, hashed while it is read: a change since the plan is noticed in the same pass."""

    def __init__(self, folder: Path, piece: Mapping[str, Json]) -> None:
        self.file = folder / piece["name"]
        self._piece = piece
        self._digest = hashlib.sha256()
        try:
            self._raw = self.file.open("rb", buffering=0)
        except FileNotFoundError as gone:
            raise SourceChanged(f"{self.file}: stands in the plan, but is no longer in the folder") from gone
        self._same(self.file.stat().st_size == piece["size"])

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Reads on, and takes what was read into the hash."""
        found = self._raw.read(size) or b""
        self._digest.update(found)
        return found

    def close(self) -> None:
        """Closes the file; safe to call twice."""
        self._raw.close()
        super().close()

    def confirm(self) -> None:
        """Reads what is left; SourceChanged when the whole is not the file that was planned."""
        while self.read(_BLOCK):
            pass
        self._same(self._digest.hexdigest() == self._piece["sha256"])

    def _same(self, same: bool) -> None:
        if not same:
            self._raw.close()
            raise SourceChanged(
                f"{self.file}: changed since the plan was made (expected {self._piece['size']} bytes with sha256 "
                f"{self._piece['sha256']}); let the department finish its upload, then plan anew"
            )


@contextmanager
def reachable(where: Path) -> Iterator[None]:
    """What the operating system refuses is worth another try; the message says where."""
    try:
        yield
    except OSError as wrong:
        raise SourceUnreachable(f"{where}: {wrong.strerror or wrong}") from wrong


def _regex(pattern: str) -> str:
    pieces = re.split("(" + "|".join(map(re.escape, DAYS)) + ")", pattern)
    return "".join(DAYS[p][0] if p in DAYS else fnmatch.translate(p)[4:-3] for p in pieces)


def _within(match: re.Match[str] | None, written: str, window: Window) -> bool:
    if match is None:
        return False
    try:
        day = datetime.strptime(match["day"], written).replace(tzinfo=SHANGHAI)
    except ValueError:
        return False
    return window.low <= day < window.high


def _name(file: Path) -> str:
    return file.name
