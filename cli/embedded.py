"""Brings up the embedded Airflow and our own API under one crew, and says how long each stage took."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from cli import airflow_client
from cli.airflow_home import AirflowHome, environment, free_port, of_yishu, prepare, refusal
from cli.connections import PREFIX
from cli.pools import PORT, follow, pools
from cli.supervisor import Crew, Part
from schemas.dataset import Dataset
from schemas.errors import NotReady
from schemas.settings import Settings

MIGRATED = "migrated.txt"
"""Names the Airflow version whose schema the database has."""


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Seconds per stage, in the order in which they were done."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began


def python(*arguments: str) -> tuple[str, ...]:
    """A command line with the interpreter that we run under."""
    return (sys.executable, "-m", *arguments)


def start_airflow(crew: Crew, settings: Settings, told: Mapping[str, str]) -> AirflowHome:
    """Migrate its database where that is due, then start its API server and DAG processor; no secret of a source."""
    home = prepare(settings, free_port(8080))
    (home.folder / PORT).write_text(str(home.port), encoding="utf-8")
    env = environment(settings, home, without_sources(told))
    _migrate(crew, home, env)
    crew.start(Part("airflow-api-server", python("airflow", "api-server"), env))
    crew.start(Part("airflow-dag-processor", python("airflow", "dag-processor"), env))
    return home


def without_sources(told: Mapping[str, str]) -> dict[str, str]:
    """An environment without the departments' addresses and passwords: only those who collect hold them."""
    return {name: value for name, value in told.items() if not name.startswith(PREFIX)}


def start_scheduler(crew: Crew, settings: Settings, home: AirflowHome, told: Mapping[str, str]) -> None:
    """Start the scheduler, whose workers touch the sources: `told` holds their connections.

    Without its server of task logs, which would listen on all interfaces: they are files of this machine anyway.
    """
    env = environment(settings, home, told)
    crew.start(Part("airflow-scheduler", python("airflow", "scheduler", "--skip-serve-logs"), env))


def _migrate(crew: Crew, home: AirflowHome, env: Mapping[str, str]) -> None:
    from importlib.metadata import version

    mark = home.folder / MIGRATED
    release = version("apache-airflow-core")
    if mark.exists() and mark.read_text(encoding="utf-8") == release:
        return
    crew.run(Part("airflow-migrate", python("airflow", "db", "migrate"), env), seconds=180)
    mark.write_text(release, encoding="utf-8")


def start_api(crew: Crew, settings: Settings, told: Mapping[str, str]) -> str:
    """Start our own API; the address at which it will answer. NotReady where something else answers there."""
    if why := refusal(settings.host, settings.port):
        raise NotReady(f"{settings.host}:{settings.port} cannot be listened at ({why}); set YISHU_PORT to another port")
    env = {**without_sources(told), **of_yishu(settings)}
    at = ("--host", settings.host, "--port", str(settings.port))
    crew.start(Part("api", python("uvicorn", "api.app:app", *at, "--no-access-log"), env))
    return f"http://{settings.host}:{settings.port}"


def await_airflow(crew: Crew, home: AirflowHome, datasets: Mapping[str, Dataset]) -> airflow_client.Airflow:
    """Wait until its API answers, let its pools follow the contracts, wait until it has read every DAG."""
    crew.wait(lambda: airflow_client.answers(f"{home.url}/api/v2/version"), 120, "Airflow's API server")
    airflow_client.answers(f"{home.url}/execution/health")  # its first answer takes seconds: not at a task's cost
    airflow = airflow_client.log_in(home)
    follow(airflow, pools(datasets))
    crew.wait(lambda: _read(home, datasets), 120, "Airflow to read the DAGs")
    return airflow


def _read(home: AirflowHome, datasets: Mapping[str, Dataset]) -> bool:
    """Whether Airflow has read every DAG; NotReady when it says that it cannot."""
    wrong = airflow_client.import_errors(home)
    if wrong:
        raise NotReady(f"Airflow cannot read the DAG file: {wrong[0][-600:]}")
    return airflow_client.known_dags(home) >= datasets.keys()
