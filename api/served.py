"""How an answer ended is on record too: bytes, rows, digest and outcome, a second receipt that nobody waits for."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

from anyio import CancelScope
from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PLACES = ("/api/", "/delta-sharing/")
"""Answers of machines. Pages that show figures say so in their first receipt, which is one a view."""
COMPLETE = "complete"
ROWS = "served_rows"
FILE = "served_file"
HANDED = "served_by_nginx"
LARGE = 64 << 10
"""From so many bytes on a piece is hashed in a thread while it is sent, so that nobody waits for that."""
KNOWN = 4_096
"""Files whose SHA-256 is remembered."""


Hashing = asyncio.Future["hashlib._Hash"]


class Served:
    """Middleware: an answer that has a receipt leaves a second when it ends, complete or aborted; plain ASGI.

    An answer whose second receipt is missing (the process was killed) is to be taken as delivered whole.
    A file that was sent whole before is not hashed again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._known: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith(PLACES):
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        answer = Answer()

        async def counted(message: Message) -> None:
            await answer.settle()
            hashing = answer.hashing(message)
            await send(message)
            if message["type"] == "http.response.start":
                answer.known = self._known.get(state.get(FILE, ""), "")
            answer.take(message, hashing)

        try:
            await self.app(scope, receive, counted)
        finally:
            if answer.number:
                with CancelScope(shield=True):
                    await answer.settle()
                told = answer.told(state.get(ROWS), state.get(HANDED))
                self._remember(state.get(FILE, ""), told)
                desk = scope["app"].state.desk
                desk.shelf.receipts.served(answer.number, told, desk.now())

    def _remember(self, file: str, told: Mapping[str, Any]) -> None:
        if file and "sha256" in told and told["outcome"] == COMPLETE:
            while len(self._known) >= KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[file] = told["sha256"]


class Answer:
    """What has left so far."""

    def __init__(self) -> None:
        self.number = ""
        self.status = 0
        self.bytes = 0
        self.whole = False
        self.known = ""
        """SHA-256 of the whole, where it is known before it leaves."""
        self._digest = hashlib.sha256()
        self._hashing: Hashing | None = None
        """The digest with the last piece."""

    async def settle(self) -> None:
        """The last piece that left is in the digest."""
        if self._hashing is not None:
            self._digest, self._hashing = await asyncio.shield(self._hashing), None

    def hashing(self, message: Message) -> "Hashing | None":
        """The digest with a large piece, in the making while the piece is sent and the next one asked for."""
        piece = message.get("body", b"")
        if not self.number or self.known or len(piece) < LARGE:
            return None
        return asyncio.get_running_loop().run_in_executor(None, self._hashed, piece)

    def _hashed(self, piece: bytes) -> "hashlib._Hash":
        digest = self._digest.copy()
        digest.update(piece)
        return digest

    def take(self, message: Message, hashing: "Hashing | None" = None) -> None:
        """A message that was handed to the server, and the digest with it where that is in the making."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            number = Headers(raw=message["headers"]).get("yishu-receipt", "")
            self.number = number if self.status < 400 else ""
        elif message["type"] == "http.response.body" and self.number:
            piece = message.get("body", b"")
            self.bytes += len(piece)
            self._hashing = hashing
            if not self.known and hashing is None:
                self._digest.update(piece)
            self.whole = not message.get("more_body", False)

    def told(self, rows: int | None, handed: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """For the receipt. `sha256_whole` stands for a known file of which only the first bytes left."""
        facts: dict[str, Any] = {"status": self.status, "bytes": self.bytes}
        name = "sha256" if self.whole or not self.known else "sha256_whole"
        ended = {name: self.known or self._digest.hexdigest(), "outcome": COMPLETE if self.whole else "aborted"}
        return facts | dict(handed or ended) | ({} if rows is None else {"rows": rows})


def file(request: Request, digest: str) -> None:
    """The answer is the whole file of that digest: equal digests, equal bytes."""
    request.scope.setdefault("state", {})[FILE] = digest


def count(request: Request, rows: int) -> None:
    """So many rows more are on their way out with this answer."""
    state = request.scope.setdefault("state", {})
    state[ROWS] = state.get(ROWS, 0) + rows


def hand_over(request: Request, sha256: str, size: int) -> None:
    """The body is sent by somebody else: a file of that digest and size, or the range of it that was asked for."""
    told = {"sha256_whole": sha256, "bytes": size, "outcome": "handed over"}
    request.scope.setdefault("state", {})[HANDED] = told
