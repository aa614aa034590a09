"""`make bench`: runs every benchmark, prints a table, writes build/bench.json and build/bench-machine.json."""

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path

from benchmarks.row import Row

AREAS = ("connectors", "quality", "serving", "catalogue")
BUILD = Path("build")


def main() -> int:
    """0 when every target holds, 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=("quick", "full"), default="quick")
    parser.add_argument("--only", choices=AREAS)
    asked = parser.parse_args()
    rows: list[Row] = []
    for area in [asked.only] if asked.only else AREAS:
        for row in importlib.import_module(f"benchmarks.{area}").rows(full=asked.size == "full"):
            print(line(row), flush=True)
            rows.append(row)
    write(rows)
    return 0 if all(row.holds for row in rows) else 1


def line(row: Row) -> str:
    """One row of the table."""
    verdict = "holds " if row.holds else "MISSED"
    return (
        f"{verdict} {row.name:<34} {row.value:8.2f} {row.unit:<3} {row.comparison} {row.target:<5} "
        f"against {row.against}; {row.detail}"
    )


def write(rows: list[Row]) -> None:
    """The rows and the machine's facts as JSON."""
    BUILD.mkdir(exist_ok=True)
    facts = [
        {
            "name": row.name,
            "value": round(row.value, 4),
            "unit": row.unit,
            "target": row.target,
            "comparison": row.comparison,
            "holds": row.holds,
            "against": row.against,
            "detail": row.detail,
        }
        for row in rows
    ]
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    (BUILD / "bench.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (BUILD / "bench-machine.json").write_text(json.dumps(machine, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
