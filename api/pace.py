"""How often one system may ask: a bucket of asks that refills by the second, for each credential."""

from collections import OrderedDict
from math import ceil
from threading import Lock

from schemas.errors import Busy


class Pace:
    """At most `burst` asks at once and `rate` a second after that; remembers the systems that asked last."""

    REMEMBERED = 10_000

    def __init__(self, rate: float = 20.0, burst: int = 100, of: str = "verifies") -> None:
        self.rate, self.burst, self.of = rate, burst, of
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Credential -> asks left, and the moment (seconds) that was counted at."""
        self._lock = Lock()

    def take(self, credential: str, moment: float, count: int = 1) -> None:
        """Count so many asks, all or none; raises Busy when the bucket holds fewer. `moment` is in seconds."""
        with self._lock:
            left, before = self._left.pop(credential, (float(self.burst), moment))
            left = min(float(self.burst), left + max(0.0, moment - before) * self.rate)
            allowed = left >= count
            self._left[credential] = (left - count if allowed else left, moment)
            if len(self._left) > self.REMEMBERED:
                self._left.popitem(last=False)
        if not allowed:
            raise Busy(
                f"more than {self.burst} {self.of} at once; {self.rate:g} a second is the limit of one system here",
                after=max(1, ceil((count - left) / self.rate)),
            )
