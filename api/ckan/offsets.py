"""Where the pages of clients start that count rows: the place behind each offset that a page led to is remembered."""

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from api.pages_of_rows import Place
from api.seal import CURSOR_LIFE


class Offsets:
    """Places by caller, ask and offset, the oldest dropped first. Every ask is decided before it looks here.

    Each serving process has its own: another one walks to the place, with the same result on the same version.
    """

    def __init__(self, most: int = 10_000) -> None:
        self.most = most
        self._places: OrderedDict[str, tuple[datetime, Place]] = OrderedDict()
        self._lock = Lock()

    def put(self, mark: str, place: Place, now: datetime) -> None:
        """The page at this place was told of."""
        with self._lock:
            self._places[mark] = (now + CURSOR_LIFE, place)
            self._places.move_to_end(mark)
            if len(self._places) > self.most:
                self._places.popitem(last=False)

    def at(self, mark: str, now: datetime) -> Place | None:
        """That place, for as long as a cursor would open."""
        with self._lock:
            until, place = self._places.get(mark, (now, None))
        return place if now < until else None
