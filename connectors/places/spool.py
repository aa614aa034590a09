"""Copies of files that lie elsewhere, for as long as one connector lives: bounded, private, gone after a kill too."""

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import IO

from connectors.places.place import Entry
from schemas.errors import NotReady

PREFIX = "yishu-spool-"
LOCK = "lock"
LIMIT = 32 << 30
"""Bytes that one connector keeps beside the newest copy; the oldest give way."""
SPARE = 256 << 20
"""Bytes of the disk that are left to others."""
ORPHANED = 86_400
"""Seconds after which a folder without a lock belongs to nobody any more."""
LASTING = Path("/var/tmp")  # noqa: S108 - only folders of random names, which are ours alone, are made there
"""It lies on a disk, where `/tmp` often lies in memory."""
FULL = (ENOSPC, EDQUOT, EFBIG)


@dataclass(frozen=True, slots=True)
class Copy:
    """One whole file of a place, here."""

    entry: Entry
    """As the place told of it when it was copied."""
    path: Path
    size: int
    sha256: str


def spool_home() -> Path:
    """`TMPDIR`, else `/var/tmp`, else where Python puts temporary files."""
    told = os.environ.get("TMPDIR", "")
    return Path(told) if told else LASTING if os.access(LASTING, os.W_OK) else Path(tempfile.gettempdir())


class Spool:
    """The copies of one connector; `label` are folders that tell messages where a file came from."""

    def __init__(self, label: str = "files", home: Path | None = None, limit: int = LIMIT) -> None:
        self.label = label
        self.limit = limit
        self._home = home
        self._folder: Path | None = None
        self._copies: dict[str, Copy] = {}

    @property
    def folder(self) -> Path:
        """Where the copies lie; made, and what killed processes left swept, when first asked for."""
        if self._folder is None:
            home = self._home or spool_home()
            try:
                _sweep(home)
                made, lock = _make(home)
                weakref.finalize(self, _remove, made, lock, os.getpid())
                (made / self.label).mkdir(parents=True)
            except OSError as wrong:
                said = f"no folder for copies can be made in {home}: {wrong.strerror}; let TMPDIR name another"
                raise NotReady(said) from wrong
            self._folder = made / self.label
        return self._folder

    def copy(self, name: str) -> Copy | None:
        """The copy of a file that was made here."""
        return self._copies.get(name)

    def take(self, entry: Entry, fill: Callable[[IO[bytes]], tuple[int, str]]) -> Copy:
        """A new copy in place of an older one; `fill` writes it and says its size and sha256.

        NotReady where the bound or the disk leave no room. What `fill` raises leaves nothing behind.
        """
        self._forget(entry.name)
        self._make_room(entry.name, entry.size or 0)
        draft, path = self.folder / ".draft", self.folder / entry.name
        try:
            with draft.open("wb") as file:
                size, sha256 = fill(file)
            draft.rename(path)
        except OSError as wrong:
            if wrong.errno in FULL:
                raise NotReady(self._full(entry.name, str(wrong.strerror))) from wrong
            raise
        finally:
            draft.unlink(missing_ok=True)
        self._copies[entry.name] = copy = Copy(entry, path, size, sha256)
        return copy

    def _make_room(self, name: str, size: int) -> None:
        if size > self.limit:
            raise NotReady(f"{name}: found {size} bytes, expected at most {self.limit}, which is what copies may take")
        while len(self._copies) > 1 and sum(one.size for one in self._copies.values()) + size > self.limit:
            self._forget(next(iter(self._copies)))
        free = shutil.disk_usage(self.folder).free
        if size + SPARE > free:
            raise NotReady(self._full(name, f"{size} bytes are to come, {free} are free"))

    def _forget(self, name: str) -> None:
        if self._copies.pop(name, None) is not None:
            (self.folder / name).unlink(missing_ok=True)

    def _full(self, name: str, why: str) -> str:
        where = self.folder.parents[len(Path(self.label).parts)]
        return f"{name}: no room for a copy in {where}: {why}; make room there, or let TMPDIR name a larger disk"


_SHARED: ContextVar[dict[str, Spool] | None] = ContextVar("spools", default=None)


@contextmanager
def fetched_once() -> Iterator[None]:
    """Connectors that are made within share their copies, place by place: who looks twice fetches once."""
    before = _SHARED.set({})
    try:
        yield
    finally:
        _SHARED.reset(before)


def spool_for(label: str) -> Spool:
    """The copies of a connector of its own, or those that it shares."""
    shared = _SHARED.get()
    return Spool(label) if shared is None else shared.setdefault(label, Spool(label))


def _make(home: Path) -> tuple[Path, int]:
    """A folder that only this user may enter, and its lock, which the kernel lets go of when the process ends."""
    made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
    lock = os.open(made / f".{LOCK}", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    (made / f".{LOCK}").rename(made / LOCK)
    return made, lock


def _remove(made: Path, lock: int, owner: int) -> None:
    """Not by a child that was forked meanwhile."""
    if os.getpid() == owner:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _sweep(home: Path) -> None:
    """Remove folders of this user whose processes are gone."""
    for made in home.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if made.is_symlink() or made.stat().st_uid != os.getuid():
                continue
            if not (made / LOCK).exists():
                if time.time() - made.stat().st_mtime > ORPHANED:
                    shutil.rmtree(made, ignore_errors=True)
                continue
            with (made / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(made, ignore_errors=True)
