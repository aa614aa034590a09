"""A lake, as the catalogue sees it: a folder of this machine's disk, or a bucket with a desk on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from catalog.lake.bucket import Bucket, Far, open_bucket, reached
from schemas.errors import NotReady
from schemas.journey import Part
from schemas.settings import Settings

Lake = Path | Bucket
"""The lake's own folder, or what stands for a bucket."""
Place = Path | Far
"""Where a finished file can be read at any offset."""


def open_lake(settings: Settings) -> Lake:
    """The lake of an installation."""
    if settings.bucket is None:
        return settings.lake
    return open_bucket(settings.bucket, settings.lake, settings.home / "cache")


def desk(lake: Lake) -> Path:
    """The folder on this machine's disk for work in progress and for what can be made again; below the same names."""
    return lake if isinstance(lake, Path) else lake.desk


def readable(lake: Lake, part: Part) -> Place:
    """Where to read a published file; nothing is looked up yet."""
    return lake / part.path if isinstance(lake, Path) else lake.far(part)


def at_hand(lake: Lake, part: Part) -> Path:
    """The whole file on this machine's disk; of a bucket a copy that is checked and stays for some hours."""
    return lake / part.path if isinstance(lake, Path) else lake.fetched(part)


def forget(lake: Lake, part: Part) -> None:
    """Remove a finished file that nothing names, where it is still there."""
    if isinstance(lake, Path):
        (lake / part.path).unlink(missing_ok=True)
    else:
        lake.drop(lake.far(part).path)


def source(place: Place) -> Path | pa.PythonFile:
    """What pyarrow reads from."""
    return place if isinstance(place, Path) else place.file()


def answers(lake: Lake) -> bool:
    """Whether the folder is there, or the bucket says so."""
    return lake.is_dir() if isinstance(lake, Path) else lake.answers()


@contextmanager
def reading(place: Place) -> Iterator[None]:
    """A file that is gone, or that cannot be had now, is NotReady."""
    if isinstance(place, Far):
        with reached(place.path):
            yield
        return
    try:
        yield
    except FileNotFoundError as wrong:
        raise NotReady(f"{place}: a file of a published version is gone; restore it") from wrong
