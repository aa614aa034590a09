"""Runs a few lines in a process of their own with an AIRFLOW_HOME of their own; what they print as JSON comes back."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from schemas.contract import find_contracts, read_contract
from schemas.index import write_index
from schemas.settings import SHIPPED_CONTRACTS

BAG = """
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder={folder!r})
"""


def compiled_home(folder: Path) -> Path:
    """A home with the shipped contracts compiled."""
    write_index(map(read_contract, find_contracts((SHIPPED_CONTRACTS,))), folder / "registry")
    return folder


def answer(home: Path, code: str, **variables: str) -> Any:
    """The last line that `code` prints, as JSON."""
    ours = {
        "YISHU_HOME": str(home),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        **variables,
    }
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "YISHU"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=plain | ours, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.strip().splitlines()[-1])
