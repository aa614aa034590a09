"""Every verdict of the demo city with its planted faults is that of a second judge who shares no code with ours."""

import csv
import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.door import Door
from cli.main import yishu
from schemas.journey import SHANGHAI
from tests.demo.conftest import NOW, Played
from tests.oracle.judging import Cells, World
from tests.oracle.promises import read
from tests.oracle.verdicts import code_tables, disagreements, known_divisions

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "schemas" / "contracts"
EXAMPLES = ROOT / "docs" / "examples"


def world(day: str, divisions: frozenset[str]) -> World:
    return World(divisions, code_tables(), datetime.fromisoformat(day).replace(tzinfo=SHANGHAI))


def test_every_verdict_of_the_demo_city_is_the_oracles(played: Played) -> None:
    with (played.city.folder / "divisions.csv").open(encoding="utf-8", newline="") as file:
        divisions = known_divisions(row["code"].ljust(12, "0") for row in csv.DictReader(file))
    clean: dict[str, Cells] = {}
    differ: dict[str, list[str]] = {}
    judged = 0
    for key in played.city.truth:
        contract = read(SHIPPED / f"{key.replace('.', '/')}.odcs.yaml")
        for day in played.city.windows(key):
            there = world(day, divisions)
            there.clean.update(clean)
            differ[f"{key} {day}"] = disagreements(contract, played.settings.lake, day, there)
            clean.update(there.clean)
            judged += 1
    assert {at: said for at, said in differ.items() if said} == {}
    assert judged >= len(list(SHIPPED.glob("*/*.odcs.yaml")))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of a home through which the example of the documentation went."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(EXAMPLES / "transport", folder / "contracts" / "transport")
    connection = json.dumps({"conn_type": "fs", "host": str(EXAMPLES / "transport")})
    words = {
        "YISHU_HOME": str(folder / "home"),
        "YISHU_CONTRACTS": "contracts",
        "AIRFLOW_CONN_TRANSPORT_DROP": connection,
    }
    door = Door(words, folder, lambda: NOW)
    for arguments in (
        ["contract", "compile"],
        ["db", "upgrade"],
        ["run", "transport.bus_stop", "--window", "2026-11-20"],
    ):
        result = CliRunner().invoke(yishu, arguments, obj=door, standalone_mode=False)
        assert result.exception is None, result.output
    return folder / "home" / "lake"


def test_the_verdict_of_the_example_in_the_documentation_is_the_oracles(example: Path) -> None:
    contracts = sorted(EXAMPLES.glob("*/*.odcs.yaml"))
    assert [file.name for file in contracts] == ["bus_stop.odcs.yaml"], "an example that nobody judges a second time"
    contract = read(contracts[0])
    assert disagreements(contract, example, "2026-11-20", world("2026-11-20", known_divisions())) == []


def test_the_oracle_tells_a_verdict_that_is_off_by_one_row(example: Path, tmp_path: Path) -> None:
    lake = shutil.copytree(example, tmp_path / "lake")
    file = lake / "verdicts" / "transport.bus_stop" / "2026-11-20" / "verdict.json"
    told = json.loads(file.read_bytes())
    rule = next(one for one in told["findings"] if one["rule"] == "name.required")
    rule["failed"] += 1
    file.write_text(json.dumps(told))
    contract = read(EXAMPLES / "transport" / "bus_stop.odcs.yaml")
    said = disagreements(contract, lake, "2026-11-20", world("2026-11-20", known_divisions()))
    assert said == ["name.required: the verdict counts 2, the oracle 1"]
