"""How a verdict's files come to lie in the lake."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from quality import sql
from quality.check import check, read_verdict
from quality.files import install, locked
from tests.quality.landings import DAY, NOW, clean, dataset, field, land

OF = dataset([field("a", key=1)])
HOLD = """
import pathlib, sys, time
from quality.files import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_verdict_is_written_last_and_what_stood_there_before_is_gone(tmp_path: Path) -> None:
    (tmp_path / "clean-7.parquet").write_bytes(b"old")
    (tmp_path / "verdict.json").write_bytes(b"old")
    fresh = tmp_path / "fresh"
    fresh.write_bytes(b"new")
    install(tmp_path, {"clean-0.parquet": fresh}, b"{}")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clean-0.parquet", "verdict.json"]
    assert (tmp_path / "verdict.json").read_bytes() == b"{}"


def test_a_move_that_fails_leaves_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        install(tmp_path, {"clean-0.parquet": tmp_path / "nowhere"}, b"{}")
    assert list(tmp_path.iterdir()) == []


def test_another_landing_of_the_window_replaces_the_verdict_whole(tmp_path: Path) -> None:
    check(OF, land(OF, [{"a": "1"}, {"a": "2"}], tmp_path), tmp_path, {}, NOW)
    verdict = check(OF, land(OF, [{"a": "3"}], tmp_path), tmp_path, {}, NOW)
    assert read_verdict(tmp_path, OF.key, DAY) == verdict
    assert clean(verdict, tmp_path)["a"].to_pylist() == ["3"]


def test_a_killed_check_gives_its_lock_back(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    with holder.stdout:
        assert holder.stdout.readline() == "held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with locked(tmp_path):
        assert holder.poll() == -signal.SIGKILL


def test_names_and_texts_are_quoted_for_duckdb() -> None:
    assert sql.names(["a", 'b"c']) == '"a", "b""c"'
    assert sql.text("O'x") == "'O''x'"
    assert sql.parquet([Path("/lake/a*[1]?.parquet")]) == (
        "read_parquet(['/lake/a[*][[]1][?].parquet'], hive_partitioning = false)"
    )
