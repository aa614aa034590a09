"""What the steps ask of a merge 增量合并: from where its window is read, and what the rows are merged into."""

from datetime import datetime

from catalog.shelf import Shelf
from connectors.landing.landing import Pull
from connectors.registry import follows
from dags.job import Job
from dags.schedule import look_due
from schemas.dataset import Load
from schemas.journey import Landing, Snapshot
from schemas.merging import Base, lag_of, reach, refuse_gap, refuse_late


def pull_of(job: Job, shelf: Shelf, now: datetime) -> Pull:
    """What is to be read for a window. Of a merge it begins where the version that it builds on ended."""
    source = job.dataset.source
    if source.load is not Load.MERGE:
        return Pull(job.window)
    if not follows(job.dataset):
        shelf.refuse_new_beginning(job.dataset, job.window)
        return Pull(job.window)
    before = shelf.built_on(job.dataset, job.window)
    until = before.merged.until if before and before.merged else None
    return Pull(job.window, reach(job.window, until, lag_of(source), now), _looks(job, before, now))


def base_of(job: Job, shelf: Shelf, landing: Landing) -> Base | None:
    """What the landed rows are merged into; HeldBack where they must not be."""
    if job.dataset.source.load is not Load.MERGE:
        return None
    found = shelf.base(job.dataset, job.window)
    refuse_late(job.dataset, landing, found)
    refuse_gap(job.dataset, landing, found)
    return found


def _looks(job: Job, before: Snapshot | None, now: datetime) -> bool:
    """Whether it is time to look which rows are gone; the first window holds all that there are."""
    deletes = job.dataset.source.deletes
    if deletes is None or before is None or before.merged is None:
        return False
    return look_due(deletes.snapshot, before.merged.keys_at, now)
