"""Progress of long work in words: rows, bytes, rate and the estimated rest, said every so many seconds."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told, and how often."""

    tell: Callable[[str], None]
    every: float
    """Seconds between two words."""
    steps: bool = False
    """Whether each step is told when it begins, as where a person watches."""

    def begins(self, step: str) -> None:
        """A step begins."""
        if self.steps:
            self.tell(step)


LOGGED = Listener(logging.getLogger(__name__).info, 30.0)
"""Airflow shows it in the log of the task."""


@dataclass(slots=True)
class Progress:
    """A meter of one landing (`connectors.landing.progress.Meter`)."""

    listener: Listener
    expected: int | None = None
    """As many rows as the last time; None where there was none."""
    clock: Callable[[], float] = time.monotonic
    rows: int = 0
    size: int = 0
    _began: float = field(init=False)
    _last: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self._last = self.clock()

    def moved(self, rows: int, size: int) -> None:
        """Counts, and tells where it is time."""
        self.rows += rows
        self.size += size
        now = self.clock()
        if now - self._last >= self.listener.every:
            self._last = now
            self.listener.tell(self.line(now))

    def line(self, now: float) -> str:
        """`120,000 rows · 43 MB · 61,000 rows/s · about 12 s left, if there are 250,000 as last time`."""
        spent = max(now - self._began, 1e-9)
        rate = self.rows / spent
        told = [f"{self.rows:,} rows", f"{self.size / 1e6:,.0f} MB", f"{rate:,.0f} rows/s"]
        if self.expected and self.expected > self.rows and rate:
            left = duration((self.expected - self.rows) / rate)
            told.append(f"about {left} left, if there are {self.expected:,} as last time")
        return " · ".join(told)


@dataclass(slots=True)
class Fetching:
    """A meter of far files, one after another (`connectors.places.fetching.Meter`)."""

    listener: Listener
    clock: Callable[[], float] = time.monotonic
    _name: str = ""
    _at: int = 0
    _from: int = 0
    _began: float = 0.0
    _last: float = field(init=False)

    def __post_init__(self) -> None:
        self._last = self.clock()

    def fetched(self, name: str, size: int, of: int | None) -> None:
        """Tells where it is time; the rate is that since the first piece, and since a file was begun anew."""
        now = self.clock()
        if name != self._name or size < self._at:
            self._name, self._from, self._began = name, size, now
        self._at = size
        if now - self._last >= self.listener.every:
            self._last = now
            self.listener.tell(self.line(of, now))

    def line(self, of: int | None, now: float) -> str:
        """`fetching 人口.csv · 120 of 400 MB · 11.0 MB/s · about 26 s left`."""
        rate = (self._at - self._from) / (now - self._began) if now > self._began else 0.0
        unit, called = (1e6, "MB") if max(self._at, of or 0) >= 1e6 else (1e3, "KB")
        told = [
            f"fetching {self._name}",
            f"{self._at / unit:,.0f} of {of / unit:,.0f} {called}" if of else f"{self._at / unit:,.0f} {called}",
        ]
        if rate:
            told.append(f"{rate / 1e6:,.1f} MB/s")
        if rate and of:
            told.append(f"about {duration((of - self._at) / rate)} left")
        return " · ".join(told)


def duration(seconds: float) -> str:
    """`12 s`, `3 min`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    if whole < 90 * 60:
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
