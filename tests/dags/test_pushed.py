"""Pushed records go the whole way: pushed, landed, judged, published; and their sender can follow them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from catalog.organisations import Organisation, System
from catalog.shelf import Shelf, open_shelf
from dags import steps
from dags.steps import Job
from schemas.access import Tier
from schemas.dataset import Dataset, Grade, Load
from schemas.journey import Window
from schemas.settings import Settings, read_settings
from schemas.standards.credit_code import check_character
from tests.builders import CIVIL_AFFAIRS, NOW, TENGZHOU, ZAOZHUANG
from tests.pushed import KEY, as_json, complaints, record

PATH = f"/api/v1/datasets/{KEY}/records"
DAY = timedelta(days=1)
SENDER = "11370481004312345" + check_character("11370481004312345")
OPTIONS = {"senders": [SENDER]}


@dataclass
class Office:
    """An installation, a caller of each of two organisations, and a clock."""

    settings: Settings
    shelf: Shelf
    dataset: Dataset
    client: TestClient
    bearers: dict[str, str]
    clock: list[datetime]

    @property
    def now(self) -> datetime:
        return self.clock[0]

    @now.setter
    def now(self, moment: datetime) -> None:
        self.clock[0] = moment

    def push(self, key: str, *records: object, who: str = "tengzhou", path: str = PATH) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.bearers[who]}", "Idempotency-Key": key}
        answer = self.client.post(
            path, content=as_json(*records), headers=headers | {"Content-Type": "application/json"}
        )
        assert answer.status_code == 202, answer.text
        return answer

    def status(self, answer: httpx.Response, who: str = "tengzhou") -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.bearers[who]}"}
        told: dict[str, object] = self.client.get(answer.headers["location"], headers=headers).json()
        return told

    def refusals(self, answer: httpx.Response, limit: int, who: str = "tengzhou") -> list[list[dict[str, object]]]:
        """All pages."""
        headers = {"Authorization": f"Bearer {self.bearers[who]}"}
        pages, cursor = [], ""
        while not pages or cursor:
            asked = f"{answer.headers['location']}/refusals?limit={limit}&lang=en&cursor={cursor}"
            told = self.client.get(asked, headers=headers)
            assert told.status_code == 200, told.text
            pages.append(told.json()["refusals"])
            cursor = told.json()["next"] or ""
        return pages

    def run(self, day: datetime, run: str = "run-1") -> steps.Told:
        job = Job(self.settings, self.dataset, Window.of_day(day.date()), run)
        return steps.whole_way(job, None, self.now)

    def published(self) -> list[str]:
        snapshot = self.shelf.latest(KEY)
        assert snapshot is not None
        files = [self.shelf.lake / file.part.path for file in snapshot.files]
        return sorted(n for file in files for n in pq.read_table(file).column("number").to_pylist())


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    settings = read_settings({"YISHU_HOME": "home", "YISHU_DATABASE_URL": database_url}, tmp_path)
    shelf = open_shelf(settings)
    shelf.register(complaints(options=OPTIONS), NOW)
    bearers = {}
    for who, code, division, tier in (
        ("civil", CIVIL_AFFAIRS, ZAOZHUANG, Tier.CITY),
        ("tengzhou", SENDER, TENGZHOU, Tier.COUNTY),
    ):
        shelf.parties.add_organisation(Organisation(code, who, who, division, tier, True, True))
        shelf.parties.add_system(System(who, code, who, Grade.GENERAL_4, True))
        bearers[who] = shelf.parties.issue_credential(who, NOW - DAY)
    clock = [NOW]
    made = Office(
        settings,
        shelf,
        complaints(options=OPTIONS),
        TestClient(create_app(shelf, settings, lambda: clock[0])),
        bearers,
        clock,
    )
    yield made
    shelf.ledger.close()
    shelf.engine.dispose()


def test_what_was_pushed_is_published_once_and_its_sender_sees_how_far_it_came(office: Office) -> None:
    first = office.push("a", record(1), record(2))
    assert office.status(first)["state"] == "received"
    office.now = NOW + DAY
    told = office.run(NOW)
    assert (told["version"], told["published"]) == (1, 2)
    state = office.status(first)
    assert (state["state"], state["version"], state["window"]) == ("published", 1, "2026-11-20")
    assert (state["quarantined_rows"], state["quarantined"]) == (0, [])
    assert office.status(first, "civil") == state


def test_each_day_adds_what_was_pushed_in_it_and_again_changes_nothing(office: Office) -> None:
    office.push("a", record(1))
    office.now = NOW + DAY
    office.run(NOW)
    late = office.push("b", record(2))
    assert office.run(NOW, "again")["version"] == 1
    office.now = NOW + 2 * DAY
    assert office.run(NOW + DAY, "next")["version"] == 2
    assert office.published() == ["TS1", "TS2"]
    assert office.status(late)["version"] == 2


def test_what_is_pushed_while_its_window_is_being_landed_lands_in_the_next(office: Office) -> None:
    office.push("a", record(1))
    assert office.run(NOW)["published"] == 1, "a window may be landed before it ends"
    late = office.push("b", record(2))
    office.now = NOW + 2 * DAY
    office.run(NOW + DAY, "next")
    assert office.published() == ["TS1", "TS2"]
    assert office.status(late)["window"] == "2026-11-21"


def test_days_on_which_no_run_was_are_landed_with_the_next(office: Office) -> None:
    missed = office.push("a", record(1))
    office.now = NOW + 3 * DAY
    office.push("b", record(2))
    office.now = NOW + 4 * DAY
    office.run(NOW + 3 * DAY)
    assert office.published() == ["TS1", "TS2"]
    assert (office.status(missed)["state"], office.status(missed)["window"]) == ("published", "2026-11-23")


def test_a_day_without_a_push_is_published_as_it_was(office: Office) -> None:
    office.push("a", record(1))
    office.now = NOW + 3 * DAY
    office.run(NOW)
    office.run(NOW + DAY, "empty")
    assert office.published() == ["TS1"]


def test_rows_that_only_validation_can_refuse_are_told_by_rule_and_number_to_who_pushed_them(office: Office) -> None:
    mine = office.push("a", record(1), record(2))
    theirs = office.push("b", record(3), record(2, said="另一条"), who="civil")
    office.now = NOW + DAY
    told = office.run(NOW)
    assert told["published"] == 2
    assert told["rules"] == {"key.unique": 2}
    assert office.status(mine)["quarantined"] == [{"rule": "key.unique", "row": 2}]
    assert office.status(theirs, "civil")["quarantined"] == [{"rule": "key.unique", "row": 2}]
    assert office.status(theirs, "civil")["quarantined_rows"] == 1


def test_all_refused_rows_are_told_page_by_page_those_at_once_and_those_in_quarantine(office: Office) -> None:
    wrong = [record(n, score=9, paid="-1") for n in range(1, 71)]
    twice = [record(n, said=f"{m}") for m in range(2) for n in range(101, 131)]
    mine = office.push("a", *wrong, *twice)
    office.push("b", record(131), record(131, said="另一条"), who="civil")
    at_once = [(row, rule, "at_once") for row in range(1, 71) for rule in ("score.range", "paid.range")]
    assert len(mine.json()["refusals"]) == 100
    told = [one for page in office.refusals(mine, 50) for one in page]
    assert sorted((one["row"], one["rule"], one["when"]) for one in told) == sorted(at_once)
    assert (told[0]["field"], told[0]["found"], told[0]["expected"]) == ("score", "9", "Score must be between 1 and 5")
    office.now = NOW + DAY
    office.run(NOW)
    pages = office.refusals(mine, 7)
    told = [one for page in pages for one in page]
    assert {len(page) for page in pages[:-1]} == {7}
    assert [(one["row"], one["when"]) for one in told] == [
        *((row, "at_once") for row in range(1, 71) for _ in range(2)),
        *((row, "in_validation") for row in range(71, 131)),
    ]
    assert told[-1] == told[-1] | {"rule": "key.unique", "found": ""}
    (whole,) = office.refusals(mine, 1000, "civil")
    assert {one["found"] for one in whole} == {""}, "values are for who sent them"
    assert [one["row"] for one in whole] == [one["row"] for one in told]


def test_pages_of_a_push_that_is_validated_anew_meanwhile_begin_again(office: Office) -> None:
    mine = office.push("a", *(record(n, said=f"{m}") for m in range(2) for n in range(3)))
    office.now = NOW + DAY
    office.run(NOW)
    headers = {"Authorization": f"Bearer {office.bearers['tengzhou']}"}
    place = f"{mine.headers['location']}/refusals?limit=2"
    cursor = office.client.get(place, headers=headers).json()["next"]
    assert office.client.get(f"{place}&cursor={cursor}", headers=headers).status_code == 200
    rules = tuple(replace(r, name="key.once") if r.name == "key.unique" else r for r in office.dataset.rules)
    office.dataset = complaints(options=OPTIONS, rules=rules, version="2.0.0")
    office.run(NOW, "anew")
    answer = office.client.get(f"{place}&cursor={cursor}", headers=headers)
    assert (answer.status_code, "validated anew" in answer.json()["detail"]) == (400, True)


def test_what_the_contract_refuses_by_then_goes_to_quarantine_and_is_told(office: Office) -> None:
    mine = office.push("a", record(1), record(2, said="x"))
    fields = tuple(replace(f, null_markers=("",)) if f.name == "said" else f for f in office.dataset.fields)
    rules = tuple(r for r in office.dataset.rules if r.name != "score.range")
    rules += tuple(
        replace(r, arguments={**r.arguments, "max_value": 4}) for r in office.dataset.rules if r.name == "score.range"
    )
    office.dataset = complaints(options=OPTIONS, fields=fields, rules=rules, version="2.0.0")
    office.now = NOW + DAY
    told = office.run(NOW)
    assert told["published"] == 0
    state = office.status(mine)
    assert state["quarantined"] == [{"rule": "score.range", "row": 1}, {"rule": "score.range", "row": 2}]


def test_a_merge_takes_the_later_push_of_a_key(office: Office) -> None:
    office.dataset = complaints(options=OPTIONS, source_load=Load.MERGE, version="2.0.0")
    office.push("a", record(1, said="起初"), record(2))
    office.now = NOW + DAY
    office.run(NOW)
    office.push("b", record(1, said="后来"))
    office.now = NOW + 2 * DAY
    office.run(NOW + DAY, "next")
    snapshot = office.shelf.latest(KEY)
    assert snapshot is not None
    rows = [row for file in snapshot.files for row in pq.read_table(office.shelf.lake / file.part.path).to_pylist()]
    assert sorted((row["number"], row["said"]) for row in rows) == [("TS1", "后来"), ("TS2", "暖气不热")]


def test_the_receipts_of_a_push_and_of_its_way_are_in_one_ledger_that_verifies(office: Office) -> None:
    office.push("a", record(1))
    office.now = NOW + DAY
    office.run(NOW)
    office.shelf.ledger.settle()
    assert office.shelf.receipts.verify() == ()
    assert "TS1" not in json.dumps([dict(one.body) for one in office.shelf.receipts.newest()])
