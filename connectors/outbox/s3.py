"""Puts files into a recipient's S3 store, as objects that appear when all of them is there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import Self, TypeVar

from pyarrow import fs

from connectors.trust import ca_file, ca_of, in_the_clear
from schemas.certificates import untrusted
from schemas.connection import Connection
from schemas.errors import NotReady, RecipientUnreachable

T = TypeVar("T")
PATIENCE_S = 30
TRIES = 3
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
        extra = connection.extra
        if not (extra.get("bucket") and connection.login and connection.password):
            raise NotReady(f"connection {connection.id}: expected login and password (the access key) and extra bucket")
        folder = str(extra.get("folder") or "").strip("/")
        self.root = "/".join(filter(None, (str(extra["bucket"]), folder)))
        self.scheme, _, address = str(extra.get("endpoint_url") or "").rpartition("://")
        self.address = address.rstrip("/")
        if self.scheme == "http":
            in_the_clear(connection, "an endpoint_url that begins with https://")
        self._held = ExitStack()

    def __enter__(self) -> Self:
        told, extra = self.connection, self.connection.extra
        self.store = fs.S3FileSystem(
            access_key=told.login,
            secret_key=told.password,
            region=str(extra.get("region_name") or "us-east-1"),
            endpoint_override=self.address or None,
            scheme=self.scheme or "https",
            force_virtual_addressing=bool(extra.get("virtual_addressing")),
            connect_timeout=PATIENCE_S,
            request_timeout=PATIENCE_S,
            background_writes=False,  # else parts pile up in memory where the network is slow
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=TRIES),
            tls_ca_file_path=self._held.enter_context(ca_file(told)),
        )
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
            if why := untrusted(str(failed), ca_of(self.connection)):
                raise NotReady(f"{self._name}: {why}") from failed
            raise RecipientUnreachable(f"{self._name}: {failed}") from failed

    @property
    def _name(self) -> str:
        return f"s3 {self.connection.extra.get('endpoint_url') or 'AWS'} {self.root}"
