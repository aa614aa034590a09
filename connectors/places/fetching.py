"""How far the copy of a far file is: a meter that hears of every piece, where somebody listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Meter(Protocol):
    """Whoever wants to know. Called once for each piece that came, on the thread that fetches: be quick."""

    def fetched(self, name: str, size: int, of: int | None) -> None:
        """So many bytes of a file are here; None where its place does not tell how many there are."""
        ...


_METER: ContextVar[Meter | None] = ContextVar("fetching", default=None)


@contextmanager
def told_to(meter: Meter) -> Iterator[None]:
    """What is fetched within is told to this meter."""
    before = _METER.set(meter)
    try:
        yield
    finally:
        _METER.reset(before)


def fetched(name: str, size: int, of: int | None) -> None:
    """Tells the meter, if there is one."""
    if (meter := _METER.get()) is not None:
        meter.fetched(name, size, of)
