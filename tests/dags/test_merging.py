"""A registry that is merged window by window: what changed replaces its key, the rest stays, what is gone is told."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from catalog.changes import ADDED, CHANGE, CHANGED, REMOVED, delta
from catalog.confirming import desk, stored
from catalog.confirming.stored import Wanted
from catalog.deeds import record
from catalog.organisations import Organisation
from catalog.persons import Person
from cli.door import Door
from cli.main import yishu
from dags import steps
from dags.job import Job
from schemas.access import Ask, Mode, Role, Subject, Tier
from schemas.contract import read_contract
from schemas.deed import Done, Hand, Word
from schemas.errors import BadInput, HeldBack, Refused
from schemas.index import write_index
from schemas.journey import SHANGHAI, Window
from schemas.matter import State, Verb
from schemas.merging import TOMBSTONES
from tests.builders import CIVIL_AFFAIRS
from tests.connectors.databases import connection_to
from tests.dags.parcels import KEY, TABLE, TOWNS, Home, moment, table

DELETES = TABLE + "deletes: {snapshot: P1D, most_share: 0.2}\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.shelf.engine.dispose()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, DELETES)
    yield made
    made.shelf.engine.dispose()


def test_the_first_window_of_a_merge_holds_everything_that_the_source_has(home: Home) -> None:
    home.office.put(moment(1), range(20))
    home.office.put(moment(3), range(20, 30))
    told = home.run(3)
    assert (told["read"], told["published"], told["rows"]) == (30, 30, 30)
    assert home.published() == home.office.rows()


@pytest.mark.parametrize("unknown", ["1899-12-30", "1900-01-01"])
def test_rows_whose_system_knew_no_moment_and_wrote_its_zero_are_not_left_out(home: Home, unknown: str) -> None:
    home.office.put(moment(1), range(3))
    home.office.put(datetime.fromisoformat(unknown).replace(tzinfo=SHANGHAI), [3])
    home.run(1)
    assert home.published() == home.office.rows()


def test_a_window_replaces_its_keys_and_leaves_the_others_where_they_are(home: Home) -> None:
    home.office.put(moment(1), range(20))
    home.run(1)
    home.office.put(moment(2), range(5), area="2.00")
    home.office.put(moment(2), [50])
    told = home.run(2)
    assert (told["read"], told["published"], told["rows"]) == (6, 6, 21)
    until = moment(3, 0).isoformat()
    assert told["merged"] == {"base": 1, "kept": 15, "replaced": 5, "removed": 0, "until": until}
    merged = home.snapshot().merged
    assert merged is not None
    assert (merged.base, merged.kept, merged.replaced, merged.removed) == (1, 15, 5, 0)
    assert home.published() == home.office.rows()
    run = home.shelf.runs(KEY)[0]
    assert (run.read, run.published, run.quarantined, run.duplicates) == (6, 6, 0, 0)


def test_a_row_that_moved_stands_in_its_new_place_alone_and_row_groups_stay_within_a_town(home: Home) -> None:
    home.office.put(moment(1), range(40))
    home.run(1)
    home.office.put(moment(2), range(10), town=1)
    home.run(2)
    assert home.published() == home.office.rows()
    rows = table(home.settings, home.snapshot())
    assert rows.equals(rows.sort_by([("division", "ascending"), ("id", "ascending")]))
    assert {group.division for file in home.snapshot().files for group in file.groups} == set(TOWNS)


def test_days_on_which_nobody_collected_are_read_with_the_next_window(home: Home) -> None:
    home.office.put(moment(1), range(5))
    home.run(1)
    home.office.put(moment(2), [6])
    home.office.put(moment(5), [7])
    assert home.run(5)["read"] == 2
    assert home.published() == home.office.rows()


def test_a_lag_reads_again_what_it_may_have_missed_and_changes_nothing_that_is_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path, TABLE.replace("PT0S", "PT2H"))
    home.office.put(moment(1, 23), range(10))
    home.run(1)
    home.office.put(moment(1, 23, 30), [11])
    told = home.run(2)
    assert (told["read"], told["published"], told["duplicates"], told["rows"]) == (11, 1, 10, 11)
    assert home.published() == home.office.rows()


def test_a_window_again_is_found_published_already(home: Home) -> None:
    home.office.put(moment(1), range(5))
    first = home.run(1)
    home.office.put(moment(2), range(2, 8))
    second = home.run(2)
    assert home.run(2)["version"] == second["version"] == 2
    assert home.run(1)["version"] == first["version"] == 1
    assert len(home.shelf.versions(KEY)) == 2


def test_the_last_window_collected_anew_replaces_what_it_brought_itself(home: Home) -> None:
    home.office.put(moment(1), range(5))
    home.run(1)
    home.office.put(moment(2), [6], area="9.99")
    home.run(2)
    home.office.drop([6])
    home.office.put(moment(2), [7])
    home.run(2, anew=True)
    merged = home.snapshot().merged
    assert merged is not None
    assert (home.snapshot().version, merged.base) == (3, 1)
    assert home.published() == home.office.rows()


def test_a_window_that_landed_before_newer_rows_were_merged_is_held_back_until_it_is_collected_anew(home: Home) -> None:
    home.office.put(moment(1), range(5))
    home.run(1)
    home.office.put(moment(2), [1], area="2.00")
    steps.collect(home.job(2), home.connection, home.after(2))
    home.office.put(moment(3), [1], area="3.00")
    home.run(3)
    with pytest.raises(HeldBack, match="--anew"):
        steps.validate(home.job(2), home.after(4))
    home.run(2, home.after(4), anew=True)
    assert home.published() == home.office.rows()


def test_where_the_contract_tells_the_later_row_an_old_window_may_come_late(tmp_path: Path) -> None:
    home = Home(tmp_path, TABLE + "order: changed\n")
    home.office.put(moment(1), range(5))
    home.run(1)
    home.office.put(moment(2), [1, 2], area="2.00")
    steps.collect(home.job(2), home.connection, home.after(2))
    home.office.put(moment(3), [1], area="3.00")
    home.run(3)
    steps.validate(home.job(2), home.after(4))
    steps.issue(home.job(2), home.after(4))
    assert home.published() == home.office.rows()


def test_two_windows_at_once_are_merged_one_after_the_other(tmp_path: Path) -> None:
    home = Home(tmp_path, TABLE + "order: changed\n")
    home.office.put(moment(1), range(5))
    home.run(1)
    home.office.put(moment(2), [1], area="2.00")
    steps.collect(home.job(2), home.connection, home.after(2))
    steps.validate(home.job(2), home.after(2))
    home.office.put(moment(3), [2], area="3.00")
    home.run(3)
    steps.issue(home.job(2), home.after(3))
    assert home.published() == home.office.rows()
    assert [one.state for one in home.shelf.versions(KEY)] == ["published"] * 3


def test_a_version_that_was_withdrawn_is_read_again_with_the_next_window(home: Home) -> None:
    home.office.put(moment(1), range(5))
    home.run(1)
    home.office.put(moment(2), [1], area="2.00")
    home.run(2)
    home.shelf.withdraw(KEY, 2)
    home.office.put(moment(3), [2])
    assert home.run(3)["read"] == 2
    assert home.published() == home.office.rows()


def test_a_contract_with_other_columns_begins_anew(home: Home) -> None:
    home.office.put(moment(1), range(5))
    home.run(1)
    file = home.folder / "contracts" / "land" / "parcel.odcs.yaml"
    file.write_text(file.read_text().replace("DECIMAL(12,2)", "DECIMAL(14,2)"), encoding="utf-8")
    home.dataset = read_contract(file)
    home.office.put(moment(2), [1], area="2.00")
    assert home.run(2)["read"] == 5
    assert home.published() == home.office.rows()


def test_what_is_gone_at_the_source_is_removed_and_recorded(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    watching.office.drop([3, 4])
    watching.office.put(moment(2), [5], area="2.00")
    watching.run(2)
    assert watching.published() == watching.office.rows()
    merged = watching.snapshot().merged
    assert merged is not None
    assert merged.tombstones is not None
    assert (merged.removed, merged.tombstones.rows) == (2, 2)
    file = watching.settings.lake / merged.tombstones.path
    assert file.name == TOMBSTONES
    assert pq.read_table(file).to_pylist() == [
        {"id": "P000003", "division": TOWNS[3]},
        {"id": "P000004", "division": TOWNS[0]},
    ]


def test_more_that_vanished_than_may_is_held_back_until_an_officer_confirms_it(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    watching.office.drop(range(10))
    with pytest.raises(HeldBack, match=r"deletes\.share"):
        watching.run(2)
    assert len(watching.published()) == 20
    finding = next(one for one in watching.shelf.findings(KEY) if one.rule == "deletes.share")
    assert (finding.failed, finding.checked) == (10, 20)
    officers(watching)
    told = confirm(watching)
    facts = {"window": "2026-11-02", "version": 2, "removed": 10, "of": 20, "confirmation": 1}
    assert told.deed.facts == facts
    receipt = watching.shelf.ledger.receipt(told.receipt)
    assert receipt is not None
    assert (receipt.body["event"], receipt.body["removed"], receipt.body["of"]) == ("deletes_confirmed", 10, 20)
    watching.run(2)
    assert watching.published() == watching.office.rows()
    assert record.listed(watching.shelf, KEY) == (told,)


def officers(home: Home) -> None:
    """A reviewer of the source, an auditor beside them, and a reviewer of another office."""
    parties = home.shelf.parties
    for code, name in ((home.dataset.owner, "测试部门"), (CIVIL_AFFAIRS, "枣庄市民政局")):
        parties.add_organisation(Organisation(code, name, name, "370400000000", Tier.CITY))
    for person, of, role in (
        ("reviewer", home.dataset.owner, Role.SOURCE_REVIEWER),
        ("auditor", home.dataset.owner, Role.SECURITY_AUDITOR),
        ("stranger", CIVIL_AFFAIRS, Role.SOURCE_REVIEWER),
    ):
        parties.add_person(Person(person, of, person, frozenset({role})))


def confirm(home: Home, person: str = "reviewer", reason: str = "两镇合并登记", day: int = 2) -> Done:
    waits = desk.gone(home.shelf, KEY, moment(day).date().isoformat())
    assert waits is not None
    return desk.decide(home.shelf, waits.id, Verb.CONFIRM, Word(Hand(person=person), reason), moment(3))


def test_only_a_reviewer_of_the_source_confirms_what_is_gone_and_gives_a_reason(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    assert desk.asked(watching.shelf, KEY) == ()
    watching.office.drop(range(10))
    with pytest.raises(HeldBack):
        watching.run(2)
    for person in ("auditor", "stranger", "nobody"):
        with pytest.raises(Refused, match="whose data these are"):
            confirm(watching, person)
    with pytest.raises(BadInput, match="reason"):
        confirm(watching, reason=" ")
    assert desk.gone(watching.shelf, KEY, "2026-11-01") is None


def held_back(home: Home, rows: Iterable[int], day: int = 2) -> None:
    """Rows are gone, and the day's version waits for a word."""
    home.office.drop(rows)
    with pytest.raises(HeldBack, match=r"deletes\.share"):
        home.run(day)


def test_a_word_covers_the_rows_that_were_shown_and_no_others(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    held_back(watching, range(10))
    confirm(watching)
    watching.office.put(moment(2), range(10))
    watching.office.drop(range(10, 20))
    with pytest.raises(HeldBack, match=r"deletes\.share"):
        watching.run(2, moment(3, 4), anew=True)
    assert len(watching.published()) == 20


def test_a_word_covers_fewer_rows_than_were_shown(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    held_back(watching, range(10))
    confirm(watching)
    watching.office.put(moment(2), [3])
    watching.run(2, moment(3, 4), anew=True)
    assert watching.published() == watching.office.rows()


def test_a_word_counts_once_and_opens_no_later_day(watching: Home) -> None:
    watching.office.put(moment(1), range(40))
    watching.run(1)
    officers(watching)
    held_back(watching, range(10))
    confirm(watching)
    watching.run(2, moment(3, 4))
    for day in (3, 4, 5):
        watching.run(day)
    held_back(watching, range(20, 30), 9)
    with pytest.raises(HeldBack, match=r"deletes\.share"):
        watching.run(2, moment(10, 5), anew=True)
    assert len(watching.published()) == 30
    with watching.shelf.engine.connect() as connection:
        found = stored.listed(connection, Wanted())
    assert [(one.id, one.state) for one in found] == [
        (3, State.WAITING), (2, State.WAITING), (1, State.DONE),
    ]  # fmt: skip


def test_rows_that_came_back_and_vanish_again_are_asked_about_again(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    held_back(watching, range(10))
    confirm(watching)
    watching.run(2, moment(3, 4))
    watching.office.put(moment(2), range(10))
    watching.run(2, moment(3, 5), anew=True)
    watching.office.drop(range(10))
    with pytest.raises(HeldBack, match=r"deletes\.share"):
        watching.run(2, moment(3, 6), anew=True)


def test_the_same_window_again_finds_its_version_without_another_word(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    held_back(watching, range(10))
    confirm(watching)
    first = watching.run(2, moment(3, 4))
    assert watching.run(2, moment(3, 5))["version"] == first["version"]
    watching.office.put(moment(2), [15], area="9.00")
    watching.run(2, moment(3, 6), anew=True)
    assert watching.published() == watching.office.rows()


def test_a_run_that_judged_before_the_word_does_not_ask_again(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    held_back(watching, range(10))
    confirm(watching)
    with pytest.raises(HeldBack):
        steps.issue(watching.job(2), moment(3, 4))
    with watching.shelf.engine.connect() as connection:
        assert [one.state for one in stored.listed(connection, Wanted())] == [State.CONFIRMED]
    watching.run(2, moment(3, 5))
    assert watching.published() == watching.office.rows()


def test_keys_that_were_shown_are_kept_until_a_day_after_the_matter_is_over(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    held_back(watching, range(10))
    folder = watching.settings.lake / "confirmations" / KEY
    (file,) = folder.iterdir()
    assert pq.read_table(file).num_rows == 10
    confirm(watching)
    watching.run(2, moment(3, 4))
    old = moment(1).timestamp()
    os.utime(file, (old, old))
    watching.run(3)
    assert list(folder.iterdir()) == []


def test_what_was_confirmed_covers_no_more_than_was_seen_gone(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    watching.office.drop(range(10))
    with pytest.raises(HeldBack):
        watching.run(2)
    confirm(watching)
    watching.office.drop(range(15))
    with pytest.raises(HeldBack):
        watching.run(2, anew=True)
    assert len(watching.published()) == 20


def test_what_changed_between_two_merges_is_told_whether_it_came_changed_moved_or_went(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    watching.office.put(moment(2), [1], area="2.00")
    watching.office.put(moment(2), [2], town=1)
    watching.office.put(moment(2), [30])
    watching.office.drop([3])
    watching.run(2)
    mine = Subject("owner", watching.dataset.owner, "测试部门", "370400000000", Tier.CITY)
    ask = Ask(mine, KEY, Mode.DELTA, "own_duty", watching.after(2))
    before, after = (watching.shelf.open_rows(watching.shelf.decide(ask, number)) for number in (1, 2))
    told = pa.Table.from_batches(list(delta(watching.dataset, before, after))).to_pylist()
    assert {row["id"]: row[CHANGE] for row in told} == {
        "P000001": CHANGED, "P000002": CHANGED, "P000003": REMOVED, "P000030": ADDED,
    }  # fmt: skip


def test_what_is_gone_is_looked_for_only_when_it_is_time(tmp_path: Path) -> None:
    home = Home(tmp_path, DELETES.replace("P1D", "P7D"))
    home.office.put(moment(1), range(20))
    home.run(1)
    home.office.drop([3])
    home.run(2)
    assert len(home.published()) == 20
    home.run(8)
    assert home.published() == home.office.rows()


def test_on_postgresql_a_window_ends_where_a_transaction_is_open_and_the_next_begins_there(
    postgres_url: str, tmp_path: Path
) -> None:
    home = Home(tmp_path, TABLE.replace("lag: PT0S\n", ""))
    home.connection = connection_to(postgres_url, id="land")
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute("create table parcel (id text primary key, division text, area text, changed timestamptz)")
        database.execute("insert into parcel values ('P1', %s, '1.00', now())", (TOWNS[0],))
        time.sleep(0.1)
        with psycopg.connect(postgres_url) as late:
            late.execute("insert into parcel values ('P2', %s, '2.00', now())", (TOWNS[1],))
            time.sleep(1.2)
            database.execute("insert into parcel values ('P3', %s, '3.00', now())", (TOWNS[2],))
            first = ask(home, timedelta(hours=-1))
        time.sleep(1.2)
        ask(home, timedelta(0))
        there = {key: (place, area) for key, place, area, _ in database.execute("select * from parcel").fetchall()}
    assert (first["read"], first["rows"]) == (1, 1)
    assert home.shelf.runs(KEY)[0].read == 2
    assert home.published() == there


def ask(home: Home, since: timedelta) -> dict[str, Any]:
    """A window that ends now."""
    now = datetime.now(SHANGHAI)
    begins = now - timedelta(seconds=0.5) + since
    return steps.whole_way(
        Job(home.settings, home.dataset, Window(begins, now), f"run-{now:%S.%f}"), home.connection, now
    )


def test_an_officer_confirms_on_the_command_line(watching: Home) -> None:
    watching.office.put(moment(1), range(20))
    watching.run(1)
    officers(watching)
    watching.office.drop(range(10))
    with pytest.raises(HeldBack):
        watching.run(2)
    write_index([watching.dataset], watching.settings.registry)
    door = Door({"YISHU_HOME": "home"}, watching.folder, lambda: moment(3))
    waiting = CliRunner().invoke(yishu, ["deletes", "list", KEY], obj=door)
    assert "confirmation 1 waiting: 2026-11-02  10 of 20 rows are gone" in waiting.output
    watching.office.drop(range(12))
    with pytest.raises(HeldBack):
        watching.run(2, anew=True)
    said = ["--reason", "两镇合并登记", "--person"]
    stale = CliRunner().invoke(yishu, ["deletes", "confirm", KEY, "--confirmation", "1", *said, "reviewer"], obj=door)
    assert isinstance(stale.exception, BadInput)
    assert "confirmation 1 does not wait; what does: 2 (2026-11-02, 12 of 20 rows gone)" in str(stale.exception)
    no = CliRunner().invoke(yishu, ["deletes", "refuse", KEY, "--confirmation", "2", *said, "reviewer"], obj=door)
    assert no.exit_code == 0
    assert [one.state for one in desk.asked(watching.shelf, KEY)] == [State.REFUSED]
    words = ["deletes", "confirm", KEY, "--confirmation", "2", *said]
    refused = CliRunner().invoke(yishu, [*words, "auditor"], obj=door)
    assert isinstance(refused.exception, Refused)
    told = CliRunner().invoke(yishu, [*words, "reviewer", "--json"], obj=door)
    assert json.loads(told.output)["removed"] == 12
    listed = CliRunner().invoke(yishu, ["deletes", "list", KEY], obj=door)
    assert "2026-11-02  12 rows  reviewer  两镇合并登记" in listed.output
    watching.run(2)
    assert watching.published() == watching.office.rows()
