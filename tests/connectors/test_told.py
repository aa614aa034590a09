"""The source's own count: from a control file, from a service's answer, and absent from manifests of older releases."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.landing.landing import MANIFEST, land, make_plan, read_landing
from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from schemas import lake as places
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Source
from schemas.errors import SourceChanged, SourceUnreachable
from tests.builders import make_field
from tests.connectors.conformance import DAY, NOW, dataset_of, landed
from tests.connectors.paged_source import Service, ok, serving

FIELDS = (make_field("code", key=1), make_field("name"))
CONTROL = {"file": "{stem}.ctl", "column": "rows"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    for name, rows in (("a", 2), ("b", 3)):
        lines = "".join(f"{name}{n},甲\n" for n in range(rows))
        (tmp_path / "drop" / f"{name}.csv").write_text(f"code,name\n{lines}", "gb18030")
        (tmp_path / "drop" / f"{name}.ctl").write_text(f"文件,rows\n{name}.csv,{rows}\n", "gb18030")
    return tmp_path / "drop"


def of(folder: Path, control: Any, **options: Any) -> tuple[Dataset, Connector]:
    told = {"pattern": "*.csv", "encoding": "gb18030", "control": control} | options
    dataset = dataset_of(Source("csv_folder", "drop", told), FIELDS)
    assert option_mistakes(dataset) == ()
    return dataset, connector_for(dataset, Connection("drop", "fs", host=str(folder)))


def test_control_files_say_how_many_rows_their_files_have(folder: Path, tmp_path: Path) -> None:
    dataset, connector = of(folder, CONTROL)
    landing = landed(dataset, connector, tmp_path / "lake")
    assert (landing.read, landing.source_rows) == (5, 5)


def test_a_count_that_is_not_that_of_the_rows_lands_for_the_rule_to_tell(folder: Path, tmp_path: Path) -> None:
    (folder / "b.ctl").write_text("7")
    (folder / "a.ctl").write_text("2")
    dataset, connector = of(folder, {"file": "{stem}.ctl"}, fill_down=["name"])
    landing = landed(dataset, connector, tmp_path / "lake")
    assert (landing.read, landing.source_rows) == (5, 9)


def test_a_control_file_that_has_not_come_yet_is_worth_another_try(folder: Path) -> None:
    (folder / "b.ctl").unlink()
    _, connector = of(folder, CONTROL)
    with pytest.raises(SourceUnreachable, match=r"no control file b\.ctl beside .*b\.csv yet"):
        connector.plan(DAY)


@pytest.mark.parametrize("text", ["", "rows\n", "rows\n\n", "rows\n三\n", "count\n3\n", "rows\n-1\n"])
def test_a_control_file_without_a_number_is_told(folder: Path, text: str) -> None:
    (folder / "a.ctl").write_text(text)
    _, connector = of(folder, CONTROL)
    with pytest.raises(SourceChanged, match=r"a\.ctl: found .* under 'rows', expected the number of rows of a\.csv"):
        connector.plan(DAY)


@pytest.mark.parametrize("file", ["count.ctl", "../{stem}.ctl", ""])
def test_a_control_that_names_no_file_beside_the_data_is_a_mistake_of_the_contract(file: str) -> None:
    options = {"pattern": "*.csv", "encoding": "utf-8", "control": {"file": file}}
    [mistake] = option_mistakes(dataset_of(Source("csv_folder", "drop", options), FIELDS))
    assert "options.control.file" in mistake


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
    dataset = dataset_of(Source("rest", "api", paged), FIELDS)
    assert option_mistakes(dataset) == ()
    connector = connector_for(dataset, Connection("api", "http", host="127.0.0.1", port=service.port))
    landing = landed(dataset, connector, tmp_path)
    assert (landing.read, landing.source_rows) == (5, 6)


def test_a_manifest_of_an_older_release_tells_no_count(folder: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    dataset, connector = of(folder, CONTROL)
    land(dataset, make_plan(dataset, connector, DAY, lake), connector, lake, NOW)
    file = lake / places.landing(dataset.key, DAY) / MANIFEST
    older = json.loads(file.read_text(encoding="utf-8"))
    assert older.pop("source_rows") == 5
    file.write_text(json.dumps(older), encoding="utf-8")
    found = read_landing(lake, dataset.key, DAY)
    assert found is not None
    assert (found.read, found.source_rows) == (5, None)
