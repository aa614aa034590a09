"""Control files say how many rows their files have, and are told in words where they do not."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.landing.landing import MANIFEST, land, make_plan, read_landing
from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from schemas import lake as places
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.errors import SourceChanged, SourceUnreachable
from tests.builders import make_field
from tests.connectors.conformance import DAY, NOW, dataset_of, landed

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


@pytest.mark.parametrize("digits", [19, 5_000, 60_000])
def test_a_number_that_no_file_can_have_is_told(folder: Path, digits: int) -> None:
    (folder / "a.ctl").write_text("9" * digits)
    _, connector = of(folder, {"file": "{stem}.ctl"})
    with pytest.raises(SourceChanged, match=r"a\.ctl: found '9+' in its first cell, expected .*, in 18 digits at most"):
        connector.plan(DAY)


def test_a_control_file_as_large_as_data_is_not_read(folder: Path) -> None:
    (folder / "a.ctl").write_text("9" * 200_000)
    _, connector = of(folder, {"file": "{stem}.ctl"})
    with pytest.raises(SourceChanged, match=r"a\.ctl: found more than 64 KiB, expected a control file"):
        connector.plan(DAY)


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
