"""One file as a plan pins it: by name, size and sha256, which are held against it while it is read."""

import hashlib
import io
import os
from collections.abc import Mapping
from errno import EINVAL
from pathlib import Path

from schemas.dataset import Json
from schemas.errors import SourceChanged

_BLOCK = 1 << 20


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

    def beside(self) -> io.BufferedReader:
        """The same file from its first byte on, whatever lies under its name by now; it is not hashed."""
        return io.BufferedReader(_Beside(self._raw.fileno()))

    @property
    def sha256(self) -> str:
        """Of what has been read so far, in hex."""
        return self._digest.hexdigest()

    def again(self) -> None:
        """From the first byte on once more; SourceChanged when what has been read is not the same any more."""
        length, digest = self._raw.tell(), self.sha256
        self._rewind()
        while self._raw.tell() < length:
            self.read(min(_BLOCK, length - self._raw.tell()))
        self._same(self.sha256 == digest)
        self._rewind()

    def _rewind(self) -> None:
        self._raw.seek(0)
        self._digest = hashlib.sha256()

    def close(self) -> None:
        """Closes the file; safe to call twice."""
        self._raw.close()
        super().close()

    def confirm(self) -> None:
        """Reads what is left; SourceChanged when the whole is not the file that was planned."""
        while self.read(_BLOCK):
            pass
        self._same(self.sha256 == self._piece["sha256"])

    def _same(self, same: bool) -> None:
        if not same:
            self._raw.close()
            raise SourceChanged(changed(str(self.file), self._piece))


class _Beside(io.RawIOBase):
    """Reads an open file from a place of its own; to be left before that is closed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at = descriptor, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fills the buffer as far as there is something."""
        length = os.preadv(self._descriptor, [buffer], self._at)
        self._at += length
        return length

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Goes to a place; OSError where that lies before the file."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self._descriptor).st_size}[whence]
        if start + offset < 0:
            raise OSError(EINVAL, "a place before the first byte")
        self._at = start + offset
        return self._at


def changed(where: str, piece: Mapping[str, Json]) -> str:
    """What is said of a file that is not the planned one."""
    return (
        f"{where}: changed since the plan was made (expected {piece['size']} bytes with sha256 {piece['sha256']}); "
        "let the department finish its upload, then plan anew"
    )
