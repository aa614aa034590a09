"""A place of a recipient's: a folder on an SFTP server or in an S3 store, opened from the connection of that name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from connectors.outbox.s3 import S3Place
from connectors.outbox.sftp import SftpPlace
from schemas.connection import Connection
from schemas.errors import NotReady


class Place(Protocol):
    """Where files are put. Paths are relative, with `/`."""

    def put(self, path: str, pieces: Iterator[bytes]) -> None:
        """A file that appears under `path` when all of it is there, in place of what stood there.

        Raises RecipientUnreachable, and whatever `pieces` raise: then nothing new stands under `path`.
        """
        ...

    def read(self, path: str, most: int) -> bytes | None:
        """A small file, at most so many bytes of it; None where there is none."""
        ...


KINDS: Mapping[str, Callable[[Connection], AbstractContextManager[Place]]] = {
    "sftp": SftpPlace,
    "aws": S3Place,
    "s3": S3Place,
}
"""Airflow's kind of connection -> what opens it."""


def open_place(connection: Connection) -> AbstractContextManager[Place]:
    """The place behind a connection; NotReady where it is of no such kind."""
    if connection.kind not in KINDS:
        valid = ", ".join(KINDS)
        raise NotReady(f"connection {connection.id}: found kind {connection.kind!r}, expected one of {valid}")
    return KINDS[connection.kind](connection)


def belongs_to(connection: Connection, organisation: str) -> Connection:
    """The same connection, where the operator set it up for that recipient; NotReady for any other.

    A subscriber names a connection. Without this he could name another recipient's, or a department's database.
    """
    if connection.extra.get("recipient") != organisation:
        raise NotReady(
            f"connection {connection.id} is not set up for {organisation}: its extra must hold "
            f'"recipient": "{organisation}"'
        )
    return connection
