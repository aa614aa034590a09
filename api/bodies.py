"""No body of a request is longer than a limit: more is refused before it is held in memory; plain ASGI."""

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 1 << 20
"""Bytes; what is asked here is a page of JSON at most."""
TO_DISK = re.compile(r"/api/v1/datasets/[^/]+/records")
"""What is posted there goes to disk as it comes, within a limit of its own."""


class Bodies:
    """Middleware: whoever reads a body beyond `LARGEST` finds a 413 instead; who reads none is not disturbed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or (scope["method"] == "POST" and TO_DISK.fullmatch(scope["path"])):
            await self.app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "0")
        announced, read = int(told) if told.isdecimal() else 0, 0

        async def within() -> Message:
            nonlocal read
            message: Message = await receive() if announced <= LARGEST else {}
            read += len(message.get("body", b""))
            if max(announced, read) > LARGEST:
                raise HTTPException(413)
            return message

        await self.app(scope, within, send)
