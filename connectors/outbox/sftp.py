"""Puts files on a recipient's SFTP server, whose host key must be known beforehand."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterator
from contextlib import ExitStack
from typing import Any, Self, TypeVar

from connectors.drivers import driver
from connectors.ssh import ssh_options
from schemas.connection import Connection
from schemas.errors import RecipientUnreachable

T = TypeVar("T")
PATIENCE_S = 30
"""Seconds for connecting, and for the server's answer to anything."""
SLOWEST = 16 * 1024
"""Bytes a second: a server that takes less keeps other recipients waiting, and is left."""


class SftpPlace:
    """One connection, used by one thread. `extra`: `host_key`, `folder`, `private_key`, `private_key_passphrase`."""

    def __init__(self, connection: Connection) -> None:
        self.ssh = driver("asyncssh", "sftp")
        self.connection = connection
        self.root = str(connection.extra.get("folder") or "").rstrip("/")
        self._held = ExitStack()
        self._sftp: Any = None
        self.patience: float = PATIENCE_S

    def __enter__(self) -> Self:
        options = ssh_options(self.ssh, self.connection, PATIENCE_S, "the recipient")
        with ExitStack() as held:
            self._runner = held.enter_context(asyncio.Runner())
            connected = self._wait(self._connected(options))
            held.callback(self._leave, connected)
            self._sftp = self._wait(self._files(connected))
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def put(self, path: str, pieces: Iterator[bytes]) -> None:
        """Written as `<path>.part`, then renamed."""
        self._wait(self._put(self._at(path), pieces))

    def read(self, path: str, most: int) -> bytes | None:
        """A small file, or None."""
        return self._wait(self._read(self._at(path), most))

    def _at(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root or str(self.connection.extra.get("folder")) == "/" else path

    async def _connected(self, options: dict[str, Any]) -> Any:
        return await self.ssh.connect(self.connection.host, **options)

    async def _files(self, connected: Any) -> Any:
        return await self._soon(connected.start_sftp_client())

    async def _put(self, path: str, pieces: Iterator[bytes]) -> None:
        half, size = f"{path}.part", 0
        await self._soon(self._sftp.makedirs(path.rpartition("/")[0] or ".", exist_ok=True))
        file = await self._soon(self._sftp.open(half, "wb"))  # closed with the connection where something breaks
        for piece in pieces:
            await self._soon(file.write(piece), len(piece))
            size += len(piece)
        await self._soon(file.close())
        found = (await self._soon(self._sftp.stat(half))).size
        if found != size:
            raise RecipientUnreachable(f"{self._name}: {size} bytes were sent, {found} arrived at {half}")
        await self._soon(self._renamed(half, path))

    async def _renamed(self, half: str, path: str) -> None:
        try:
            await self._sftp.posix_rename(half, path)
        except self.ssh.SFTPOpUnsupported:
            if await self._sftp.exists(path):
                await self._sftp.remove(path)
            await self._sftp.rename(half, path)

    async def _soon(self, doing: Awaitable[T], size: int = 0) -> T:
        """What comes of it, or TimeoutError: a server may stand still and yet show that it is alive."""
        async with asyncio.timeout(self.patience + size / SLOWEST):
            return await doing

    async def _read(self, path: str, most: int) -> bytes | None:
        return await self._soon(self._read_now(path, most))

    async def _read_now(self, path: str, most: int) -> bytes | None:
        try:
            async with self._sftp.open(path, "rb") as file:
                found: bytes = await file.read(most)
                return found
        except (self.ssh.SFTPNoSuchFile, self.ssh.SFTPNoSuchPath):
            return None

    def _wait(self, doing: Coroutine[Any, Any, T]) -> T:
        try:
            return self._runner.run(doing)
        except (self.ssh.Error, OSError) as failed:
            raise RecipientUnreachable(f"{self._name}: {type(failed).__name__}: {failed}") from failed

    async def _closed(self, connected: Any) -> None:
        connected.close()
        await self._soon(connected.wait_closed())

    def _leave(self, connected: Any) -> None:
        try:
            self._runner.run(self._closed(connected))
        except (self.ssh.Error, OSError):
            connected.abort()  # it is gone already

    @property
    def _name(self) -> str:
        return f"sftp {self.connection.host}:{self.connection.port or 22}"
