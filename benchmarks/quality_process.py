"""One check in a process of its own: `python -m benchmarks.quality_process <place> <rows> <memory>` prints its cost.

What it prints is one JSON object: seconds of the import and of the check, and the greatest resident memory in MB
after the import and after the check.
"""

import importlib
import json
import sys
from pathlib import Path
from time import perf_counter

from benchmarks import benefits
from quality.check import check_within
from quality.start import starting
from quality.task import Task
from tests.builders import NOW


def megabytes() -> float:
    """The greatest resident memory of this process, by Linux; `getrusage` also knows that of whoever started it."""
    told = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(told.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Import, check once, tell."""
    place, rows, memory = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    began = perf_counter()
    with starting():
        for module in ("quality.judge", "quality.quarantine", "quality.suite"):
            importlib.import_module(module)
        limits = importlib.import_module("quality.engine").Limits(2, memory)
    imported, before = perf_counter() - began, megabytes()
    landing = benefits.landing(place, rows)
    began = perf_counter()
    verdict = check_within(Task(benefits.DATASET, landing, place, benefits.references(place), NOW), limits)
    spent = perf_counter() - began
    found = {one.rule: one.failed for one in verdict.findings}
    wrong = {rule: (found[rule], count) for rule, count in benefits.truth(rows).items() if found[rule] != count}
    if wrong:
        raise AssertionError(f"found and expected differ: {wrong}")
    told = {"import": imported, "check": spent, "before": before, "after": megabytes()}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
