"""Lands payments in a process of its own, once for each line that it is given; tells seconds, rows and peak memory."""

import json
import resource
import shutil
import sys
import time
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from benchmarks import payments
from benchmarks.told_process import Told
from connectors.landing.landing import land, make_plan
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.journey import Window
from tests.builders import NOW


def landing(connection: Connection, lake: Path, source: Source | None = None) -> Told:
    """A process that lands the payments of a connection: from `source`, else from a table."""
    work = asdict(connection) | {"extra": dict(connection.extra), "lake": str(lake)}
    if source is not None:
        work["source"] = {"kind": source.kind, "options": dict(source.options)}
    return Told([sys.executable, "-m", "benchmarks.connectors_process"], work)


def main() -> None:
    """The first line is the connection, the lake and the source as JSON; each further one asks for a whole landing."""
    told = json.loads(sys.stdin.readline())
    lake, source, dataset = Path(told.pop("lake")), told.pop("source", None), payments.dataset()
    connection = Connection(**told)
    if source is not None:
        dataset = replace(dataset, source=Source(source["kind"], connection.id, source["options"]))
    for _ in sys.stdin:
        began = time.perf_counter()
        rows = landed(connection, lake, dataset)
        spent = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(json.dumps({"seconds": spent, "rows": rows, "peak": peak}) + "\n")
        sys.stdout.flush()


def landed(connection: Connection, lake: Path, dataset: Dataset) -> int:
    """The whole landing, from the plan to the manifest."""
    shutil.rmtree(lake, ignore_errors=True)
    connector = connector_for(dataset, connection)
    landing = land(
        dataset, make_plan(dataset, connector, Window.of_day(date(2026, 11, 19)), lake), connector, lake, NOW
    )
    if landing.rejects or landing.source_rows not in (None, landing.rows):
        raise AssertionError(f"landed {landing.rows} of {landing.source_rows} rows, rejected {landing.rejected}")
    return landing.rows


if __name__ == "__main__":
    main()
