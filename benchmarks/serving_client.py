"""A client that keeps nothing of what it reads: seconds to the first byte and to the last, and how many there were."""

import re
import socket
import time
from dataclasses import dataclass
from typing import Self

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Got:
    """How an answer came."""

    status: int
    head: str
    bytes: int
    first: float
    """Seconds until its first byte of content."""
    seconds: float


class Client:
    """One connection that is kept."""

    def __init__(self, port: int, credential: str = "") -> None:
        self._wire = socket.create_connection(("127.0.0.1", port), timeout=600)
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._told = f"Host: 127.0.0.1:{port}\r\n" + (f"Authorization: Bearer {credential}\r\n" if credential else "")
        self._into = memoryview(bytearray(PIECE))

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """The connection is closed."""
        self._wire.close()

    def get(self, path: str, **headers: str) -> Got:
        """Ask, and read to the end; ConnectionError for an answer that broke off or is none."""
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        began = time.perf_counter()
        self._wire.sendall(f"GET {path} HTTP/1.1\r\n{self._told}{more}\r\n".encode())
        head, rest = self._head()
        status = int(head.split(" ", 2)[1])
        length = re.search(r"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE)
        chunked = re.search(r"^transfer-encoding: *chunked", head, re.IGNORECASE | re.MULTILINE)
        if not rest and (chunked or (length and int(length[1]))):
            rest = self._more(PIECE)
        first = time.perf_counter() - began
        found = self._counted(int(length[1]), rest) if length else self._unchunked(rest) if chunked else 0
        return Got(status, head, found, first, time.perf_counter() - began)

    def first(self, path: str) -> float | None:
        """Seconds until the first byte of content, None for 429; the connection is of no more use."""
        began = time.perf_counter()
        self._wire.sendall(f"GET {path} HTTP/1.1\r\n{self._told}\r\n".encode())
        head, rest = self._head()
        if " 429 " in head.split("\r\n")[0]:
            return None
        if " 200 " not in head.split("\r\n")[0]:
            raise ConnectionError(head)
        if not rest:
            self._more(1)
        return time.perf_counter() - began

    def _head(self) -> tuple[str, bytes]:
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += self._more(65_536)
        head, _, rest = raw.partition(b"\r\n\r\n")
        return head.decode("latin-1"), rest

    def _more(self, most: int) -> bytes:
        got = self._wire.recv(most)
        if not got:
            raise ConnectionError("the answer broke off")
        return got

    def _counted(self, length: int, rest: bytes) -> int:
        left = length - len(rest)
        while left:
            got = self._wire.recv_into(self._into[: min(left, PIECE)])
            if not got:
                raise ConnectionError(f"the answer broke off {left} bytes before its end")
            left -= got
        return length

    def _unchunked(self, held: bytes) -> int:
        found = 0
        while True:
            while b"\r\n" not in held:
                held += self._more(65_536)
            line, _, held = held.partition(b"\r\n")
            size = int(line, 16)
            if len(held) < size + 2:
                self._counted(size + 2, held)
                held = b""
            else:
                held = held[size + 2 :]
            if not size:
                return found
            found += size
