"""The body of a push on disk: unpacked within a limit, with its digest; nothing of it outlives the push."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from schemas.errors import BadInput, TooLarge

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Body:
    """What was sent, unpacked."""

    opened: BinaryIO
    size: int
    sha256: str


@contextmanager
def spooled(folder: Path) -> Iterator[BinaryIO]:
    """A file without a name, on the disk of that folder: a killed process leaves nothing behind."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        yield file


@contextmanager
def unpacked(sent: BinaryIO, packed: bool, largest: int, folder: Path) -> Iterator[Body]:
    """The body from its first byte, on the disk of that folder.

    TooLarge beyond `largest` bytes, BadInput where it was not packed with gzip.
    """
    sent.seek(0)
    digest, size = hashlib.sha256(), 0
    if not packed:
        for piece in iter(lambda: sent.read(PIECE), b""):
            digest.update(piece)
            size += len(piece)
        sent.seek(0)
        yield Body(sent, size, digest.hexdigest())
        return
    with TemporaryFile(dir=folder) as file:
        for piece in _pieces(sent):
            digest.update(piece)
            size += len(piece)
            if size > largest:
                raise TooLarge(f"body: unpacks to more than {largest} bytes, which is the limit; split it")
            file.write(piece)
        file.seek(0)
        yield Body(file, size, digest.hexdigest())


def _pieces(sent: BinaryIO) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=sent) as opened:
            yield from iter(lambda: opened.read(PIECE), b"")
    except (OSError, EOFError, zlib.error) as wrong:
        raise BadInput(f"body: no whole gzip: {wrong}") from None
