"""Takes what waits for us at an MQTT broker into the spool: written, synced, and only then acknowledged."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.streams.link import FENCE, Address, Link, link
from connectors.streams.spool import Kept, Segment, Spool, accepted
from schemas.errors import SourceChanged, SourceUnreachable


@dataclass(frozen=True, slots=True)
class Draining:
    """What to take, and when it is enough."""

    address: Address
    topics: tuple[str, ...]
    epoch: int
    most: int
    """Messages."""
    longest: float
    """Seconds."""
    quiet: float
    """Seconds without a message after which nothing waits any more."""
    now: Callable[[], datetime]


def drain(told: Draining, spool: Spool) -> None:
    """SourceChanged, now and until the epoch is raised, where the broker has lost our session and what waited in it."""
    spool.note(accepted(spool.state, told.epoch))
    if spool.state.lost:
        raise SourceChanged(spool.state.lost)
    with link(told.address) as opened:
        _session(told, spool, opened)
        with spool.segment() as segment:
            _take(told, spool, opened, segment)


def _session(told: Draining, spool: Spool, opened: Link) -> None:
    known = spool.state.topics
    if known and not opened.present:
        lost = (
            f"{told.address.where}: the broker no longer knows the session {told.address.client!r}: what was sent "
            f"since the last window may be lost; ask the department, and say options.epoch: {told.epoch + 1} to go on"
        )
        spool.note(replace(spool.state, lost=lost))
        raise SourceChanged(lost)
    if gone := tuple(topic for topic in known if topic not in told.topics):
        number = opened.give_up(gone)
        opened.until(lambda: number in opened.answers, "unsubscribing")
    if new := tuple(topic for topic in told.topics if topic not in known):
        opened.subscribe(new)
    spool.note(replace(spool.state, topics=told.topics))


def _take(told: Draining, spool: Spool, opened: Link, segment: Segment) -> None:
    fence = _Fence(opened, segment)
    end, heard = time.monotonic() + told.longest, time.monotonic()
    while segment.count < told.most and time.monotonic() < end and time.monotonic() - heard < told.quiet:
        arrived = opened.gather(min(0.1, told.quiet))
        if arrived:
            heard = time.monotonic()
            segment.write(_new(arrived, spool, told.now().isoformat(timespec="milliseconds")))
            for one in arrived:
                opened.client.ack(one.mid, one.qos)
        fence.move()
        if opened.broken:
            raise SourceUnreachable(f"{told.address.where}: {opened.broken}; what came is kept")
    opened.until(fence.closed, "acknowledging")
    if segment.count or spool.unsure:
        segment.end()
        spool.unsure.clear()


def _new(arrived: list[Any], spool: Spool, at: str) -> list[Kept]:
    """Without those that are sent again although they are kept."""
    fresh: list[Kept] = []
    for one in arrived:
        message = Kept(one.topic, at, bytes(one.payload), bool(one.retain), bool(one.dup), int(one.mid))
        if message.duplicate and spool.unsure[message.mark] > 0:
            spool.unsure[message.mark] -= 1
        else:
            fresh.append(message)
    return fresh


class _Fence:
    """Tells which of the acknowledged messages the broker is sure to know of: it answers requests in their order."""

    def __init__(self, opened: Link, segment: Segment) -> None:
        self._opened, self._segment = opened, segment
        self._number, self._count = -1, 0

    def move(self) -> None:
        """Looks for the answer to the last request, and asks anew where more was acknowledged since."""
        if self._opened.answers.pop(self._number, None) is not None:
            self._segment.sure, self._number = self._count, -1
        if self._number < 0 and self._segment.sure < self._segment.count:
            self._count, self._number = self._segment.count, self._opened.give_up((FENCE,))

    def closed(self) -> bool:
        """Whether all of them are sure."""
        self.move()
        return self._number < 0 and self._segment.sure == self._segment.count
