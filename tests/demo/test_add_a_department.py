"""The walk-through of docs/add-a-department.md works as it is written, command by command."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.door import Door
from cli.main import yishu
from tests.demo.conftest import NOW

ROOT = Path(__file__).parents[2]
WHOLE = (ROOT / "docs" / "add-a-department.md").read_text(encoding="utf-8")
PAGE = WHOLE.split("## A folder of files, step by step")[1]
EXAMPLE = ROOT / "docs" / "examples" / "transport"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """A home with the two things that the page tells to write: the contract, and the connection."""
    folder = tmp_path_factory.mktemp("department")
    (folder / "contracts" / "transport").mkdir(parents=True)
    shutil.copy(EXAMPLE / "bus_stop.odcs.yaml", folder / "contracts" / "transport")
    words = {"conn_type": "fs", "host": str(EXAMPLE)}
    environment = {
        "YISHU_HOME": str(folder / "home"),
        "YISHU_CONTRACTS": "contracts",
        "AIRFLOW_CONN_TRANSPORT_DROP": json.dumps(words),
    }
    return Door(environment, folder, lambda: NOW)


def ask(door: Door, *arguments: str) -> Result:
    return CliRunner().invoke(yishu, list(arguments), obj=door, standalone_mode=False)


def commands() -> list[list[str]]:
    """What stands on the page after `$ yishu`, in its order, but for the draft."""
    return [line.split() for line in re.findall(r"^\$ yishu (.+)$", PAGE, re.MULTILINE)]


def test_every_command_of_the_page_works_in_its_order(door: Door) -> None:
    assert len(commands()) == 6
    for arguments in commands():
        result = ask(door, *arguments)
        assert result.exception is None, f"yishu {' '.join(arguments)}: {result.exception!r}\n{result.output}"
        assert result.exit_code == 0


def test_the_numbers_are_those_of_the_page(door: Door) -> None:
    ask(door, "contract", "compile")
    ask(door, "db", "upgrade")
    result = ask(door, "run", "transport.bus_stop", "--window", "2026-11-20", "--json")
    told = json.loads(result.output)
    assert (told["read"], told["published"], told["quarantined"], told["duplicates"]) == (12, 8, 3, 1)
    assert told["rules"] == {
        "longitude.misfit": 1,
        "division.known": 1,
        "name.required": 1,
        "row.duplicate": 1,
    }
    for rule in told["rules"]:
        assert f"`{rule}`" in PAGE
    assert "12 = 8 + 3 + 1" in PAGE


def test_a_draft_of_the_contract_is_made_for_a_newcomer(door: Door) -> None:
    assert "yishu contract new transport.bus_stop contracts" in PAGE
    result = ask(door, "contract", "new", "transport.bus_stop", "drafts")
    assert result.exception is None
    assert (door.working / "drafts" / "transport" / "bus_stop.odcs.yaml").is_file()
