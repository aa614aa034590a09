"""Comparisons that failed: after a few on one subject a credential must wait, so that no value is found by guessing."""

from collections import OrderedDict
from math import ceil
from threading import Lock

Guess = tuple[str, str, str]
"""Credential, dataset, and keyed digest of the subject."""


class Guesses:
    """At most `most` failed comparisons of a subject within `period` seconds, for each credential, in this process."""

    REMEMBERED = 200_000
    """More than one credential can fail within a period at its pace."""

    def __init__(self, most: int = 5, period: float = 3600.0) -> None:
        self.most, self.period = most, period
        self._failed: OrderedDict[Guess, tuple[int, float]] = OrderedDict()
        """How many failed, and when (seconds) the first of them was."""
        self._lock = Lock()

    def take(self, guess: Guess, moment: float) -> int:
        """0, and it counts as failed until `matched` says otherwise; or else the seconds to wait."""
        with self._lock:
            count, since = self._failed.get(guess, (0, moment))
            if moment - since >= self.period:
                count, since = 0, moment
            if count >= self.most:
                return max(1, ceil(since + self.period - moment))
            self._failed[guess] = (count + 1, since)
            self._failed.move_to_end(guess)
            if len(self._failed) > self.REMEMBERED:
                self._failed.popitem(last=False)
            return 0

    def matched(self, guess: Guess) -> None:
        """It did not fail after all."""
        with self._lock:
            count, since = self._failed.get(guess, (0, 0.0))
            if count > 1:
                self._failed[guess] = (count - 1, since)
            else:
                self._failed.pop(guess, None)
