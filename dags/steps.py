"""The six steps of one dataset's way: check, plan, land, validate, publish, register. Knows nothing of a scheduler.

The DAG files and `yishu run` call the same three functions: `collect` (check, plan, land: touches the source),
`validate` (computes) and `issue` (publish, register: touches the catalogue). Each may be called again: what a
window has on disk already is taken from there.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog import shapes
from catalog.corrections.binding import bind
from catalog.inbox import windows
from catalog.lake.travel import own_desk
from catalog.mending.reminders import remind
from catalog.returning.desk import announce
from catalog.runs import Run, of_verdict
from catalog.shelf import Shelf, open_shelf
from connectors.landing.gentle import require_open
from connectors.landing.landing import Pull, make_plan, pins_bytes, read_plan
from connectors.landing.landing import land as land_plan
from connectors.landing.progress import told_to
from connectors.places import fetching
from connectors.protocol import Connector, Follows, Problem
from connectors.registry import connector_for
from dags import telling
from dags.carried import Carried
from dags.job import Job, timed
from dags.merging import base_of, pull_of
from dags.progress import Fetching, Progress
from schemas import lake
from schemas.connection import Connection, nearest
from schemas.dataset import Dataset, Load
from schemas.drift import shape_of
from schemas.errors import HeldBack, NotReady, Overtaken, SourceChanged, SourceUnreachable, Unknown, YishuError
from schemas.journey import Landing, Plan, Snapshot, Verdict
from schemas.merging import landed, late
from schemas.push import is_inbox

Told = dict[str, Any]
"""What a step tells the next one and the log: a few numbers and paths, no data and no secret."""

LOG = logging.getLogger(__name__)
TRIES = 3
"""How often a merge gives way to one that came before it."""
STEPS = ("check", "plan", "land", "validate", "publish", "register")


def whole_way(job: Job, connection: Connection | None, now: datetime, *, anew: bool = False) -> Told:
    """All six steps, one after the other; `record_failure` is for who calls."""
    collected = collect(job, connection, now, anew=anew)
    judged = validate(job, now)
    seconds = collected["seconds"] | judged["seconds"]
    issued = issue(replace(job, seconds=seconds), now)
    return collected | judged | issued


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
    carried = _carried(job, shelf)
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
    with timed(seconds, "plan"):
        pull = pull_of(job, shelf, now)
        planned, changed = plan_looked_at(job, connector, shelf, pull, now)
        warnings += changed
        carried.send_plan()
    with timed(seconds, "land"), told_to(Progress(job.listener, _last_read(job, shelf))):
        job.listener.begins("land")
        landing = land(job, connector, planned, now, pull)
        carried.send_landing(landing, plan(job, connector, pull) if isinstance(connector, Follows) else None)
        warnings += settle(job, connector)
    _told(job, shelf, now)
    return _landed(landing, seconds) | {"warnings": warnings, "pieces": len(planned.pieces)}


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


def validate(job: Job, now: datetime) -> Told:
    """Hold the landing against the contract's rules."""
    with own_desk(job.settings, now) as settings:
        return _validate(replace(job, settings=settings), now)


def _validate(job: Job, now: datetime) -> Told:
    from quality.check import check

    shelf = open_shelf(job.settings)
    carried = _carried(job, shelf)
    seconds: dict[str, float] = {}
    job.listener.begins("validate")
    with timed(seconds, "validate"):
        landing = _landing(job, carried)
        verdict = _published(job, shelf, carried, landing, now)
        if verdict is None:
            references, past = shelf.references(job.dataset), shelf.past(job.dataset, job.window)
            base, spark = base_of(job, shelf, landing), job.settings.spark
            verdict = check(job.dataset, landing, job.settings.lake, references, now, past=past, spark=spark, base=base)
            carried.send_verdict(verdict)
    return {
        "read": verdict.read,
        "passed": verdict.passed,
        "quarantined": verdict.quarantined,
        "duplicates": verdict.duplicates,
        "rules": {finding.rule: finding.failed for finding in verdict.findings if finding.failed},
        "blocked": list(verdict.blocked),
        "verdict": f"{lake.verdict(job.dataset.key, job.window)}/verdict.json",
        "seconds": seconds,
    } | _merged(verdict)


def _merged(verdict: Verdict) -> Told:
    """What a merge did to the version before it; nothing of other loads."""
    merge = verdict.merge
    if merge is None:
        return {}
    told = {"base": merge.base, "kept": merge.kept, "replaced": merge.replaced, "removed": merge.removed}
    return {"merged": told | {"until": merge.until.isoformat()}}


def _published(job: Job, shelf: Shelf, carried: Carried, landing: Landing, now: datetime) -> Verdict | None:
    """The verdict on a window whose very rows a merge holds already; merged again they might overtake newer ones."""
    base = shelf.base(job.dataset, job.window) if job.dataset.source.load is Load.MERGE else None
    if base is None or not late(landing, base):
        return None
    found = carried.fetch_verdict()
    if found is None or found.merge is None or found.merge.landed != landed(landing):
        return None
    return found if found.contract == job.dataset.contract_hash and shelf.published(job.dataset, found, now) else None


def issue(job: Job, now: datetime) -> Told:
    """publish → register. HeldBack when the version may not be published: on record, and the last good one stays."""
    with own_desk(job.settings, now) as settings:
        return _issue(replace(job, settings=settings), now)


def _issue(job: Job, now: datetime) -> Told:
    shelf = open_shelf(job.settings)
    verdict = _verdict(job, _carried(job, shelf))
    seconds = dict(job.seconds)
    try:
        job.listener.begins("publish")
        with timed(seconds, "publish"):
            verdict, snapshot = _publish(job, shelf, verdict, now)
    except HeldBack as held:
        shelf.record_run(_held_back(job, verdict, str(held), now))
        telling.failed(job, held.code, now, verdict)
        remind(shelf, now)
        raise
    with timed(seconds, "register"):
        register(job, shelf, now)
    run = of_verdict(verdict, job.run, now, snapshot.version)
    shelf.record_run(replace(run, seconds=seconds, airflow_run=job.airflow_run))
    telling.completed(job, verdict, snapshot, now)
    announce(shelf, job.dataset.key, now)
    bind(shelf, job.dataset.key, now)
    remind(shelf, now)
    alerts = alerts_of(job.dataset, verdict)
    for alert in alerts:
        LOG.warning("%s v%s: %s", job.dataset.key, snapshot.version, alert)
    return {
        "dataset": job.dataset.key,
        "window": job.window.key,
        "version": snapshot.version,
        "rows": snapshot.rows,
        "published": verdict.passed,
        "manifest": f"{lake.version(job.dataset.key, snapshot.version)}/manifest.json",
        "alerts": alerts,
        "seconds": seconds,
    }


def alerts_of(dataset: Dataset, verdict: Verdict) -> list[str]:
    """What the published version tells the officer of its indicator; nothing while all rows are on the good side."""
    sign = dataset.indicator
    if sign is None:
        return []
    beyond = sum(one.failed for one in verdict.findings if one.rule == sign.rule)
    said = f"{sign.rule}: {beyond} rows {sign.direction} {sign.threshold}; tell {sign.officer}"
    return [said] if beyond else []


def _publish(job: Job, shelf: Shelf, verdict: Verdict, now: datetime) -> tuple[Verdict, Snapshot]:
    """Published, and what was; a merge that another window came before is judged again, on what stands there now."""
    for _ in range(TRIES):
        try:
            return verdict, publish(job, shelf, verdict, now)
        except Overtaken:
            _validate(job, now)
            verdict = _verdict(job, _carried(job, shelf))
    return verdict, publish(job, shelf, verdict, now)


def publish(job: Job, shelf: Shelf, verdict: Verdict, now: datetime) -> Snapshot:
    """The new version with its watermark, which never moves back; a window that is published already is found."""
    return shelf.publish(job.dataset, verdict, now)


def register(job: Job, shelf: Shelf, now: datetime) -> None:
    """The catalogue's entry, its search words and its lineage: source → dataset, or inputs → derived dataset.

    They were made when the run began; what was registered since then is newer than the run, and BadInput says so.
    """
    shelf.keep(job.dataset, now)


def _held_back(job: Job, verdict: Verdict, reason: str, now: datetime) -> Run:
    run = of_verdict(verdict, job.run, now)
    return replace(
        run,
        state="held_back",
        published=0,
        held_back=verdict.passed,
        seconds=job.seconds,
        airflow_run=job.airflow_run,
        error=reason,
    )


def record_failure(job: Job, reason: str, now: datetime) -> None:
    """Put a run that came to nothing on record; what was read stays in the landing for the next try."""
    shelf = open_shelf(job.settings)
    try:
        shelf.dataset(job.dataset.key)
    except Unknown:
        shelf.register(job.dataset, now)
    if any(run.id == job.run and run.state == "held_back" for run in shelf.runs(job.dataset.key)):
        return
    run = Run(job.dataset.key, job.run, job.window.key, "failed", now, seconds=job.seconds, error=reason[:2000])
    shelf.record_run(replace(run, airflow_run=job.airflow_run))
    telling.failed(job, "FAILED", now)


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


def _carried(job: Job, shelf: Shelf) -> Carried:
    return Carried(shelf, job.dataset.key, job.window)


def _landing(job: Job, carried: Carried) -> Landing:
    landing = carried.fetch_landing()
    if landing is None:
        raise NotReady(f"{job.dataset.key} {job.window.key} has not landed: collect it first")
    carried.fetch_landed(landing)
    return landing


def _verdict(job: Job, carried: Carried) -> Verdict:
    verdict = carried.fetch_verdict()
    if verdict is None:
        raise NotReady(f"{job.dataset.key} {job.window.key} has no verdict: validate it first")
    return verdict


def _fault(dataset: Dataset, problem: Problem) -> YishuError:
    known: Mapping[str, type[YishuError]] = {SourceUnreachable.code: SourceUnreachable, NotReady.code: NotReady}
    kind = known.get(problem.code, SourceChanged)
    return kind(f"{dataset.key}: {problem.said}; {problem.advice}")
