"""A real web server of this process that hands out files, with sign-in, ranges, tags; it can be told to break off."""

import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from schemas.connection import Connection
from tests.connectors.far_place import LOGIN, PASSWORD, FarPlace, in_background

BASIC = "Basic " + b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
BLOCK = 1 << 14
MOVED = {
    "signed.csv": "http://127.0.0.1:PORT/drop/far.csv?signature=a-secret",
    "near.csv": "http://127.0.0.1:PORT/drop/people_20261120.csv",
    "far.csv": "http://localhost:PORT/drop/people_20261120.csv",
    "door.csv": "http://127.0.0.1:1/drop/people_20261120.csv",
    "round.csv": "/drop/round.csv",
}
"""Names that lead elsewhere."""


class Files(BaseHTTPRequestHandler):
    """One request; what a test may change stands in the class that `web_server` makes of it."""

    protocol_version = "HTTP/1.1"
    place: FarPlace
    timeout = 30
    ranges, tags, head, zone = True, True, True, True

    def do_HEAD(self) -> None:
        if self.head:
            self.serve(body=False)
        else:
            self.answer(405, {})

    def do_GET(self) -> None:
        self.serve(body=True)

    def serve(self, *, body: bool) -> None:
        name = unquote(self.path.partition("?")[0]).removeprefix("/drop/")
        file = self.place.folder / name
        if name in MOVED:
            self.answer(302, {"Location": MOVED[name].replace("PORT", str(self.place.connection.port))})
        elif self.headers.get("Authorization") != BASIC:
            self.answer(401, {})
        elif not file.is_file():
            self.answer(404, {})
        else:
            self.give(name, file, body=body)

    def give(self, name: str, file: Path, *, body: bool) -> None:
        content, told = file.read_bytes(), file.stat()
        headers = {"Last-Modified": formatdate(told.st_mtime, usegmt=True)} if self.tags else {}
        if not self.zone:
            headers = {name: value.removesuffix(" GMT") for name, value in headers.items()}
        elif self.tags:
            headers["ETag"] = f'"{told.st_mtime_ns:x}-{told.st_size:x}"'
        start = self.start(headers)
        headers["Content-Length"] = str(len(content) - start)
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.head_of(206 if start else 200, headers)
        if body:
            self.place.begun(name, start)
            self.send(content, start)

    def start(self, headers: dict[str, str]) -> int:
        wanted, same = self.headers.get("Range", ""), self.headers.get("If-Range")
        if not self.ranges or not wanted or same not in headers.values():
            return 0
        return int(wanted.removeprefix("bytes=").rstrip("-"))

    def send(self, content: bytes, start: int) -> None:
        end = self.place.ended(0, len(content))
        with suppress(ConnectionError):  # a reader that has seen enough
            for offset in range(start, len(content), BLOCK):
                if self.place.cut_before(offset + BLOCK) or offset >= end:
                    self.close_connection = True
                    return
                self.wfile.write(content[offset : offset + BLOCK])

    def answer(self, status: int, headers: dict[str, str]) -> None:
        self.head_of(status, {**headers, "Content-Length": "0"})

    def head_of(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def web_server(folder: Path, tls: Path | None = None, **told: bool) -> Iterator[FarPlace]:
    """It listens while the block runs; `told`: `ranges`, `tags`, `head`, `zone`, known unless told otherwise."""
    place = FarPlace(folder, Connection("web", "http"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Files,), {"place": place, **told}))
    port = server.server_address[1]
    place.connection = Connection("web", "http", "127.0.0.1", port, LOGIN, PASSWORD, "", {"folder": "/drop"})
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        authority = "".join(tls.read_text().partition("-----BEGIN CERT")[1:])
        extra = {"folder": "/drop", "ca": authority}
        place.connection = Connection("web", "https", "localhost", port, LOGIN, PASSWORD, "", extra)
    with in_background(lambda: server.serve_forever(0.01), server.shutdown):
        yield place
    server.server_close()
