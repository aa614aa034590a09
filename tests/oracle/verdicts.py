"""Holds a verdict against the oracle: the same count for every rule, the same rows in quarantine for the same rules."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.oracle.judging import Cells, Judged, World, judge
from tests.oracle.promises import Contract

STANDARDS = Path(__file__).parents[2] / "schemas" / "standards"
"""Tables of the package, read as files: data, not code."""


def known_divisions(more: Iterable[str] = ()) -> frozenset[str]:
    """Every division ever known, 12 digits."""
    with (STANDARDS / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["code"].ljust(12, "0") for row in csv.DictReader(file)) | frozenset(more)


def code_tables() -> Mapping[str, frozenset[str]]:
    """Code table -> its codes."""
    tables = {}
    for table in (STANDARDS / "codes").glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            tables[table.stem] = frozenset(row["code"] for row in csv.DictReader(file))
    return tables


def disagreements(contract: Contract, lake: Path, window: str, world: World) -> list[str]:
    """What the verdict of a window and the oracle say differently; the oracle's clean rows become known to `world`."""
    folder = lake / "verdicts" / contract.key / window
    verdict = json.loads((folder / "verdict.json").read_bytes())
    judged = judge(contract, _landed(contract, lake / "landing" / contract.key / window), world)
    world.clean[contract.key] = judged.clean
    found = {one["rule"]: one["failed"] for one in verdict["findings"]}
    expected = {rule: len(rows) for rule, rows in judged.broken.items()} | {"row.duplicate": judged.copies}
    expected |= _misfits(lake / "landing" / contract.key / window, found)
    expected |= _told(contract, lake / "landing" / contract.key / window)
    return [*_counts(found, expected), *_rows(contract, judged, folder), *_clean(verdict, judged)]


def _landed(contract: Contract, folder: Path) -> Cells:
    parts = [pq.read_table(file, partitioning=None) for file in sorted(folder.glob("part-*.parquet"))]
    table = pa.concat_tables(parts)
    return {name: table[name].to_pylist() for name in (*contract.columns, "_row")}


def _misfits(folder: Path, found: Iterable[str]) -> Mapping[str, int]:
    """Values that were rejected on landing; a field of which none was has a finding of 0."""
    rejects = folder / "rejects.parquet"
    fields = pq.read_table(rejects, partitioning=None)["field"].to_pylist() if rejects.is_file() else []
    none = {rule: 0 for rule in found if rule.endswith(".misfit")}
    return none | Counter(f"{name}.misfit" for name in fields)


def _told(contract: Contract, folder: Path) -> Mapping[str, int]:
    """Where the source told how many rows it has, and no rule of the contract asks, that many must lie there."""
    told = json.loads((folder / "manifest.json").read_bytes()).get("source_rows")
    if told is None or any(rule.kind.endswith("to_equal_source") for rule in contract.rules):
        return {}
    files = [*folder.glob("part-*.parquet"), *folder.glob("rejects.parquet")]
    return {"table.source_count": int(sum(pq.read_metadata(file).num_rows for file in files) != told)}


def _counts(found: Mapping[str, int], expected: Mapping[str, int]) -> Iterator[str]:
    for rule in sorted(found.keys() | expected.keys()):
        if found.get(rule) != expected.get(rule):
            yield f"{rule}: the verdict counts {found.get(rule, 'nothing')}, the oracle {expected.get(rule, 'nothing')}"


def _rows(contract: Contract, judged: Judged, folder: Path) -> Iterator[str]:
    """Rule by rule, the rows in quarantine; warnings send none there."""
    file = folder / "quarantine.parquet"
    listed = pq.read_table(file, partitioning=None).to_pylist() if file.is_file() else []
    there: dict[str, set[Any]] = defaultdict(set)
    for row in listed:
        for rule in row["_rules"]:
            there[rule].add(row["_row"])
    for rule in contract.rules:
        rows = judged.broken[rule.name] if rule.severity != "warning" and rule.kind != "rows" else frozenset()
        if there.get(rule.name, set()) != rows:
            differ = sorted(there.get(rule.name, set()) ^ rows)[:5]
            yield f"{rule.name}: other rows are in quarantine than the oracle finds, among them {differ}"


def _clean(verdict: Mapping[str, Any], judged: Judged) -> Iterator[str]:
    passed = len(judged.clean["_row"])
    if verdict["passed"] != passed:
        yield f"{verdict['passed']} rows passed, the oracle lets {passed} pass"
