"""The six steps of one dataset's way: check, plan, land, validate, publish, register. Knows nothing of a scheduler.

The DAG files and `yishu run` call the same three functions: `collect` (check, plan, land: touches the source),
`validate` (computes) and `issue` (publish, register: touches the catalogue). Each may be called again: what a
window has on disk already is taken from there.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from catalog.mending.reminders import remind
from catalog.runs import Run, of_verdict
from catalog.shelf import Shelf, open_shelf
from connectors.landing import land as land_plan
from connectors.landing import make_plan, read_landing
from connectors.protocol import Connector, Problem
from connectors.registry import connector_for
from schemas import lake
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import HeldBack, NotReady, SourceChanged, SourceUnreachable, Unknown, YishuError
from schemas.journey import Landing, Plan, Snapshot, Verdict, Window
from schemas.settings import Settings

Told = dict[str, Any]
"""What a step tells the next one and the log: a few numbers and paths, no data and no secret."""

LOG = logging.getLogger(__name__)
STEPS = ("check", "plan", "land", "validate", "publish", "register")


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
    shelf = open_shelf(job.settings)
    shelf.register(job.dataset, now)
    committed = read_landing(job.settings.lake, job.dataset.key, job.window)
    if committed is not None and committed.contract == job.dataset.contract_hash and not anew:
        return _landed(committed, dict.fromkeys(("check", "plan", "land"), 0.0))
    if committed is not None:
        set_aside(job, committed)
    connector = connector_for(job.dataset, connection, shelf.inputs(job.dataset))
    seconds: dict[str, float] = {}
    with _timed(seconds, "check"):
        warnings = check_source(job, connector)
    with _timed(seconds, "plan"):
        planned = plan(job, connector)
    with _timed(seconds, "land"):
        landing = land(job, connector, planned, now)
    return _landed(landing, seconds) | {"warnings": warnings, "pieces": len(planned.pieces)}


def set_aside(job: Job, landing: Landing) -> None:
    """Keep a landing beside, under its contract's hash and the moment of its collection; the window lands anew."""
    folder = job.settings.lake / lake.landing(job.dataset.key, job.window)
    folder.rename(folder.with_name(f".{folder.name}.{landing.contract[:12]}.{landing.collected_at:%Y%m%dT%H%M%S.%f}"))


def check_source(job: Job, connector: Connector) -> list[str]:
    """What the connector finds worth a warning; raises for what stands in the way."""
    problems = connector.check()
    for problem in problems:
        if not problem.warning:
            raise _fault(job.dataset, problem)
    return [f"{problem.code}: {problem.said}" for problem in problems]


def plan(job: Job, connector: Connector) -> Plan:
    """What this pull will read, on disk before the first row is; a plan that is there already is kept."""
    return make_plan(job.dataset, connector, job.window, job.settings.lake)


def land(job: Job, connector: Connector, planned: Plan, now: datetime) -> Landing:
    """The rows as Parquet, committed as a whole. Where the source moved on since an earlier try, it is planned anew."""
    place = job.settings.lake
    try:
        return land_plan(job.dataset, planned, connector, place, now)
    except SourceChanged:
        fresh = make_plan(job.dataset, connector, job.window, place, anew=True)
        if fresh == planned:
            raise
        return land_plan(job.dataset, fresh, connector, place, now)


def validate(job: Job, now: datetime) -> Told:
    """Hold the landing against the contract's rules."""
    from quality.check import check

    shelf = open_shelf(job.settings)
    seconds: dict[str, float] = {}
    with _timed(seconds, "validate"):
        references, past = shelf.references(job.dataset), shelf.past(job.dataset, job.window)
        verdict = check(
            job.dataset, _landing(job), job.settings.lake, references, now, past=past, spark=job.settings.spark
        )
    return {
        "read": verdict.read,
        "passed": verdict.passed,
        "quarantined": verdict.quarantined,
        "duplicates": verdict.duplicates,
        "rules": {finding.rule: finding.failed for finding in verdict.findings if finding.failed},
        "blocked": list(verdict.blocked),
        "verdict": f"{lake.verdict(job.dataset.key, job.window)}/verdict.json",
        "seconds": seconds,
    }


def issue(job: Job, now: datetime) -> Told:
    """publish → register. HeldBack when the version may not be published: on record, and the last good one stays."""
    shelf = open_shelf(job.settings)
    verdict = _verdict(job)
    seconds = dict(job.seconds)
    try:
        with _timed(seconds, "publish"):
            snapshot = publish(job, shelf, verdict, now)
    except HeldBack as held:
        shelf.record_run(_held_back(job, verdict, str(held), now))
        remind(shelf, now)
        raise
    with _timed(seconds, "register"):
        register(job, shelf, now)
    run = of_verdict(verdict, job.run, now, snapshot.version)
    shelf.record_run(replace(run, seconds=seconds, airflow_run=job.airflow_run))
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


def _landed(landing: Landing, seconds: Mapping[str, float]) -> Told:
    return {
        "read": landing.read,
        "rejected": dict(landing.rejected),
        "landing": f"{lake.landing(landing.dataset, landing.window)}/manifest.json",
        "seconds": dict(seconds),
    }


def _landing(job: Job) -> Landing:
    landing = read_landing(job.settings.lake, job.dataset.key, job.window)
    if landing is None:
        raise NotReady(f"{job.dataset.key} {job.window.key} has not landed: collect it first")
    return landing


def _verdict(job: Job) -> Verdict:
    from quality.check import read_verdict

    verdict = read_verdict(job.settings.lake, job.dataset.key, job.window)
    if verdict is None:
        raise NotReady(f"{job.dataset.key} {job.window.key} has no verdict: validate it first")
    return verdict


def _fault(dataset: Dataset, problem: Problem) -> YishuError:
    known: Mapping[str, type[YishuError]] = {SourceUnreachable.code: SourceUnreachable, NotReady.code: NotReady}
    kind = known.get(problem.code, SourceChanged)
    return kind(f"{dataset.key}: {problem.said}; {problem.advice}")


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds[step] = round(time.perf_counter() - began, 3)
