"""The bytes of one dropped file, as they are or unpacked, which a format may open as often as it needs."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.files.pinned import Pinned

BLOCK = 1 << 20
"""Bytes that are read at a time where nothing else decides."""

Raw = io.RawIOBase | io.BufferedReader


@dataclass(frozen=True, slots=True)
class Content:
    """One thing to read: a file, or a member of an archive."""

    file: Path
    """The file as it was dropped."""
    where: str
    """For messages: the path, with the member behind it."""
    name: str
    """For `_piece`: the file's name, with the member behind it."""
    unpack: Callable[[Raw], io.RawIOBase] | None = None
    """How the dropped bytes become those that are read; None where they are the same, and of members."""
    member: str = ""
    """The member's name within an archive; empty for a file of its own."""
    pinned: Pinned | None = None
    """The planned file while it is read; what is read of it is hashed on the way."""
    entry: Callable[[], io.RawIOBase] | None = None
    """How a member is opened while its archive is open."""

    @property
    def plain(self) -> bool:
        """Whether the bytes of the file itself are those that are read."""
        return self.unpack is None and self.entry is None

    def open(self) -> io.BufferedReader:
        """From the first byte on, beside whoever else reads it; of a planned file the very one that is hashed."""
        if self.entry is not None:
            return io.BufferedReader(self.entry(), BLOCK)
        raw = self.file.open("rb") if self.pinned is None else self.pinned.beside()
        return raw if self.unpack is None else io.BufferedReader(self.unpack(raw), BLOCK)

    def once(self) -> Raw:
        """From the first byte on, for reading the rows: of a planned file through its hash. Only once."""
        if self.pinned is None or self.member:
            return self.open()
        return self.pinned if self.unpack is None else self.unpack(self.pinned)

    def again(self) -> Raw:
        """`once` once more, where nobody reads on; SourceChanged when a planned file is not what it was."""
        if self.pinned is not None and not self.member:
            self.pinned.again()
        return self.once()


class Given(io.RawIOBase):
    """What a reader is given until it is taken away: threads of the reader that ask on find the end then."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._taken = False
        self._lock = threading.Lock()

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Reads on."""
        with self._lock:
            return b"" if self._taken else self._raw.read(size) or b""

    def take(self) -> None:
        """Waits until nobody is reading; nobody reads after it."""
        with self._lock:
            self._taken = True
