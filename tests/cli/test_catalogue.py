"""`yishu catalogue`: entries by the file at the operator's door."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.database import upgrade
from schemas.entry_file import write_entries
from schemas.errors import BadInput, SecretData
from tests.cli.test_main import call, facts
from tests.entries import make_entry


@pytest.fixture
def home(tmp_path: Path) -> Path:
    upgrade(f"sqlite:///{tmp_path / 'home' / 'catalogue.db'}")
    return tmp_path


@pytest.mark.parametrize("kind", ["xlsx", "csv", "jsonl"])
def test_what_is_exported_is_the_same_when_it_is_imported(home: Path, kind: str) -> None:
    first = home / f"first.{kind}"
    first.write_bytes(write_entries([make_entry(), make_entry(title="临时救助信息", code="")], kind))
    looked = facts(call(home, "catalogue", "import", str(first), "--json"))
    assert looked["fates"] == {"new": 2}  # type: ignore[index]
    assert (
        facts(call(home, "catalogue", "export", str(home / "none.csv"), "--state", "draft", "--json"))["written"] == 0
    )  # type: ignore[index]
    assert call(home, "catalogue", "import", str(first), "--apply").exception is None
    second = home / f"second.{kind}"
    assert facts(call(home, "catalogue", "export", str(second), "--state", "draft", "--json"))["written"] == 2  # type: ignore[index]
    again = facts(call(home, "catalogue", "import", str(second), "--json"))
    assert again["fates"] == {"same": 2}  # type: ignore[index]


def test_mistakes_are_told_with_their_lines_and_nothing_is_taken_in(home: Path) -> None:
    file = home / "目录.csv"
    file.write_text("信息资源名称,共享类型\n甲,也许\n乙,无条件共享\n", encoding="gb18030")
    refused = call(home, "catalogue", "import", str(file), "--apply")
    assert isinstance(refused.exception, BadInput)
    assert "目录.csv:2: 共享类型: found '也许'" in refused.stdout
    assert facts(call(home, "catalogue", "export", str(home / "x.csv"), "--state", "draft", "--json"))["written"] == 0  # type: ignore[index]


def test_a_secret_is_refused_and_not_repeated(home: Path) -> None:
    file = home / "目录.csv"
    file.write_text("信息资源名称,是否涉密\n某清单,是\n", encoding="utf-8")
    refused = call(home, "catalogue", "import", str(file))
    assert isinstance(refused.exception, SecretData)
    assert "某清单" not in str(refused.exception) + refused.stdout


def test_whose_they_are_may_be_told_where_the_file_is_silent(home: Path) -> None:
    file = home / "目录.jsonl"
    file.write_bytes(write_entries([replace(make_entry(), provider="", division="")], "jsonl"))
    told = call(
        home, "catalogue", "import", str(file), "--provider", make_entry().provider, "--division", "3704", "--json"
    )
    assert [one["flaws"] for one in facts(told)["entries"]] == [[]]  # type: ignore[index]
