"""A login in front of the mock cluster of Kafka, which knows none: SASL PLAIN as a broker speaks it, by hand.

What it answers itself are the three requests that come before a login (ApiVersions, SaslHandshake, SaslAuthenticate:
KIP-43, KIP-152, KIP-511); whoever has logged in is led on to the cluster.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

API_VERSIONS, HANDSHAKE, AUTHENTICATE = 18, 17, 36
UNSUPPORTED_VERSION, UNSUPPORTED_MECHANISM, FAILED = 35, 33, 58


@dataclass
class Login:
    """Listens on loopback; `tried` are the logins that came."""

    listening: socket.socket
    behind: int
    user: str
    password: str
    tried: list[tuple[str, str]] = field(default_factory=list)

    @property
    def port(self) -> int:
        port: int = self.listening.getsockname()[1]
        return port

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError, EOFError), ExitStack() as held:
            held.enter_context(client)
            server = held.enter_context(socket.create_connection(("127.0.0.1", self.behind)))
            if self._let_in(client, server):
                Thread(target=_passed, args=(client, server), daemon=True).start()
                while answer := server.recv(1 << 16):
                    client.sendall(answer.replace(_address(self.behind), _address(self.port)))

    def _let_in(self, client: socket.socket, server: socket.socket) -> bool:
        while True:
            asked = _frame(client)
            key, version, number = struct.unpack_from(">hhi", asked)
            if key == API_VERSIONS:
                _send(client, number, self._versions(version, server))
            elif key == HANDSHAKE:
                wanted = _text(asked, _after_header(asked))
                error = 0 if wanted == "PLAIN" else UNSUPPORTED_MECHANISM
                _send(client, number, struct.pack(">hi", error, 1) + _short("PLAIN"))
            elif key == AUTHENTICATE:
                good = self._known(asked)
                told = _short("wrong user or password") if not good else struct.pack(">h", -1)
                life = struct.pack(">q", 0) if version else b""
                _send(client, number, struct.pack(">h", 0 if good else FAILED) + told + struct.pack(">i", 0) + life)
                return good
            else:
                return False  # nothing is answered before a login

    def _known(self, asked: bytes) -> bool:
        at = _after_header(asked)
        (size,) = struct.unpack_from(">i", asked, at)
        _, user, password = asked[at + 4 : at + 4 + size].decode().split("\0")
        self.tried.append((user, password))
        return (user, password) == (self.user, self.password)

    def _versions(self, version: int, server: socket.socket) -> bytes:
        """Those of the cluster and the two of a login, in the oldest form; a newer one is asked to come back."""
        server.sendall(struct.pack(">ihhih", 10, API_VERSIONS, 0, 1, -1))
        told = _frame(server)[4:]
        (count,) = struct.unpack_from(">i", told, 2)
        ours = struct.pack(">hhhhhh", HANDSHAKE, 0, 1, AUTHENTICATE, 0, 1)
        error = UNSUPPORTED_VERSION if version else 0
        return struct.pack(">hi", error, count + 2) + told[6:] + ours


def _passed(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while asked := client.recv(1 << 16):
            server.sendall(asked)
    with suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)


def _frame(line: socket.socket) -> bytes:
    (size,) = struct.unpack(">i", _exactly(line, 4))
    return _exactly(line, size)


def _exactly(line: socket.socket, size: int) -> bytes:
    held = b""
    while len(held) < size:
        piece = line.recv(size - len(held))
        if not piece:
            raise EOFError
        held += piece
    return held


def _send(line: socket.socket, number: int, body: bytes) -> None:
    line.sendall(struct.pack(">ii", len(body) + 4, number) + body)


def _after_header(asked: bytes) -> int:
    """Where the body begins: after key, version, number and the client's name."""
    (size,) = struct.unpack_from(">h", asked, 8)
    return 10 + max(size, 0)


def _text(asked: bytes, at: int) -> str:
    (size,) = struct.unpack_from(">h", asked, at)
    return asked[at + 2 : at + 2 + size].decode()


def _short(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _address(port: int) -> bytes:
    """A broker's address in the protocol of Kafka."""
    return b"127.0.0.1" + port.to_bytes(4, "big")


@contextmanager
def sasl_front(behind: int, user: str, password: str) -> Iterator[Login]:
    """Until the block is left."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        front = Login(listening, behind, user, password)
        Thread(target=front.accept, daemon=True).start()
        yield front
