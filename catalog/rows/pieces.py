"""Ranges of files on this disk put together in few pieces: a byte is copied once, from its file to its place."""

import io
import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.errors import NotReady

PIECE = 1 << 20
"""Bytes of a piece; each costs a turn of the server, and memory that is not in the processor's cache any more."""
OPEN = 2
"""Files that are kept open: a part and its shadows, between which ranges go to and fro."""

Source = bytes | tuple[Path, int, int]
"""Bytes as they are, or so many of a file: its path, the first one, how many."""


def gathered(sources: Iterable[Source], size: int) -> Iterator[bytes]:
    """`size` bytes in all, in pieces of at most `PIECE`. NotReady where a file is gone or ends too early."""
    left, piece = size, _Piece(min(size, PIECE))
    with _Files() as files:
        for source in sources:
            done, length = 0, len(source) if isinstance(source, bytes) else source[2]
            while done < length:
                done += piece.take(source, done, files)
                if not piece.room:
                    yield piece.made()
                    left -= piece.size
                    piece = _Piece(min(left, PIECE))


def opened(path: Path) -> FileIO:
    """A file of a published version; NotReady where it is gone."""
    try:
        return FileIO(path)
    except FileNotFoundError as wrong:
        raise NotReady(f"{path}: a file of a published version is gone; restore it") from wrong


class _Files:
    """The files that were last read from."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, FileIO] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        for file in self._open.values():
            file.close()

    def number(self, path: Path) -> int:
        """Its descriptor."""
        if path not in self._open:
            if len(self._open) >= OPEN:
                self._open.popitem(last=False)[1].close()
            self._open[path] = opened(path)
        self._open.move_to_end(path)
        return self._open[path].fileno()


class _Piece:
    """Bytes that are filled in from the front. A BytesIO gives away what it holds without copying it."""

    def __init__(self, size: int) -> None:
        self.size = self.room = size
        self._held = io.BytesIO()
        if size:
            self._held.seek(size - 1)
            self._held.write(b"\0")
        self._view = self._held.getbuffer()

    def take(self, source: Source, done: int, files: _Files) -> int:
        """As much of a source from `done` on as there is room for, at least a byte; how much that was."""
        place = self.size - self.room
        if isinstance(source, bytes):
            taken = min(self.room, len(source) - done)
            self._view[place : place + taken] = source[done : done + taken]
        else:
            path, start, length = source
            into = self._view[place : place + min(self.room, length - done)]
            taken = os.preadv(files.number(path), [into], start + done)
            into.release()
            if not taken:
                raise NotReady(
                    f"{path}: ends before byte {start + done}, where a published version has more; restore it"
                )
        self.room -= taken
        return taken

    def made(self) -> bytes:
        """The whole of it; it cannot be filled any more."""
        self._view.release()
        return self._held.getvalue()
