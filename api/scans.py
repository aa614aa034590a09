"""How many scans of data run at once: a fixed number of slots, and a clear refusal beyond it."""

import os
from collections.abc import Callable
from threading import BoundedSemaphore, Lock

from schemas.errors import Busy


class Scans:
    """Slots for scans; two for each core unless told otherwise."""

    def __init__(self, slots: int | None = None) -> None:
        self.slots = slots if slots is not None else 2 * (os.cpu_count() or 1)
        self._free = BoundedSemaphore(self.slots)

    def take(self) -> Callable[[], None]:
        """Take a slot; the answer gives it back, however often it is called. Raises Busy when all are taken."""
        if not self._free.acquire(blocking=False):
            raise Busy(f"{self.slots} scans are running, which is the limit here; try again in a second")
        lock = Lock()
        held = [True]

        def give_back() -> None:
            with lock:
                if held:
                    held.clear()
                    self._free.release()

        return give_back
