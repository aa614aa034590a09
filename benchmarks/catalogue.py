"""The access rule: what one decision costs, against fetching the grant that it looks at."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from benchmarks import catalogue_lineage, catalogue_once, catalogue_search
from benchmarks.row import Row, alternate
from catalog import database, tables
from catalog.access import decide
from schemas.access import Standing
from schemas.divisions import shipped
from tests.builders import NOW, make_ask, make_dataset, make_grant


def rows(*, full: bool) -> Iterator[Row]:
    """A decision is never the expensive part of a read: it costs less than one look into the catalogue."""
    tree, dataset = shipped(), make_dataset()
    grant = make_grant(number="YS-2026-000001", start=NOW - timedelta(days=1), end=NOW + timedelta(days=1))
    ask, standing = make_ask(), Standing(True, False, 1)
    count = 20_000 if full else 2_000
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'catalogue.db'}"
        database.upgrade(url)
        engine = database.connect(url)
        one = select(tables.organisation).where(tables.organisation.c.credit_code == dataset.owner)

        def decisions() -> None:
            for _ in range(count):
                decide(ask, dataset, (grant,), standing, tree)

        def lookups() -> None:
            for _ in range(count):
                with engine.connect() as connection:
                    connection.execute(one).all()

        a, b = alternate(decisions, lookups)
        engine.dispose()
    detail = f"{a / count * 1e6:.0f} µs and {b / count * 1e6:.0f} µs, {count} times"
    yield Row("catalogue.decide-vs-lookup", a / b, "x", 1.0, "<=", "one SELECT by primary key on SQLite", detail)
    yield from catalogue_search.rows(full=full)
    yield from catalogue_lineage.rows(full=full)
    yield from catalogue_once.rows(full=full)
