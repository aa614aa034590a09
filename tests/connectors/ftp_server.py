"""A real FTP server of this process on a free port, in the clear or under TLS; it can be told to break off."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

from schemas.connection import Connection
from tests.connectors.far_place import LOGIN, PASSWORD, FarPlace, in_background

OLD_WORDS = {k: v for k, v in FTPHandler.proto_cmds.items() if k not in ("MLSD", "MLST", "FEAT")}
"""The commands of a server of the nineties."""


class Reading:
    """A file that ends, or whose connection does, when a test says so."""

    def __init__(self, place: FarPlace, file: Any, channel: Any) -> None:
        self.place, self.file, self.channel = place, file, channel
        self.name, self.closed, self.begun = file.name, False, False

    def read(self, size: int) -> bytes:
        at = self.file.tell()
        if not self.begun:
            self.place.begun(Path(self.name).name, at)
            self.begun = True
        time.sleep(self.place.slow)
        if self.place.cut_before(at + size):
            self.channel.close()
            return b""
        return bytes(self.file.read(self.place.ended(at, size)))

    def seek(self, *where: int) -> None:
        self.file.seek(*where)

    def close(self) -> None:
        self.closed = True
        self.file.close()


@contextmanager
def ftp_server(
    folder: Path, *, tls: Path | None = None, encoding: str = "utf8", old: bool = False
) -> Iterator[FarPlace]:
    """With `tls` (a file with key and certificate) it speaks nothing else; `old`: no MLSD, MLST and FEAT."""
    extra = {} if encoding == "utf8" else {"encoding": encoding}
    place = FarPlace(folder, Connection("ftp", "ftp", "127.0.0.1", None, LOGIN, PASSWORD, "", extra))

    class Files(AbstractedFS):
        def open(self, filename: str, mode: str) -> Any:
            return Reading(place, super().open(filename, mode), self.cmd_channel)

    told: dict[str, Any] = {"authorizer": DummyAuthorizer(), "abstracted_fs": Files, "use_sendfile": False}
    told |= {"encoding": encoding, "auth_failed_timeout": 0, "log_prefix": ""}
    if tls is not None:
        told |= {"certfile": str(tls), "tls_control_required": True, "tls_data_required": True}
    if old:
        told["proto_cmds"] = OLD_WORDS
    handler = type("Handler", (FTPHandler if tls is None else TLS_FTPHandler,), told)
    handler.authorizer.add_user(LOGIN, PASSWORD, str(folder), perm="elr")
    server = FTPServer(("127.0.0.1", 0), handler)
    place.connection = _found(place.connection, server.socket.getsockname()[1], tls)
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            server.ioloop.loop(timeout=0.02, blocking=False)

    with in_background(serve, stopped.set):
        yield place
    server.close_all()


def _found(told: Connection, port: int, tls: Path | None) -> Connection:
    if tls is None:
        return Connection("ftp", "ftp", "127.0.0.1", port, LOGIN, PASSWORD, "", told.extra)
    authority = "".join(tls.read_text().partition("-----BEGIN CERT")[1:])
    return Connection("ftp", "ftps", "localhost", port, LOGIN, PASSWORD, "", {**told.extra, "ca": authority})
