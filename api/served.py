"""How an answer ended is on record too: bytes, rows, digest and outcome, a second receipt that nobody waits for."""

import hashlib
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PLACES = ("/api/", "/delta-sharing/")
"""Answers of machines. Pages that show figures say so in their first receipt, which is one a view."""
ROWS = "served_rows"


class Served:
    """Middleware: an answer that has a receipt leaves a second when it ends, complete or aborted; plain ASGI.

    An answer whose second receipt is missing (the process was killed) is to be taken as delivered whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith(PLACES):
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        answer = Answer()

        async def counted(message: Message) -> None:
            await send(message)
            answer.take(message)

        try:
            await self.app(scope, receive, counted)
        finally:
            if answer.number:
                desk = scope["app"].state.desk
                desk.shelf.receipts.served(answer.number, answer.told(state.get(ROWS)), desk.now())


class Answer:
    """What has left so far."""

    def __init__(self) -> None:
        self.number = ""
        self.status = 0
        self.bytes = 0
        self.whole = False
        self._digest = hashlib.sha256()

    def take(self, message: Message) -> None:
        """A message that was handed to the server."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            number = Headers(raw=message["headers"]).get("yishu-receipt", "")
            self.number = number if self.status < 400 else ""
        elif message["type"] == "http.response.body" and self.number:
            piece = message.get("body", b"")
            self.bytes += len(piece)
            self._digest.update(piece)
            self.whole = not message.get("more_body", False)

    def told(self, rows: int | None) -> dict[str, Any]:
        """For the receipt."""
        outcome = "complete" if self.whole else "aborted"
        facts = {"status": self.status, "bytes": self.bytes, "sha256": self._digest.hexdigest(), "outcome": outcome}
        return facts | ({} if rows is None else {"rows": rows})


def count(request: Request, rows: int) -> None:
    """So many rows more are on their way out with this answer."""
    state = request.scope.setdefault("state", {})
    state[ROWS] = state.get(ROWS, 0) + rows
