"""The page on splicing: its check by hand runs as it stands there, and finds what the page says."""

import re
from pathlib import Path

import pytest

from catalog.shelf import Shelf
from tests.builders import NOW, make_verdict
from tests.catalog.test_splice import DATASET, ROWS, allow, spliced

PAGE = Path(__file__).parents[2] / "docs" / "splice.md"


def test_the_check_by_hand_runs(
    sqlite_shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS), NOW)
    made = spliced(sqlite_shelf, allow("370402001000"))
    made.write(tmp_path / "low_income.parquet")
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(PAGE), "exec"), {})
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith(" 300 None")
    assert told[2] == made.digest
    assert "370402001" in told[3]
    assert "370403" not in told[3]
