"""Data Contract CLI, the reference tool of the Open Data Contract Standard, in its own environment and off the network.

How it counts: a range or a length is two checks, one for each end. Of values that must be unique it counts those that
occur more than once, each once (`value`), and beside that all rows that have one (`failed_rows`); ours counts these
rows: 834 values that occur twice are 1,668 rows. Check digits, reference sets, foreign keys and sums it does not know.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tests.clients.environment import environment

HERE = Path(__file__).parent
LOCK = HERE / "datacontract.lock"
PATIENCE = 300
ENDS: Mapping[str, str] = {
    "field_required": "required",
    "field_primary_key_unique": "unique",
    "model_duplicate_values": "unique",
    "model_primary_key_unique": "unique",
    "field_unique": "unique",
    "field_regex": "pattern",
    "field_minimum": "range",
    "field_maximum": "range",
    "field_min_length": "length",
    "field_max_length": "length",
    "field_invalid_values": "set",
}
"""Its kind of check -> the end of our rule's name."""
UNKNOWING = ("field_is_present", "field_type")
"""Checks about columns, of which the second only says that it cannot see types in Parquet."""
TYPES = {"string": "VARCHAR", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}
"""It knows no CHAR(n), and wants a physical type of every column."""


@dataclass(frozen=True)
class DataContract:
    """The program, and a home of its own so that it finds no settings of anybody's."""

    program: Path
    home: Path

    def lint(self, *contracts: Path) -> Mapping[Path, tuple[int, str]]:
        """`datacontract lint` of each: exit status, 0 where it accepts the file, and what it says."""
        lines = [["lint", "--no-inline-references", str(file.resolve())] for file in contracts]
        python = str(self.program.with_name("python"))
        done = self._ended([python, str(HERE / "offline" / "many.py")], json.dumps(lines))
        return {
            file: (int(code), str(said)) for file, (code, said) in zip(contracts, json.loads(done.stdout), strict=True)
        }

    def test(self, contract: Path, rows: pa.Table) -> Mapping[str, int]:
        """`datacontract test` of the contract on these rows: our names of rules -> rows that it finds to break them."""
        shutil.rmtree(self.home / "test", ignore_errors=True)
        (self.home / "test").mkdir()
        file, told = self.home / "test" / "rows.parquet", self.home / "test" / "told.json"
        pq.write_table(rows, file)
        copy = self.home / "test" / "contract.odcs.yaml"
        copy.write_text(_with_server(contract, file), encoding="utf-8")
        options = ["--no-inline-references", "--output-format", "json", "--output", str(told)]
        done = self._ended([str(self.program), "test", *options, str(copy)])
        if not told.is_file():
            raise RuntimeError(f"datacontract test came to nothing: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return _counts(json.loads(told.read_bytes())["checks"])

    def _ended(self, command: Sequence[str], given: str = "") -> subprocess.CompletedProcess[str]:
        """What the command came to; it is ended at once if it calls anybody."""
        words = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(HERE / "offline"),
            "DO_NOT_TRACK": "1",
            "COLUMNS": "200",
        }
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.home,
            env=words,
            timeout=PATIENCE,
            input=given,
        )
        if "CALLED OUT" in done.stderr:
            raise RuntimeError(f"{command}: {done.stderr}")
        return done


def made(home: Path) -> DataContract:
    """The tool with its environment made where it is not there; NotMade otherwise."""
    return DataContract(environment(LOCK) / "datacontract", home)


def _with_server(contract: Path, file: Path) -> str:
    """A copy that says where the rows lie; lists of values in the standard's own words, for it passes over ours."""
    page = yaml.safe_load(contract.read_text(encoding="utf-8-sig"))
    page["servers"] = [{"server": "rows", "type": "local", "path": str(file), "format": "parquet"}]
    for field in page["schema"][0]["properties"]:
        field["physicalType"] = TYPES.get(field["logicalType"], field.get("physicalType"))
        field["quality"] = [_in_its_words(item) for item in field.get("quality", [])]
    return yaml.safe_dump(page, allow_unicode=True, sort_keys=False)


def _in_its_words(item: Mapping[str, Any]) -> Mapping[str, Any]:
    call = item["implementation"]
    if call["type"] != "expect_column_values_to_be_in_set":
        return item
    values = {"validValues": call["kwargs"]["value_set"]}
    return {"name": item["name"], "type": "library", "metric": "invalidValues", "arguments": values, "mustBe": 0}


def _counts(checks: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for check in checks:
        kind, told = check["type"], check.get("diagnostics")
        if kind in UNKNOWING:
            continue
        if not told or kind not in ENDS:
            raise RuntimeError(f"datacontract test: {kind} {check.get('name')}: {check.get('reason')}")
        key = kind in ("field_primary_key_unique", "model_primary_key_unique", "model_duplicate_values")
        name = "key" if key else check["field"]
        found[f"{name}.{ENDS[kind]}"] += (
            told.get("failed_rows", told["value"]) if ENDS[kind] == "unique" else told["value"]
        )
    return found
