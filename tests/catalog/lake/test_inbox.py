"""What was pushed lies in the lake, a folder or a bucket, before the sender has its answer; elsewhere it is found."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq
import pytest

from catalog.inbox import store, windows
from catalog.inbox.bodies import spooled
from catalog.inbox.formats import Format
from catalog.inbox.intake import Parcel, Taken, take
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.errors import LakeUnreachable
from schemas.journey import Window
from tests.api.conftest import people
from tests.builders import NOW
from tests.catalog.lake.conftest import Site
from tests.pushed import KEY, as_json, complaints, record


@pytest.fixture
def sender(site: Site) -> Subject:
    site.shelf.register(complaints(), NOW)
    return site.shelf.parties.subject(people(site.shelf)["civil"], NOW)


@contextmanager
def sent(shelf: Shelf, body: bytes) -> Iterator[BinaryIO]:
    folder = shelf.lake if isinstance(shelf.lake, Path) else shelf.lake.desk
    with spooled(folder / "inbox") as file:
        file.write(body)
        yield file


def push(shelf: Shelf, sender: Subject, key: str, *records: object) -> Taken:
    with sent(shelf, as_json(*records)) as file:
        return take(shelf, Parcel(sender, complaints(), key, Format.JSON, file, False, NOW), 1 << 20)


def landing(shelf: Shelf) -> list[str]:
    files = windows.closed(shelf, complaints(), Window.of_day(NOW.date()), NOW)[KEY]
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


def test_a_push_that_the_bucket_does_not_take_is_none_and_may_be_sent_again(in_bucket: Site) -> None:
    shelf, tap = in_bucket.shelf, in_bucket.tap
    shelf.register(complaints(), NOW)
    sender = shelf.parties.subject(people(shelf)["civil"], NOW)
    assert tap is not None
    tap.cut()
    with pytest.raises(LakeUnreachable):
        push(shelf, sender, "a", record(1))
    with shelf.engine.connect() as connection:
        assert store.newest(connection, KEY, 10) == ()
    tap.mend()
    assert not push(shelf, sender, "a", record(1)).again
    assert landing(shelf) == ["TS1"]
