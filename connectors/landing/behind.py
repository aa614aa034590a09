"""Writes parts in a thread of its own, a little behind what is read: encoding and reading use two processors."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from connectors.landing.parts import PartWriter
from schemas.journey import Part

BEHIND = 3
"""At most as many batches wait to be written."""


class Behind:
    """A writer of parts and its thread; what goes wrong there is raised by a later call here."""

    def __init__(self, writer: PartWriter) -> None:
        self._writer = writer
        self._thread = ThreadPoolExecutor(1, "parts")
        self._waiting: deque[Future[None]] = deque()

    def write(self, rows: pa.RecordBatch) -> None:
        """Takes some rows; waits while too many are not written yet."""
        self._waiting.append(self._thread.submit(self._writer.write, rows))
        self._settle(BEHIND)

    def close(self, *, at_least_one: bool) -> tuple[Part, ...]:
        """All parts, once all is written."""
        self._settle(0)
        return self._writer.close(at_least_one=at_least_one)

    def abandon(self) -> None:
        """Ends the thread and lets go of the open file; what was written is of no use."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._writer.abandon()

    def _settle(self, left: int) -> None:
        while len(self._waiting) > left:
            self._waiting.popleft().result()
