"""A body goes to disk as it comes; one that is too long, too slow or broken off is refused in words."""

import asyncio
import io
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.requests import Request

from api.spooling import spool
from schemas.errors import BadAsk, TooLarge


def request(pieces: Sequence[bytes], *, pause: float = 0, broken: bool = False, length: str = "") -> Request:
    """A request whose body comes in these pieces, and then ends, breaks off or stands still."""
    waiting = list(pieces)

    async def receive() -> dict[str, Any]:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting) or broken or pause > 0}
        await asyncio.sleep(pause)
        return {"type": "http.disconnect"}

    headers = [(b"content-length", length.encode())] if length else []
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


def spooled(told: Request, largest: int = 1 << 20, patience: float = 5) -> bytes:
    file = io.BytesIO()
    asyncio.run(spool(told, file, largest, patience))
    return file.getvalue()


def test_the_whole_body_is_there_in_its_order() -> None:
    pieces = [bytes([n]) * 1000 for n in range(200)]
    assert spooled(request(pieces)) == b"".join(pieces)


def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    assert spooled(request([b"x" * 10]), largest=10) == b"x" * 10
    with pytest.raises(TooLarge, match="more than 10 bytes"):
        spooled(request([b"x" * 10, b"x"]), largest=10)


def test_what_is_announced_as_too_long_is_not_read_at_all() -> None:
    with pytest.raises(TooLarge, match="found 11 bytes"):
        spooled(request([], broken=True, length="11"), largest=10)


def test_a_sender_that_stands_still_is_let_go() -> None:
    with pytest.raises(BadAsk, match="too slow"):
        spooled(request([b"x"], pause=30), patience=0.1)


def test_a_body_that_breaks_off_is_refused_with_the_advice_to_send_it_again() -> None:
    with pytest.raises(BadAsk, match="same Idempotency-Key"):
        spooled(request([b"x"], broken=True))
