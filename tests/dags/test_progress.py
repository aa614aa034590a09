"""Long work says how far it is: every batch is counted, a word is said now and then, who does not ask does not pay."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.landing.landing import land, make_plan
from connectors.landing.progress import counted, told_to
from connectors.protocol import Batch, Misfit
from dags.progress import Fetching, Listener, Progress, duration
from tests.connectors.conformance import DAY, NAMES, NOW, ROWS, dataset_of
from tests.connectors.test_csv_folder import CsvBench


def batch(rows: int, misfits: int = 0) -> Batch:
    wrong = tuple(Misfit(n, "a", "x", "no", "x") for n in range(misfits))
    return Batch("piece", 1, pa.record_batch([pa.array(["x"] * rows)], ["a"]), misfits=wrong)


def test_every_batch_is_told_with_its_misfits_and_nothing_of_it_is_changed() -> None:
    progress = Progress(Listener(lambda _line: None, 1e9))
    batches = [batch(3), batch(2, misfits=4)]
    with told_to(progress):
        assert list(counted(iter(batches))) == batches
    assert progress.rows == 9
    assert progress.size > 0


def test_without_a_listener_the_batches_pass_as_they_are() -> None:
    batches = iter([batch(1)])
    assert counted(batches) is batches


def test_a_word_is_said_so_often_and_no_oftener() -> None:
    said: list[str] = []
    now = iter(float(n) for n in range(100))
    progress = Progress(Listener(said.append, 10.0), expected=1000, clock=lambda: next(now))
    for _ in range(35):
        progress.moved(10, 1000)
    assert len(said) == 3
    assert said[0] == "100 rows · 0 MB · 10 rows/s · about 90 s left, if there are 1,000 as last time".replace(
        "90 s", duration(90)
    )


def test_more_than_last_time_is_no_estimate() -> None:
    now = iter((0.0, 10.0))
    said: list[str] = []
    Progress(Listener(said.append, 1.0), expected=5, clock=lambda: next(now)).moved(10, 2_000_000)
    assert said == ["10 rows · 2 MB · 1 rows/s"]


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0 s"), (89, "89 s"), (600, "10 min"), (7500, "2 h 5 min")])
def test_a_rest_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_landing_is_counted_to_the_last_row(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    bench = CsvBench(tmp_path / "drop")
    bench.fill(NAMES, ROWS)
    dataset = dataset_of(bench.source())
    connector = bench.connector(dataset)
    progress = Progress(Listener(lambda _line: None, 1e9))
    with told_to(progress):
        landing = land(dataset, make_plan(dataset, connector, DAY, tmp_path), connector, tmp_path, NOW)
    assert progress.rows == landing.read == 3


def test_on_a_terminal_one_line_renews_itself_and_is_gone_at_the_end() -> None:
    code = "from cli.watching import watching\nwith watching() as l:\n l.begins('land'); l.tell('5 rows')"
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-c", code], stderr=theirs, stdout=subprocess.PIPE, check=True)
    os.close(theirs)
    said = os.read(ours, 1000).decode()
    os.close(ours)
    assert done.stdout == b""
    assert said == "\r\x1b[Kland\r\x1b[K5 rows\r\x1b[K"


def test_elsewhere_it_is_a_line_and_no_steps() -> None:
    code = "from cli.watching import watching\nwith watching() as l:\n l.begins('land'); l.tell('5 rows')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "5 rows\n")


def test_a_file_that_is_fetched_is_told_of_now_and_then_with_its_rest() -> None:
    said: list[str] = []
    now = iter([0.0, *(float(n) for n in range(1, 100))])
    progress = Fetching(Listener(said.append, 10.0), clock=lambda: next(now))
    for piece in range(1, 26):
        progress.fetched("人口.csv", piece * 4_000_000, 400_000_000)
    assert said == [
        "fetching 人口.csv · 40 of 400 MB · 4.0 MB/s · about 90 s left".replace("90 s", duration(90)),
        "fetching 人口.csv · 80 of 400 MB · 4.0 MB/s · about 80 s left",
    ]


def test_a_file_that_is_begun_anew_and_one_of_unknown_length_are_told_of_too() -> None:
    said: list[str] = []
    now = iter(float(n) for n in range(100))
    progress = Fetching(Listener(said.append, 1.0), clock=lambda: next(now))
    for size in (1_000_000, 3_000_000, 1_000_000, 2_000_000):
        progress.fetched("a.csv", size, None)
    assert said == [
        "fetching a.csv · 1 MB",
        "fetching a.csv · 3 MB · 2.0 MB/s",
        "fetching a.csv · 1 MB",
        "fetching a.csv · 2 MB · 1.0 MB/s",
    ]


def test_a_small_file_is_told_of_in_kb() -> None:
    said: list[str] = []
    now = iter(float(n) for n in range(100))
    progress = Fetching(Listener(said.append, 1.0), clock=lambda: next(now))
    progress.fetched("a.csv", 12_345, 24_690)
    assert said == ["fetching a.csv · 12 of 25 KB"]
