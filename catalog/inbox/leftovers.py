"""What killed processes left of pushes: files that were never finished, and finished ones that no push names."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from catalog.database import writing
from catalog.inbox import store
from catalog.lake import named
from catalog.lake.where import Lake, desk
from catalog.shelf import Shelf
from schemas import lake as places

UNCOUNTED = timedelta(days=30)
"""Age of a finished file that goes: a catalogue that was restored from a backup does not know its last pushes."""
LEFT_BEHIND = timedelta(days=1)
"""Age of an unfinished file that nobody works on any more…"""
LONGEST = timedelta(hours=12)
"""…since a push that takes longer is not booked: between the two lies what clocks of several machines differ by."""
OURS = re.compile(r"(?:[0-9a-f]{32}\.)?(?P<start>[0-9a-f]{16})[0-9a-f]*(?:\.parquet)?")
"""A segment's name on a disk, `<push>.<start of its sha256>.parquet`, or in a bucket, `<sha256>`."""


def unfinished(lake: Lake, dataset: str, now: datetime) -> None:
    """Removes what was being written on this machine's disk a day ago or longer."""
    for file in (desk(lake) / places.inbox(dataset)).glob(".*.tmp"):
        with suppress(FileNotFoundError):
            if now - datetime.fromtimestamp(file.stat().st_mtime, UTC) > LEFT_BEHIND:
                file.unlink()


def sweep_each(shelf: Shelf, now: datetime) -> int:
    """Every inbox that no run has swept for a day, that of a retired dataset say; how many there were."""
    with writing(shelf.engine) as connection:
        due = [dataset for dataset in store.inboxes(connection) if store.sweep_due(connection, dataset, now)]
    for dataset in due:
        sweep(shelf, dataset, now)
    return len(due)


def sweep(shelf: Shelf, dataset: str, now: datetime) -> None:
    """Removes that, and every finished file older than thirty days that no push names; what else lies there stays.

    A push in flight loses nothing: its file is younger, or it will not be booked.
    """
    unfinished(shelf.lake, dataset, now)
    with shelf.engine.connect() as connection:
        counted = store.files(connection, dataset)
    for one in named.listed(shelf.lake, places.inbox(dataset)):
        ours = OURS.fullmatch(PurePosixPath(one.path).name)
        if ours and now - one.at > UNCOUNTED and int(ours["start"], 16) not in counted:
            named.drop(shelf.lake, one)
