"""The verbs' statuses and what they say: 0 done, 1 with one sentence, 2 for wrong usage."""

import json
import socket
from datetime import datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from catalog.database import upgrade
from catalog.shelf import open_shelf
from cli.demo import Wish, clean_home
from cli.door import Door, window_of
from cli.embedded import start_api
from cli.main import VERBS, answer, yishu
from cli.supervisor import Crew
from schemas.contract import read_contract
from schemas.dataset import Source
from schemas.errors import BadInput, HeldBack, NotReady, YishuError
from schemas.index import read_index
from schemas.journey import SHANGHAI, Window
from schemas.settings import SHIPPED_CONTRACTS, read_settings

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=SHANGHAI)
DAILY = Source("csv_folder", "credit_drop", {})
CITY = ("--name", "枣庄市民政局（演示）", "--division", "370400", "--tier", "city")


def call(tmp_path: Path, *arguments: str) -> Result:
    door = Door({"YISHU_HOME": "home"}, tmp_path, lambda: NOW)
    return CliRunner().invoke(yishu, list(arguments), obj=door, standalone_mode=False)


def facts(result: Result) -> object:
    assert result.exception is None, result.exception
    return json.loads(result.stdout)


def test_every_verb_explains_itself(tmp_path: Path) -> None:
    for verb in VERBS:
        assert call(tmp_path, verb, "--help").stdout.startswith("Usage:"), verb


def test_wrong_usage_is_2_and_a_failure_is_1_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YISHU_HOME", str(tmp_path / "home"))
    assert answer(["run"]) == 2
    assert answer(["sing"]) == 2
    capsys.readouterr()
    assert answer(["run", "nobody.nothing"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("yishu: no dataset 'nobody.nothing'")
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("11370400DEM0000178", "found the check character '8', expected 'T' at the end"),
        ("11370400DEM0000719", "found the check character '9'"),
        ("11370400DEM000017", "found 17 characters, expected 18"),
        ("1137O400DEM0000179", "found the character 'O'"),
    ],
)
def test_an_organisation_with_a_wrong_credit_code_is_refused(tmp_path: Path, code: str, said: str) -> None:
    call(tmp_path, "db", "upgrade")
    refused = call(tmp_path, "org", "add", code, *CITY).exception
    assert isinstance(refused, BadInput)
    assert said in str(refused)
    assert "computed from the other 17 (GB 32100-2015)" in str(refused)
    assert facts(call(tmp_path, "org", "list", "--json")) == []


def test_a_database_is_checked_and_upgraded(tmp_path: Path) -> None:
    assert isinstance(call(tmp_path, "db", "check").exception, YishuError)
    call(tmp_path, "db", "upgrade")
    told = facts(call(tmp_path, "db", "check", "--json"))
    assert isinstance(told, dict)
    assert told["current"] is True


def test_shipped_contracts_compile(tmp_path: Path) -> None:
    told = facts(call(tmp_path, "contract", "compile", "--json"))
    assert isinstance(told, dict)
    assert told["contracts"] == 6
    assert (tmp_path / "home" / "registry" / "credit.json").is_file()


def test_a_new_contract_is_drafted_and_its_gaps_are_all_told(tmp_path: Path) -> None:
    assert call(tmp_path, "contract", "new", "housing.rental", "mine").exception is None
    broken = call(tmp_path, "contract", "lint", "mine").exception
    assert "rental.odcs.yaml" in str(broken)
    assert isinstance(call(tmp_path, "contract", "new", "housing.rental", "mine").exception, BadInput)


def test_a_draft_that_is_filled_in_has_no_mistake(tmp_path: Path) -> None:
    call(tmp_path, "contract", "new", "housing.rental", "mine")
    file = tmp_path / "mine" / "housing" / "rental.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    for blank, filled in (
        ("TODO division of the owner, 12 digits", "370400000000"),
        ("TODO 12 digits", "370400000000"),
        ("TODO 18 characters", "11370400DEM000022C"),
        ("options: {}", 'options: {pattern: "rental_{yyyymmdd}.csv", encoding: utf-8}'),
    ):
        assert blank in text
        text = text.replace(blank, filled)
    file.write_text(text, encoding="utf-8")
    unfilled = str(call(tmp_path, "contract", "lint", "mine").exception)
    assert all(f" {where}: found 'TODO" in unfilled for where in ("name", "yishu.title_en", "yishu.sharing.condition"))
    comment, rest = text.split("\napiVersion", 1)
    file.write_text(comment + "\napiVersion" + rest.replace("TODO ", ""), encoding="utf-8")
    told = facts(call(tmp_path, "contract", "lint", "mine", "--json"))
    assert told == {"contracts": 1, "mistakes": [], "findings": [], "repeated": []}


def test_an_error_of_lint_is_a_failure_and_a_warning_is_none(tmp_path: Path) -> None:
    text = (SHIPPED_CONTRACTS / "credit" / "penalty.odcs.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mine" / "credit" / "penalty.odcs.yaml"
    file.parent.mkdir(parents=True)
    text = text.replace("name: 行政处罚公示信息", "name: 行政处罚公示系统", 1)
    file.write_text(text, encoding="utf-8")
    warned = call(tmp_path, "contract", "lint", "mine")
    assert warned.exception is None
    assert f"{file}:4: warning system-name" in warned.stdout
    assert "0 errors, 1 warnings" in warned.stdout
    file.write_text(
        text.replace("value: [bulk, delta, query, file]", "value: [file]}\n  - {property: yishu.formats, value: [dm]")
    )
    refused = call(tmp_path, "contract", "lint", "mine").exception
    assert isinstance(refused, BadInput)
    assert "1 error in 1 contract: mode-without-format" in str(refused)


def test_a_draft_is_for_a_kind_of_source_that_there_is(tmp_path: Path) -> None:
    refused = call(tmp_path, "contract", "new", "housing.rental", "mine", "--kind", "carrier_pigeon").exception
    assert isinstance(refused, click.UsageError)
    assert "csv_folder" in str(refused)


def test_a_schedule_that_would_leave_days_out_is_a_mistake_of_the_contract(tmp_path: Path) -> None:
    shipped = SHIPPED_CONTRACTS / "credit" / "penalty.odcs.yaml"
    file = tmp_path / "mine" / "credit" / "penalty.odcs.yaml"
    file.parent.mkdir(parents=True)
    text = shipped.read_text(encoding="utf-8")
    file.write_text(text.replace('schedule: "0 4 * * *"', 'schedule: "0 */4 * * *"'), encoding="utf-8")
    assert "found '0 */4 * * *', expected one minute and one hour" in str(
        call(tmp_path, "contract", "lint", "mine").exception
    )


@pytest.mark.parametrize("key", ["Housing.rental", "housing", "housing/../x.y", "a.b.c", "9a.b", "a._b"])
def test_a_key_that_is_none_is_refused(tmp_path: Path, key: str) -> None:
    assert isinstance(call(tmp_path, "contract", "new", key, "mine").exception, BadInput)


def test_contracts_become_pages_for_people(tmp_path: Path) -> None:
    call(tmp_path, "contract", "docs", "--into", str(tmp_path / "pages"))
    page = (tmp_path / "pages" / "civil_affairs.low_income.md").read_text()
    assert page.startswith("# 城乡低保对象")
    assert "| `person_id` |" in page


def test_a_person_gets_a_credential_of_their_own_until_they_are_off(tmp_path: Path) -> None:
    call(tmp_path, "db", "upgrade")
    call(tmp_path, "org", "add", "11370400DEM000073L", *CITY, "--authority")
    below = (
        "--name",
        "枣庄市民政局（演示）",
        "--division",
        "370400",
        "--tier",
        "city",
        "--parent",
        "11370400DEM000073L",
    )
    call(tmp_path, "org", "add", "11370400DEM000014H", *below)
    call(tmp_path, "system", "add", "mz-1", "--org", "11370400DEM000014H", "--name", "低保")
    add = ("person", "add", "mz-reviewer", "--org", "11370400DEM000014H", "--name", "数源审核岗（演示岗位）", "--role")
    refused = call(tmp_path, *add, "source_reviewer", "--role", "security_auditor").exception
    assert isinstance(refused, BadInput)
    assert call(tmp_path, *add, "source_reviewer").exception is None
    told = facts(call(tmp_path, "credential", "issue", "mz-1", "--person", "mz-reviewer", "--json"))
    shelf = open_shelf(read_settings({"YISHU_HOME": "home"}, tmp_path))
    assert shelf.parties.subject(told["credential"], NOW).person == "mz-reviewer"
    orgs = facts(call(tmp_path, "org", "list", "--json"))
    assert {one["credit_code"]: (one["parent"], one["authority"]) for one in orgs} == {
        "11370400DEM000073L": ("", True),
        "11370400DEM000014H": ("11370400DEM000073L", False),
    }
    call(tmp_path, "person", "off", "mz-reviewer")
    (person,) = facts(call(tmp_path, "person", "list", "--json"))
    assert (person["roles"], person["active"]) == (["source_reviewer"], False)
    assert not shelf.parties.subject(told["credential"], NOW).credential_active


def test_an_organisation_gets_a_system_and_the_system_a_credential(tmp_path: Path) -> None:
    call(tmp_path, "db", "upgrade")
    assert call(tmp_path, "org", "add", "11370400DEM000017T", *CITY).exception is None
    made = call(tmp_path, "system", "add", "mz-1", "--org", "11370400DEM000017T", "--name", "救助")
    assert made.exception is None
    told = facts(call(tmp_path, "credential", "issue", "mz-1", "--json"))
    assert isinstance(told, dict)
    secret = told["credential"]
    listed = call(tmp_path, "credential", "list", "--json")
    assert secret.startswith("ys_")
    assert secret not in listed.stdout
    identifier = json.loads(listed.stdout)[0]["id"]
    assert call(tmp_path, "credential", "revoke", identifier).exception is None


def test_the_default_window_is_the_day_that_has_ended() -> None:
    assert window_of(DAILY, "", NOW) == Window.parse("2026-11-19")


def test_a_window_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    call(tmp_path, "contract", "compile")
    refused = call(tmp_path, "run", "credit.penalty", "--window", "yesterday").exception
    assert isinstance(refused, click.UsageError)
    assert "'yesterday': expected a day (2026-11-20)" in str(refused)


def test_a_ledger_is_exported_and_verified(tmp_path: Path) -> None:
    call(tmp_path, "db", "upgrade")
    assert call(tmp_path, "ledger", "export", str(tmp_path / "ledger.jsonl")).exception is None
    told = facts(call(tmp_path, "ledger", "verify", str(tmp_path / "ledger.jsonl"), "--json"))
    assert told["faults"] == []
    assert "not looked at" in told["signature"]
    (tmp_path / "public").write_text(facts(call(tmp_path, "ledger", "key", "--json"))["public_key"])
    told = facts(call(tmp_path, "ledger", "verify", str(tmp_path / "ledger.jsonl"), "--public-key", "public", "--json"))
    assert told == {"faults": [], "signature": "looked at", "receipts": 0, "erased": 0, "absent": 0}


def test_the_ledger_of_a_database_is_verified_in_place(tmp_path: Path) -> None:
    call(tmp_path, "db", "upgrade")
    url = f"sqlite:///{tmp_path / 'home' / 'catalogue.db'}"
    call(tmp_path, "ledger", "checkpoint")
    assert facts(call(tmp_path, "ledger", "verify", url, "--json"))["faults"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("http://127.0.0.1:1",), "was not answered"),
        (("sqlite:////nowhere/catalogue.db",), "no such file"),
        (("nowhere.jsonl",), "no such file"),
        (("nowhere.jsonl", "--public-key", "city.pub"), "expected a public key"),
    ],
)
def test_a_ledger_that_cannot_be_verified_is_refused_and_nothing_is_made(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused = call(tmp_path, "ledger", "verify", *arguments).exception
    assert isinstance(refused, YishuError)
    assert said in str(refused)
    assert not list(tmp_path.iterdir())


def test_an_empty_ledger_is_whole_and_a_home_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert isinstance(call(tmp_path, "ledger", "verify").exception, BadInput)
    (tmp_path / "home").mkdir()
    for arguments in ((), ("home",)):
        told = call(tmp_path, "ledger", "verify", *arguments)
        assert told.exception is None
        assert told.stdout.startswith("an empty ledger: no receipt yet")
    call(tmp_path, "db", "upgrade")
    for arguments in ((), (f"sqlite:///{tmp_path / 'home' / 'catalogue.db'}",)):
        assert facts(call(tmp_path, "ledger", "verify", *arguments, "--json"))["receipts"] == 0
    assert not (tmp_path / "home" / "ledger.db").exists()


def test_an_empty_database_holds_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    refused = call(tmp_path, "ledger", "verify", f"sqlite:///{tmp_path / 'empty.db'}").exception
    assert isinstance(refused, NotReady)


def test_what_the_system_refuses_is_one_sentence_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file where the home should be")
    monkeypatch.setenv("YISHU_HOME", str(tmp_path / "home"))
    assert answer(["db", "upgrade"]) == 1
    assert capsys.readouterr().err == f"yishu: {tmp_path / 'home'}: File exists\n"


def test_a_run_that_the_landing_held_back_is_on_record(tmp_path: Path) -> None:
    shipped = (SHIPPED_CONTRACTS / "credit" / "penalty.odcs.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mine" / "credit" / "penalty.odcs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(shipped.replace("load: snapshot", "load: snapshot\n      on_misfit: critical"), encoding="utf-8")
    call(tmp_path, "db", "upgrade")
    call(tmp_path, "contract", "compile", "mine")
    dataset = read_contract(file)
    (tmp_path / "drop").mkdir()
    header = ",".join(field.source_name for field in dataset.fields)
    row = ",".join("x" for _ in dataset.fields)
    name = str(dataset.source.options["pattern"]).replace("{yyyymmdd}", "20261119").replace("*", "1")
    (tmp_path / "drop" / name).write_text(f"{header}\n{row}\n", encoding="utf-8-sig")
    there = {"AIRFLOW_CONN_CREDIT_DROP": json.dumps({"conn_type": "fs", "host": str(tmp_path / "drop")})}
    door = Door({"YISHU_HOME": "home", **there}, tmp_path, lambda: NOW)
    held = CliRunner().invoke(yishu, ["run", "credit.penalty"], obj=door, standalone_mode=False).exception
    assert isinstance(held, HeldBack), held
    (run,) = open_shelf(door.settings).runs("credit.penalty")
    assert (run.state, "on_misfit: critical" in run.error) == ("failed", True)


def test_a_port_that_is_taken_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as other, Crew(tmp_path) as crew:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = read_settings({"YISHU_PORT": str(other.getsockname()[1])}, tmp_path)
        with pytest.raises(NotReady, match="set YISHU_PORT"):
            start_api(crew, settings, {})
        assert not crew.running


def test_doctor_says_what_must_be_done(tmp_path: Path) -> None:
    ill = call(tmp_path, "doctor", "--json")
    signs = {sign["name"]: sign for sign in json.loads(ill.stdout)}
    assert isinstance(ill.exception, YishuError)
    assert not signs["schema"]["well"]
    assert signs["rooms"]["well"], signs["rooms"]["said"]
    assert signs["contracts"]["well"], signs["contracts"]["said"]


def test_a_home_that_no_demo_made_is_never_cleared(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.txt").write_text("years of work")
    refused = call(tmp_path, "demo", "--once", "--home", str(tmp_path / "papers")).exception
    assert isinstance(refused, BadInput)
    assert (tmp_path / "papers" / "thesis.txt").read_text() == "years of work"


def test_a_second_demo_begins_with_nothing_of_the_first(tmp_path: Path) -> None:
    """A ledger of before, whose key is gone, would refuse every receipt."""
    door = Door({"YISHU_HOME": str(tmp_path)}, tmp_path, lambda: NOW)
    wish = Wish(True, tmp_path / "demo", 0, None, 2000, 1000, "", told_as_json=False)
    for _ in range(2):
        settings = clean_home(door, wish)
        assert {left.name for left in settings.home.iterdir()} <= {"demo-home.txt", "running.lock"}
        upgrade(settings.database_url)
        ledger = open_shelf(settings).ledger
        ledger.record({"event": "asked"}, NOW, b"0" * 16)
        assert ledger.verify() == ()
        ledger.close()


def test_compiling_a_single_file_keeps_the_other_contracts(tmp_path: Path) -> None:
    call(tmp_path, "contract", "compile")
    registry = tmp_path / "home" / "registry"
    before = sorted(read_index(registry))
    one = SHIPPED_CONTRACTS / "credit" / "penalty.odcs.yaml"
    call(tmp_path, "contract", "compile", str(one))
    assert sorted(read_index(registry)) == before
    call(tmp_path, "contract", "compile", str(one.parent.parent / "civil_affairs"))
    assert sorted(read_index(registry)) == ["civil_affairs.low_income"]
