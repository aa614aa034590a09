"""A department's service on loopback: pages of JSON records, with faults injected by the test."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


@dataclass
class Service:
    """What it answers, and what it was asked."""

    port: int = 0
    records: Sequence[Any] = ()
    faults: list[Answer] = field(default_factory=list)
    """Answered first, one each."""
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: Callable[[dict[str, str]], Answer] | None = None

    def reply(self, parameters: dict[str, str], headers: dict[str, str]) -> Answer:
        self.asked.append(parameters)
        self.headers.append(headers)
        if self.faults:
            return self.faults.pop(0)
        return self.answer(parameters) if self.answer else self.by_number(parameters)

    def by_number(self, parameters: dict[str, str]) -> Answer:
        size = int(parameters["size"])
        start = (int(parameters["page"]) - 1) * size
        return ok({"data": {"items": self.records[start : start + size], "total": len(self.records)}})

    def by_offset(self, parameters: dict[str, str]) -> Answer:
        start = int(parameters["offset"])
        return ok(self.records[start : start + int(parameters["limit"])])

    def by_cursor(self, parameters: dict[str, str]) -> Answer:
        start, size = int(parameters.get("cursor", "0")), int(parameters["limit"])
        more = str(start + size) if start + size < len(self.records) else None
        return ok({"items": self.records[start : start + size], "next": more})


def ok(body: object) -> Answer:
    """JSON in which text that begins with "#" is a bare number, digit for digit."""
    text = json.dumps(body, ensure_ascii=False)
    pieces = text.split('"#')
    text = pieces[0] + "".join(piece.replace('"', "", 1) for piece in pieces[1:])
    return 200, {}, text.encode()


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Service]:
    """A service that listens while the test runs, behind TLS where it is given a certificate."""
    service = Service()

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parameters = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
            service.paths.append(self.path)
            status, headers, body = service.reply(parameters, dict(self.headers))
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            service.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
