"""The first three steps of one dataset's way, which touch its source: check, plan, land. What has landed stays."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalog import shapes
from catalog.inbox import windows
from catalog.lake.travel import own_desk
from catalog.shelf import Shelf, open_shelf
from connectors.landing.gentle import require_open
from connectors.landing.landing import Pull, make_plan, pins_bytes, read_plan
from connectors.landing.landing import land as land_plan
from connectors.landing.progress import told_to
from connectors.places import fetching
from connectors.protocol import Connector, Follows, Problem
from connectors.registry import connector_for
from dags import telling
from dags.carried import carried_of
from dags.job import Job, Told, timed
from dags.merging import pull_of
from dags.progress import Fetching, Progress
from schemas import lake
from schemas.connection import Connection, nearest
from schemas.dataset import Dataset
from schemas.drift import shape_of
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable, YishuError
from schemas.journey import Landing, Plan
from schemas.push import is_inbox


def collect(job: Job, connection: Connection | None, now: datetime, *, anew: bool = False) -> Told:
    """check → plan → land. What has landed under this contract is not asked for again: its source may be gone.

    With `anew` it is: the department has corrected what it delivered.
    """
    with own_desk(job.settings, now) as settings, fetching.told_to(Fetching(job.listener)):
        return _collect(replace(job, settings=settings), connection, now, anew=anew)


def _collect(job: Job, connection: Connection | None, now: datetime, *, anew: bool) -> Told:
    shelf = open_shelf(job.settings)
    shelf.register(job.dataset, now)
    telling.started(job, now)
    carried = carried_of(job, shelf)
    committed = carried.fetch_landing()
    if committed is not None and committed.contract == job.dataset.contract_hash and not anew:
        _told(job, shelf, now)
        return _landed(committed, dict.fromkeys(("check", "plan", "land"), 0.0))
    require_open(job.dataset, now)
    connector = connector_for(job.dataset, nearest(connection), _inputs(job, shelf, now))
    if committed is not None and unchanged(job, connector):
        _told(job, shelf, now)
        return _landed(committed, dict.fromkeys(("check", "plan", "land"), 0.0)) | {"unchanged": True}
    if committed is not None:
        carried.set_aside(committed)
    if isinstance(connector, Follows):
        carried.fetch_claims()
    seconds: dict[str, float] = {}
    with timed(seconds, "check"):
        job.listener.begins("check")
        warnings = check_source(job, connector)
    with timed(seconds, "plan"), addressed(job.dataset):
        pull = pull_of(job, shelf, now)
        planned, changed = plan_looked_at(job, connector, shelf, pull, now)
        warnings += changed
        carried.send_plan()
    with timed(seconds, "land"), addressed(job.dataset), told_to(Progress(job.listener, _last_read(job, shelf))):
        job.listener.begins("land")
        landing = land(job, connector, planned, now, pull)
        carried.send_landing(landing, plan(job, connector, pull) if isinstance(connector, Follows) else None)
        warnings += settle(job, connector)
    _told(job, shelf, now)
    return _landed(landing, seconds) | {"warnings": warnings, "pieces": len(planned.pieces)}


@contextmanager
def addressed(dataset: Dataset) -> Iterator[None]:
    """A fault of the source says which dataset it stops, and what to do, as the problems of a check do."""
    try:
        yield
    except SourceFault as fault:
        if str(fault).startswith(f"{dataset.key}: "):
            raise
        kind = next(one for one in (SourceUnreachable, SourceChanged, SourceFault) if isinstance(fault, one))
        raise kind(f"{dataset.key}: {fault}; {fault.advice}") from fault


def _last_read(job: Job, shelf: Shelf) -> int | None:
    """As many rows as the last run read, by which the rest is estimated; None before the first."""
    return next((run.read for run in shelf.runs(job.dataset.key, 10) if run.read), None)


def unchanged(job: Job, connector: Connector) -> bool:
    """Whether the source has the very files that this window landed under this contract, uploaded again or not."""
    landed = read_plan(job.settings.lake, job.dataset.key, job.window)
    same = landed is not None and landed.contract == job.dataset.contract_hash and pins_bytes(landed)
    return same and landed == connector.plan(job.window)


def check_source(job: Job, connector: Connector) -> list[str]:
    """What the connector finds worth a warning; raises for what stands in the way."""
    problems = connector.check()
    for problem in problems:
        if not problem.warning:
            raise _fault(job.dataset, problem)
    return [f"{problem.code}: {problem.said}" for problem in problems]


def plan(job: Job, connector: Connector, pull: Pull | None = None) -> Plan:
    """What this pull will read, on disk before the first row is; a plan that is there already is kept."""
    return make_plan(job.dataset, connector, pull or job.window, job.settings.lake)


def plan_looked_at(job: Job, connector: Connector, shelf: Shelf, pull: Pull, now: datetime) -> tuple[Plan, list[str]]:
    """The plan, and what `look_at` says of it. One of an earlier try does not outlive what stopped it."""
    planned = plan(job, connector, pull)
    try:
        return planned, look_at(job, shelf, planned, now)
    except SourceChanged:
        fresh = make_plan(job.dataset, connector, pull, job.settings.lake, anew=True)
        if fresh == planned:
            raise
        return fresh, look_at(job, shelf, fresh, now)


def look_at(job: Job, shelf: Shelf, planned: Plan, now: datetime) -> list[str]:
    """What changed at the source since it was last read, as warnings; raises where the contract freezes it."""
    changed = shapes.look(shelf.engine, job.dataset, shape_of(planned), now)
    return [f"SOURCE_CHANGED: {one}" for one in changed]


def land(job: Job, connector: Connector, planned: Plan, now: datetime, pull: Pull | None = None) -> Landing:
    """The rows as Parquet, committed as a whole. Where the source moved on since an earlier try, it is planned anew."""
    place = job.settings.lake
    try:
        return land_plan(job.dataset, planned, connector, place, now)
    except SourceChanged:
        fresh = make_plan(job.dataset, connector, pull or job.window, place, anew=True)
        if fresh == planned:
            raise
        look_at(job, open_shelf(job.settings), fresh, now)
        return land_plan(job.dataset, fresh, connector, place, now)


def settle(job: Job, connector: Connector) -> list[str]:
    """Tell a stream that its messages are safe. What goes wrong is a warning: the next landing tells it, too."""
    if not isinstance(connector, Follows):
        return []
    return [f"{problem.code}: {problem.said}" for problem in connector.done(plan(job, connector))]


def _landed(landing: Landing, seconds: Mapping[str, float]) -> Told:
    return {
        "read": landing.read,
        "rejected": dict(landing.rejected),
        "landing": f"{lake.landing(landing.dataset, landing.window)}/manifest.json",
        "seconds": dict(seconds),
    }


def _inputs(job: Job, shelf: Shelf, now: datetime) -> Mapping[str, tuple[Path, ...]]:
    """The files that a derived dataset or an inbox reads. The window of an inbox is closed by this."""
    if is_inbox(job.dataset):
        return windows.closed(shelf, job.dataset, job.window, now)
    return shelf.inputs(job.dataset)


def _told(job: Job, shelf: Shelf, now: datetime) -> None:
    """Who pushed may ask what became of it."""
    if is_inbox(job.dataset):
        windows.landed(shelf, job.dataset, job.window, now)


def _fault(dataset: Dataset, problem: Problem) -> YishuError:
    known: Mapping[str, type[YishuError]] = {SourceUnreachable.code: SourceUnreachable, NotReady.code: NotReady}
    kind = known.get(problem.code, SourceChanged)
    return kind(f"{dataset.key}: {problem.said}; {problem.advice}")
