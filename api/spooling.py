"""The body of a request goes to disk as it comes: within a limit, and not more slowly than is bearable."""

import asyncio
from typing import BinaryIO

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.answers import SLOWEST
from schemas.errors import BadAsk, TooLarge

PATIENCE = 30.0
"""Seconds that a sender may stand still, besides the time that `SLOWEST` gives it."""
PIECE = 1 << 20
"""Bytes that are held in memory at most, nearly."""


async def spool(request: Request, to: BinaryIO, largest: int, patience: float = PATIENCE) -> None:
    """The whole body into a file; TooLarge beyond `largest` bytes, BadAsk where it does not come to its end in time."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > largest:
        raise TooLarge(f"body: found {announced} bytes, expected at most {largest}; split it")
    loop = asyncio.get_running_loop()
    began, size, held = loop.time(), 0, bytearray()
    stream = request.stream()
    try:
        while True:
            left = began + patience + size / SLOWEST - loop.time()
            piece = await asyncio.wait_for(anext(stream, None), max(left, 0))
            if piece is None:
                break
            size += len(piece)
            if size > largest:
                raise TooLarge(f"body: found more than {largest} bytes, which is the limit; split it")
            held += piece
            if len(held) >= PIECE:
                await run_in_threadpool(to.write, bytes(held))
                held.clear()
    except TimeoutError:
        raise BadAsk(
            f"body: {size} bytes came in {loop.time() - began:.0f} seconds, which is too slow; send it again"
        ) from None
    except ClientDisconnect:
        raise BadAsk("body: broken off before its end; send it again with the same Idempotency-Key") from None
    await run_in_threadpool(to.write, bytes(held))
