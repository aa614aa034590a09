"""One DAG for each contract, made from the compiled index: airflow reads this file, and it reads nothing but JSON."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    CronPartitionTimetable,
    ExceptionRetryPolicy,
    PartitionedAssetTimetable,
    RetryAction,
    RetryRule,
    get_parsing_context,
    task,
)

HOME = Path(os.environ.get("YISHU_HOME", ".yishu")).resolve()
LAKE = os.environ.get("YISHU_LAKE_URL", "").removeprefix("file://") or str(HOME / "lake")
ROOT = LAKE.rstrip("/") if LAKE.startswith("s3://") else Path(LAKE).resolve().as_uri()
"""Address of the lake, in a bucket or on a disk."""
AT_ONCE = os.environ.get("YISHU_RUN_AT_ONCE", "") == "1"
"""Whether a new DAG runs its newest partition at once instead of at the next tick."""

BY_KIND_OF_ERROR = ExceptionRetryPolicy(
    rules=[
        RetryRule("schemas.errors.SourceUnreachable", RetryAction.RETRY, reason="the source may answer later"),
        RetryRule("schemas.errors.LakeUnreachable", RetryAction.RETRY, reason="the bucket may answer later"),
        RetryRule("schemas.errors.YishuError", RetryAction.FAIL, reason="trying again changes nothing"),
    ]
)
"""An error that may pass is tried again with back-off, one that a person must settle fails at once."""


def report_failure(context: Any) -> None:
    """Write the failed run into the catalogue, whatever it failed of."""
    from dags.tasks import record_failure

    record_failure(context)


PATIENCE: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "execution_timeout": timedelta(hours=2),
    "retry_policy": BY_KIND_OF_ERROR,
    "on_failure_callback": report_failure,
}


def promises(wanted: str | None) -> list[dict[str, Any]]:
    """The compiled contracts: all of them, or the one whose DAG this process is to run."""
    shard = f"{wanted.split('.', 1)[0]}.json" if wanted else "*.json"
    found: list[dict[str, Any]] = []
    for file in sorted((HOME / "registry").glob(shard)):
        datasets = json.loads(file.read_text(encoding="utf-8"))["datasets"]
        found.extend(datasets[key] for key in datasets if wanted in (None, key))
    return found


def asset(key: str) -> Asset:
    """Where the published versions of a dataset lie: a real address, so that lineage tools understand it."""
    return Asset(name=key, uri=f"{ROOT}/datasets/{key}")


def timetable(source: dict[str, Any]) -> Any:
    """A source is collected for the day (a stream: the span) that has ended; a derived dataset when its inputs are."""
    if source["inputs"]:
        return PartitionedAssetTimetable(assets=_all([asset(key) for key in source["inputs"]]))
    return CronPartitionTimetable(
        source["schedule"],
        timezone="Asia/Shanghai",
        run_offset=-1,
        key_format="%Y-%m-%dT%H:%M" if often(source["schedule"]) else "%Y-%m-%d",
        run_immediately=AT_ONCE,
    )


def often(schedule: str) -> bool:
    """Whether a cron ticks more than once a day, as that of a stream may."""
    return not all(part.isdecimal() for part in schedule.split()[:2])


def _all(assets: list[Asset]) -> Any:
    together: Any = assets[0]
    for one in assets[1:]:
        together = together & one
    return together


def pool(source: dict[str, Any]) -> str:
    """One pool per source system, so that a department's machine is asked no more at once than it can bear."""
    named: str = source["pool"] or (f"source_{source['connection']}" if source["connection"] else "default_pool")
    return named


def build(dataset: dict[str, Any]) -> DAG:
    """Six steps in three tasks: one that touches the source, one that computes, one that touches the catalogue."""
    key = dataset["key"]
    source = dataset["source"]
    outlet = asset(key)
    with DAG(
        dag_id=key,
        dag_display_name=f"{dataset['title']} {key}",
        schedule=timetable(source),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=sorted({dataset["key"].split(".", 1)[0], dataset["sharing"]}),
        doc_md=f"**{dataset['title']}** {dataset['title_en']}\n\n{dataset['description']}\n\n{dataset['owner_name']}",
        default_args=PATIENCE,
    ) as dag:

        @task(task_id="check_plan_land", pool=pool(source))
        def collect(**context: Any) -> dict[str, Any]:
            from dags.tasks import collect_in

            return collect_in(context)

        @task(task_id="validate")
        def judge(**context: Any) -> dict[str, Any]:
            from dags.tasks import judge_in

            return judge_in(context)

        @task(task_id="publish_register", outlets=[outlet])
        def issue(**context: Any) -> dict[str, Any]:
            from dags.tasks import issue_in

            told = issue_in(context)
            context["outlet_events"][outlet].extra = {k: told[k] for k in ("manifest", "rows", "version")}
            return told

        collect() >> judge() >> issue()
    return dag


for _dataset in promises(get_parsing_context().dag_id):
    globals()[f"dag_{_dataset['key'].replace('.', '__')}"] = build(_dataset)
