"""What a check must not do: reach the network, print, or write outside its verdict's folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

WATCHED = """
import pathlib, sys
from decimal import Decimal

touched = []

def watch(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.sendto")):
        touched.append((event, str(arguments[1:])))
    if event == "socket.bind" and arguments[1][0] != "::1":  # urllib3 asks so, when imported, whether there is IPv6
        touched.append((event, str(arguments[1:])))
    if event == "subprocess.Popen" or event == "os.system":
        touched.append((event, str(arguments[0])))
    if event == "open" and (arguments[2] or 0) & 3 and not str(arguments[0]).startswith(("/dev/", sys.argv[1])):
        touched.append((event, str(arguments[0])))

sys.addaudithook(watch)
from quality.check import check
assert "great_expectations" not in sys.modules, "importing quality.check must be cheap"
from tests.quality.landings import NOW, dataset, field, land, money, rule

of = dataset(
    [field("person_id", key=1), money("amount")],
    [
        rule("key.unique", "column_values_to_be_unique", column="person_id"),
        rule("amount.range", "column_values_to_be_between", column="amount", min_value=0),
    ],
)
lake = pathlib.Path(sys.argv[1])
rows = [{"person_id": str(n // 2), "amount": Decimal(n)} for n in range(100)]
verdict = check(of, land(of, rows, lake), lake, {}, NOW)
assert (verdict.passed, verdict.quarantined) == (0, 100), verdict
from quality.docs import render
from schemas.past import Past, PastVersion
past = Past(tuple(PastVersion(n, f"w{n}", 100) for n in range(3)))
check(of, land(of, rows, lake), lake, {}, NOW, past=past)
assert render(lake, of.key, None, lake / "docs").is_file()
import great_expectations
assert touched == [], touched
"""


def test_a_check_and_its_docs_touch_no_network_print_nothing_and_write_only_their_own(tmp_path: Path) -> None:
    lake, home = tmp_path / "lake", tmp_path / "home"
    lake.mkdir()
    home.mkdir()
    root = Path(__file__).parents[2]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", WATCHED, str(lake)]
    told = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
    assert list(home.rglob("*")) == []
    assert (lake / "docs" / "index.html").is_file()
    shutil.rmtree(lake / "docs")
    names = {file.relative_to(lake).as_posix() for file in lake.rglob("*") if file.is_file()}
    assert names == {
        "landing/civil_affairs.low_income/2026-11-20/part-0.parquet",
        "verdicts/civil_affairs.low_income/2026-11-20/.lock",
        "verdicts/civil_affairs.low_income/2026-11-20/clean-0.parquet",
        "verdicts/civil_affairs.low_income/2026-11-20/profile.json",
        "verdicts/civil_affairs.low_income/2026-11-20/quarantine.parquet",
        "verdicts/civil_affairs.low_income/2026-11-20/validation.json",
        "verdicts/civil_affairs.low_income/2026-11-20/verdict.json",
    }
