"""An S3 server of its own for the tests, in another environment, and a line to it that can be cut at any byte."""

import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import NoReturn

import pytest

from tests.clients.environment import NotMade, environment
from tests.postgres import free_port

LOCK = Path(__file__).parent / "clients" / "s3_server.lock"
WAIT = 60
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_EC2_METADATA_DISABLED": "true"}
"""What every process that asks the server has in its environment."""


@dataclass(frozen=True, slots=True)
class S3:
    """A running server on loopback."""

    port: int
    scheme: str = "http"

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def make_bucket(self) -> str:
        """A fresh bucket of its own name."""
        name = f"lake-{secrets.token_hex(6)}"
        with urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/{name}", method="PUT"), timeout=WAIT):
            return name


@contextmanager
def running(log: Path, tls: Path | None = None) -> Iterator[S3]:
    """Start a server on a free port and wait until it answers; stop it at the end. `tls` holds key and certificate."""
    server = S3(free_port(), "https" if tls else "http")
    command = [str(environment(LOCK) / "moto_server"), "-H", "127.0.0.1", "-p", str(server.port)]
    command += ["-c", str(tls), "-k", str(tls)] if tls else []
    with log.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=told, env=os.environ | KEYS) as process:
        try:
            _wait(server, process, log)
            yield server
        finally:
            process.kill()


def _wait(server: S3, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), WAIT):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the S3 server did not start: {log.read_text()[-500:]}")


def not_made(wrong: NotMade) -> NoReturn:
    """Skipped loudly, an error under CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(wrong))
    pytest.skip(f"NOT TESTED ON S3: {wrong}")


class Tap:
    """Passes everything on between clients and a server, until so many bytes of answers have gone through."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._left: int | None = None
        self._lock = Lock()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self, after: int = 0) -> None:
        """Let so many bytes of answers through, then nothing, on no connection."""
        with self._lock:
            self._left = after

    def mend(self) -> None:
        """Let everything through again."""
        with self._lock:
            self._left = None

    def close(self) -> None:
        """Let go of everything."""
        self._listening.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._to), timeout=WAIT)
                self._open += [client, server]
                Thread(target=self._pass, args=(client, server), daemon=True).start()
                Thread(target=self._pass, args=(server, client), kwargs={"answers": True}, daemon=True).start()

    def _pass(self, source: socket.socket, to: socket.socket, *, answers: bool = False) -> None:
        with suppress(OSError):
            while piece := source.recv(1 << 16):
                let = self._let(len(piece)) if answers else len(piece)
                to.sendall(piece[:let])
                if let < len(piece):
                    break
        for one in (source, to):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _let(self, size: int) -> int:
        with self._lock:
            if self._left is None:
                return size
            let = min(size, self._left)
            self._left -= let
            return let
