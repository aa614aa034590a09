"""The demo for real: Airflow's own processes, its own database, the API, and nothing left running."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cli.sessions import members

pytestmark = pytest.mark.slow


def test_a_small_city_goes_the_whole_way_with_airflow_and_every_answer_is_right(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = (sys.executable, "-m", "cli.main", "demo", "--once", "--json", "--home", str(home))
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "YISHU"))}
    demo = subprocess.Popen(
        (*command, "--people", "2000", "--enterprises", "1000"),
        env=plain,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    said, complaints = demo.communicate(timeout=600)
    assert said, complaints.decode()[-3000:]
    report = json.loads(said)
    assert (demo.returncode, report["right"]) == (0, True), complaints.decode()[-3000:]
    assert all(one["balanced"] for one in report["datasets"])
    assert len(report["datasets"]) == 7
    with closing(sqlite3.connect(home / "airflow" / "airflow.db")) as database:
        runs = database.execute("select dag_id, run_type, partition_key, state from dag_run").fetchall()
    assert {state for *_, state in runs} == {"success"}
    assert {kind for key, kind, *_ in runs if key == "credit.enterprise_profile"} == {"asset_triggered"}
    assert len({day for key, _, day, _ in runs if key == "human_resources.insurance_payment"}) == 3
    assert members([demo.pid]) == ()
    assert alive_with(str(home)) == []


def alive_with(text: str) -> list[str]:
    """Processes whose environment names this home; the crew's sessions are their own."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found
