"""What a task does: from Airflow's context to our steps, and back to a few numbers for the next task."""

import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.sdk import Connection as Stored
from airflow.sdk.exceptions import AirflowNotFoundException

from catalog.clocks.sweep import sweep
from catalog.corrections.binding import catch_up
from catalog.inbox import leftovers
from catalog.lists import editions
from catalog.mending.reminders import remind
from catalog.requests.sweeping import sweep_requests
from catalog.shelf import open_shelf
from connectors.outbox.webhook import Sender
from dags import steps
from dags.collecting import collect
from dags.delivery.due import deliver_due
from dags.delivery.errands import send_due
from dags.delivery.post import Post
from dags.delivery.relay import relay_due
from dags.job import Job
from dags.schedule import window_for
from schemas.connection import Connection
from schemas.errors import NotReady
from schemas.index import read_dataset
from schemas.journey import SHANGHAI
from schemas.lists import ListName
from schemas.settings import read_settings

Context = Mapping[str, Any]


def collect_in(context: Context) -> dict[str, Any]:
    """check → plan → land: all that touches the department's system."""
    job = _job(context)
    return collect(job, _connection(job.dataset.source.connection), _now())


def judge_in(context: Context) -> dict[str, Any]:
    """validate: all that computes."""
    return steps.validate(_job(context), _now())


def issue_in(context: Context) -> dict[str, Any]:
    """publish → register: all that touches the catalogue; the run is on record whatever comes of it."""
    job = _job(context)
    before = context["ti"].xcom_pull(task_ids=["check_plan_land", "validate"]) or []
    seconds = {step: spent for told in before if told for step, spent in told["seconds"].items()}
    return steps.issue(replace(job, seconds=seconds), _now())


def deliver_in() -> list[dict[str, Any]]:
    """Everything that subscriptions and followers are due; addresses, secrets and keys come from the same back end."""
    settings = read_settings(os.environ, Path.cwd())
    post = Post(open_shelf(settings), _connection, Sender(settings.targets), _now)
    return deliver_due(post) + send_due(post) + relay_due(post)


def sweep_in() -> dict[str, int]:
    """What the days bring to clocks and to datasets that are overdue."""
    shelf, now = open_shelf(read_settings(os.environ, Path.cwd())), _now()
    moved = sweep_requests(shelf, now)
    told = asdict(sweep(shelf, now)) | {"overdue": remind(shelf, now), "requests": moved}
    return told | {"corrections": catch_up(shelf, now), "inboxes": leftovers.sweep_each(shelf, now)}


def keep_lists_in() -> list[dict[str, Any]]:
    """An edition of each list of sharing."""
    shelf = open_shelf(read_settings(os.environ, Path.cwd()))
    kept = (editions.keep(shelf, name, _now()) for name in ListName)
    return [{"list": one.list.value, "edition": one.id, "lines": one.lines} for one in kept]


def harvest_in() -> list[dict[str, Any]]:
    """What the catalogues of other nodes have today."""
    from dags.harvesting import harvest_each  # rdflib takes a tenth of a second: no other task needs it

    return harvest_each(open_shelf(read_settings(os.environ, Path.cwd())), "", _now)


def record_failure(context: Context) -> None:
    """The run failed for good: put it on record with the reason."""
    wrong = context.get("exception")
    steps.record_failure(_job(context), str(wrong or "the task was ended from outside"), _now())


def _job(context: Context) -> Job:
    settings = read_settings(os.environ, Path.cwd())
    run = context["dag_run"]
    dataset = read_dataset(settings.registry, run.dag_id)
    return Job(
        settings=settings,
        dataset=dataset,
        window=window_for(dataset.source, run.partition_key, run.run_after),
        run=run.run_id,
        airflow_run=run.run_id,
    )


def _connection(name: str) -> Connection | None:
    """Address and secret of the source, from whatever secrets back end Airflow has been given."""
    if not name:
        return None
    try:
        stored = Stored.get(name)
    except AirflowNotFoundException as missing:
        raise NotReady(
            f"Airflow has no connection {name!r}: add it in its pages, or export AIRFLOW_CONN_{name.upper()}"
        ) from missing
    return Connection(
        id=name,
        kind=stored.conn_type or "",
        host=stored.host or "",
        port=stored.port,
        login=stored.login or "",
        password=stored.password or "",
        schema=stored.schema or "",
        extra=stored.extra_dejson,
    )


def _now() -> datetime:
    return datetime.now(SHANGHAI)
