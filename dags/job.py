"""What a step is about, and how long it took."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dags.progress import LOGGED, Listener
from schemas.dataset import Dataset
from schemas.journey import Window
from schemas.settings import Settings

Told = dict[str, Any]
"""What a step tells the next one and the log: a few numbers and paths, no data and no secret."""


@dataclass(frozen=True, slots=True)
class Job:
    """One dataset over one window, in one installation."""

    settings: Settings
    dataset: Dataset
    window: Window
    run: str
    """Unique within the dataset; the same when a task is tried again."""
    airflow_run: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Of the steps so far."""
    listener: Listener = LOGGED
    """Who is told how far a long step is."""


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Puts on record how long a step took, however it ended."""
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds[step] = round(time.perf_counter() - began, 3)
