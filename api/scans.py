"""How many scans of data run at once: so many slots, of which one caller gets half, and a clear refusal beyond it."""

import os
from collections import Counter
from collections.abc import Callable
from threading import Lock

from schemas.errors import Busy

PUBLIC = "the public"
"""All callers without a credential share the slots of one."""


class Scans:
    """Slots for scans, two for each core unless told; half of them, rounded up, are the most of one caller."""

    def __init__(self, slots: int | None = None, each: int | None = None, of: str = "scans") -> None:
        self.slots = slots if slots is not None else 2 * (os.cpu_count() or 1)
        self.each = each if each is not None else (self.slots + 1) // 2
        self.of = of
        self._taken: Counter[str] = Counter()
        """Caller -> slots; those of nobody in particular under the empty text."""
        self._lock = Lock()

    def take(self, caller: str = "") -> Callable[[], None]:
        """Take a slot; the answer gives it back, however often it is called. Raises Busy when none is left."""
        with self._lock:
            if self._taken.total() >= self.slots:
                raise Busy(f"{self.slots} {self.of} are running, which is the limit here; try again in a second")
            if caller and self._taken[caller] >= self.each:
                raise Busy(
                    f"{self.each} {self.of} of yours are running, which is the limit for one organisation; "
                    "try again when one has ended"
                )
            self._taken[caller] += 1
        held = [True]

        def give_back() -> None:
            with self._lock:
                if held:
                    held.clear()
                    self._taken[caller] -= 1
                    self._taken += Counter()  # forgets callers without a slot

        return give_back
