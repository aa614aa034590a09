"""What was pushed within a window, for the run that lands it: fixed when it is first asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from catalog.database import writing
from catalog.inbox import leftovers, store
from catalog.lake import travel
from catalog.lake.where import desk
from catalog.shelf import Shelf
from schemas.dataset import Dataset
from schemas.journey import Part, Window

LOOKED_AT = 100
"""Pushes that are looked at before they land."""


def closed(shelf: Shelf, dataset: Dataset, window: Window, now: datetime) -> Mapping[str, tuple[Path, ...]]:
    """The files of the window's pushes in the order in which they came, on this step's desk, as inputs of a connector.

    From now on nothing is added to the window: what is pushed later lands in the next one. Once a day what killed
    processes left in the inbox goes.
    """
    with writing(shelf.engine) as connection:
        parts = store.close(connection, dataset.key, window, now)
        due = store.sweep_due(connection, dataset.key, now)
    if due:
        leftovers.sweep(shelf, dataset.key, now)
    return _files(shelf, dataset, parts)


def waiting(shelf: Shelf, dataset: Dataset) -> Mapping[str, tuple[Path, ...]]:
    """The files of the first pushes that no run has landed yet, for who only looks: no window is closed."""
    with shelf.engine.connect() as connection:
        return _files(shelf, dataset, store.waiting(connection, dataset.key, LOOKED_AT))


def _files(shelf: Shelf, dataset: Dataset, parts: Sequence[Part]) -> Mapping[str, tuple[Path, ...]]:
    travel.fetch(shelf.lake, parts)
    return {dataset.key: tuple(desk(shelf.lake) / part.path for part in parts)}


def landed(shelf: Shelf, dataset: Dataset, window: Window, now: datetime) -> None:
    """Note that the window's pushes have landed."""
    with writing(shelf.engine) as connection:
        store.landed(connection, dataset.key, window, now)
