"""How gently a department's system is asked: at which hours, how many rows a second, how many pulls at once."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

EXPECTED = "a span of the day such as 20:00-06:00, from 00:00 to 24:00"
SLOTS = 2
"""Pulls at once from one system where no contract says how many."""
HOURS = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
"""Pattern of such a span."""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """What the system's owner allows; nothing said means nothing limited."""

    hours: tuple[str, ...] = ()
    """Spans of the day, Asia/Shanghai, e.g. `20:00-06:00`; one that ends before it begins passes midnight."""
    rows_per_second: int = 0
    """Of one pull; 0: as fast as the source gives them."""
    slots: int = 0
    """Pulls at once from the system; 0: as many as its pool has."""

    def open(self, local: datetime) -> bool:
        """Whether the system may be asked at this moment, told on the clock of Asia/Shanghai."""
        return not self.hours or any(_within(local.time(), *_ends(one)) for one in self.hours)

    def opening(self, local: datetime) -> datetime:
        """The first moment from this one on at which it may be asked, on the same clock."""
        if self.open(local):
            return local
        starts = [datetime.combine(local.date(), _ends(one)[0], local.tzinfo) for one in self.hours]
        return min(start if start >= local else start + timedelta(days=1) for start in starts)


NO_LIMITS = SourceLimits()


def checked_hours(text: str) -> str:
    """The span as it stands; ValueError says what was found and expected."""
    if not re.fullmatch(HOURS, text) or len(set(text.split("-"))) == 1:
        raise ValueError(f"found {text!r}, expected {EXPECTED}")
    return text


def _ends(hours: str) -> tuple[time, time]:
    """Both ends; midnight at the end of a day is `time.max`, since nothing is after it."""
    low, high = hours.split("-")
    return time.fromisoformat(low), time.max if high == "24:00" else time.fromisoformat(high)


def _within(clock: time, low: time, high: time) -> bool:
    if high == time.max:
        return clock >= low
    return low <= clock < high if low < high else clock >= low or clock < high
