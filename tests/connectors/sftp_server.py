"""A real SFTP server of this process on a free port, with a folder of its own; it can be told to fail."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncssh

from schemas.connection import Connection
from tests.connectors.far_place import PASSWORD, FarPlace


class SftpServer:
    """Where it is, and what lies in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self.most: int | None = None
        """Bytes of a file that it takes before it breaks the connection; None for all."""
        self.place: FarPlace | None = None
        """What is asked how reads go; None: as they should."""
        self.begun, self.released = threading.Event(), threading.Event()
        """Set when a file has begun to arrive; waited for before the rest of it is taken."""
        self.released.set()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def connection(self, recipient: str, **extra: Any) -> Connection:
        """As an operator would set it up."""
        told = {"recipient": recipient, "host_key": self.host_key.export_public_key().decode(), "folder": "in"}
        return Connection("their_sftp", "sftp", "127.0.0.1", self.port, "yishu", PASSWORD, "", told | extra)

    def files(self) -> dict[str, bytes]:
        """Path -> content."""
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._started.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=partial(Door, self),
            server_host_keys=[self.host_key],
            sftp_factory=partial(Files, self),
        )
        self.port = self._acceptor.get_port()

    def start(self) -> None:
        """Wait until it listens."""
        self._thread.start()
        assert self._started.wait(60)

    def stop(self) -> None:
        """Close it."""
        self._loop.call_soon_threadsafe(self._acceptor.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)


class Door(asyncssh.SSHServer):
    """Who may enter."""

    def begin_auth(self, username: str) -> bool:
        return True

    def __init__(self, server: SftpServer) -> None:
        self.server = server

    def public_key_auth_supported(self) -> bool:
        return self.server.place is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        keys = self.server.place.keys if self.server.place else []
        return any(asyncssh.import_public_key(one) == key for one in keys)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("yishu", PASSWORD)


class Files(asyncssh.SFTPServer):
    """What it hands out and takes, as the test says."""

    def __init__(self, server: SftpServer, chan: Any) -> None:
        super().__init__(chan, chroot=str(server.folder).encode())
        self.server, self.chan = server, chan

    def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        if self.server.place is not None:
            if self.server.place.cut_before(offset + size):
                self.chan.get_connection().abort()
                raise asyncssh.SFTPFailure("broken off")
            size = self.server.place.ended(offset, size)
        return bytes(super().read(file_obj, offset, size))

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if self.server.place is not None:
            self.server.place.begun(Path(path.decode()).name, 0)
        return super().open(path, pflags, attrs)

    def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        if offset:
            self.server.begun.set()
            self.server.released.wait(120)
        if self.server.most is not None and offset + len(data) > self.server.most:
            self.chan.get_connection().abort()
            raise asyncssh.SFTPFailure("broken off")
        return int(super().write(file_obj, offset, data))


@contextmanager
def sftp_place(folder: Path) -> Iterator[FarPlace]:
    """The same with files to be read, in the folder `in` of it."""
    with sftp_server(folder) as server:
        (folder / "in").mkdir()
        server.place = FarPlace(folder / "in", server.connection("nobody"))
        yield server.place


@contextmanager
def sftp_server(folder: Path) -> Iterator[SftpServer]:
    """It runs until the block is left."""
    folder.mkdir(exist_ok=True)
    server = SftpServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
