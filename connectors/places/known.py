"""Which place a connection leads to."""

from collections.abc import Callable, Mapping
from pathlib import Path

from connectors.places.folder import Folder
from connectors.places.ftp import FtpPlace
from connectors.places.http import HttpPlace, Index
from connectors.places.names import below
from connectors.places.place import Place
from connectors.places.s3 import S3Place
from connectors.places.sftp import SftpPlace
from schemas.connection import Connection
from schemas.errors import NotReady

ELSEWHERE: Mapping[str, Callable[[Connection, str], Place]] = {
    "sftp": SftpPlace,
    "ftp": FtpPlace,
    "ftps": FtpPlace,
    "aws": S3Place,
    "s3": S3Place,
}
"""Airflow's kind of connection -> the place behind it."""
HERE = ("", "fs", "file")
WEB = ("http", "https")
CONNECTIONS = ("fs", "file", *ELSEWHERE, *WEB)
"""Kinds of connection that lead to files."""


def place_of(connection: Connection | None, folder: str, index: Index | None = None) -> Place:
    """The folder below the connection's; without a connection below where this process works. Nothing is asked yet.

    NotReady where the connection is of no such kind, or names no folder.
    """
    if connection is None:
        return Folder(Path(folder or "."), Path(folder or "."))
    if connection.kind in HERE:
        named = connection.host or str(connection.extra.get("path", ""))
        if not named:
            raise NotReady(
                f"connection {connection.id}: names no folder; expected it as host (or extra path), "
                'e.g. {"conn_type": "fs", "host": "/mnt/drop"}'
            )
        follow = connection.flag("follow_links")
        return Folder(Path(named, folder), None if follow else Path(named))
    if connection.kind in WEB:
        return HttpPlace(connection, below(connection, folder).strip("/"), index)
    if connection.kind in ELSEWHERE:
        return ELSEWHERE[connection.kind](connection, below(connection, folder))
    valid = ", ".join(CONNECTIONS)
    raise NotReady(f"connection {connection.id}: found kind {connection.kind!r}, where files lie is one of {valid}")
