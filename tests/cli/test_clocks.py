"""`yishu calendar`, `rules` and `sweep` as an operator calls them."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from schemas.errors import BadInput
from tests.cli.test_main import call, facts

RULE = "370400000000,correction,7,working_days,,,2026-01-01,,演示：枣庄办法第九条\n"
HEAD = "jurisdiction,event,days,unit,extend_days,extend_approver,valid_from,valid_to,source\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    call(tmp_path, "db", "upgrade")
    (tmp_path / "rules.csv").write_text(HEAD + RULE, encoding="utf-8")
    days = "2027-01-01,no,演示通知\n2027-10-01,no,演示通知\n2027-10-02,yes,演示通知\n"
    (tmp_path / "2027.csv").write_text("day,working,source\n" + days, encoding="utf-8")
    return tmp_path


def listed(result: Result) -> list[dict[str, object]]:
    told = facts(result)
    assert isinstance(told, list)
    return told


def test_a_year_is_imported_once_and_listed_with_its_source(home: Path) -> None:
    file = str(home / "2027.csv")
    assert facts(call(home, "calendar", "import", file, "--json")) == {"read": 3, "added": 3, "moved": 0}
    assert facts(call(home, "calendar", "import", file, "--json")) == {"read": 3, "added": 0, "moved": 0}
    assert listed(call(home, "calendar", "list", "--year", "2027", "--json"))[2] == {
        "day": "2027-10-02",
        "working": True,
        "source": "演示通知",
    }
    assert "2026-10-10  worked" in call(home, "calendar", "list").stdout


def test_a_calendar_with_a_mistake_changes_nothing(home: Path) -> None:
    (home / "2027.csv").write_text("day,working,source\n2027-01-01,no,演示\n2027-10-01,maybe,演示\n", encoding="utf-8")
    refused = call(home, "calendar", "import", str(home / "2027.csv"))
    assert isinstance(refused.exception, BadInput)
    assert "2027.csv:3: working: found maybe, expected yes or no" in str(refused.exception)
    assert listed(call(home, "calendar", "list", "--year", "2027", "--json")) == []


def test_a_local_rule_is_listed_before_the_national_one_where_it_holds(home: Path) -> None:
    call(home, "rules", "import", str(home / "rules.csv"))
    here = listed(call(home, "rules", "list", "--event", "correction", "--division", "370481", "--json"))
    assert [(one["jurisdiction"], one["days"]) for one in here] == [("370400000000", 7), ("national", 10)]
    elsewhere = listed(call(home, "rules", "list", "--event", "correction", "--division", "3701", "--json"))
    assert [one["jurisdiction"] for one in elsewhere] == ["national"]
    before = ("--division", "370481", "--on", "2025-12-31")
    assert len(listed(call(home, "rules", "list", "--event", "correction", *before, "--json"))) == 1
    assert "待核实" in call(home, "rules", "list").stdout


def test_the_rules_of_a_division_are_those_of_an_event(home: Path) -> None:
    assert "--division needs --event" in str(call(home, "rules", "list", "--division", "3704").exception)


def test_a_sweep_says_how_many_it_told(home: Path) -> None:
    assert json.loads(call(home, "sweep", "--json").stdout) == {
        "reminded": 0,
        "breached": 0,
        "escalated": 0,
        "overdue": 0,
        "requests": 0,
        "corrections": 0,
    }
