"""Asks a department's system no faster, and at no other hours, than its owner allows; connectors know nothing of it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.protocol import Batch
from schemas.dataset import Dataset
from schemas.errors import SourceUnreachable
from schemas.journey import SHANGHAI


@dataclass(frozen=True, slots=True)
class Clock:
    """How time passes while rows are read."""

    ticks: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep


CLOCK = Clock()


def require_open(dataset: Dataset, moment: datetime, rows: int = 0) -> None:
    """SourceUnreachable outside the hours at which the source may be asked; it says when it may be again."""
    limits, clock = dataset.source.limits, moment.astimezone(SHANGHAI)
    if limits.open(clock):
        return
    again = limits.opening(clock)
    said = (
        f"{dataset.key}: it is {clock:%H:%M}, and its source may be asked {', '.join(limits.hours)} only "
        f"(yishu.source limits.hours); again from {again:%Y-%m-%d %H:%M}, or agree on other hours with the department"
    )
    raise SourceUnreachable(f"{said}; {rows} rows were read and none is kept" if rows else said)


def gently(batches: Iterator[Batch], dataset: Dataset, now: datetime, clock: Clock = CLOCK) -> Iterator[Batch]:
    """The same batches within the limits of the source; SourceUnreachable where its hours end before they do.

    The source is held back as well: what has not been asked for waits there. Whether anything is left only the source
    tells: it is asked once more after its hours, and where nothing comes, all that was read is kept.
    """
    require_open(dataset, now)
    limits, moment = dataset.source.limits, now
    began, rows = clock.ticks(), 0
    for batch in batches:
        if batch.rows.num_rows or batch.misfits:
            require_open(dataset, moment, rows)
        yield batch
        rows += batch.rows.num_rows + len(batch.misfits)
        if limits.rows_per_second:
            early = rows / limits.rows_per_second - (clock.ticks() - began)
            if early > 0:
                clock.wait(early)
        moment = now + timedelta(seconds=clock.ticks() - began)
