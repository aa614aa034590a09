"""The six steps over a small city: once, twice, and when the source is gone, blocked or silent."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from catalog.corrections.answers import answer
from catalog.corrections.desk import find
from catalog.corrections.filing import Filing, decided, file
from catalog.database import upgrade
from catalog.mending import incidents, notices
from catalog.organisations import Organisation
from catalog.shelf import Shelf, open_shelf
from catalog.subjects import PUBLIC
from connectors.landing.landing import read_landing
from connectors.registry import connector_for
from dags import collecting, steps
from dags.progress import Listener
from dags.steps import Job
from demo.city import Sizes, build_city
from schemas.access import Ask, Mode, Role, Subject, Tier
from schemas.connection import Connection
from schemas.contract import find_contracts, read_contract
from schemas.correction import Action, Answer, State
from schemas.dataset import Dataset, Dimension, Rule, Severity
from schemas.errors import Busy, HeldBack, NotReady, SourceChanged, SourceFault, YishuError
from schemas.journey import SHANGHAI, Window
from schemas.notice import About
from schemas.settings import SHIPPED_CONTRACTS, Settings, read_settings
from tests.builders import make_subject
from tests.connectors.ftp_server import ftp_server

KEY = "credit.penalty"
DERIVED = "credit.enterprise_profile"
DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 20, 2, tzinfo=SHANGHAI)


class Home:
    """An installation beside a small city."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: Settings = read_settings({"YISHU_HOME": "home"}, folder)
        upgrade(self.settings.database_url)
        self.shelf: Shelf = open_shelf(self.settings)
        self.city = build_city(folder / "city", DAY, sizes=Sizes(people=2000, enterprises=1000))
        self.drop = Connection("credit_drop", "fs", host=str(folder / "city" / "credit"), password="hidden-word")

    def job(self, dataset: Dataset, run: str = "run-1", day: date = DAY) -> Job:
        return Job(self.settings, dataset, Window.of_day(day), run)


def contract(key: str) -> Dataset:
    return next(d for d in map(read_contract, find_contracts((SHIPPED_CONTRACTS,))) if d.key == key)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.shelf.engine.dispose()


def test_a_dataset_goes_the_whole_way_and_the_run_balances_and_is_on_record(home: Home) -> None:
    told = steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    truth = home.city.whole(KEY)
    run = home.shelf.runs(KEY)[0]
    assert (run.read, run.published, run.duplicates) == (truth.read, truth.published, truth.duplicates)
    assert run.read == run.published + run.quarantined + run.duplicates
    assert (run.state, run.version, tuple(run.seconds)) == ("published", 1, steps.STEPS)
    assert (told["version"], told["rows"]) == (1, truth.published)
    edges = home.shelf.catalogue.lineage(KEY, PUBLIC, NOW).edges
    assert [(e.start, e.end) for e in edges] == [(("source", f"source:{KEY}"), ("dataset", KEY))]
    assert home.shelf.watermark(KEY) == Window.of_day(DAY).high


def test_what_the_steps_tell_is_small_and_holds_no_secret(home: Home) -> None:
    told = steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    assert len(repr(told)) < 2000
    assert "hidden-word" not in repr(told)


def test_a_window_that_has_landed_is_not_asked_for_again(home: Home) -> None:
    first = steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    shutil.rmtree(home.folder / "city" / "credit")
    again = steps.whole_way(home.job(contract(KEY), "run-2"), home.drop, NOW)
    assert (again["version"], again["read"]) == (first["version"], first["read"])
    assert len(home.shelf.versions(KEY)) == 1


def test_a_window_is_asked_for_anew_where_the_department_has_corrected_it(home: Home) -> None:
    steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    file = next((home.folder / "city" / "credit").glob("*.csv"))
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-100]))
    again = steps.whole_way(home.job(contract(KEY), "run-2"), home.drop, NOW, anew=True)
    assert (again["version"], again["read"]) == (2, home.city.whole(KEY).read - 100)
    kept = list((home.settings.lake / "landing" / KEY).glob(f".{DAY}.*/manifest.json"))
    assert len(kept) == 1


def test_two_runs_that_ask_anew_at_once_keep_one_landing_whole_and_tell_the_other(home: Home) -> None:
    steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    file = next((home.folder / "city" / "credit").glob("*.csv"))
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-100]))

    def ask(run: str) -> int | str:
        try:
            return int(steps.collect(home.job(contract(KEY), run), home.drop, NOW, anew=True)["read"])
        except Busy as told:
            return str(told)

    with ThreadPoolExecutor(4) as several:
        told = list(several.map(ask, [f"run-{number}" for number in range(2, 6)]))
    rows = home.city.whole(KEY).read - 100
    assert rows in told
    assert all(one == rows or "another run is collecting this window anew" in str(one) for one in told), told
    landing = read_landing(home.settings.lake, KEY, Window.of_day(DAY))
    assert landing is not None
    assert landing.read == rows
    assert len(list((home.settings.lake / "landing" / KEY).glob(f".{DAY}.*/manifest.json"))) >= 1


def test_collecting_from_afar_tells_what_it_fetches(home: Home, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    said: list[str] = []
    (file,) = (home.folder / "city" / "credit").glob("*.csv")
    with ftp_server(tmp_path / "far") as far:
        far.put(file.name, file.read_bytes())
        job = replace(home.job(contract(KEY)), listener=Listener(said.append, 0.0))
        steps.collect(job, replace(far.connection, id="credit_drop"), NOW)
    size = f"{file.stat().st_size / 1e3:,.0f}"
    (first, *_), (last, *_) = ([one for one in said if word in one] for word in ("fetching", " rows · "))
    assert first.startswith(f"fetching {file.name} · ")
    assert any(line.startswith(f"fetching {file.name} · {size} of {size} KB") for line in said)
    assert said.index(first) < said.index(last)


def test_what_stops_a_landing_says_whose_it_is_and_what_to_do_too(home: Home) -> None:
    (file,) = (home.folder / "city" / "credit").glob("*penalty*.csv")
    sound = file.read_bytes()
    file.write_bytes(sound[:-4] + b"\xff" + sound[-3:])
    with pytest.raises(SourceChanged) as refused:
        steps.collect(home.job(contract(KEY), "broken"), home.drop, NOW)
    file.write_bytes(sound)
    assert str(refused.value).startswith(f"{KEY}: /")
    assert "which is no UTF-8" in str(refused.value)
    assert str(refused.value).endswith("; ask the department, or correct the contract")
    assert str(refused.value).count(KEY) == 1


def test_a_source_that_is_not_there_stops_the_run_and_says_whose_it_is(home: Home) -> None:
    nowhere = Connection("credit_drop", "fs", host=str(home.folder / "elsewhere"))
    with pytest.raises(SourceFault, match=KEY):
        steps.collect(home.job(contract(KEY)), nowhere, NOW)
    assert home.shelf.latest(KEY) is None


def test_a_failed_run_is_on_record_with_its_reason(home: Home) -> None:
    job = home.job(contract(KEY))
    steps.record_failure(job, "no folder at the drop", NOW)
    run = home.shelf.runs(KEY)[0]
    assert (run.state, run.error, run.read, run.window) == ("failed", "no folder at the drop", 0, "2026-11-19")


def incidents_of(home: Home) -> dict[str, tuple[str, int]]:
    with home.shelf.engine.connect() as connection:
        found = incidents.listed(connection, incidents.Wanted([KEY]))
    return {one.rule: (one.state.value, one.failed) for one in found}


def test_every_planted_fault_is_an_incident_of_its_department_once(home: Home) -> None:
    truth = home.city.whole(KEY)
    planted = {**truth.quarantined, **truth.warnings, "row.duplicate": truth.duplicates}
    for run in ("run-1", "run-2"):
        steps.whole_way(home.job(contract(KEY), run), home.drop, NOW)
        assert incidents_of(home) == {rule: ("open", rows) for rule, rows in planted.items() if rows}


def test_a_version_that_is_held_back_opens_its_incident_and_reminds_who_is_late(home: Home) -> None:
    limits = {"min_value": 10_000_000, "max_value": None}
    rule = Rule("table.rows", "expect_table_row_count_to_be_between", limits, Severity.CRITICAL, Dimension.COMPLETENESS)
    strict = replace(contract(KEY), rules=(*contract(KEY).rules, rule), contract_hash="f" * 64)
    with pytest.raises(HeldBack):
        steps.whole_way(home.job(strict), home.drop, NOW)
    assert incidents_of(home)["table.rows"] == ("open", 1)
    with pytest.raises(HeldBack):
        steps.whole_way(home.job(strict, "run-2"), home.drop, NOW + timedelta(days=60))
    with home.shelf.engine.connect() as connection:
        told = [one.about for one in notices.inbox(connection, strict.owner)]
    assert told.count(About.INCIDENT_OVERDUE) == len(incidents_of(home))


def test_a_critical_rule_holds_the_version_back_and_the_last_good_one_stays(home: Home) -> None:
    good = steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    limits = {"min_value": 10_000_000, "max_value": None}
    rule = Rule("table.rows", "expect_table_row_count_to_be_between", limits, Severity.CRITICAL, Dimension.COMPLETENESS)
    strict = replace(contract(KEY), rules=(*contract(KEY).rules, rule), contract_hash="f" * 64)
    job = home.job(strict, "run-2")
    with pytest.raises(HeldBack, match=r"table\.rows"):
        steps.whole_way(job, home.drop, NOW)
    steps.record_failure(job, "held back", NOW)
    run = next(run for run in home.shelf.runs(KEY) if run.id == "run-2")
    assert (run.state, run.published, run.held_back > 0) == ("held_back", 0, True)
    latest = home.shelf.latest(KEY)
    assert latest is not None
    assert latest.version == good["version"]


def test_a_delivery_in_which_nothing_is_usable_does_not_take_the_place_of_the_last_good_version(home: Home) -> None:
    good = steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    file = next((home.folder / "city" / "credit").glob("*.csv"))
    header, *_ = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(header + b"one cell\r\n" * 5)
    with pytest.raises(HeldBack, match=r"row\.none; the last good version stays"):
        steps.whole_way(home.job(contract(KEY), "run-2"), home.drop, NOW, anew=True)
    run = next(run for run in home.shelf.runs(KEY) if run.id == "run-2")
    assert (run.state, run.read, run.published, run.quarantined) == ("held_back", 5, 0, 5)
    latest = home.shelf.latest(KEY)
    assert latest is not None
    assert latest.version == good["version"]


def test_a_derived_dataset_waits_for_its_inputs(home: Home) -> None:
    with pytest.raises(NotReady, match=KEY):
        steps.collect(home.job(contract(DERIVED)), None, NOW)


def test_a_step_out_of_turn_says_what_comes_first(home: Home) -> None:
    with pytest.raises(YishuError, match="collect it first"):
        steps.validate(home.job(contract(KEY)), NOW)
    with pytest.raises(YishuError, match="validate it first"):
        steps.issue(home.job(contract(KEY)), NOW)


def test_a_source_that_moved_on_before_it_landed_is_planned_anew(home: Home) -> None:
    job = home.job(contract(KEY))
    file = next((home.folder / "city" / "credit").glob("*.csv"))
    home.shelf.register(job.dataset, NOW)
    collecting.plan(job, connector_for(job.dataset, home.drop))
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-1]))
    told = steps.collect(job, home.drop, NOW)
    assert told["read"] == home.city.whole(KEY).read - 1


def test_a_correction_is_bound_by_the_run_in_which_its_source_has_mended_the_value(home: Home) -> None:
    steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    dataset, snapshot = home.shelf.dataset(KEY), home.shelf.latest(KEY)
    assert snapshot is not None
    owner = owner_of(home, dataset)
    first = next(iter(home.shelf.open_rows(home.shelf.decide(asked(owner, dataset))))).to_pylist()[0]
    row = {"decision_no": first["decision_no"]}
    filing = Filing(dataset, "enterprise_name", "更正后的名称（演示）", "登记档案（演示）", row, purpose="own_duty")
    decision = decided(home.shelf, owner, filing, NOW)
    (made,) = file(home.shelf, owner, filing, decision, NOW)
    for action in (Action.TAKE_UP, Action.CORRECT):
        answer(home.shelf, owner, find(home.shelf, owner, made.id), Answer(action), NOW)
    csv = next((home.folder / "city" / "credit").glob("*.csv"))
    lines = csv.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    mended = [
        one.replace(first["enterprise_name"], "更正后的名称（演示）") if first["decision_no"] in one else one
        for one in lines
    ]
    csv.write_text("".join(mended), encoding="utf-8-sig")
    steps.whole_way(home.job(contract(KEY), "run-2"), home.drop, NOW + timedelta(hours=1), anew=True)
    bound = find(home.shelf, owner, made.id).it
    assert (bound.state, bound.outcome, bound.corrected) == (State.CLOSED, "corrected", 2)


def owner_of(home: Home, dataset: Dataset) -> Subject:
    """An officer of the dataset's owner who may verify."""
    owner = Organisation(dataset.owner, dataset.owner_name, "", dataset.division, Tier.PROVINCE)
    home.shelf.parties.add_organisation(owner)
    return make_subject(
        dataset.division,
        Tier.PROVINCE,
        system="credit",
        organisation=dataset.owner,
        person="reviewer",
        roles=frozenset({Role.SOURCE_REVIEWER}),
    )


def asked(owner: Subject, dataset: Dataset) -> Ask:
    return Ask(owner, dataset.key, Mode.QUERY, "own_duty", NOW)
