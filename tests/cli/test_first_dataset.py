"""docs/add-a-department.md: from an empty folder to the first published version of a new table, in five commands."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.connectors.databases import connection_to

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-department.md").read_text(encoding="utf-8")
PART = PAGE.split("## Draft it from the source")[1].split("\n## ")[0]
COMMANDS = re.findall(r"^\$ yishu (.+)$", PART, re.MULTILINE)
ANSWERS = dict(re.findall(r"^\| `(TODO [^`]+)` \| `([^`]+)` \|$", PART, re.MULTILINE))
MOST_COMMANDS = 5
MOST_SECONDS = 300
PASSWORD = "only-reads-4711"


@pytest.fixture
def reading(postgres_url: str) -> str:
    """A login that can only read the example's table, as a URI."""
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute((ROOT / "docs" / "examples" / "civil_affairs" / "relief.sql").read_text(encoding="utf-8"))
        database.execute("drop role if exists yishu_read")
        database.execute(sql.SQL("create role yishu_read login password {}").format(sql.Literal(PASSWORD)))
        database.execute("grant select on relief to yishu_read")
    of = connection_to(postgres_url)
    return f"postgres://yishu_read:{PASSWORD}@{of.host}:{of.port}/{of.schema}"


def run(folder: Path, connection: str, command: str) -> str:
    """One real process, as a person would start it; what it said."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "YISHU_HOME": "home",
        "YISHU_CONTRACTS": "contracts",
        "AIRFLOW_CONN_RELIEF_DB": connection,
    }
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *command.split()],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"yishu {command}\n{done.stdout}\n{done.stderr}"
    assert PASSWORD not in done.stdout + done.stderr
    return done.stdout


def fill_in(file: Path) -> None:
    """What a person does in an editor: the answers of the page in place of what the draft asks."""
    text = file.read_text(encoding="utf-8")
    for question, answer in ANSWERS.items():
        assert question in text, f"the page answers {question!r}, which the draft does not ask"
        text = text.replace(question, answer)
    assert "TODO " not in "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    file.write_text(text, encoding="utf-8")


def test_five_commands_lead_from_an_empty_folder_to_a_published_version(reading: str, tmp_path: Path) -> None:
    assert len(COMMANDS) == MOST_COMMANDS
    began = time.monotonic()
    said = []
    for number, command in enumerate(COMMANDS):
        said.append(run(tmp_path, reading, command))
        if number == 0:
            fill_in(tmp_path / "contracts" / "civil_affairs" / "relief.odcs.yaml")
    assert time.monotonic() - began < MOST_SECONDS
    assert "proposal-open" in said[1]
    told = dict(line.split(": ", 1) for line in said[-1].splitlines() if ": " in line)
    assert (told["read"], told["published"], told["quarantined"]) == ("12", "11", "1")
    assert "gmsfhm.resident_id" in told["rules"]
    assert "`gmsfhm.resident_id`" in PART
    assert list((tmp_path / "home" / "lake").rglob("*.parquet"))
