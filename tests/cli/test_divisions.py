"""`yishu divisions`: a year at the operator's door, from the question about a lost code to its answer."""

import json
from pathlib import Path

import pytest

from catalog.database import upgrade
from schemas.errors import BadInput, ContractBroken
from tests.cli.test_main import call, facts

TOWNS = "code,name\n370481001,荆河街道\n370481101,东沙河镇\n"
FEWER = "code,name\n370481001,荆河街道\n370481002,东沙河街道\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    upgrade(f"sqlite:///{tmp_path / 'home' / 'catalogue.db'}")
    (tmp_path / "towns.csv").write_text(TOWNS, encoding="gb18030")
    (tmp_path / "fewer.csv").write_text(FEWER, encoding="utf-8")
    return tmp_path


def year(home: Path, file: str, number: str, *more: str):  # type: ignore[no-untyped-def]
    return call(home, "divisions", "import", str(home / file), "--year", number, "--source", "nbs", *more)


def test_a_year_is_shown_then_stored_and_a_second_time_changes_nothing(home: Path) -> None:
    shown = facts(year(home, "towns.csv", "2024", "--dry-run", "--json"))
    assert [one["name"] for one in shown["added"]] == ["荆河街道", "东沙河镇"]  # type: ignore[index]
    assert facts(year(home, "towns.csv", "2024", "--json"))["stored"] == 2  # type: ignore[index]
    assert facts(year(home, "towns.csv", "2024", "--json"))["stored"] == 0  # type: ignore[index]


def test_a_lost_code_is_asked_for_with_a_form_and_taken_when_it_is_told(home: Path) -> None:
    assert year(home, "towns.csv", "2024").exception is None
    asked = year(home, "fewer.csv", "2025")
    assert isinstance(asked.exception, BadInput)
    assert "old,new,kind\n370481101000,,  (东沙河镇)" in asked.stdout
    told = home / "lineage.csv"
    told.write_text("old,new,kind\n370481101,370481002,rename\n", encoding="utf-8")
    done = year(home, "fewer.csv", "2025", "--lineage", str(told))
    assert "ended: 1\n  370481101000 东沙河镇" in done.stdout
    assert "stored: 3" in done.stdout


@pytest.mark.parametrize(
    "line", ["370481101,,rename", "370481101,370481002,ended", "37048,1,merge", "370481101,x,gone"]
)
def test_a_lineage_file_is_refused_with_its_lines(home: Path, line: str) -> None:
    file = home / "lineage.csv"
    file.write_text(f"old,new,kind\n{line}\n", encoding="utf-8")
    refused = year(home, "fewer.csv", "2025", "--lineage", str(file))
    assert isinstance(refused.exception, ContractBroken)
    assert ":2: " in str(refused.exception)


def test_a_comparison_says_who_wins(home: Path) -> None:
    told = facts(
        call(
            home,
            "divisions",
            "compare",
            str(home / "towns.csv"),
            str(home / "fewer.csv"),
            "--as",
            "nbs",
            "mca",
            "--json",
        )
    )
    assert told["differences"] == {"missing_there": 1, "missing_here": 1, "renamed": 0, "other_parent": 0}  # type: ignore[index]
    assert {(one["authority"], one["wins"]) for one in told["conflicts"]} == {("nbs", "here")}  # type: ignore[index]
    lines = call(home, "divisions", "compare", str(home / "towns.csv"), str(home / "fewer.csv")).stdout
    assert "370481101 东沙河镇 [unknown] town: nbs" in lines


def test_who_is_right_is_recorded_with_its_ground(home: Path) -> None:
    assert isinstance(call(home, "divisions", "authority", "town", "mca").exception, BadInput)
    told = facts(call(home, "divisions", "authority", "town", "mca", "--basis", "本市决定", "--json"))
    assert told["town"]["source"] == "mca"  # type: ignore[index]
    assert json.loads(call(home, "divisions", "authority", "--json").stdout)["town"]["basis"] == "本市决定"


def test_the_land_of_zones_is_recorded(home: Path) -> None:
    (home / "zones.csv").write_text("code,name\n370176,济南高新区\n", encoding="utf-8")
    assert year(home, "zones.csv", "2024", "--zones").exception is None
    file = home / "land.csv"
    file.write_text("zone,place,source\n370176,370112,文号甲\n", encoding="utf-8")
    assert facts(call(home, "divisions", "custody", str(file), "--json")) == {"recorded": 1}
    file.write_text("zone,place,source\n370176,370112,\n37017,370112,甲\n", encoding="utf-8")
    assert isinstance(call(home, "divisions", "custody", str(file)).exception, ContractBroken)
