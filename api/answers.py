"""Answers that carry rows: their headers, and streams that give back what they hold however they end."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from anyio import CancelScope
from fastapi.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Authorization, Accept, Accept-Encoding, Accept-Language"}
"""No shared cache may keep or mix up answers of different callers."""

AHEAD = 3
"""Pieces that are in the making, or made, besides the one that is sent: about one row group of an Arrow stream."""
SLOWEST = 16 * 1024
"""Bytes a second: who reads slower than that is cut off."""


class Held(StreamingResponse):
    """A stream whose source is closed, and whose scan slot is free again, when the answer is over or broken off."""

    patience: ClassVar[float] = 30.0
    """Seconds that a reader may stand still, besides the time that `SLOWEST` gives it."""

    def __init__(
        self, chunks: Iterator[bytes], give_back: Callable[[], None], *, headers: Mapping[str, str], media_type: str
    ) -> None:
        super().__init__(chunks, headers=dict(headers), media_type=media_type)
        self._chunks = chunks
        self._give_back = give_back

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all. A fault in the middle goes up, so that the server cuts the connection without an end mark.

        So does a reader that takes nothing any more: it would keep its slot from everybody else.
        """

        async def patiently(message: Message) -> None:
            async with asyncio.timeout(self.patience + len(message.get("body", b"")) / SLOWEST):
                await send(message)

        try:
            await super().__call__(scope, receive, patiently)
        finally:
            try:
                close = getattr(self._chunks, "close", None)
                if close is not None:
                    close()
            finally:
                self._give_back()

    async def stream_response(self, send: Send) -> None:
        """While one piece is sent, the next ones are made, by a thread that waits for nobody in between."""
        making, loop = ThreadPoolExecutor(1, "stream"), asyncio.get_running_loop()
        coming = deque(loop.run_in_executor(making, next, self._chunks, None) for _ in range(AHEAD))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while (piece := await asyncio.shield(coming[0])) is not None:
                coming.popleft()
                coming.append(loop.run_in_executor(making, next, self._chunks, None))
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            making.shutdown(wait=False, cancel_futures=True)
            with CancelScope(shield=True):  # the source may not be closed while a thread works in it
                await asyncio.gather(*coming, return_exceptions=True)


def begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, of which the first two exist already: a fault in them still has a status."""
    return _joined([piece for _, piece in zip(range(2), chunks, strict=False)], chunks)


def _joined(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    while first:
        yield first.pop(0)  # nobody holds on to it
    yield from rest


def unchanged(etag: str, if_none_match: str) -> bool:
    """Whether the caller has this very answer already."""
    told = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in told or "*" in told


def row_headers(receipt: str, version: int, etag: str, name: str) -> dict[str, str]:
    """What every answer with rows carries; `name` is that of the file that they make, empty for none."""
    headers = {"Yishu-Receipt": receipt, "Yishu-Version": str(version), "ETag": etag, **PRIVATE}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return headers


def bare(status: int, headers: Mapping[str, str], media_type: str) -> Response:
    """Headers without a body: HEAD and 304."""
    answer = Response(status_code=status, headers=dict(headers), media_type=media_type)
    if "content-length" in answer.headers:
        del answer.headers["content-length"]
    return answer
