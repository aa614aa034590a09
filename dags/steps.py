"""The six steps of one dataset's way: check, plan, land, validate, publish, register. Knows nothing of a scheduler.

The DAG files and `yishu run` call the same three functions: `collect` (check, plan, land: touches the source),
`validate` (computes) and `issue` (publish, register: touches the catalogue). Each may be called again: what a
window has on disk already is taken from there.
"""

import logging
from dataclasses import replace
from datetime import datetime

from catalog.corrections.binding import bind
from catalog.lake.travel import own_desk
from catalog.mending.reminders import remind
from catalog.returning.desk import announce
from catalog.runs import Run, of_verdict
from catalog.shelf import Shelf, open_shelf
from dags import telling
from dags.carried import Carried, carried_of
from dags.collecting import collect
from dags.job import Job, Told, timed
from dags.merging import base_of
from schemas import lake
from schemas.connection import Connection
from schemas.dataset import Dataset, Load
from schemas.errors import HeldBack, NotReady, Overtaken, Unknown
from schemas.journey import Landing, Snapshot, Verdict
from schemas.merging import landed, late

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


def validate(job: Job, now: datetime) -> Told:
    """Hold the landing against the contract's rules."""
    with own_desk(job.settings, now) as settings:
        return _validate(replace(job, settings=settings), now)


def _validate(job: Job, now: datetime) -> Told:
    from quality.check import check

    shelf = open_shelf(job.settings)
    carried = carried_of(job, shelf)
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
    verdict = _verdict(job, carried_of(job, shelf))
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
            verdict = _verdict(job, carried_of(job, shelf))
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
