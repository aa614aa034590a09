"""Validating with real Great Expectations: 28 rules on twelve columns, a hundredth of the rows with a defect."""

import importlib
import json
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import benefits, polars_process
from benchmarks import quality_paths as paths
from benchmarks.row import Row, seconds

BEYOND = 1024
"""MB that a check of ten million rows may take beyond the import."""
WIDE = "16GB"
"""A limit that no check here comes near: what DuckDB takes when it may."""
TURNS = 3
SIZES = {200_000: "200k", 1_000_000: "1m", 10_000_000: "10m"}
PANDAS = 1_000_000
"""More rows than these are too many for Great Expectations on pandas here."""

HOW_SQL = "; sql works check digits out by macros, sql-with-tables looks them up as ours does before its one statement"
HOW_POLARS = (
    "; polars works check digits out by its own expressions and has the failing rows when it is done, all in memory; "
    "ours has them after the quarantine, which is timed apart, and never holds the table"
)

Way = Callable[[], Mapping[str, float]]
"""A run: name of what was timed -> seconds."""


def rows(*, full: bool) -> Iterator[Row]:
    """Each way must find just the planted defects; imports are not counted but where they are what is measured."""
    small, large = (1_000_000, 10_000_000) if full else (200_000, 1_000_000)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        yield from _ways(place, small)
        yield _import_once(place, small)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        yield from _ways(place, large)
        yield _memory(place, large)


def _ways(place: Path, count: int) -> Iterator[Row]:
    """All ways in turns, so that a noisy minute falls on all alike; medians after a warm-up of each."""
    ours = paths.Ours(place, benefits.write(place, count))
    with ExitStack() as stack:
        ways: list[Way] = [
            lambda: _ours(ours, count),
            lambda: _timed("sql", lambda: paths.hand_written(place), count),
            lambda: _timed("sql-with-tables", lambda: paths.hand_written_with_tables(place), count),
        ]
        interpreter = polars_process.python()
        if interpreter is not None:
            polars = stack.enter_context(polars_process.Polars(interpreter, place))
            ways.append(lambda: _polars(polars, count))
        if count <= PANDAS:
            ways.append(lambda: _pandas(ours, count))
        ways.append(lambda: dict(zip(("profile", "linkage"), ours.describe(), strict=True)))
        took = _medians(ways)
    yield from _compared(SIZES[count], took)


def _compared(size: str, took: Mapping[str, float]) -> Iterator[Row]:
    def row(name: str, value: float, goal: tuple[str, float], against: str, how: str = "") -> Row:
        detail = ", ".join(f"{way} {spent:.2f} s" for way, spent in took.items()) + how
        return Row(f"quality.{name}-{size}", value, "x", goal[1], goal[0], against, detail)

    ours, most, least = took["ours"], "<=", ">="
    yield row("gx-vs-sql", ours / took["sql"], (most, 1.4), "the 28 rules by hand in one DuckDB statement", HOW_SQL)
    if "pandas" in took:
        yield row("gx-vs-pandas", took["pandas"] / ours, (least, 6.0), "Great Expectations on pandas")
    yield row("quarantine", took["quarantine"] / ours, (most, 0.7), "one validation")
    if "polars" in took:
        yield row(
            "vs-pandera-polars", took["polars"] / ours, (least, 1.0), "pandera on polars, the same 28 rules", HOW_POLARS
        )
    yield row("profile-linkage", (took["profile"] + took["linkage"]) / ours, (most, 1.0), "one validation")


def _medians(ways: list[Way]) -> dict[str, float]:
    for way in ways:
        way()
    turns = [{name: spent for way in ways for name, spent in way().items()} for _ in range(TURNS)]
    return {name: median(turn[name] for turn in turns) for name in turns[0]}


def _ours(ours: paths.Ours, count: int) -> Mapping[str, float]:
    found, judging, writing = ours.quarantine()
    _exact(found, count)
    return {"ours": judging, "quarantine": writing}


def _timed(name: str, way: Callable[[], Mapping[str, int]], count: int) -> Mapping[str, float]:
    began = perf_counter()
    found = way()
    spent = perf_counter() - began
    _exact(found, count)
    return {name: spent}


def _polars(polars: polars_process.Polars, count: int) -> Mapping[str, float]:
    found, spent = polars.validate()
    _exact(found, count)
    return {"polars": spent}


def _pandas(ours: paths.Ours, count: int) -> Mapping[str, float]:
    pandas = importlib.import_module("benchmarks.quality_on_pandas")
    began = perf_counter()
    found = pandas.validate(ours.place, ours.landing)
    spent = perf_counter() - began
    # Where a part of a key is missing, Great Expectations counts copies on pandas and none in SQL.
    _exact(found, count, but="benefit.unique")
    return {"pandas": spent}


def _exact(found: Mapping[str, int], count: int, *, but: str = "") -> None:
    """Refuse to be fast and wrong; `mobile.required` has a tolerance and a count of its own."""
    apart = (but, "mobile.required")
    truth = {rule: number for rule, number in benefits.truth(count).items() if rule not in apart}
    told = {rule: number for rule, number in found.items() if rule not in apart}
    if told != truth:
        raise AssertionError(f"found {told}, expected {truth}")


def _memory(place: Path, count: int) -> Row:
    kept, wide = _process(place, count, paths.MEMORY), _process(place, count, WIDE)
    beyond = kept["after"] - kept["before"]
    detail = (
        f"the whole check with clean rows, quarantine and profile in {kept['check']:.0f} s within {paths.MEMORY} of "
        f"DuckDB; without that limit {wide['after'] - wide['before']:.0f} MB in {wide['check']:.0f} s; the import "
        f"{kept['before']:.0f} MB"
    )
    return Row(f"quality.peak-memory-{SIZES[count]}", beyond, "MB", BEYOND, "<=", "beyond the import", detail)


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
        f"import {imported:.3f} s and validation {checked:.1f} s in a forked one"
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
