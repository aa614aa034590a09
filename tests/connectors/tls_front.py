"""TLS in front of a server that speaks none, for the mock cluster of Kafka: what it says of itself is made to fit."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread


@dataclass(frozen=True, slots=True)
class Front:
    """Listens on loopback; who comes is led on to `behind`."""

    listening: socket.socket
    behind: int

    @property
    def port(self) -> int:
        port: int = self.listening.getsockname()[1]
        return port

    def accept(self, context: ssl.SSLContext) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                Thread(target=self._serve, args=(client, context), daemon=True).start()

    def _serve(self, client: socket.socket, context: ssl.SSLContext) -> None:
        with suppress(OSError), ExitStack() as held:
            secured = held.enter_context(context.wrap_socket(client, server_side=True))
            server = held.enter_context(socket.create_connection(("127.0.0.1", self.behind)))
            asked = Thread(target=self._asks, args=(secured, server), daemon=True)
            asked.start()
            while answer := server.recv(1 << 16):
                secured.sendall(answer.replace(self._address("127.0.0.1", self.behind), self._address("localhost")))

    def _asks(self, secured: ssl.SSLSocket, server: socket.socket) -> None:
        with suppress(OSError):
            while asked := secured.recv(1 << 16):
                server.sendall(asked)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _address(self, host: str, port: int = 0) -> bytes:
        """A broker's address in the protocol of Kafka; both hosts are equally long."""
        return host.encode() + (port or self.port).to_bytes(4, "big")


@contextmanager
def tls_front(behind: int, pem: Path, clients: Path | None = None) -> Iterator[Front]:
    """Shows the certificate in `pem`; takes only clients whose certificate `clients` vouches for, where it is told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if clients is not None:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listening:
        front = Front(listening, behind)
        Thread(target=front.accept, args=(context,), daemon=True).start()
        yield front
