"""Headers that every answer carries, and the count of answers; plain ASGI, so that streams stay streams."""

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.counters import Counters

ALWAYS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
UNSHARED = {"Cache-Control": "private, no-store", "Vary": "Authorization, Accept-Language"}
"""What answers of the API say that say nothing themselves: no cache keeps them or mixes callers up."""
PLACES = (
    "/api/",
    "/datasets",
    "/elements",
    "/static/",
    "/login",
    "/logout",
    "/docs",
    "/openapi.json",
    "/healthz",
    "/readyz",
)


class Headers:
    """Middleware: adds `ALWAYS` to each answer and counts it by kind of path and status."""

    def __init__(self, app: ASGIApp, counters: Counters) -> None:
        self.app = app
        self.counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = ["aborted"]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = str(message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in (ALWAYS | UNSHARED if scope["path"].startswith("/api/") else ALWAYS).items():
                    headers.setdefault(name, value)
            await send(message)

        begun = time.perf_counter()
        try:
            await self.app(scope, receive, with_headers)
        finally:
            place = place_of(scope["path"])
            self.counters.add("yishu_requests_total", place=place, status=status[0])
            self.counters.add("yishu_seconds_total", time.perf_counter() - begun, place=place)


def place_of(path: str) -> str:
    """The kind of path, a label out of a closed list."""
    return next((p.strip("/") for p in PLACES if path.startswith(p)), "/" if path == "/" else "other")
