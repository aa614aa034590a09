"""Matters that wait for a reviewer's word: they arise once, are reminded of, and end by themselves."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from catalog import tables
from catalog.confirming import arising, desk, stored
from catalog.confirming.stored import Wanted
from catalog.database import downgrade_engine, upgrade_engine, writing
from catalog.deeds import record
from catalog.lake.where import at_hand
from catalog.mending import notices
from catalog.mending.reminders import remind
from catalog.organisations import Organisation
from catalog.persons import Person
from catalog.shelf import Shelf
from schemas.access import Role, Tier
from schemas.dataset import Dataset, Deletes, Dimension, Load, Severity, Source
from schemas.deed import Act, Hand, Word
from schemas.drift import Drift, Shape
from schemas.errors import BadInput, Refused
from schemas.journey import Finding, Merge, Part, Snapshot, Verdict, Window
from schemas.matter import MOVES, Change, Gone, Kind, Matter, State, Verb, after
from schemas.merging import SHARE_RULE
from schemas.notice import About
from tests.builders import CIVIL_AFFAIRS, NOW, ZAOZHUANG, make_dataset
from tests.builders import DAY as TODAY

DAY = Window.of_day(TODAY)
GONE_KEYS = b"keys of ten rows"
DIGEST = hashlib.sha256(GONE_KEYS).hexdigest()
KEYS = Part(f"confirmations/civil_affairs.low_income/{DIGEST}", 10, len(GONE_KEYS), DIGEST)
"""Keys of ten rows, as they are kept in the lake."""
SOURCE = Source("sql_table", "db", {"table": "t"}, load=Load.MERGE, deletes=Deletes("P1D", 0.05))


@pytest.fixture
def dataset(shelf: Shelf) -> Dataset:
    made = make_dataset(source=SOURCE)
    shelf.parties.add_organisation(Organisation(CIVIL_AFFAIRS, "枣庄市民政局", "", ZAOZHUANG, Tier.CITY))
    shelf.parties.add_person(Person("wang-li", CIVIL_AFFAIRS, "王丽", frozenset({Role.SOURCE_REVIEWER})))
    shelf.register(made, NOW)
    return made


def held_back(shelf: Shelf, dataset: Dataset, version: int, removed: int = 10) -> None:
    about = (SHARE_RULE, "few_keys_vanish", Severity.CRITICAL, Dimension.CONSISTENCY, ("person_id",))
    share = Finding(*about, checked=20, failed=removed, success=not removed)
    merge = Merge(1, 10, 0, removed, "d", NOW, NOW, NOW, KEYS)
    numbers = {"read": 0, "passed": 0, "quarantined": 0, "duplicates": 0, "scores": {}, "clean": (), "quarantine": ()}
    blocked = (SHARE_RULE,) if removed else ("another",)
    verdict = Verdict(dataset.key, "c", DAY, findings=(share,), blocked=blocked, checked_at=NOW, merge=merge, **numbers)
    file = at_hand(shelf.lake, KEYS)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(GONE_KEYS)
    with writing(shelf.engine) as connection:
        arising.held_back(connection, dataset, verdict, version, NOW)


def agreed(shelf: Shelf, dataset: Dataset, window: str = DAY.key, base: int = 1) -> Part | None:
    with shelf.engine.connect() as connection:
        return stored.agreed(connection, dataset.key, window, base)


def published(shelf: Shelf, dataset: Dataset, window: Window, looked: timedelta) -> None:
    merge = Merge(1, 10, 0, 0, "d", NOW, NOW, NOW + looked)
    snapshot = Snapshot(dataset.key, 9, "c", window, (), 0, "", "", NOW, merged=merge)
    with writing(shelf.engine) as connection:
        arising.published(connection, snapshot, NOW)


def matters(shelf: Shelf) -> list[Matter]:
    with shelf.engine.connect() as connection:
        return list(stored.listed(connection, Wanted()))[::-1]


def told(shelf: Shelf, about: About = About.CONFIRMATION_WAITS) -> list[str]:
    with shelf.engine.connect() as connection:
        return [one.subject for one in notices.inbox(connection, CIVIL_AFFAIRS) if one.about is about]


def decide(shelf: Shelf, verb: Verb = Verb.CONFIRM, by: Hand | None = None, which: int = 1) -> None:
    desk.decide(shelf, which, verb, Word(by or Hand(person="wang-li"), "两镇合并登记"), NOW)


def test_the_same_version_held_back_again_is_the_same_matter_and_is_told_once(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    held_back(shelf, dataset, 2)
    (one,) = matters(shelf)
    assert one.about == Gone(DAY.key, 2, 1, 10, 20, 0.05, KEYS)
    assert told(shelf) == ["城乡低保对象：待确认：源系统中消失 10 行（共 20 行），新版本暂不发布"]


def test_another_version_of_the_window_takes_its_place_and_only_that_can_be_decided(
    shelf: Shelf, dataset: Dataset
) -> None:
    held_back(shelf, dataset, 2)
    held_back(shelf, dataset, 3, removed=15)
    assert [one.state for one in matters(shelf)] == [State.SETTLED, State.WAITING]
    with pytest.raises(BadInput, match="is settled; possible now: nothing"):
        decide(shelf, which=1)
    decide(shelf, which=2)
    assert agreed(shelf, dataset) == KEYS
    assert agreed(shelf, dataset, window="2026-11-30") is None
    assert agreed(shelf, dataset, base=2) is None
    assert len(record.listed(shelf)) == 1


def test_a_version_that_is_held_back_for_something_else_asks_nothing_any_more(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    held_back(shelf, dataset, 3, removed=0)
    assert [one.state for one in matters(shelf)] == [State.SETTLED]


@pytest.mark.parametrize(
    ("days", "looked", "state"),
    [
        (0, timedelta(days=-1), State.SETTLED),
        (1, timedelta(hours=1), State.SETTLED),
        (1, timedelta(days=-1), State.WAITING),
    ],
)
def test_it_is_over_once_its_window_is_published_or_all_keys_were_looked_at_since(
    shelf: Shelf, dataset: Dataset, days: int, looked: timedelta, state: State
) -> None:
    held_back(shelf, dataset, 2)
    day = timedelta(days=days)
    published(shelf, dataset, Window(DAY.low + day, DAY.high + day), looked)
    assert [one.state for one in matters(shelf)] == [state]


def test_a_word_is_used_up_by_the_version_that_is_published_with_it(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    decide(shelf)
    (said,) = matters(shelf)
    published(shelf, dataset, DAY, timedelta(hours=1))
    (one,) = matters(shelf)
    assert (one.state, one.receipt, one.verbs) == (State.DONE, said.receipt, ())
    assert agreed(shelf, dataset) is None


def test_a_word_is_over_once_all_keys_were_looked_at_in_another_window(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    decide(shelf)
    day = timedelta(days=1)
    published(shelf, dataset, Window(DAY.low + day, DAY.high + day), timedelta(hours=1))
    assert [one.state for one in matters(shelf)] == [State.SETTLED]
    assert agreed(shelf, dataset) is None


def test_what_was_just_confirmed_is_not_asked_again_by_a_run_that_had_judged_before(
    shelf: Shelf, dataset: Dataset
) -> None:
    held_back(shelf, dataset, 2)
    decide(shelf)
    held_back(shelf, dataset, 2)
    assert [one.state for one in matters(shelf)] == [State.CONFIRMED]
    assert len(told(shelf)) == 1


def test_a_word_lives_through_a_version_that_is_held_back_for_something_else(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    decide(shelf)
    held_back(shelf, dataset, 3, removed=0)
    assert agreed(shelf, dataset) == KEYS


def test_a_word_is_over_once_other_keys_are_gone(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    decide(shelf)
    held_back(shelf, dataset, 3, removed=15)
    assert [one.state for one in matters(shelf)] == [State.SETTLED, State.WAITING]
    assert agreed(shelf, dataset) is None


def test_what_was_refused_keeps_its_word_when_it_is_settled(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    decide(shelf, Verb.REFUSE)
    (refused,) = matters(shelf)
    published(shelf, dataset, DAY, timedelta(hours=1))
    (one,) = matters(shelf)
    assert (one.state, one.receipt) == (State.SETTLED, refused.receipt)


def test_a_run_that_saw_a_matter_wait_does_not_move_it_once_it_is_decided(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    (waiting,) = matters(shelf)
    decide(shelf)
    with writing(shelf.engine) as connection:
        stored.move(connection, waiting, State.SETTLED, NOW)
    assert [one.state for one in matters(shelf)] == [State.CONFIRMED]


def test_on_postgresql_a_run_waits_for_a_reviewer_who_is_deciding(shelf: Shelf, dataset: Dataset) -> None:
    if shelf.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    held_back(shelf, dataset, 2)
    (waiting,) = matters(shelf)
    with ThreadPoolExecutor(1) as pool:
        with writing(shelf.engine) as connection:
            stored.alone(connection, dataset.key)
            run = pool.submit(published, shelf, dataset, DAY, timedelta(hours=1))
            with pytest.raises(TimeoutError):
                run.result(timeout=0.5)
            stored.move(connection, waiting, State.CONFIRMED, NOW, "receipt")
        run.result(timeout=20)
    (one,) = matters(shelf)
    assert (one.state, one.receipt) == (State.DONE, "receipt")


def test_of_two_words_at_once_one_counts_and_only_that_is_on_record(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    with ThreadPoolExecutor(2) as pool:
        said = [pool.submit(decide, shelf) for _ in range(2)]
        wrong = [one.exception() for one in said]
    assert sorted(type(one) for one in wrong if one) == [BadInput]
    assert len(shelf.ledger.receipts()) == len(record.listed(shelf)) == 1


@pytest.mark.parametrize("person", ["", "nobody", "li-si", "off"])
def test_only_an_active_reviewer_of_the_owner_decides_and_else_nothing_is_on_record(
    shelf: Shelf, dataset: Dataset, person: str
) -> None:
    shelf.parties.add_person(Person("li-si", CIVIL_AFFAIRS, "李四", frozenset({Role.CATALOGUE_KEEPER})))
    shelf.parties.add_person(Person("off", CIVIL_AFFAIRS, "离岗", frozenset({Role.SOURCE_REVIEWER}), active=False))
    held_back(shelf, dataset, 2)
    with pytest.raises(Refused, match="whose data these are"):
        decide(shelf, by=Hand(person=person))
    assert shelf.ledger.receipts() == ()
    assert [one.state for one in matters(shelf)] == [State.WAITING]


def test_nothing_is_confirmed_whose_keys_cannot_be_shown(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    at_hand(shelf.lake, KEYS).write_bytes(b"other keys")
    with pytest.raises(BadInput, match="asked anew"):
        decide(shelf)
    decide(shelf, Verb.REFUSE)
    assert [one.deed.act for one in record.listed(shelf)] == [Act.REFUSE_DELETES]


def test_nobody_decides_for_an_organisation_that_is_switched_off(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    shelf.parties.set_active(organisation=CIVIL_AFFAIRS, active=False)
    with pytest.raises(Refused, match="switched off"):
        decide(shelf)
    assert shelf.ledger.receipts() == ()


def test_the_owner_is_told_of_what_was_entered_at_a_command_in_the_name_of_its_reviewer(
    shelf: Shelf, dataset: Dataset
) -> None:
    held_back(shelf, dataset, 2)
    decide(shelf, Verb.REFUSE)
    assert told(shelf, About.CONFIRMATION_DECIDED) == []
    decide(shelf, by=Hand(person="wang-li", account="root"))
    assert told(shelf, About.CONFIRMATION_DECIDED) == [
        "城乡低保对象：已由 root 在服务器上以 wang-li 的名义作出确认结论"
    ]


def test_who_lets_it_wait_is_reminded_every_three_days_until_it_is_decided(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    for days, count in ((2, 0), (3, 1), (4, 1), (6, 1)):
        assert remind(shelf, NOW + timedelta(days=days)) == count
    assert len(told(shelf)) == 3
    decide(shelf, Verb.REFUSE)
    assert remind(shelf, NOW + timedelta(days=9)) == 0


def test_what_waits_is_counted_for_its_owner_alone(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    with shelf.engine.connect() as connection:
        assert (stored.waiting(connection, CIVIL_AFFAIRS), stored.waiting(connection, "x")) == (1, 0)
    decide(shelf)
    with shelf.engine.connect() as connection:
        assert stored.waiting(connection, CIVIL_AFFAIRS) == 0


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", list(Verb))
def test_no_word_leads_anywhere_but_where_the_table_says(state: State, verb: Verb) -> None:
    one = Matter(1, "x", Change(Drift(), Shape({})), state, NOW, NOW)
    if (state, verb) in MOVES:
        assert after(one, verb) in (State.CONFIRMED, State.REFUSED)
        assert verb in one.verbs
    else:
        with pytest.raises(BadInput, match=f"is {state}"):
            after(one, verb)


def test_changes_and_deletions_of_one_dataset_wait_side_by_side(shelf: Shelf, dataset: Dataset) -> None:
    change = Change(Drift(retyped=(("id", "char(12)", "varchar(20)"),)), Shape({"id": "varchar(20)"}))
    held_back(shelf, dataset, 2)
    with writing(shelf.engine) as connection:
        arising.changed(connection, dataset, change, NOW)
        arising.changed(connection, dataset, change, NOW)
    assert [one.about.kind for one in matters(shelf)] == [Kind.DELETES, Kind.CHANGE]
    with writing(shelf.engine) as connection:
        arising.changed(connection, dataset, None, NOW)
    assert [one.state for one in matters(shelf)] == [State.WAITING, State.SETTLED]


def test_what_earlier_releases_confirmed_moves_there_and_back(shelf: Shelf, dataset: Dataset) -> None:
    held_back(shelf, dataset, 2)
    decide(shelf)
    (before,) = matters(shelf)
    assert before.about.mark == f"version 2 of 1 without {DIGEST[:16]}"
    share = {"rule": SHARE_RULE, "severity": "critical", "dimension": "consistency", "checked": 20, "failed": 10}
    where = {"dataset": dataset.key, "version": 2, "window": DAY.key, "success": False, "body": ""}
    with writing(shelf.engine) as connection:
        connection.execute(insert(tables.finding).values(share | where))
    downgrade_engine(shelf.engine, "0034")
    with shelf.engine.connect() as connection:
        row = connection.execute(text('select dataset, "window", version, removed, receipt from confirmed_deletes'))
        assert tuple(row.one()) == (dataset.key, DAY.key, 2, 10, before.receipt)
    upgrade_engine(shelf.engine)
    (one,) = matters(shelf)
    assert (one.state, one.receipt) == (State.SETTLED, before.receipt)
    assert isinstance(one.about, Gone)
    assert (one.about.removed, one.about.of) == (10, 20)
    assert agreed(shelf, dataset) is None
