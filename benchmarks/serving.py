"""Rows out of a published version under a decision, against reading the same file with nothing to decide."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks import sample, serving_http, serving_ledger, serving_pages, serving_splice, serving_verify
from benchmarks.row import Row, alternate
from catalog.access import decide
from catalog.rows.reader import open_rows
from catalog.rows.writer import Layout, write_parts
from schemas.access import Mode, Standing
from schemas.arrow import arrow_schema, schema_hash
from schemas.dataset import ScopeRole
from schemas.divisions import shipped
from schemas.journey import Snapshot, Window
from tests.builders import DAY, NOW, SHIZHONG, make_ask, make_grant, make_subject


def rows(*, full: bool) -> Iterator[Row]:
    """One county of six, masked, and the whole version unmasked."""
    count = 2_000_000 if full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        dataset = sample.dataset(place, "utf-8")
        schema = arrow_schema(dataset)
        table = sample.table(dataset, count).sort_by([("town", "ascending"), ("number", "ascending")])
        files = write_parts(iter([table]), Layout(schema, "town"), place)
        snapshot = Snapshot(
            dataset.key, 1, dataset.contract_hash, Window.of_day(DAY), files, count, schema_hash(schema), "", NOW
        )
        tree = shipped()
        term: dict[str, Any] = {"start": NOW - timedelta(days=1), "end": NOW + timedelta(days=1)}
        grant = make_grant(
            dataset=dataset.key, number="YS-2026-000001", divisions=(SHIZHONG,), scope=ScopeRole.HOUSEHOLD, **term
        )
        ask = make_ask(make_subject(SHIZHONG), dataset=dataset.key, mode=Mode.BULK)
        decision = decide(ask, dataset, (grant,), Standing(True, False, 1), tree)
        found = 0

        def county() -> None:
            nonlocal found
            found = sum(batch.num_rows for batch in open_rows(place, dataset, snapshot, decision, tree))

        def whole() -> None:
            for file in files:
                with pq.ParquetFile(place / file.part.path) as opened:
                    for _ in opened.iter_batches():
                        pass

        a, b = alternate(county, whole)
        detail = f"{found} of {count} rows, {a * 1000:.0f} ms and {b * 1000:.0f} ms"
        yield Row("serving.county-vs-whole", a / b, "x", 0.6, "<=", "pyarrow reading the whole version", detail)
    yield from serving_splice.rows(full=full)
    yield from serving_http.rows(full=full)
    yield from serving_ledger.rows(full=full)
    yield from serving_verify.rows(full=full)
    yield from serving_pages.rows(full=full)
