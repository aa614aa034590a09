"""A source that changes: what is new is told and left out, what is retyped stops until somebody has looked."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from catalog import shapes
from catalog.confirming import desk, stored
from catalog.database import upgrade
from catalog.deeds import record
from catalog.mending import notices
from catalog.organisations import Organisation
from catalog.persons import Person
from catalog.shelf import Shelf, open_shelf
from connectors.registry import connector_for
from dags import collecting, steps
from dags.job import Job
from schemas.access import Role, Tier
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.deed import Act, Done, Hand, Word
from schemas.drift import Shape
from schemas.errors import BadInput, Refused, SourceChanged
from schemas.journey import SHANGHAI, Window
from schemas.matter import State, Verb
from schemas.notice import About, Notice
from schemas.schema_contract import OnChange, SchemaContract
from schemas.settings import read_settings
from tests.builders import CIVIL_AFFAIRS, ZAOZHUANG, make_dataset, make_field

NOW = datetime(2026, 11, 20, 2, tzinfo=SHANGHAI)
FIRST = date(2026, 11, 17)


class Office:
    """An installation beside one table."""

    def __init__(self, folder: Path) -> None:
        self.settings = read_settings({"YISHU_HOME": "home"}, folder)
        upgrade(self.settings.database_url)
        self.shelf: Shelf = open_shelf(self.settings)
        self.shelf.parties.add_organisation(Organisation(CIVIL_AFFAIRS, "民政局", "", ZAOZHUANG, Tier.CITY))
        for person, role in (("reviewer", Role.SOURCE_REVIEWER), ("auditor", Role.SECURITY_AUDITOR)):
            self.shelf.parties.add_person(Person(person, CIVIL_AFFAIRS, person, frozenset({role})))
        self.file = folder / "office.db"
        self.connection = Connection("office", "sqlite", host=str(self.file))

    def fill(self, columns: str, rows: int = 3) -> None:
        with sqlite3.connect(self.file) as database:
            database.execute("drop table if exists t")
            database.execute(f"create table t ({columns})")
            names = [one.split()[0] for one in columns.split(", ")]
            marks = ", ".join("?" * len(names))
            database.executemany(f"insert into t values ({marks})", [[str(row)] * len(names) for row in range(rows)])
        database.close()

    def run(self, dataset: Dataset, day: int) -> dict[str, object]:
        job = Job(self.settings, dataset, Window.of_day(FIRST + timedelta(days=day)), f"run-{day}")
        return steps.whole_way(job, self.connection, NOW + timedelta(days=day))

    def told(self) -> list[Notice]:
        with self.shelf.engine.connect() as connection:
            inbox = notices.inbox(connection, CIVIL_AFFAIRS)
        return [one for one in inbox if one.about.value in ("source_changed", "confirmation_waits")]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.fill("id char(12), name text")
    yield made
    made.shelf.engine.dispose()


def dataset(**told: OnChange) -> Dataset:
    fields = (make_field("id", key=1), make_field("name"))
    source = Source("sql_table", "office", {"table": "t"}, schema_contract=SchemaContract(**told))
    return make_dataset("civil_affairs.drifting", fields=fields, rules=(), source=source, default_scope="")


def test_a_new_column_is_left_out_and_its_owner_is_told_once(office: Office) -> None:
    office.run(dataset(), 0)
    office.fill("id char(12), name text, hobby text")
    assert "SOURCE_CHANGED: hobby is new, and no field names it" in str(office.run(dataset(), 1)["warnings"])
    assert "SOURCE_CHANGED" not in str(office.run(dataset(), 2)["warnings"])
    (told,) = office.told()
    assert told.body == {"changes": ["hobby is new, and no field names it"], "frozen": False}
    assert office.shelf.latest("civil_affairs.drifting").version == 3  # type: ignore[union-attr]


def test_a_retyped_column_stops_the_collection_until_it_is_accepted(office: Office) -> None:
    one = dataset()
    office.run(one, 0)
    office.fill("id varchar(20), name text")
    for _ in range(2):
        with pytest.raises(SourceChanged, match=r"id was char\(12\), is varchar\(20\).*yishu source accept"):
            office.run(one, 1)
    (told,) = office.told()
    assert (told.about, told.body["path"]) == (About.CONFIRMATION_WAITS, "/confirmations/1")
    assert len(office.shelf.versions(one.key)) == 1
    for person in ("auditor", "nobody", ""):
        with pytest.raises(Refused, match="whose data these are"):
            decide(office, Verb.CONFIRM, person)
    with pytest.raises(BadInput, match="reason"):
        decide(office, Verb.CONFIRM, reason=" 对 ")
    assert office.shelf.ledger.receipts() == ()
    done = decide(office, Verb.CONFIRM)
    assert office.run(one, 1)["rows"] == 3
    assert record.listed(office.shelf, one.key) == (done,)
    assert (done.deed.act, done.deed.by.organisation, done.deed.said) == (Act.ACCEPT_CHANGE, one.owner, "按新标准加长")
    assert done.deed.facts["changes"] == ["id was char(12), is varchar(20)"]
    assert record.holds(office.shelf, done)
    with pytest.raises(BadInput, match="is confirmed; possible now: nothing"):
        decide(office, Verb.REFUSE)


def decide(office: Office, verb: Verb, person: str = "reviewer", reason: str = "按新标准加长", which: int = 1) -> Done:
    return desk.decide(office.shelf, which, verb, Word(Hand(person=person), reason), NOW)


def state(office: Office, which: int = 1) -> State:
    with office.shelf.engine.connect() as connection:
        return stored.get(connection, which).state


def test_a_change_that_is_refused_stops_the_collection_and_says_so_until_it_is_accepted_after_all(
    office: Office,
) -> None:
    one = dataset()
    office.run(one, 0)
    office.fill("id varchar(20), name text")
    with pytest.raises(SourceChanged):
        office.run(one, 1)
    decide(office, Verb.REFUSE, reason="业务系统误改，已通知改回")
    with pytest.raises(SourceChanged, match="Its reviewer has refused that"):
        office.run(one, 1)
    assert len(office.told()) == 1, "what was refused is not asked again"
    decide(office, Verb.CONFIRM)
    assert office.run(one, 1)["rows"] == 3


def test_another_change_is_another_matter_and_the_first_is_over(office: Office) -> None:
    one = dataset()
    office.run(one, 0)
    for number, columns in enumerate(("id varchar(20), name text", "id varchar(30), name text"), 1):
        office.fill(columns)
        with pytest.raises(SourceChanged, match=f"/confirmations/{number}"):
            office.run(one, 1)
    assert (state(office, 1), state(office, 2)) == (State.SETTLED, State.WAITING)
    with pytest.raises(BadInput, match="is settled"):
        decide(office, Verb.CONFIRM, which=1)
    with pytest.raises(SourceChanged):
        office.run(one, 1)


def test_a_retyped_column_may_pass_where_the_contract_says_so(office: Office) -> None:
    one = dataset(data_type=OnChange.DISCARD_ROW)
    office.run(one, 0)
    office.fill("id varchar(20), name text")
    assert "id was char(12)" in str(office.run(one, 1)["warnings"])


def test_a_new_column_stops_where_the_contract_freezes_columns(office: Office) -> None:
    one = dataset(columns=OnChange.FREEZE)
    office.run(one, 0)
    office.fill("id char(12), name text, hobby text")
    with pytest.raises(SourceChanged, match="hobby is new"):
        office.run(one, 1)


def test_what_changed_between_plan_and_landing_is_held_against_the_contract_too(office: Office) -> None:
    one = dataset()
    office.run(one, 0)
    job = Job(office.settings, one, Window.of_day(FIRST + timedelta(days=1)), "run-1")
    connector = connector_for(one, office.connection)
    planned = collecting.plan(job, connector)
    office.fill("id varchar(20), name text")
    with pytest.raises(SourceChanged, match="since it was last read"):
        collecting.land(job, connector, planned, NOW)


def test_another_contract_does_not_forget_what_the_source_was(office: Office) -> None:
    office.run(dataset(), 0)
    office.fill("id varchar(20), name text")
    with pytest.raises(SourceChanged):
        office.run(replace(dataset(), version="1.0.1", contract_hash="2" * 64), 1)


def test_a_source_that_is_as_it_was_again_is_collected_without_a_word(office: Office) -> None:
    one = dataset()
    office.run(one, 0)
    office.fill("id varchar(20), name text")
    with pytest.raises(SourceChanged, match="yishu source accept"):
        office.run(one, 1)
    office.fill("id char(12), name text")
    assert office.run(one, 1)["rows"] == 3
    assert state(office) is State.SETTLED


def test_a_window_that_shows_nothing_makes_nobody_forget_what_the_source_was(office: Office) -> None:
    one, engine = dataset(), office.shelf.engine
    office.run(one, 0)
    seen = Shape({"id": "char(12)"}, ("hobby",))
    assert shapes.look(engine, one, seen, NOW) == ("hobby is new, and no field names it",)
    assert shapes.look(engine, one, Shape({}), NOW) == ()
    assert shapes.look(engine, one, seen, NOW) == ()
    assert shapes.look(engine, one, Shape({}), NOW) == ()
    with pytest.raises(SourceChanged, match="id was char"):
        shapes.look(engine, one, Shape({"id": "varchar(20)"}), NOW)
    shapes.look(engine, one, Shape({}), NOW)
    assert state(office) is State.WAITING
