"""The return list as its two sides see it, and the word that goes out when a new version is there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog import datasets, organisations, versions
from catalog.access import visible
from catalog.database import writing
from catalog.delivery import subscriptions
from catalog.mending import notices
from catalog.organisations import Organisation
from catalog.returning import collected
from catalog.returning.rights import collectors, comes_back, decided
from catalog.returning.taken import taken
from catalog.shelf import Shelf
from schemas.access import Basis, Standing, Subject
from schemas.dataset import Dataset, Transform
from schemas.journey import SHANGHAI, Snapshot
from schemas.notice import About, Notice
from schemas.returning import Return, Way
from schemas.subscription import Subscription


@dataclass(frozen=True, slots=True)
class _Known:
    """What the lines of one dataset are made of."""

    dataset: Dataset
    snapshot: Snapshot
    standing: Standing
    rows: Mapping[str, int]
    """Division -> rows that it collected."""
    ways: Mapping[str, Way]
    """Organisation -> how each version reaches it, where it subscribed under its right of return."""


def announce(shelf: Shelf, key: str, now: datetime) -> tuple[Return, ...]:
    """Count the newest version by who collected it and tell everybody to whom rows come back, without application.

    At most once a week, whatever the update cycle; those who get it sent are told by what is sent. All its lines.
    """
    dataset, snapshot = shelf.dataset(key), shelf.latest(key)
    if snapshot is None or not comes_back(dataset):
        return ()
    with writing(shelf.engine) as connection:
        collected.enter(connection, key, snapshot.version, collected.counted(shelf.lake, dataset, snapshot))
    found = tuple(_lines(shelf, (dataset,), shelf.parties.organisations(), now))
    told = [_notice(dataset, one, now) for one in found if one.way is Way.API and not one.withheld]
    if told:
        with writing(shelf.engine) as connection:
            notices.tell(connection, told)
    return found


def coming_back(shelf: Shelf, subject: Subject, now: datetime) -> tuple[Return, ...]:
    """What comes back to the asker's organisation, dataset by dataset; nothing to the public and to outsiders."""
    if subject.public or not subject.government or not subject.credential_active or not subject.organisation_active:
        return ()
    with shelf.engine.connect() as connection:
        me = organisations.organisation(connection, subject.organisation)
        counted = datasets.each(connection, collected.counted_datasets(connection))
    seen = [one for one in counted.values() if visible(subject, one)]
    return tuple(_with_taken(shelf, one) for one in _lines(shelf, seen, (me,), now))


def given_back(shelf: Shelf, dataset: Dataset, now: datetime) -> tuple[Return, ...]:
    """All lines of one dataset, for its owner: to whom it comes back, and what of it has."""
    return tuple(_with_taken(shelf, one) for one in _lines(shelf, (dataset,), shelf.parties.organisations(), now))


def _lines(shelf: Shelf, some: Iterable[Dataset], whose: Sequence[Organisation], now: datetime) -> Iterator[Return]:
    tree = shelf.tree()
    for known in _known(shelf, {one.key: one for one in some if comes_back(one)}):
        for one, rows in collectors(known.dataset, whose, known.rows, tree):
            decision = decided(known.dataset, one, known.standing, tree, now)
            yield Return(
                dataset=known.dataset,
                organisation=one.credit_code,
                division=one.division,
                version=known.snapshot.version,
                rows=rows,
                published_at=known.snapshot.published_at,
                way=known.ways.get(one.credit_code, Way.API),
                withheld="" if decision.allowed else decision.code,
                columns=len(decision.served) if decision.allowed else 0,
                left_out=tuple(view.name for view in decision.columns if view.transform is Transform.DROP),
            )


def _known(shelf: Shelf, some: Mapping[str, Dataset]) -> Iterator[_Known]:
    """As many statements for a thousand datasets as for one."""
    with shelf.engine.connect() as connection:
        rows, last = collected.known(connection, sorted(some)), versions.latest_each(connection, some)
        standings, living = versions.standings(connection, some), subscriptions.of_datasets(connection, some)
    for key in sorted(rows.keys() & last.keys()):
        yield _Known(some[key], last[key], standings[key], rows[key], _ways(living.get(key, ())))


def _ways(living: Iterable[Subscription]) -> Mapping[str, Way]:
    found: dict[str, Way] = {}
    for one in living:
        if one.basis is Basis.RETURN and found.get(one.organisation) is not Way.FILE:
            found[one.organisation] = Way.FILE if one.file else Way.WEBHOOK
    return found


def _with_taken(shelf: Shelf, one: Return) -> Return:
    return replace(one, taken=taken(shelf.ledger, one.dataset.key, one.organisation))


def _notice(dataset: Dataset, one: Return, now: datetime) -> Notice:
    day = one.published_at.astimezone(SHANGHAI).date().isoformat()
    return Notice(
        recipient=one.organisation,
        about=About.DATA_RETURNED,
        dataset=dataset.key,
        cause=f"return {dataset.key} {one.published_at.astimezone(SHANGHAI):%G-W%V}",
        subject=f"{dataset.title}：{day} 版有本地采集的数据 {one.rows} 条，已返还，无需申请即可取用",
        subject_en=f"{dataset.title_en}: {one.rows} rows collected by you came back with the version of {day}",
        created_at=now,
        body={"version": one.version, "rows": one.rows, "purpose": "data_return"},
    )
