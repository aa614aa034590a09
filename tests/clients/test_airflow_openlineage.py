"""Airflow's own OpenLineage provider, in an Airflow that is not ours, tells a running server what its task made."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.api.conftest import City, built, city
from tests.clients.conftest import skipped_unless_made
from tests.clients.environment import environment
from tests.served import serving

__all__ = ["built", "city"]
HERE = Path(__file__).parent
KEY = "civil_affairs.low_income"
COPY = "postgres://tengzhou:5432 civil.public.low_income"
pytestmark = [pytest.mark.clients, pytest.mark.slow]


@pytest.fixture(scope="session")
def programs() -> Path:
    make = lambda: environment(HERE / "airflow_openlineage.lock")  # noqa: E731 - a thing to make, as the others are
    return skipped_unless_made("Airflow's OpenLineage provider", make)


def airflow(programs: Path, home: Path, transport: dict[str, object], *arguments: str) -> None:
    words = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(HERE / "airflow_dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "tengzhou",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
        "PYTHONPATH": str(HERE / "offline"),
        "NO_PROXY": "*",
    }
    command = [str(programs / "airflow"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=words, cwd=home)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_task_of_another_airflow_shows_in_the_lineage_of_what_it_read(
    city: City, programs: Path, tmp_path: Path
) -> None:
    home = tmp_path / "airflow"
    home.mkdir()
    with serving(city.client.app) as url:
        auth = {"type": "api_key", "apiKey": city.credentials["tengzhou"]}
        transport = {"type": "http", "url": url, "auth": auth}
        airflow(programs, home, transport, "db", "migrate")
        airflow(programs, home, transport, "dags", "test", "nightly")
    edges = city.get(f"/datasets/{KEY}/lineage", "tengzhou").json()["edges"]
    told = [(one["from"], one["to"]) for one in edges if one["told_by"]]
    assert told == [({"kind": "dataset", "key": KEY}, {"kind": "foreign", "name": COPY})]
    assert COPY not in city.get(f"/datasets/{KEY}/lineage", "laiwu").text
