"""A server of files that a test fills, looks at, and tells to break off; what is the same for every kind of it."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from schemas.connection import Connection
from tests.connectors.conformance import SECRET

LOGIN, PASSWORD = "yishu", SECRET
OLD = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""When files were written, unless a test says otherwise."""


@dataclass
class FarPlace:
    """One running server, and the folder that it serves."""

    folder: Path
    connection: Connection
    cuts: list[int] = field(default_factory=list)
    """Bytes of a file after which a connection is cut, each once."""
    short: int | None = None
    """Where files end for a reader although they are longer."""
    slow: float = 0.0
    """Seconds before each block of an FTP server."""
    keys: list[str] = field(default_factory=list)
    """Public keys that open it beside the password, of an SFTP server."""
    asked: list[str] = field(default_factory=list)
    """Names whose bytes were asked for, in order, with the offset where it is not 0."""

    def put(self, name: str, content: bytes, when: datetime = OLD) -> None:
        """A file, whole and at once."""
        draft = self.folder / f".{threading.get_ident()}"
        draft.write_bytes(content)
        os.utime(draft, (when.timestamp(), when.timestamp()))
        draft.rename(self.folder / name)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()

    def state(self) -> object:
        """Everything that reading might have changed."""
        return sorted((p.name, p.read_bytes(), p.stat().st_mtime_ns) for p in self.folder.iterdir())

    def ended(self, at: int, size: int) -> int:
        """As many of so many bytes as a reader gets."""
        return size if self.short is None else max(0, min(size, self.short - at))

    def begun(self, name: str, offset: int) -> None:
        self.asked.append(f"{name}@{offset}" if offset else name)

    def cut_before(self, end: int) -> bool:
        """Whether the connection is to be cut before it has given so many bytes of a file."""
        if self.cuts and end > self.cuts[0]:
            self.cuts.pop(0)
            return True
        return False


@contextmanager
def in_background(serve: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """A thread that serves until the block is left."""
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(30)
