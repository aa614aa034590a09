"""How work in progress goes between the desk of a step and the bucket, since the steps of one run may be anywhere."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from catalog.lake.bucket import Bucket
from catalog.lake.cache import link
from catalog.lake.where import Lake
from schemas import lake as places
from schemas.journey import Part
from schemas.settings import Settings

STEPS = "steps"
AT_ONCE = 8
"""Files that are fetched at the same time: of many small ones nearly all the time is the way there and back."""
LEFT_BEHIND = timedelta(days=1)
"""The desk of a step this old belongs to nobody any more: a task is ended after two hours."""


@contextmanager
def own_desk(settings: Settings, now: datetime) -> Iterator[Settings]:
    """The settings with a desk for one step alone, removed when it ends; where the lake is a folder, as they are.

    So two tries of a step on one machine are as far from each other as on two, and no machine keeps what others miss.
    """
    if settings.bucket is None:
        yield settings
        return
    desks = settings.lake / STEPS
    desks.mkdir(parents=True, exist_ok=True)
    for left in desks.iterdir():
        if now - datetime.fromtimestamp(left.stat().st_mtime, UTC) > LEFT_BEHIND:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=desks, ignore_cleanup_errors=True) as own:
        yield replace(settings, lake=Path(own))


def send(lake: Lake, parts: Iterable[Part | None], names: Iterable[str]) -> None:
    """Finished files of the desk, then those of `names` that there are; the last of them makes the others count."""
    if isinstance(lake, Path):
        return
    for part in parts:
        if part is not None:
            lake.keep(part, lake.desk / part.path)
    for name in names:
        if (lake.desk / name).is_file():
            lake.put(name, lake.desk / name)


def fetch_named(lake: Lake, names: Iterable[str]) -> None:
    """What the bucket has under these names comes to the desk."""
    if isinstance(lake, Path):
        return
    for name in names:
        found = lake.read(name)
        if found is not None:
            (lake.desk / name).parent.mkdir(parents=True, exist_ok=True)
            (lake.desk / name).write_bytes(found)


def fetch(lake: Lake, parts: Iterable[Part | None]) -> None:
    """Files by their bytes come to the desk, under their paths."""
    if isinstance(lake, Path):
        return
    wanted = {part.path: part for part in parts if part is not None and not (lake.desk / part.path).is_file()}
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for _ in pool.map(partial(_fetched, lake), wanted.values()):
            pass
    finally:
        pool.shutdown(cancel_futures=True)


def _fetched(lake: Bucket, part: Part) -> None:
    (lake.desk / part.path).parent.mkdir(parents=True, exist_ok=True)
    link(lake.fetched(part), lake.desk / part.path)


def move_landing(lake: Lake, folder: str, aside: str) -> None:
    """In the bucket, its plan and manifest go aside: at no moment does a manifest lie anywhere without its plan."""
    if isinstance(lake, Path):
        return
    lake.copy(f"{folder}/{places.PLAN}", f"{aside}/{places.PLAN}")
    for name in (places.MANIFEST, places.PLAN):
        lake.rename(f"{folder}/{name}", f"{aside}/{name}")
