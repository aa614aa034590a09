"""The health department's paged REST API of the demo city: `python -m demo.health_api STORE`, loopback only.

`GET /api/checkups?page=1&size=2000` with `Authorization: Bearer <token>` answers
`{"code": 0, "data": {"items": [...], "page": 1, "total": 20012}}`. Now and then it says 429 with `Retry-After`, as
busy systems do. The token comes by the environment (`DEMO_HEALTH_TOKEN`), the port is told on standard output, and
the end of standard input ends it, so that it never outlives who started it.
"""

import hmac
import json
import os
import sqlite3
import sys
import threading
from collections.abc import Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demo.health import COLUMNS, TABLE

PATH = "/api/checkups"
TOKEN = "DEMO_HEALTH_TOKEN"  # noqa: S105 - the name of a variable
LARGEST = 5000
NUMBERS = ("age", "systolic", "diastolic")


class Store:
    """The check-ups by page, and how often the server is too busy to give them."""

    def __init__(self, file: Path, token: str, busy: tuple[int, ...] = (3, 7)) -> None:
        self._file = file
        self._token = token
        self._busy = busy
        self._asked = 0
        self._lock = threading.Lock()

    def knows(self, authorization: str) -> bool:
        """Whether the header carries the token."""
        return hmac.compare_digest(authorization.encode(), f"Bearer {self._token}".encode())

    def too_busy(self) -> bool:
        """True for the 3rd and the 7th ask, whoever asks."""
        with self._lock:
            self._asked += 1
            return self._asked in self._busy

    def page(self, number: int, size: int) -> dict[str, Any]:
        """One page, from 1, in the order of entry; past the end it is empty."""
        last = number * size
        wanted = f"select {', '.join(COLUMNS)} from {TABLE} where number > ? and number <= ? order by number"
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)) as database:
            rows = database.execute(wanted, (last - size, last)).fetchall()
            total = database.execute(f"select count(*) from {TABLE}").fetchone()[0]
        return {"items": [_item(dict(zip(COLUMNS, row, strict=True))) for row in rows], "page": number, "total": total}


def _item(row: Mapping[str, str | None]) -> dict[str, Any]:
    """As JSON has it: whole numbers, a number with a point, true and false; a word where a clerk typed one."""
    item: dict[str, Any] = dict(row)
    for name in NUMBERS:
        text = row[name] or ""
        item[name] = int(text) if text.isascii() and text.isdigit() else row[name]
    item["fasting_glucose"] = float(row["fasting_glucose"] or 0)
    item["hypertension"] = row["hypertension"] == "true"
    return item


Answer = tuple[int, Mapping[str, Any], Mapping[str, str]]
"""Status, body, further headers."""


def answer(store: Store, asked: str, authorization: str) -> Answer:
    """What the API says to `GET asked`."""
    path, words = urlsplit(asked).path, parse_qs(urlsplit(asked).query)
    if not store.knows(authorization):
        return 401, {"code": 401, "message": "令牌无效"}, {}
    if path != PATH:
        return 404, {"code": 404, "message": "没有这个接口"}, {}
    if store.too_busy():
        return 429, {"code": 429, "message": "请求过于频繁"}, {"Retry-After": "1"}
    told = words.get("page", ["1"])[0], words.get("size", ["1000"])[0]
    if not all(text.isascii() and text.isdigit() and int(text) for text in told) or int(told[1]) > LARGEST:
        return 400, {"code": 400, "message": f"page 从 1 起，size 为 1 至 {LARGEST}"}, {}
    return 200, {"code": 0, "data": store.page(int(told[0]), int(told[1]))}, {}


def server(store: Store, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1; port 0 takes a free one (`server.server_port` tells which)."""

    class Counter(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, told, headers = answer(store, self.path, self.headers.get("Authorization", ""))
            body = json.dumps(told, ensure_ascii=False).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the demo's logs are for the demo."""

    return ThreadingHTTPServer(("127.0.0.1", port), Counter)


def main() -> None:
    """Serve until standard input ends."""
    serving = server(Store(Path(sys.argv[1]), os.environ[TOKEN]))
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    sys.stdout.write(f"{serving.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    serving.shutdown()


if __name__ == "__main__":
    main()
