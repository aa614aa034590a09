"""The source's own count: of a table's window, and from a service's answer."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import connector_for, option_mistakes
from schemas.connection import Connection
from schemas.dataset import FieldType, Kind, Source
from tests.builders import make_field
from tests.connectors.conformance import dataset_of, landed
from tests.connectors.paged_source import Service, ok, serving


def test_a_table_is_counted_within_its_window_only(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t.db") as database:
        database.execute("create table t (code text, born text)")
        days = ("2026-11-19", "2026-11-20", "2026-11-20", "2026-11-21")
        database.executemany("insert into t values (?, ?)", [(str(n), day) for n, day in enumerate(days)])
    database.close()
    fields = (make_field("code", key=1), make_field("born", type=FieldType(Kind.DATE)))
    dataset = dataset_of(Source("sql_table", "db", {"table": "t", "window_column": "born"}), fields)
    connector = connector_for(dataset, Connection("db", "sqlite", host=str(tmp_path / "t.db")))
    landing = landed(dataset, connector, tmp_path / "lake")
    assert (landing.read, landing.source_rows) == (2, 2)


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as running:
        running.records = [{"code": str(n), "name": "甲"} for n in range(5)]
        yield running


def test_a_service_that_pages_by_cursor_says_its_total_beside_the_records(service: Service, tmp_path: Path) -> None:
    def answer(parameters: dict[str, str]) -> Any:
        first = "cursor" not in parameters
        told = {"total": 6} if first else {}  # said once; and one record is kept back
        rest = service.records[:3] if first else service.records[3:]
        return ok({"items": rest, "next": "more" if first else None, **told})

    service.answer = answer
    paged = {"path": "/p", "records": "items", "page": {"kind": "cursor", "next": "next"}, "total": "total"}
    dataset = dataset_of(Source("rest", "api", paged), (make_field("code", key=1), make_field("name")))
    assert option_mistakes(dataset) == ()
    connector = connector_for(dataset, Connection("api", "http", host="127.0.0.1", port=service.port))
    landing = landed(dataset, connector, tmp_path)
    assert (landing.read, landing.source_rows) == (5, 6)
