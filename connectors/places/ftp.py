"""A folder on an FTP server, in the clear or under TLS (explicit, verified); passive, names in UTF-8 or GB18030."""

import ftplib
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.places.names import file_names
from connectors.places.place import PATIENCE_S, Entry, Fits
from connectors.trust import ca_of, in_the_clear, tls
from schemas.certificates import untrusted
from schemas.connection import Connection
from schemas.errors import NotReady, SourceUnreachable

BYTES = "latin-1"
"""What ftplib is told names are written in: each byte stays one character, and is read as the connection says."""
BINARY = "TYPE I"
"""Asked for before each transfer and size: a listing leaves the connection in text mode, which rewrites line ends."""
REFUSED = "530"
"""Not logged in."""
MISSING = "550"
"""No such file or folder, or no right to it."""


@dataclass(frozen=True, slots=True)
class FtpPlace:
    """`extra`: `folder`, `encoding` of file names, `ca`, `certificate` and `key` for TLS."""

    connection: Connection
    folder: str
    patience: float = PATIENCE_S
    here = None
    lists = True
    still = 30.0

    @property
    def shown(self) -> str:
        """Kind, host, port and folder."""
        told = self.connection
        return f"{told.kind} {told.host}:{told.port or ftplib.FTP_PORT} {self.folder or '.'}"

    @contextmanager
    def visit(self) -> Iterator["FtpVisit"]:
        """One control connection, signed in and in the folder."""
        visit = FtpVisit(self, self._client())
        try:
            visit.begin()
            yield visit
        finally:
            visit.leave()

    def _client(self) -> ftplib.FTP:
        if self.connection.kind == "ftps":
            return _Secured(context=tls(self.connection), timeout=self.patience, encoding=BYTES)
        in_the_clear(self.connection, "conn_type ftps")
        return ftplib.FTP(timeout=self.patience, encoding=BYTES)  # noqa: S321 - the operator chose kind ftp


class _Secured(ftplib.FTP_TLS):
    """Data connections go on with the session of the control connection: many servers take no other."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[ssl.SSLSocket, int | None]:
        plain, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - put under TLS in the next line but one
        control = self.sock
        session = control.session if isinstance(control, ssl.SSLSocket) else None
        return self.context.wrap_socket(plain, server_hostname=self.host, session=session), size


class FtpVisit:
    """One thread, one transfer at a time."""

    def __init__(self, place: FtpPlace, client: ftplib.FTP) -> None:
        self.place = place
        self.client = client
        self.names = file_names(place.connection)
        self.can: frozenset[str] = frozenset()
        """What the server says that it can, in capitals."""

    def begin(self) -> None:
        """Connect, sign in, go to the folder."""
        told = self.place.connection
        with self._answers():
            self.client.connect(told.host, told.port or ftplib.FTP_PORT)
            self._sign_in(told)
            if isinstance(self.client, _Secured):
                self.client.prot_p()
            self.can = self._features()
            if "UTF8" in self.can and self.names == "utf-8":
                with suppress(ftplib.error_perm):
                    self.client.sendcmd("OPTS UTF8 ON")
            if self.place.folder:
                self._enter()

    def leave(self) -> None:
        """Hang up without waiting for a word: a transfer may have been broken off."""
        self.client.close()

    def entries(self, fits: Fits) -> Sequence[Entry]:
        """By MLSD; of older servers name by name, with SIZE and MDTM."""
        with self._answers():
            if self._knows_facts:
                return [one for one in self._told() if fits(one.name)]
            names = [self._read(name) for name in self._listed()]
            found = [self._looked_up(name) for name in names if fits(name)]
        return [one for one in found if one is not None]

    def entry(self, name: str) -> Entry | None:
        """As `entries` tells of it, so that both can be compared."""
        with self._answers():
            return self._one(name) if self._knows_facts else self._looked_up(name)

    def pieces(self, entry: Entry, start: int) -> Iterator[bytes]:
        """By RETR, from `start` by REST; where the server knows none, from the beginning, which is passed over."""
        with self._answers(entry.name):
            line, skipped = self._begun(entry.name, start)
            with line:
                while piece := line.recv(1 << 18):
                    over = min(len(piece), start - skipped)
                    skipped += over
                    if over < len(piece):
                        yield piece[over:]
                if isinstance(line, ssl.SSLSocket):
                    with suppress(OSError):  # servers that do not say goodbye; the reply and the size tell the rest
                        line.unwrap()
            self.client.voidresp()

    def _begun(self, name: str, start: int) -> tuple[socket.socket, int]:
        command = f"RETR {self._written(name)}"
        self.client.voidcmd(BINARY)
        if start:
            with suppress(ftplib.error_perm):
                return self.client.transfercmd(command, start), start
        return self.client.transfercmd(command), 0

    def _sign_in(self, told: Connection) -> None:
        try:
            self._secure()
            self.client.login(self._written(told.login), self._written(told.password))
        except ftplib.error_perm as refused:
            if str(refused)[:3] != REFUSED:
                raise
            raise NotReady(
                f"{self.place.shown}: refuses the login; correct login or password of the connection {told.id}"
            ) from refused

    def _secure(self) -> None:
        if not isinstance(self.client, _Secured):
            return
        try:
            self.client.auth()
        except ftplib.error_perm as refused:
            raise NotReady(
                f"{self.place.shown}: speaks no TLS ({self._read(str(refused))}); ask the department to switch it on "
                "(kind ftp would send password and data for everybody to read)"
            ) from refused

    def _enter(self) -> None:
        try:
            self.client.cwd(self._written(self.place.folder))
        except ftplib.error_perm as refused:
            raise SourceUnreachable(
                f"{self.place.shown}: there is no such folder, or no right to it ({self._read(str(refused))}); "
                "ask the department, or correct options.folder"
            ) from refused

    def _features(self) -> frozenset[str]:
        try:
            lines = self.client.sendcmd("FEAT").splitlines()
        except ftplib.error_perm:
            return frozenset()
        return frozenset(line.split()[0].upper() for line in lines[1:-1] if line.split())

    def _told(self) -> Iterator[Entry]:
        for name, facts in self.client.mlsd():
            if (found := _entry(self._read(name), facts)) is not None:
                yield found

    def _one(self, name: str) -> Entry | None:
        try:
            lines = self.client.sendcmd(f"MLST {self._written(name)}").splitlines()
        except ftplib.error_perm as refused:
            if str(refused)[:3] == MISSING:
                return None
            raise
        facts = lines[1].strip().partition(" ")[0] if len(lines) > 1 else ""
        told = (fact.partition("=") for fact in facts.split(";"))
        return _entry(name, {key.lower(): value for key, _, value in told})

    @property
    def _knows_facts(self) -> bool:
        return bool(self.can & {"MLSD", "MLST"})

    def _listed(self) -> Sequence[str]:
        try:
            return [name.rpartition("/")[2] for name in self.client.nlst()]
        except ftplib.error_perm as refused:
            if str(refused)[:3] == MISSING:
                return ()  # so some servers say that a folder is empty
            raise

    def _looked_up(self, name: str) -> Entry | None:
        try:
            self.client.voidcmd(BINARY)
            size = self.client.size(self._written(name))
        except ftplib.error_perm as refused:
            if str(refused)[:3] == MISSING:
                return None
            size = None
        return Entry(name, size, self._modified(name))

    def _modified(self, name: str) -> datetime | None:
        try:
            return _moment(self.client.sendcmd(f"MDTM {self._written(name)}")[4:])
        except ftplib.error_perm:
            return None

    def _written(self, text: str) -> str:
        return text.encode(self.names, "surrogateescape").decode(BYTES)

    def _read(self, text: str) -> str:
        return text.encode(BYTES).decode(self.names, "surrogateescape")

    @contextmanager
    def _answers(self, name: str = "") -> Iterator[None]:
        where = f"{self.place.shown}/{name}" if name else self.place.shown
        try:
            yield
        except ftplib.all_errors as failed:
            said = str(failed) or "the server hung up"
            if isinstance(failed, ssl.SSLError) and (why := untrusted(said, ca_of(self.place.connection))):
                raise NotReady(f"{where}: {why}") from failed
            raise SourceUnreachable(f"{where}: {type(failed).__name__}: {said}") from failed


def _entry(name: str, facts: Mapping[str, str]) -> Entry | None:
    if facts.get("type", "").lower() != "file":
        return None
    size = facts.get("size", "")
    moment = _moment(facts.get("modify", ""))
    return Entry(name, int(size) if size.isdigit() else None, moment, facts.get("unique", ""))


def _moment(text: str) -> datetime | None:
    """`20261120083000` or with a fraction, in UTC (RFC 3659)."""
    try:
        return datetime.strptime(text.strip()[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
