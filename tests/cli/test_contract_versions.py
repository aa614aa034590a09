"""A contract that breaks what is compiled needs a new major version, and whoever holds a grant on it is told."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from catalog.shelf import open_shelf
from cli.contract_versions import unbroken
from cli.door import Door
from cli.main import yishu
from schemas.access import Grant, Mode
from schemas.contract import read_contract
from schemas.errors import BadInput, ContractBroken
from schemas.journey import SHANGHAI
from schemas.settings import SHIPPED_CONTRACTS

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=SHANGHAI)
TEXT = (SHIPPED_CONTRACTS / "credit" / "penalty.odcs.yaml").read_text(encoding="utf-8")
ASKER = "11370400DEM000017T"
MODES = "value: [bulk, delta, query, file]"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door({"YISHU_HOME": "home"}, tmp_path, lambda: NOW)


def call(door: Door, *arguments: str) -> Result:
    return CliRunner().invoke(yishu, list(arguments), obj=door, standalone_mode=False)


def contract(door: Door, folder: str, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = door.working / folder / "credit" / "penalty.odcs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


FEWER, NEXT = (MODES, "value: [query]"), ("version: 1.0.0", "version: 2.0.0")


def with_a_grantee(door: Door) -> None:
    call(door, "db", "upgrade")
    named = ("--name", "枣庄市住建局（演示）", "--division", "370400", "--tier", "city")
    assert call(door, "org", "add", ASKER, *named).exception is None
    shelf = open_shelf(door.settings)
    shelf.register(read_contract(contract(door, "old")), NOW)
    shelf.grant(
        Grant(
            *("", "credit.penalty", ASKER, "statistics", (Mode.QUERY,), (), {}, (), None),
            start=NOW,
            end=NOW + timedelta(days=30),
            basis="《政务数据共享条例》",
        ),
        NOW,
    )


def test_compiling_refuses_a_breaking_change_without_a_new_major_version(door: Door) -> None:
    assert call(door, "contract", "compile", str(contract(door, "mine"))).exception is None
    index = (door.settings.registry / "credit.json").read_bytes()
    refused = call(door, "contract", "compile", str(contract(door, "mine", FEWER))).exception
    assert isinstance(refused, ContractBroken)
    assert "modes: 不再有共享方式 bulk。 The mode bulk is gone." in str(refused)
    assert "expected 2.0.0 or later" in str(refused)
    assert (door.settings.registry / "credit.json").read_bytes() == index


def test_a_new_major_version_may_break_and_its_grantees_are_listed(door: Door) -> None:
    with_a_grantee(door)
    call(door, "contract", "compile", str(contract(door, "mine")))
    done = call(door, "contract", "compile", str(contract(door, "mine", FEWER, NEXT)))
    assert done.exception is None
    assert f"credit.penalty: 须告知 tell 枣庄市住建局（演示） {ASKER}" in done.stdout


def test_what_breaks_nothing_is_compiled_in_silence(door: Door) -> None:
    with_a_grantee(door)
    call(door, "contract", "compile", str(contract(door, "mine")))
    done = call(
        door,
        "contract",
        "compile",
        "--json",
        str(contract(door, "mine", (MODES, "value: [bulk, delta, query, file, verify]"))),
    )
    assert json.loads(done.stdout)["tell"] == {}


def test_a_difference_is_told_with_the_version_it_needs(door: Door) -> None:
    old, new = contract(door, "old"), contract(door, "new", FEWER)
    told = call(door, "contract", "diff", str(old), str(new), "--json")
    assert isinstance(told.exception, BadInput)
    facts = json.loads(told.stdout)
    assert (facts["version"], facts["needed"], facts["tell"]) == ("1.0.0", "2.0.0", [])
    assert {change["level"] for change in facts["changes"]} == {"breaking"}
    assert {change["requires_en"] for change in facts["changes"]} == {
        "a new major version, and that the grantees are told"
    }
    assert not (door.working / "home").exists(), "looking for a catalogue makes none"
    assert call(door, "contract", "diff", str(old), str(contract(door, "new", FEWER, NEXT))).exception is None


def test_a_difference_of_nothing_is_no_failure(door: Door) -> None:
    old, new = contract(door, "old"), contract(door, "new")
    assert call(door, "contract", "diff", str(old), str(new)).exception is None


def test_an_index_that_cannot_be_read_stands_in_nobodys_way(door: Door) -> None:
    door.settings.registry.mkdir(parents=True)
    (door.settings.registry / "credit.json").write_text("{}")
    assert unbroken(door.settings, [read_contract(contract(door, "mine"))]) == {}
