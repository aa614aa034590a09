"""Reads of a far file that are whole or fail, whatever the client below makes of a connection that ends early."""

import io
import os
from collections.abc import Callable

import pyarrow as pa

Fetch = Callable[[int, int], bytes]
"""Offset and length -> just these bytes."""
MARKS = (0xA5, 0x5A)
"""No byte is both."""


def exactly(file: pa.NativeFile, start: int, length: int) -> bytes:
    """Just so many bytes from an offset on; OSError where fewer came.

    A server that dies while it writes its headers may leave an answer without length and body, and pyarrow takes it for
    the whole: the memory stays as it was, with whatever was there before. What ends early never reaches the last byte;
    so that one is marked, and a second time otherwise where it is found as it was marked.
    """
    if length <= 0:
        return b""
    data = bytearray(length)
    for mark in MARKS:
        data[-1] = mark
        file.seek(start)
        if file.readinto(data) != length:
            break
        if data[-1] != mark:
            return bytes(data)
    raise OSError(f"{length} bytes from {start} on were asked for, and fewer came")


class Windowed(io.RawIOBase):
    """A far file for readers that want a file: every read is one of `fetch`, which raises where it is not whole."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch, self._size, self._at = fetch, size, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As every file does."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """So many bytes; fewer at the end of the file only."""
        left = max(0, self._size - self._at)
        length = left if size < 0 else min(size, left)
        found = self._fetch(self._at, length)
        self._at += length
        return found
