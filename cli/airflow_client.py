"""Talks to the embedded Airflow: pools, runs and backfills by its REST API, states by its database, read-only."""

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from cli.airflow_home import USER, AirflowHome
from schemas.errors import BadInput, NotReady, SourceUnreachable, Unknown

TRIES = 5
"""How often a trigger is asked for while Airflow's database is locked: on SQLite two writers may stop each other."""
PAGE = 100
"""Airflow gives no more at once, whatever is asked for."""
ENDED = frozenset({"success", "failed"})


@dataclass(frozen=True, slots=True)
class TaskTime:
    """One task of a run as Airflow's database tells it."""

    task: str
    state: str
    seconds: float
    tries: int


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run of one DAG as Airflow's database tells it."""

    dag: str
    run: str
    kind: str
    """`scheduled`, `manual`, `asset_triggered`, `backfill`…"""
    partition: str
    state: str
    started: str
    ended: str
    tasks: tuple[TaskTime, ...] = ()

    @property
    def seconds(self) -> float:
        """From its start to its end; 0 while it runs."""
        return _seconds(self.started, self.ended)


@dataclass(frozen=True, slots=True)
class Pool:
    """How many tasks at once Airflow lets run against one system."""

    name: str
    slots: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Airflow:
    """A door to the running Airflow with a token that lasts as long as this process needs it."""

    http: httpx.Client
    wait: Callable[[float], None] = time.sleep

    def pools(self) -> Iterator[Pool]:
        """Every pool, a page at a time."""
        start, total = 0, 1
        while start < total:
            answer = self._patiently("GET", "/pools", params={"limit": PAGE, "offset": start, "order_by": "id"})
            told = self._checked(answer, "GET", "/pools")
            yield from (Pool(one["name"], one["slots"], one["description"] or "") for one in told["pools"])
            start, total = start + PAGE, told["total_entries"]

    def make_pool(self, pool: Pool) -> None:
        """A pool whose waiting tasks count, too; one that was made meanwhile stays as it is."""
        body = {"name": pool.name, "slots": pool.slots, "description": pool.description, "include_deferred": True}
        answer = self._patiently("POST", "/pools", json=body)
        if answer.status_code != httpx.codes.CONFLICT:
            self._checked(answer, "POST", "/pools")

    def set_pool(self, pool: Pool) -> None:
        """Other slots and another description for a pool that is there; what runs in it runs on.

        Airflow wants the whole of it, and takes the two.
        """
        path, mask = f"/pools/{quote(pool.name)}", {"update_mask": ["slots", "description"]}
        body = {"pool": pool.name, "slots": pool.slots, "description": pool.description, "include_deferred": True}
        self._checked(self._patiently("PATCH", path, params=mask, json=body), "PATCH", path)

    def trigger(self, dag: str, partition: str) -> str:
        """Run one DAG for one partition now; the id of the run.

        The id is ours, so that asking again after a fault of Airflow's database makes no second run.
        """
        run = f"manual__{partition}_{secrets.token_hex(4)}"
        body = {"logical_date": None, "partition_key": partition, "dag_run_id": run}
        answer = self._patiently("POST", f"/dags/{dag}/dagRuns", json=body)
        if answer.status_code != httpx.codes.CONFLICT:
            self._checked(answer, "POST", f"/dags/{dag}/dagRuns")
        return run

    def partitions(self, dag: str, first: str, last: str, *, again: bool) -> tuple[str, ...]:
        """The partition keys that a backfill over these days, both included, would run."""
        path = "/backfills/dry_run"
        told = self._checked(self._patiently("POST", path, json=_backfill(dag, first, last, again)), "POST", path)
        return tuple(sorted(one["partition_key"] for one in told["backfills"]))

    def backfill(self, dag: str, first: str, last: str, *, again: bool) -> int:
        """Run all partitions of these days, both included; the id of the backfill."""
        made: int = self._ask("POST", "/backfills", json=_backfill(dag, first, last, again))["id"]
        return made

    def _ask(self, method: str, path: str, **what: Any) -> Any:
        return self._checked(self._answer(method, path, **what), method, path)

    def _patiently(self, method: str, path: str, **what: Any) -> httpx.Response:
        """The answer to what may be asked twice: a fault of Airflow's, whose SQLite locks itself, is asked again."""
        answer = self._answer(method, path, **what)
        for again in range(TRIES - 1):
            if not answer.is_server_error:
                break
            self.wait(0.5 * 2**again)
            answer = self._answer(method, path, **what)
        return answer

    def _answer(self, method: str, path: str, **what: Any) -> httpx.Response:
        try:
            return self.http.request(method, f"/api/v2{path}", **what)
        except httpx.TransportError as wrong:
            raise SourceUnreachable(f"Airflow at {self.http.base_url}: {wrong}") from wrong

    def _checked(self, answer: httpx.Response, method: str, path: str) -> Any:
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Unknown(f"Airflow knows no {path.split('/')[2]!r}: {_detail(answer)}")
        if answer.is_error:
            raise BadInput(f"Airflow refused {method} {path} with {answer.status_code}: {_detail(answer)}")
        return answer.json()


def _backfill(dag: str, first: str, last: str, again: bool) -> dict[str, Any]:
    """Airflow's ends are moments, both included, read as wall clock of the DAG's own zone: ours are days."""
    return {
        "dag_id": dag,
        "from_date": f"{first}T00:00:00Z",
        "to_date": f"{last}T23:59:59Z",
        "reprocess_behavior": "completed" if again else "none",
        "max_active_runs": 1,
    }


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("detail", ""))[:300]
    except json.JSONDecodeError:
        return answer.text[:300]


def log_in(home: AirflowHome) -> Airflow:
    """With the generated password of the embedded Airflow; NotReady when it does not answer."""
    http = httpx.Client(base_url=home.url, timeout=60, trust_env=False)
    password = json.loads(home.passwords.read_text(encoding="utf-8"))[USER]
    try:
        answer = http.post("/auth/token", json={"username": USER, "password": password})
        answer.raise_for_status()
    except httpx.HTTPError as wrong:
        raise NotReady(f"Airflow at {home.url} gave no token: {wrong}") from wrong
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Airflow(http)


def answers(url: str) -> bool:
    """Whether something at `url` answers with success."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def known_dags(home: AirflowHome) -> frozenset[str]:
    """The DAGs that Airflow has read so far."""
    return frozenset(row[0] for row in _rows(home, "select dag_id from dag where not is_stale"))


def known_pools(home: AirflowHome) -> dict[str, int]:
    """The pools that Airflow has, with their slots."""
    return {row[0]: int(row[1]) for row in _rows(home, "select pool, slots from slot_pool")}


def import_errors(home: AirflowHome) -> tuple[str, ...]:
    """What Airflow could not read, as it says it."""
    return tuple(f"{row[0]}: {row[1]}" for row in _rows(home, "select filename, stacktrace from import_error"))


def runs(home: AirflowHome, dags: Collection[str]) -> tuple[DagRun, ...]:
    """All runs of these DAGs with their tasks, oldest first."""
    marks = ",".join("?" * len(dags))
    tasks: dict[tuple[str, str], list[TaskTime]] = {}
    for dag, run, task, state, seconds, tries in _rows(
        home,
        "select dag_id, run_id, task_id, coalesce(state, ''), coalesce(duration, 0), try_number from task_instance"
        f" where dag_id in ({marks}) order by start_date",
        tuple(dags),
    ):
        tasks.setdefault((dag, run), []).append(TaskTime(task, state, float(seconds), tries))
    found = _rows(
        home,
        "select dag_id, run_id, run_type, coalesce(partition_key, ''), state, coalesce(start_date, ''),"
        f" coalesce(end_date, '') from dag_run where dag_id in ({marks}) order by id",
        tuple(dags),
    )
    return tuple(
        DagRun(dag, run, kind, partition, state, began, ended_at, tuple(tasks.get((dag, run), ())))
        for dag, run, kind, partition, state, began, ended_at in found
    )


def ended(home: AirflowHome, wanted: Collection[tuple[str, str]]) -> Callable[[], bool]:
    """A question to put again and again: have all these (DAG, partition) a run, and has the newest of each ended?"""

    def all_ended() -> bool:
        newest = {(run.dag, run.partition): run.state for run in runs(home, {dag for dag, _ in wanted})}
        return all(newest.get(one) in ENDED for one in wanted)

    return all_ended


def wait_for_runs(
    home: AirflowHome, wanted: Collection[tuple[str, str]], seconds: float, look: Callable[[], None] = lambda: None
) -> Sequence[DagRun]:
    """Wait until all these (DAG, partition) have ended; NotReady says which have not. `look` is called meanwhile."""
    deadline = time.monotonic() + seconds
    done = ended(home, wanted)
    while not done():
        look()
        if time.monotonic() > deadline:
            raise NotReady(f"after {seconds:.0f} s not all of {sorted(wanted)} had ended")
        time.sleep(0.3)
    return [run for run in runs(home, {dag for dag, _ in wanted}) if (run.dag, run.partition) in set(wanted)]


def _rows(home: AirflowHome, statement: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    try:
        with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True, timeout=60)) as database:
            return database.execute(statement, values).fetchall()
    except sqlite3.OperationalError as wrong:
        raise NotReady(f"Airflow's database at {home.database}: {wrong}") from wrong


def _seconds(started: str, ended_at: str) -> float:
    if not started or not ended_at:
        return 0.0
    return (datetime.fromisoformat(ended_at) - datetime.fromisoformat(started)).total_seconds()
