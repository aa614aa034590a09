"""Puts files into a recipient's S3 store, as objects that appear when all of them is there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import Self, TypeVar

from pyarrow import fs

from connectors.object_store import folder_of, shown, shut, store_of
from schemas.connection import Connection
from schemas.errors import NotReady, RecipientUnreachable

T = TypeVar("T")
PATIENCE_S = 30
PIECE = 8 << 20
"""Bytes that are collected before they are sent; S3 wants parts of 5 MiB or more."""
COPIED_AT_ONCE = 5 << 30
"""Bytes: what S3 copies by itself; what is larger is copied through us."""


class S3Place:
    """One store. Login and password are the access key.

    `extra`: `bucket`, `folder`, `endpoint_url`, `region_name`, `virtual_addressing`, and `ca`, an authority of its own.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.root = folder_of(connection, str(connection.extra.get("folder") or ""))
        self._held = ExitStack()

    def __enter__(self) -> Self:
        # parts would pile up in memory where the network is slow
        opened = store_of(self.connection, PATIENCE_S, background_writes=False)
        self.store = self._held.enter_context(opened)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def put(self, path: str, pieces: Iterator[bytes]) -> None:
        """Written as `<path>.part`, then moved: pyarrow completes an upload that is broken off, under its name.

        What breaks off takes the `.part` away, where the store still answers.
        """
        half = f"{self.root}/{path}.part"
        with ExitStack() as broken:
            broken.callback(self._taken_away, half)
            size = self._written(half, pieces)
            found = self._try(lambda: self.store.get_file_info(half)).size
            if found != size:
                raise RecipientUnreachable(f"{self._name}: {size} bytes were sent, {found} arrived at {half}")
            self._try(lambda: self._moved(half, f"{self.root}/{path}", size))
            broken.pop_all()

    def _written(self, half: str, pieces: Iterator[bytes]) -> int:
        size = 0
        with self._try(lambda: self.store.open_output_stream(half, buffer_size=PIECE)) as out:
            for piece in pieces:
                self._try(partial(out.write, piece))
                size += len(piece)
            self._try(out.close)
        return size

    def _taken_away(self, half: str) -> None:
        with suppress(OSError):
            self.store.delete_file(half)

    def _moved(self, half: str, path: str, size: int) -> None:
        if size <= COPIED_AT_ONCE:
            self.store.move(half, path)
            return
        fs.copy_files(half, path, source_filesystem=self.store, destination_filesystem=self.store, use_threads=False)
        self.store.delete_file(half)

    def read(self, path: str, most: int) -> bytes | None:
        """A small file, or None."""
        whole = f"{self.root}/{path}"
        if self._try(lambda: self.store.get_file_info(whole)).type is not fs.FileType.File:
            return None
        with self._try(lambda: self.store.open_input_file(whole)) as file:
            found: bytes = self._try(lambda: file.read(most))
            return found

    def _try(self, doing: Callable[[], T]) -> T:
        try:
            return doing()
        except OSError as failed:
            if why := shut(failed, self.connection, "the recipient", "list, read and write"):
                raise NotReady(f"{self._name}: {why}") from failed
            raise RecipientUnreachable(f"{self._name}: {failed}") from failed

    @property
    def _name(self) -> str:
        return shown(self.connection, self.root)
