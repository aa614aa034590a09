"""`yishu quality docs` writes pages of the last verdict, and says in a sentence why it cannot."""

import json
from datetime import datetime
from pathlib import Path

from click.testing import CliRunner, Result

from cli.door import Door
from cli.main import yishu
from quality.check import check
from schemas.dataset import Dataset
from schemas.errors import BadInput, NotReady
from schemas.index import write_index
from schemas.journey import SHANGHAI
from tests.quality.landings import NOW, dataset, field, land, rule

OF: Dataset = dataset(
    [field("id", key=1)], [rule("key.unique", "column_values_to_be_unique", column="id")], contract_file="c/c.odcs.yaml"
)


def call(home: Path, *arguments: str) -> Result:
    door = Door({"YISHU_HOME": "home"}, home, lambda: datetime(2026, 11, 21, tzinfo=SHANGHAI))
    return CliRunner().invoke(yishu, ["quality", "docs", OF.key, *arguments], obj=door, standalone_mode=False)


def installed(home: Path) -> None:
    write_index([OF], home / "home" / "registry")


def judged(home: Path) -> None:
    lake = home / "home" / "lake"
    check(OF, land(OF, [{"id": "1"}, {"id": "2"}], lake), lake, {}, NOW)


def test_the_docs_of_the_last_verdict_are_written_and_their_first_page_is_told(tmp_path: Path) -> None:
    installed(tmp_path)
    judged(tmp_path)
    told = call(tmp_path, "--out", str(tmp_path / "docs"), "--json")
    assert told.exception is None, told.exception
    index = Path(json.loads(told.stdout)["index"])
    assert index == tmp_path / "docs" / "index.html"
    assert OF.key in index.read_text(encoding="utf-8")
    assert call(tmp_path, "--out", str(tmp_path / "docs"), "--window", "2026-11-20").exception is None


def test_without_a_folder_the_pages_go_into_the_working_folder(tmp_path: Path) -> None:
    installed(tmp_path)
    judged(tmp_path)
    assert call(tmp_path).exception is None
    assert (tmp_path / "quality-docs" / OF.key / "index.html").is_file()


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    installed(tmp_path)
    assert isinstance(call(tmp_path, "--out", str(tmp_path / "docs")).exception, NotReady)
    judged(tmp_path)
    wrong = call(tmp_path, "--out", str(tmp_path / "docs"), "--window", "yesterday").exception
    assert isinstance(wrong, BadInput)
    assert "expected a day (2026-11-20)" in str(wrong)
