"""How far a landing is: a meter that hears of every batch, where somebody listens; nothing where nobody does."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from connectors.protocol import Batch


class Meter(Protocol):
    """Whoever wants to know how far a landing is. Called once a batch, on the landing's own thread: be quick."""

    def moved(self, rows: int, size: int) -> None:
        """So many rows more have been read, of so many bytes in memory."""
        ...


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def told_to(meter: Meter) -> Iterator[None]:
    """What is landed within is told to this meter."""
    before = _METER.set(meter)
    try:
        yield
    finally:
        _METER.reset(before)


def counted(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, each told to the meter once it has been dealt with."""
    meter = _METER.get()
    return batches if meter is None else _counted(batches, meter)


def _counted(batches: Iterator[Batch], meter: Meter) -> Iterator[Batch]:
    for batch in batches:
        yield batch
        meter.moved(batch.rows.num_rows + len(batch.misfits), batch.rows.nbytes)
