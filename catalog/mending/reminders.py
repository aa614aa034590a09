"""Who let a day pass is told: incidents that nobody answered, datasets that are too old, what waits for a word."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from catalog import datasets, newest
from catalog.confirming import arising, stored
from catalog.confirming.stored import Wanted
from catalog.database import writing
from catalog.mending import incidents, notices
from catalog.mending.outcomes import notice_of
from catalog.shelf import Shelf
from schemas.due import due, overdue
from schemas.journey import SHANGHAI
from schemas.matter import State
from schemas.notice import About, Notice

AGAIN = timedelta(days=3)
MANY = 10_000
"""Matters that wait at once, over all departments."""


def remind(shelf: Shelf, now: datetime) -> int:
    """Tell the owners of everything that is overdue at `now`; how many things are. Again it tells nobody anew."""
    with shelf.engine.connect() as connection:
        told = [*_incidents(connection, now), *_datasets(connection, now), *_matters(connection, now)]
    if told:
        with writing(shelf.engine) as connection:
            notices.tell(connection, told)
    return len(told)


def _incidents(connection: Connection, now: datetime) -> Iterator[Notice]:
    late = incidents.overdue(connection, now.astimezone(SHANGHAI).date())
    owners = incidents.owners(connection, {one.dataset for one in late})
    for one in late:
        yield notice_of(About.INCIDENT_OVERDUE, one, owners[one.dataset], now, one.due.isoformat())


def _datasets(connection: Connection, now: datetime) -> Iterator[Notice]:
    """Those with a version; one that never had any is on nobody's clock."""
    found = newest.newest(connection)
    for dataset in datasets.listed(connection):
        last = found.get(dataset.key)
        moment = due(dataset, last.came) if last else None
        if last is None or moment is None or not overdue(dataset, last.came, now):
            continue
        day = moment.astimezone(SHANGHAI).date().isoformat()
        yield Notice(
            recipient=dataset.owner,
            about=About.DATASET_OVERDUE,
            dataset=dataset.key,
            cause=f"dataset {dataset.key} overdue since {moment.isoformat()}",
            subject=f"{dataset.title}：应于 {day} 前更新，已逾期",
            subject_en=f"{dataset.title_en}: was to be renewed before {day}",
            created_at=now,
            body={"due": moment.isoformat(), "version": last.version, "update_cycle": dataset.update_cycle},
        )


def _matters(connection: Connection, now: datetime) -> Iterator[Notice]:
    """Every `AGAIN` days, since nothing of the dataset is published or collected until somebody decides."""
    waiting = stored.listed(connection, Wanted(states=(State.WAITING,), limit=MANY))
    known = datasets.each(connection, {one.dataset for one in waiting})
    for one in waiting:
        if times := (now - one.found_at) // AGAIN:
            yield arising.notice(known[one.dataset], one, now, f"waits {times * AGAIN.days} days")
