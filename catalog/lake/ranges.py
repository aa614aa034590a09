"""Byte ranges of far files in their order: a few requests at once, those that nearly touch in one."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from catalog.lake.bucket import Far

GET = 4 << 20
"""Bytes of one request at most…"""
AT_ONCE = 4
"""…of which so many are on their way, or wait to be passed on."""
GAP = 128 << 10
"""Bytes that nobody wants are fetched along up to here: that is sooner than another request."""

Range = tuple[Far, int, int]
"""File, offset and length."""


@dataclass(slots=True)
class _Request:
    """One stretch of a file, and what of it is wanted: offsets from its start, and lengths."""

    far: Far
    start: int
    length: int
    wanted: list[tuple[int, int]]

    def takes(self, far: Far, start: int, most: int) -> bool:
        """Whether a range that begins there may be fetched along."""
        end = self.start + self.length
        return far == self.far and end <= start <= end + GAP and start - self.start < most

    def pieces(self, found: bytes) -> Iterator[bytes]:
        """The bytes that are wanted of those that came."""
        for start, length in self.wanted:
            yield found if length == len(found) else found[start : start + length]


def copied(ranges: Iterable[Range], most: int = GET) -> Iterator[bytes]:
    """The bytes of all ranges, one after the other; `AT_ONCE` requests of `most` bytes are in memory at most.

    NotReady where a file is gone or too short, LakeUnreachable where nobody answers.
    """
    pool = ThreadPoolExecutor(AT_ONCE, "ranges")
    waiting: deque[tuple[_Request, Future[bytes]]] = deque()
    try:
        for request in _requests(ranges, most):
            waiting.append((request, pool.submit(request.far.read, request.start, request.length)))
            if len(waiting) == AT_ONCE:
                yield from _first(waiting)
        while waiting:
            yield from _first(waiting)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _first(waiting: deque[tuple[_Request, Future[bytes]]]) -> Iterator[bytes]:
    request, coming = waiting.popleft()
    return request.pieces(coming.result())


def _requests(ranges: Iterable[Range], most: int) -> Iterator[_Request]:
    request: _Request | None = None
    for far, start, length in ranges:
        place, end = start, start + length
        while place < end:
            if request is None or not request.takes(far, place, most):
                if request is not None:
                    yield request
                request = _Request(far, place, 0, [])
            stop = min(end, request.start + most)
            request.wanted.append((place - request.start, stop - place))
            request.length = stop - request.start
            place = stop
    if request is not None:
        yield request
