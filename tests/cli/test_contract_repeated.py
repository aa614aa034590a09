"""A new contract for what has an authority source is refused until a form says why; one that was registered is not."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from catalog.collection import desk, moves
from catalog.collection.moves import Ruling
from catalog.database import upgrade
from catalog.organisations import Organisation
from catalog.shelf import Shelf, open_shelf
from schemas.access import Role, Tier
from schemas.collection import Act, Choice, Form, FormItem, Item
from schemas.contract import read_contract
from schemas.errors import BadInput
from schemas.settings import SHIPPED_CONTRACTS, read_settings
from tests.builders import make_subject
from tests.cli.test_main import NOW, call, facts

LOW_INCOME = SHIPPED_CONTRACTS / "civil_affairs" / "low_income.odcs.yaml"
POLICE = "11370400004300007P"
COLUMNS = "element,subject_kind,division,organisation,dataset,basis,since,until\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose registry says that the police are right about mobile numbers of persons in Zaozhuang."""
    settings = read_settings({"YISHU_HOME": "home"}, tmp_path)
    settings.home.mkdir()
    upgrade(settings.database_url)
    city = ("--division", "370400", "--tier", "city")
    assert call(tmp_path, "org", "add", POLICE, "--name", "枣庄市公安局", *city).exception is None
    (tmp_path / "sources.csv").write_text(
        f"{COLUMNS}mobile,person,370400,{POLICE},,职责清单,2026-01-01,\n", encoding="utf-8"
    )
    return tmp_path


def shelf_of(home: Path) -> Shelf:
    return open_shelf(read_settings({"YISHU_HOME": "home"}, home))


def test_the_registry_is_brought_in_and_told_again(home: Path) -> None:
    assert facts(call(home, "authority", "import", str(home / "sources.csv"), "--json")) == {
        "read": 1,
        "added": 1,
        "refused": [],
    }
    assert facts(call(home, "authority", "import", str(home / "sources.csv"), "--json")) == {
        "read": 1,
        "added": 0,
        "refused": [],
    }
    [told] = facts(call(home, "authority", "list", "--json"))  # type: ignore[misc]
    assert (told["element"], told["organisation"], told["standing"]) == ("mobile", POLICE, "in_force")
    again = call(home, "authority", "list", "--csv").stdout
    assert again == f"{COLUMNS}mobile,person,370400000000,{POLICE},,职责清单,2026-01-01,\n"
    (home / "other.csv").write_text(again.replace("2026-01-01", "2026-02-01"), encoding="utf-8")
    refused = call(home, "authority", "import", str(home / "other.csv")).exception
    assert "枣庄市公安局" in str(refused)


def test_a_new_contract_for_an_item_with_an_authority_source_is_refused_by_lint_and_compile(home: Path) -> None:
    assert call(home, "contract", "compile", str(LOW_INCOME)).exception is None, "without a registry nothing is known"
    call(home, "authority", "import", str(home / "sources.csv"))
    for verb in ("lint", "compile"):
        refused = call(home, "contract", verb, str(LOW_INCOME)).exception
        assert isinstance(refused, BadInput)
        assert "civil_affairs.low_income: mobile" in str(refused)
        assert "枣庄市公安局" in str(refused)


def test_a_contract_that_was_registered_before_is_told_of_and_compiled(home: Path) -> None:
    call(home, "authority", "import", str(home / "sources.csv"))
    shelf_of(home).register(read_contract(LOW_INCOME), NOW)
    told = facts(call(home, "contract", "compile", str(LOW_INCOME), "--json"))
    assert isinstance(told, dict)
    assert any("枣庄市公安局" in one for one in told["warnings"])
    listed = facts(call(home, "contract", "lint", str(LOW_INCOME), "--json"))
    assert isinstance(listed, dict)
    assert len(listed["repeated"]) == 1


def test_a_cleared_form_for_the_dataset_lets_its_contract_through_until_the_exemption_ends(home: Path) -> None:
    call(home, "authority", "import", str(home / "sources.csv"))
    shelf, dataset = shelf_of(home), read_contract(LOW_INCOME)
    shelf.parties.add_organisation(Organisation(dataset.owner, dataset.owner_name, "", dataset.division, Tier.CITY))
    owner = make_subject(dataset.division, Tier.CITY, organisation=dataset.owner, system="civil")
    field = dataset.field("mobile")
    item = FormItem(Item(field.title, "mobile", "string", field.name))
    form = Form("低保登记表", "社会救助暂行办法", "person", dataset.division, (item,), dataset=dataset.key)
    made = desk.design(shelf, owner, form, NOW)
    until: date = NOW.date() + timedelta(days=30)
    exempt = FormItem(Item(""), Choice.EXEMPTION, reason="not_timely", said="号码每月变动", until=until)
    desk.choose(shelf, owner, made.number, {1: exempt}, NOW)
    moves.submit(shelf, owner, made.number, NOW)
    assert call(home, "contract", "compile", str(LOW_INCOME)).exception is not None, "asked for is not approved"
    reviewer = make_subject(dataset.division, Tier.CITY, person="r", roles=frozenset({Role.AUTHORITY_REVIEWER}))
    moves.decide(shelf, reviewer, made.number, Ruling(Act.APPROVE, "同意"), NOW)
    assert call(home, "contract", "compile", str(LOW_INCOME)).exception is None


def test_the_counter_is_told_by_the_command(home: Path) -> None:
    told = facts(call(home, "once", "--json"))
    assert told == {"counted": 0, "users": 0, "uses": 0, "reads": 0, "avoided": 0}
