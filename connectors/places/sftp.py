"""A folder on an SFTP server, whose host key must be known beforehand."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from stat import S_ISLNK, S_ISREG
from typing import Any, TypeVar

from connectors.drivers import driver
from connectors.places.names import file_names
from connectors.places.place import PATIENCE_S, PIECE, Entry, Fits
from connectors.ssh import ssh_options
from schemas.connection import Connection
from schemas.errors import NotReady, SourceUnreachable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SftpPlace:
    """`extra`: `host_key`, `folder`, `private_key`, `private_key_passphrase`, `encoding` of file names."""

    connection: Connection
    folder: str
    patience: float = PATIENCE_S
    here = None
    lists = True
    still = 30.0

    @property
    def shown(self) -> str:
        """Host, port and folder."""
        return f"sftp {self.connection.host}:{self.connection.port or 22} {self.folder or '.'}"

    @contextmanager
    def visit(self) -> Iterator["SftpVisit"]:
        """One connection; NotReady where its host key or login is not the server's."""
        ssh = driver("asyncssh", "sftp")
        options = ssh_options(ssh, self.connection, self.patience, "the department's server")
        visit = SftpVisit(self, ssh)
        with ExitStack() as held:
            visit.runner = held.enter_context(asyncio.Runner())
            connected = visit.wait(_connected(ssh, self.connection.host, options))
            held.callback(visit.leave, connected)
            visit.files = visit.wait(visit.soon(connected.start_sftp_client(path_encoding=None)))
            yield visit


class SftpVisit:
    """Names travel as bytes and are read as the connection says."""

    runner: asyncio.Runner
    files: Any

    def __init__(self, place: SftpPlace, ssh: Any) -> None:
        self.place = place
        self.ssh = ssh
        self.encoding = file_names(place.connection)

    def entries(self, fits: Fits) -> Sequence[Entry]:
        """What lies in the folder; links are followed."""
        try:
            listed = self.wait(self._listed())
        except FileNotFoundError:
            raise SourceUnreachable(
                f"{self.place.shown}: there is no such folder; ask the department, or correct options.folder"
            ) from None
        found = []
        for name, told in listed:
            if fits(name):
                link = told.permissions is None or S_ISLNK(told.permissions)
                found.append(self.entry(name) if link else _entry(name, told))
        return [one for one in found if one is not None]

    def entry(self, name: str) -> Entry | None:
        """Size and time to the second."""
        try:
            return _entry(name, self.wait(self.soon(self.files.stat(self._at(name)))))
        except FileNotFoundError:
            return None

    def pieces(self, entry: Entry, start: int) -> Iterator[bytes]:
        """Many requests are under way at once."""
        where = f"{self.place.shown}/{entry.name}"
        try:
            file = self.wait(self.soon(self.files.open(self._at(entry.name), "rb")))
            while piece := self.wait(self.soon(file.read(PIECE, start))):
                yield piece
                start += len(piece)
            self.wait(self.soon(file.close()))
        except FileNotFoundError:
            raise SourceUnreachable(f"{where}: it was listed, and is no longer there") from None

    async def _listed(self) -> list[tuple[str, Any]]:
        listing = self.files.scandir(self.place.folder.encode(self.encoding) or b".")
        found = []
        while (one := await self.soon(anext(listing, None))) is not None:
            found.append((one.filename.decode(self.encoding, "surrogateescape"), one.attrs))
        return found

    def _at(self, name: str) -> bytes:
        folder = self.place.folder
        return (f"{folder.rstrip('/')}/{name}" if folder else name).encode(self.encoding, "surrogateescape")

    async def soon(self, doing: Awaitable[T]) -> T:
        """What comes of it, or TimeoutError: a server may stand still and yet show that it is alive."""
        async with asyncio.timeout(self.place.patience):
            return await doing

    def wait(self, doing: Coroutine[Any, Any, T]) -> T:
        """Its result; FileNotFoundError where there is no such file."""
        try:
            return self.runner.run(doing)
        except (self.ssh.SFTPNoSuchFile, self.ssh.SFTPNoSuchPath) as missing:
            raise FileNotFoundError(str(missing)) from missing
        except (self.ssh.Error, OSError) as failed:
            raise self._fault(failed) from failed

    def _fault(self, failed: Exception) -> SourceUnreachable | NotReady:
        name, said = self.place.connection.id, str(failed) or f"no answer within {self.place.patience:.0f} s"
        if isinstance(failed, self.ssh.HostKeyNotVerifiable):
            return NotReady(
                f"{self.place.shown}: shows another host key than host_key of the connection {name}; ask its operator, "
                "by another way, for the key it has now: somebody may be posing as the server"
            )
        if isinstance(failed, self.ssh.PermissionDenied):
            return NotReady(f"{self.place.shown}: refuses the login; correct login, password or private_key of {name}")
        if isinstance(failed, self.ssh.SFTPPermissionDenied):
            return SourceUnreachable(f"{self.place.shown}: no right to read; ask the department to give {name} one")
        return SourceUnreachable(f"{self.place.shown}: {type(failed).__name__}: {said}")

    async def _closed(self, connected: Any) -> None:
        connected.close()
        await self.soon(connected.wait_closed())

    def leave(self, connected: Any) -> None:
        """Hang up; where the line is gone already, without a word."""
        try:
            self.runner.run(self._closed(connected))
        except (self.ssh.Error, OSError):
            connected.abort()


def _entry(name: str, told: Any) -> Entry | None:
    if told.permissions is not None and not S_ISREG(told.permissions):
        return None
    return Entry(name, told.size, None if told.mtime is None else datetime.fromtimestamp(told.mtime, UTC))


async def _connected(ssh: Any, host: str, options: dict[str, Any]) -> Any:
    return await ssh.connect(host, **options)
