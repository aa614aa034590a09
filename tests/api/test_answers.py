"""Streams that nobody reads to the end: what they hold is given back, and nothing runs on."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from api.answers import AHEAD, Held


class Source:
    """Pieces that are made as slowly as they are let."""

    def __init__(self) -> None:
        self.making, self.go_on = threading.Event(), threading.Event()
        self.closed = False

    def pieces(self) -> Iterator[bytes]:
        """One at once, the next when it may."""
        try:
            yield b"first"
            self.making.set()
            assert self.go_on.wait(60)
            yield b"second"
            yield b"third"
        finally:
            self.closed = True


def answer(source: Source, given: list[str]) -> Held:
    return Held(source.pieces(), lambda: given.append("back"), headers={}, media_type="text/plain")


SCOPE = {"type": "http", "method": "GET", "asgi": {"spec_version": "2.3"}}


async def _gone_while_a_piece_is_made(source: Source, given: list[str]) -> list[Any]:
    sent: list[Any] = []
    gone = asyncio.Event()

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    running = asyncio.create_task(answer(source, given)(SCOPE, receive, send))
    assert await asyncio.to_thread(source.making.wait, 60)
    gone.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not given  # a thread still works in the source
    source.go_on.set()
    await running
    return sent


def test_a_reader_that_goes_away_while_a_piece_is_made_gives_the_slot_back() -> None:
    source, given = Source(), list[str]()
    sent = asyncio.run(_gone_while_a_piece_is_made(source, given))
    assert (given, source.closed) == (["back"], True)
    assert all(message.get("more_body", True) for message in sent)  # it never looks finished


def test_a_reader_that_stands_still_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Held, "patience", 0.01)
    source, given = Source(), list[str]()
    source.go_on.set()

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(answer(source, given)(SCOPE, receive, send))
    assert (given, source.closed) == (["back"], True)


def test_no_more_pieces_are_made_than_are_sent_and_two_ahead() -> None:
    made, sent = list[int](), list[int]()

    def pieces() -> Iterator[bytes]:
        for number in range(20):
            made.append(number)
            yield b"%d" % number

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        if message.get("body"):
            await asyncio.sleep(0.01)  # whoever could run on has the time for it
            sent.append(int(message["body"]))
            assert len(made) <= len(sent) + AHEAD

    asyncio.run(Held(pieces(), lambda: None, headers={}, media_type="text/plain")(SCOPE, receive, send))
    assert sent == made == list(range(20))


def test_what_fails_in_the_middle_goes_up_and_gives_the_slot_back() -> None:
    given, sent = list[str](), list[Any]()

    def pieces() -> Iterator[bytes]:
        yield b"first"
        raise ValueError("broken")

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    held = Held(pieces(), lambda: given.append("back"), headers={}, media_type="text/plain")
    with pytest.raises(ValueError, match="broken"):
        asyncio.run(held(SCOPE, receive, send))
    assert given == ["back"]
    assert [message.get("body") for message in sent] == [None, b"first"]
