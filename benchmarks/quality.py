"""Validating with real Great Expectations: 28 rules on twelve columns, a hundredth of the rows with a defect."""

import importlib
import importlib.util
import json
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from benchmarks import benefits
from benchmarks import quality_paths as paths
from benchmarks.row import Row, alternate, seconds

BEYOND = 1024
"""MB that a check of ten million rows may take beyond the import."""
WIDE = "16GB"
"""A limit that no check here comes near: what DuckDB takes when it may."""


def rows(*, full: bool) -> Iterator[Row]:
    """Each way must find just the planted defects; imports are not counted but where they are what is measured."""
    count = 1_000_000 if full else 200_000
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        ours = paths.Ours(place, benefits.write(place, count))
        yield _against_sql(ours, count)
        if full:
            yield _against_pandas(ours, count)
        yield _quarantine(ours, count)
        yield from _against_polars(ours, count)
        yield _import_once(place, count)
    with tempfile.TemporaryDirectory() as name:
        yield _memory(Path(name), 10_000_000 if full else 1_000_000)


def _exact(path: Callable[[], Mapping[str, int]], count: int, *, but: tuple[str, ...] = ()) -> Callable[[], None]:
    """The path, refusing to be fast and wrong; `mobile.required` has a tolerance and a count of its own."""
    truth = {rule: number for rule, number in benefits.truth(count).items() if rule not in but}

    def run() -> None:
        found = {rule: number for rule, number in path().items() if rule not in (*but, "mobile.required")}
        if found != truth:
            raise AssertionError(f"found {found}, expected {truth}")

    return run


def _against_sql(ours: paths.Ours, count: int) -> Row:
    here, there = _exact(ours.validate, count), _exact(lambda: paths.hand_written(ours.place), count)
    a, b = alternate(here, there, times=5)
    processor = [(_processor(here), _processor(there)) for _ in range(3)]
    ratio = median(one for one, _ in processor) / median(other for _, other in processor)
    detail = f"{count} rows, {a:.2f} s and {b:.2f} s; {ratio:.2f} x in processor time"
    return Row("quality.gx-vs-sql-1m", a / b, "x", 1.4, "<=", "the 28 rules by hand in one DuckDB statement", detail)


def _processor(one: Callable[[], object]) -> float:
    began = process_time()
    one()
    return process_time() - began


def _against_pandas(ours: paths.Ours, count: int) -> Row:
    pandas = importlib.import_module("benchmarks.quality_on_pandas")
    # Where a part of a key is missing, Great Expectations counts copies on pandas and none in SQL.
    there = _exact(lambda: pandas.validate(ours.place, ours.landing), count, but=("benefit.unique",))
    a, b = alternate(_exact(ours.validate, count), there)
    detail = f"{count} rows, {a:.2f} s and {b:.2f} s"
    return Row("quality.gx-vs-pandas", b / a, "x", 6.0, ">=", "Great Expectations on pandas", detail)


def _quarantine(ours: paths.Ours, count: int) -> Row:
    ours.quarantine()
    pairs = [(ours.quarantine(), seconds(ours.validate)) for _ in range(5)]
    a, b = median(one for one, _ in pairs), median(other for _, other in pairs)
    detail = f"{count} rows, {a:.2f} s and {b:.2f} s, to a file with all rows that failed"
    return Row("quality.quarantine-vs-validation", a / b, "x", 0.7, "<=", "one validation", detail)


def _against_polars(ours: paths.Ours, count: int) -> Iterator[Row]:
    if importlib.util.find_spec("pandera") is None or importlib.util.find_spec("polars") is None:
        sys.stdout.write(
            "SKIPPED quality.vs-pandera-polars: pandera and polars are not installed; they are no dependencies of "
            "Yishu. To measure: python -m pip install 'pandera[polars]' in an environment that has Yishu\n"
        )
        return
    polars = importlib.import_module("benchmarks.quality_on_polars")
    a, b = alternate(_exact(ours.validate, count), _exact(lambda: polars.validate(ours.place), count), times=5)
    detail = f"{count} rows, {a:.2f} s and {b:.2f} s"
    yield Row("quality.vs-pandera-polars", b / a, "x", 1.0, ">=", "pandera on polars, the same 28 rules", detail)


def _memory(place: Path, count: int) -> Row:
    benefits.write(place, count)
    kept, wide = _process(place, count, paths.MEMORY), _process(place, count, WIDE)
    beyond = kept["after"] - kept["before"]
    detail = (
        f"{count} rows, the whole check in {kept['check']:.0f} s within {paths.MEMORY} of DuckDB; without that limit "
        f"{wide['after'] - wide['before']:.0f} MB in {wide['check']:.0f} s; the import {kept['before']:.0f} MB"
    )
    return Row("quality.peak-memory-10m", beyond, "MB", BEYOND, "<=", "beyond the import", detail)


def _process(place: Path, count: int, memory: str) -> Mapping[str, float]:
    command = [sys.executable, "-m", "benchmarks.quality_process", str(place), str(count), memory]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(json.loads(told.splitlines()[-1]))


def _import_once(place: Path, count: int) -> Row:
    """A task forked from a worker that has imported Great Expectations, against a process that must."""
    alone = _process(place, count, paths.MEMORY)
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as workers:
        imported, checked = workers.apply_async(_in_a_fork, (place, count)).get(timeout=600)
    detail = (
        f"{count} rows: import {alone['import']:.1f} s and check {alone['check']:.1f} s in a new process; "
        f"import {imported:.3f} s and check {checked:.1f} s in a forked one"
    )
    share = imported / alone["import"]
    return Row("quality.import-once", share, "x", 0.05, "<=", "the import in a process of its own", detail)


def _in_a_fork(place: Path, count: int) -> tuple[float, float]:
    began = perf_counter()
    importlib.import_module("great_expectations")
    importlib.import_module("quality.judge")
    imported = perf_counter() - began
    ours = paths.Ours(place, benefits.landing(place, count))
    return imported, seconds(ours.validate)
