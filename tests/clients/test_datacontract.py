"""Data Contract CLI accepts every contract of ours, and counts rows as its page here says."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from schemas.arrow import arrow_schema
from schemas.contract import find_contracts, read_contract
from tests.clients.datacontract import HERE, DataContract

ROOT = Path(__file__).parents[2]
OURS = find_contracts(
    (ROOT / "schemas" / "contracts", ROOT / "docs" / "examples", ROOT / "tests" / "real" / "contracts")
)
STOPS = ROOT / "docs" / "examples" / "transport" / "bus_stop.odcs.yaml"

pytestmark = pytest.mark.clients


def stops(**columns: list[Any]) -> pa.Table:
    """Bus stops that keep every rule, but for what `columns` say."""
    count = len(next(iter(columns.values())))
    sound = {
        "stop_no": [f"ZD{n:04}" for n in range(count)],
        "name": ["光明广场"] * count,
        "division": ["370402000000"] * count,
        "longitude": [Decimal(117)] * count,
        "latitude": [Decimal(34)] * count,
        "lines": [3] * count,
        "opened_on": [None] * count,
    }
    return pa.table(sound | columns, schema=arrow_schema(read_contract(STOPS)))


def failed(datacontract: DataContract, rows: pa.Table) -> dict[str, int]:
    return {rule: count for rule, count in datacontract.test(STOPS, rows).items() if count}


def test_lint_accepts_every_contract_that_comes_with_the_product(datacontract: DataContract) -> None:
    refused = {file.name: said for file, (status, said) in datacontract.lint(*OURS).items() if status}
    assert refused == {}
    assert len(OURS) >= 23


def test_lint_refuses_what_is_no_contract(datacontract: DataContract, tmp_path: Path) -> None:
    broken = tmp_path / "broken.odcs.yaml"
    broken.write_text(STOPS.read_text(encoding="utf-8").replace('tenant: "370400000000"', "tenant: 370400000000"))
    status, said = datacontract.lint(broken)[broken]
    assert status == 1
    assert "tenant" in said


def test_clean_rows_break_no_rule_and_every_rule_was_looked_at(datacontract: DataContract) -> None:
    counted = datacontract.test(STOPS, stops(lines=[0, 100, None]))
    assert set(counted.values()) == {0}
    assert {"key.unique", "stop_no.pattern", "name.required", "name.length", "longitude.range"} <= set(counted)


def test_of_a_repeated_key_every_row_is_counted_however_often_it_occurs(datacontract: DataContract) -> None:
    numbers = ["ZD0001", "ZD0001", "ZD0001", "ZD0002", "ZD0002", "ZD0003"]
    assert failed(datacontract, stops(stop_no=numbers)) == {"key.unique": 5}


def test_both_ends_of_a_range_and_of_a_length_are_counted(datacontract: DataContract) -> None:
    rows = stops(
        longitude=[Decimal(n) for n in ("72.999999", "73", "136", "136.000001")],
        name=["站", "长" * 31, "长" * 30, None],
    )
    assert failed(datacontract, rows) == {"longitude.range": 2, "name.length": 1, "name.required": 1}


def test_a_pattern_is_found_with_its_very_end(datacontract: DataContract) -> None:
    assert failed(datacontract, stops(stop_no=["ZD0001", "ZD0002\n", "ZD１１１１", "xZD0003"])) == {
        "stop_no.pattern": 3
    }


def test_the_tool_is_ended_when_it_calls_anybody(tmp_path: Path) -> None:
    script = "import socket; socket.getaddrinfo('nowhere.invalid', 443)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sitecustomize\n{script}"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(HERE / "offline")},
    )
    assert (done.returncode, "CALLED OUT" in done.stderr) == (97, True)
