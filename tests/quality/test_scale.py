"""A million rows: the check stays within its memory, spilling to its scratch folder, and counts every row."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from schemas.arrow import arrow_schema
from schemas.record import to_json
from tests.quality.landings import dataset, field, land, money, rule

ROWS = 1_000_000
OF = dataset(
    [field("person_id", key=1), field("month", key=2), field("mobile"), field("address"), money("amount")],
    [
        rule("key.unique", "compound_columns_to_be_unique", column_list=["person_id", "month"]),
        rule("mobile.unique", "column_values_to_be_unique", column="mobile"),
        rule("mobile.mobile", "column_values_to_match_regex", column="mobile", regex="^1[3-9][0-9]{9}$"),
        rule("amount.range", "column_values_to_be_between", column="amount", min_value=0, max_value=9000),
    ],
)
CHECK = """
import json, pathlib, resource, sys
from quality.check import Task, check_within
from quality.engine import Limits
from schemas.journey import Landing
from schemas.record import from_json
from tests.quality.landings import NOW
from tests.quality.test_scale import OF

lake = pathlib.Path(sys.argv[1])
landing = from_json(Landing, (lake / "landing.json").read_bytes(), where="landing.json")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
verdict = check_within(Task(OF, landing, lake, {}, NOW), Limits(threads=2, memory="256MB"))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
failed = {one.rule: one.failed for one in verdict.findings}
counts = [verdict.read, verdict.passed, verdict.quarantined, verdict.duplicates]
print(json.dumps({"megabytes": (peak - before) / 1024, "counts": counts, "failed": failed}))
"""


@pytest.mark.slow
def test_a_million_rows_stay_within_the_memory_given(tmp_path: Path) -> None:
    """Every tenth row is a copy of the one before it, every thousandth breaks a rule."""
    numbers = [n - 1 if n % 10 == 9 else n for n in range(ROWS)]
    table = pa.table(
        {
            "person_id": [f"P{n // 12:08}" for n in numbers],
            "month": [f"{n % 12 + 1:02}" for n in numbers],
            "mobile": [f"13{n:09}" if n % 1000 else f"?{n}" for n in numbers],
            "address": [f"枣庄市薛城区光明路{n}号" for n in numbers],
            "amount": pa.array([n % 1000 for n in numbers], pa.int32()).cast(pa.decimal128(18, 2)),
        }
    ).cast(arrow_schema(OF))
    (tmp_path / "landing.json").write_bytes(to_json(land(OF, table, tmp_path, parts=4)))
    del table
    command = [sys.executable, "-c", CHECK, str(tmp_path)]
    told = subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False, cwd=Path(__file__).parents[2]
    )
    assert told.returncode == 0, told.stderr
    said = json.loads(told.stdout)
    assert said["counts"] == [ROWS, ROWS * 9 // 10 - ROWS // 1000, ROWS // 1000, ROWS // 10]
    assert said["failed"]["mobile.mobile"] == ROWS // 1000
    assert said["megabytes"] < 700, said
