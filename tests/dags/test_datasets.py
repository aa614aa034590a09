"""The DAG file: light to read, one DAG for each contract, and what each DAG promises."""

import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dags
import schemas.errors
from schemas.contract import find_contracts, read_contract
from schemas.dataset import Dataset
from schemas.index import write_index
from schemas.settings import SHIPPED_CONTRACTS
from tests.dags.in_airflow import BAG, answer, compiled_home

FOLDER = Path(dags.__file__).parent
HEAVY = ("pandas", "pyarrow", "great_expectations", "duckdb", "fastapi", "alembic", "catalog", "connectors", "quality")

FACTS = (
    BAG
    + """
import json
told = {{}}
for key, dag in bag.dags.items():
    schedule = dag.schedule
    policy = dag.tasks[0].retry_policy
    told[key] = {{
        "tasks": [task.task_id for task in dag.topological_sort()],
        "pools": {{task.task_id: task.pool for task in dag.tasks}},
        "retries": [task.retries for task in dag.tasks],
        "schedule": type(schedule).__name__,
        "assets": sorted(one.uri for one in schedule.asset_condition.objects)
        if getattr(schedule, "asset_condition", None) else [],
        "cron": getattr(schedule, "expression", ""),
        "offset": getattr(schedule, "run_offset", 0),
        "outlets": [one.uri for task in dag.tasks for one in task.outlets],
        "tags": sorted(dag.tags),
        "paused": dag.is_paused_upon_creation,
        "catchup": dag.catchup,
        "at_once": dag.max_active_runs,
        "policy": [[rule.exception_path, rule.action.value] for rule in (policy.rules if policy else [])],
    }}
print(json.dumps({{"errors": bag.import_errors, "dags": told}}, default=str))
"""
).format(folder=str(FOLDER))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def everything(home: Path) -> dict[str, Any]:
    told = answer(home, FACTS)
    assert told["errors"] == {}
    made: dict[str, Any] = told["dags"]
    return made


BY_THE_CLOCK = ("deliveries", "clocks", "lists", "harvest")
"""DAGs that are no dataset's."""


@pytest.fixture(scope="module")
def found(everything: dict[str, Any]) -> dict[str, Any]:
    """The DAGs of datasets."""
    return {key: dag for key, dag in everything.items() if key not in BY_THE_CLOCK}


def test_reading_the_dag_files_loads_nothing_heavy(home: Path) -> None:
    code = (
        "import json, sys, runpy, airflow.sdk; before = set(sys.modules);"
        f"runpy.run_path({str(FOLDER / 'datasets.py')!r}); runpy.run_path({str(FOLDER / 'deliveries.py')!r});"
        f"runpy.run_path({str(FOLDER / 'clocks.py')!r});"
        f"runpy.run_path({str(FOLDER / 'lists.py')!r}); runpy.run_path({str(FOLDER / 'harvest.py')!r});"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    added = {name.split(".")[0] for name in answer(home, code)}
    assert added & {*HEAVY, "sqlalchemy", "numpy", "asyncssh", "rdflib"} == set()


def test_there_is_one_dag_for_each_contract(found: dict[str, Any]) -> None:
    assert set(found) == {read_contract(file).key for file in find_contracts((SHIPPED_CONTRACTS,))}


@pytest.mark.parametrize(("key", "task"), [("deliveries", "deliver"), ("clocks", "sweep"), ("harvest", "harvest")])
def test_one_more_dag_sends_what_is_due_and_one_looks_at_clocks(
    everything: dict[str, Any], key: str, task: str
) -> None:
    told = everything[key]
    assert (told["schedule"], told["tasks"], told["paused"], told["catchup"], told["at_once"]) == (
        "CronTriggerTimetable", [task], False, False, 1,
    )  # fmt: skip


def test_one_keeps_the_lists_once_a_day(everything: dict[str, Any]) -> None:
    told = everything["lists"]
    assert (told["schedule"], told["tasks"], told["paused"], told["catchup"], told["at_once"]) == (
        "CronTriggerTimetable", ["keep"], False, False, 1,
    )  # fmt: skip


def test_the_names_of_the_tasks_are_the_six_steps(found: dict[str, Any]) -> None:
    assert {tuple(dag["tasks"]) for dag in found.values()} == {("check_plan_land", "validate", "publish_register")}


def test_only_the_task_that_touches_the_source_takes_a_slot_of_its_pool(found: dict[str, Any]) -> None:
    pools = found["civil_affairs.low_income"]["pools"]
    assert pools == {
        "check_plan_land": "source_civil_affairs_db",
        "validate": "default_pool",
        "publish_register": "default_pool",
    }


def test_a_source_is_collected_by_the_clock_for_the_day_that_has_ended(found: dict[str, Any]) -> None:
    dag = found["human_resources.insurance_payment"]
    assert (dag["schedule"], dag["offset"], dag["catchup"]) == ("CronPartitionTimetable", -1, False)


def test_a_derived_dataset_waits_for_the_assets_of_its_inputs(found: dict[str, Any], home: Path) -> None:
    dag = found["credit.enterprise_profile"]
    wanted = [(home / "lake" / "datasets" / k).as_uri() for k in ("credit.penalty", "market_regulation.enterprise")]
    assert (dag["schedule"], dag["assets"]) == ("PartitionedAssetTimetable", wanted)


def test_every_dag_tells_where_its_versions_lie(found: dict[str, Any], home: Path) -> None:
    assert {key: dag["outlets"] for key, dag in found.items()} == {
        key: [(home / "lake" / "datasets" / key).as_uri()] for key in found
    }


def test_a_dag_runs_without_being_switched_on_and_one_run_at_a_time(found: dict[str, Any]) -> None:
    assert {(dag["paused"], dag["at_once"]) for dag in found.values()} == {(False, 1)}


def test_errors_that_may_pass_are_tried_again_and_no_others(found: dict[str, Any]) -> None:
    policy = found["credit.penalty"]["policy"]
    tried_again = {path.rsplit(".", 1)[1] for path, action in policy if action == "retry"}
    own = [c for _, c in inspect.getmembers(schemas.errors, inspect.isclass) if c.__module__ == "schemas.errors"]
    in_a_run = {
        c.__name__
        for c in own
        if getattr(c, "again", False) and c.__name__ not in ("Busy", "DaySpent", "RecipientUnreachable")
    }
    assert tried_again == in_a_run
    assert policy[-1] == ["schemas.errors.YishuError", "fail"]


def test_a_task_reads_its_own_department_only(home: Path) -> None:
    code = (
        "import json, runpy; from airflow.sdk.definitions.context import get_parsing_context;"
        f"made = runpy.run_path({str(FOLDER / 'datasets.py')!r});"
        "print(json.dumps([n for n in made if n.startswith('dag_')]))"
    )
    context = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": "credit.penalty", "_AIRFLOW_PARSING_CONTEXT_TASK_ID": "validate"}
    assert answer(home, code, **context) == ["dag_credit__penalty"]


def test_a_task_in_a_registry_of_a_thousand_contracts_makes_its_own_dag_alone(tmp_path: Path) -> None:
    one = read_contract(find_contracts((SHIPPED_CONTRACTS,))[0])
    write_index((renamed(one, number) for number in range(1000)), tmp_path / "registry")
    code = (
        f"import json, time, runpy, airflow.sdk; began = time.perf_counter();"
        f"made = runpy.run_path({str(FOLDER / 'datasets.py')!r});"
        "print(json.dumps([sum(n.startswith('dag_') for n in made), time.perf_counter() - began]))"
    )
    whole = answer(tmp_path, code)
    context = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": "office_7.set_7", "_AIRFLOW_PARSING_CONTEXT_TASK_ID": "validate"}
    alone = answer(tmp_path, code, **context)
    assert (whole[0], alone[0]) == (1000, 1)
    assert alone[1] < whole[1] / 2, "a task does not make the DAGs of everybody else"


def renamed(one: Dataset, number: int) -> Dataset:
    return replace(one, key=f"office_{number % 50}.set_{number}")


def test_the_runs_of_a_stream_are_named_by_the_moment_of_their_tick(tmp_path: Path) -> None:
    daily = read_contract(find_contracts((SHIPPED_CONTRACTS,))[0])
    stream = replace(daily, key="ecology.air", source=replace(daily.source, schedule="*/15 * * * *"))
    daily = replace(daily, key="ecology.day", source=replace(daily.source, schedule="0 2 * * *"))
    write_index([daily, stream], tmp_path / "registry")
    code = BAG.format(folder=str(FOLDER)) + (
        "import json, pendulum\n"
        "told = {}\n"
        "for key, dag in bag.dags.items():\n"
        "    if key.startswith('ecology'):\n"
        "        from airflow.serialization.encoders import coerce_to_core_timetable\n"
        "        table = coerce_to_core_timetable(dag.schedule)\n"
        "        tick = pendulum.parse('2026-11-20T08:15:00+08:00')\n"
        "        told[key] = table._get_partition_info(run_date=tick)[1]\n"
        "print(json.dumps(told))\n"
    )
    assert answer(tmp_path, code) == {"ecology.air": "2026-11-20T08:00", "ecology.day": "2026-11-20"}
