"""What was pushed lies in the lake, a folder or a bucket, before the sender has its answer; elsewhere it is found."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.inbox import faults, leftovers, store, windows
from catalog.inbox.bodies import spooled
from catalog.inbox.formats import Format
from catalog.inbox.intake import Parcel, Taken, take
from catalog.inbox.segment import SegmentWriter
from catalog.lake import named
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.errors import Busy, KeyTaken, LakeUnreachable, NotReady
from schemas.journey import Window
from schemas.push import LISTED
from tests.api.conftest import people
from tests.builders import NOW
from tests.catalog.lake.conftest import Site
from tests.catalog.test_inbox import Meddling
from tests.pushed import KEY, as_json, complaints, record


def sender_in(shelf: Shelf) -> Subject:
    shelf.register(complaints(), NOW)
    return shelf.parties.subject(people(shelf)["civil"], NOW)


@pytest.fixture
def sender(site: Site) -> Subject:
    return sender_in(site.shelf)


@contextmanager
def sent(shelf: Shelf, body: bytes) -> Iterator[BinaryIO]:
    folder = shelf.lake if isinstance(shelf.lake, Path) else shelf.lake.desk
    with spooled(folder / "inbox") as file:
        file.write(body)
        yield file


def push(shelf: Shelf, sender: Subject, key: str, *records: object) -> Taken:
    with sent(shelf, as_json(*records)) as file:
        return take(shelf, Parcel(sender, complaints(), key, Format.JSON, file, False, NOW), 1 << 20)


def landing(shelf: Shelf, now: datetime = NOW) -> list[str]:
    files = windows.closed(shelf, complaints(), Window.of_day(NOW.date()), now)[KEY]
    return [number for file in files for number in pq.read_table(file).column("number").to_pylist()]


def test_what_was_pushed_here_is_found_on_another_machine_in_its_order(site: Site, sender: Subject) -> None:
    push(site.shelf, sender, "a", record(1), record(2))
    push(site.shelf, sender, "b", record(3))
    assert landing(site.another()) == ["TS1", "TS2", "TS3"]


def test_who_only_looks_sees_what_waits_and_closes_no_window(site: Site, sender: Subject) -> None:
    push(site.shelf, sender, "a", record(1))
    (file,) = windows.waiting(site.another(), complaints())[KEY]
    assert pq.read_table(file).column("number").to_pylist() == ["TS1"]
    assert push(site.shelf, sender, "b", record(2)).push.lands_at < Window.of_day(NOW.date()).high
    assert landing(site.shelf) == ["TS1", "TS2"]
    windows.landed(site.shelf, complaints(), Window.of_day(NOW.date()), NOW)
    assert windows.waiting(site.shelf, complaints())[KEY] == ()


def test_the_same_push_at_another_machine_is_known(site: Site, sender: Subject) -> None:
    first = push(site.shelf, sender, "a", record(1))
    again = push(site.another(), sender, "a", record(1))
    assert (again.push, again.again) == (first.push, True)
    assert landing(site.shelf) == ["TS1"]


def test_nothing_is_left_on_the_desk_but_the_finished_files(site: Site, sender: Subject) -> None:
    push(site.shelf, sender, "a", record(1))
    left = [file.name for file in (site.desk / "inbox").rglob("*") if file.is_file() and file.name.startswith(".")]
    assert left == []


def test_what_a_killed_process_left_unfinished_is_swept_after_a_day_and_never_read(site: Site, sender: Subject) -> None:
    push(site.shelf, sender, "a", record(1))
    folder = site.desk / "inbox" / KEY
    for name, hours in ((".old.tmp", 25), (".fresh.tmp", 1)):
        (folder / name).write_bytes(b"half")
        moment = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(folder / name, (moment, moment))
    assert landing(site.shelf) == ["TS1"]
    assert [file.name for file in folder.glob(".*.tmp")] == [".fresh.tmp"]


def left_behind(shelf: Shelf) -> None:
    """What a process that is killed leaves: the rows are in the lake, and no push names them."""
    writer = SegmentWriter(shelf.lake, KEY, "b" * 32)
    writer.write(pa.record_batch({"number": ["TS9"]}))
    assert writer.settle() is not None


class Full:
    """A ledger whose disk is full."""

    def record(self, *_: object) -> None:
        raise NotReady("no space is left")


def in_lake(shelf: Shelf) -> int:
    return sum(1 for _ in named.listed(shelf.lake, f"inbox/{KEY}"))


def test_rows_that_no_push_names_go_after_thirty_days_and_all_that_one_names_stay(site: Site, sender: Subject) -> None:
    elsewhere = site.another()
    written = datetime.now(UTC)  # by the clock of the lake, whatever day a test calls today
    push(site.shelf, sender, "a", record(1))
    for _ in range(2):
        left_behind(site.shelf)
    assert in_lake(site.shelf) == 3
    assert landing(elsewhere, written + timedelta(hours=1)) == ["TS1"]
    assert in_lake(site.shelf) == 3, "they may be of a push in flight"
    assert landing(elsewhere, written + timedelta(days=29)) == ["TS1"]
    assert in_lake(site.shelf) == 3, "a catalogue that was restored may have lost pushes that were acknowledged"
    assert landing(elsewhere, written + timedelta(days=31)) == ["TS1"]
    assert in_lake(site.shelf) == 1
    assert push(elsewhere, sender, "b", record(2)).push.accepted == 1
    assert in_lake(site.shelf) == 2


def test_more_faults_than_an_answer_lists_lie_in_the_lake_as_long_as_the_push_names_them(
    site: Site, sender: Subject
) -> None:
    elsewhere = site.another()
    for key in ("a", "b"):
        pushed = push(site.shelf, sender, key, *(record(n, score=9) for n in range(LISTED + 20)), record(500)).push
    few = push(site.shelf, sender, "c", record(1, score=9)).push
    left_behind(site.shelf)
    assert in_lake(site.shelf) == 5
    assert landing(elsewhere, datetime.now(UTC) + timedelta(days=31)) == ["TS500"] * 2
    assert in_lake(site.shelf) == 4
    assert [one.row for one in faults.of(elsewhere.lake, pushed)] == list(range(1, LISTED + 21))
    assert [one.row for one in faults.of(elsewhere.lake, pushed, LISTED)] == list(range(LISTED + 1, LISTED + 21))
    assert few.faults is None
    assert [(one.row, one.rule) for one in faults.of(elsewhere.lake, few)] == [(1, "score.range")]


def test_an_inbox_that_no_run_comes_to_any_more_is_swept_by_the_clock(site: Site, sender: Subject) -> None:
    push(site.shelf, sender, "a", record(1))
    left_behind(site.shelf)
    later = datetime.now(UTC) + timedelta(days=31)
    assert leftovers.sweep_each(site.shelf, later) == 0, "no window was closed yet: its first run sweeps it"
    landing(site.shelf, later - timedelta(days=2))
    assert in_lake(site.shelf) == 2
    assert leftovers.sweep_each(site.shelf, later) == 1
    assert in_lake(site.shelf) == 1
    assert leftovers.sweep_each(site.shelf, later + timedelta(hours=1)) == 0, "once a day"


def test_a_push_that_cannot_be_put_on_record_leaves_nothing_however_often_it_is_tried(
    site: Site, sender: Subject
) -> None:
    many = [record(n, score=9) for n in range(LISTED + 1)]
    for _ in range(3):
        with pytest.raises(NotReady):
            push(replace(site.shelf, ledger=Full()), sender, "a", record(200), *many)  # type: ignore[arg-type]
    assert in_lake(site.shelf) == 0
    assert not push(site.shelf, sender, "a", record(200), *many).again


def test_what_is_no_segment_is_not_swept(in_folder: Site) -> None:
    push(in_folder.shelf, sender_in(in_folder.shelf), "a", record(1))
    note = in_folder.desk / "inbox" / KEY / "READ ME.txt"
    note.write_text("kept by the operator")
    assert landing(in_folder.shelf, datetime.now(UTC) + timedelta(days=31)) == ["TS1"]
    assert note.exists()


def test_a_push_that_slept_until_its_rows_were_swept_is_not_booked(site: Site, sender: Subject) -> None:
    later = datetime.now(UTC) + timedelta(days=31)
    swept = Meddling(site.shelf.ledger, lambda: landing(site.another(), later))
    shelf, asleep = replace(site.shelf, ledger=swept), iter([0.0, 31 * 86_400.0])  # type: ignore[arg-type]
    with sent(site.shelf, as_json(record(1))) as file:
        parcel = Parcel(sender, complaints(), "a", Format.JSON, file, False, NOW)
        with pytest.raises(Busy, match="send it again"):
            take(shelf, parcel, 1 << 20, asleep.__next__)
    assert in_lake(site.shelf) == 0
    assert not push(site.shelf, sender, "a", record(1)).again


def test_of_two_bodies_under_one_key_at_once_the_second_leaves_no_rows_behind(site: Site, sender: Subject) -> None:
    meddling = Meddling(site.shelf.ledger, lambda: push(site.another(), sender, "a", record(1)))
    with pytest.raises(KeyTaken):
        push(replace(site.shelf, ledger=meddling), sender, "a", record(2))  # type: ignore[arg-type]
    assert in_lake(site.shelf) == 1
    assert landing(site.shelf) == ["TS1"]


def test_what_was_left_unfinished_on_the_desk_beside_a_bucket_goes_with_a_later_push(in_bucket: Site) -> None:
    sender = sender_in(in_bucket.shelf)
    folder = in_bucket.desk / "inbox" / KEY
    folder.mkdir(parents=True)
    for name, hours in ((".old.tmp", 25), (".fresh.tmp", 1)):
        (folder / name).write_bytes(b"half")
        moment = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(folder / name, (moment, moment))
    push(in_bucket.shelf, sender, "a", record(1))
    assert [file.name for file in folder.iterdir()] == [".fresh.tmp"]


def test_a_push_that_the_bucket_does_not_take_is_none_and_may_be_sent_again(in_bucket: Site) -> None:
    shelf, tap = in_bucket.shelf, in_bucket.tap
    sender = sender_in(shelf)
    assert tap is not None
    tap.cut()
    with pytest.raises(LakeUnreachable):
        push(shelf, sender, "a", record(1))
    assert not list((in_bucket.settings.home / "cache").glob("*.parquet")), "nor is there a copy of it here"
    with shelf.engine.connect() as connection:
        assert store.newest(connection, KEY, 10) == ()
    tap.mend()
    assert not push(shelf, sender, "a", record(1)).again
    assert landing(shelf) == ["TS1"]
