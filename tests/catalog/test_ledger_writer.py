"""The writer: whoever waits is told, whatever breaks, and nobody waits for those who came after."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from catalog.database import writing
from catalog.ledger import check, export, tables
from catalog.ledger.book import Ledger, open_ledger
from catalog.ledger.signer import signer
from catalog.ledger.store import Head, Written
from catalog.ledger.writer import Waiting, Writer
from catalog.shelf import Shelf
from schemas.errors import NotReady
from tests.builders import NOW
from tests.catalog.test_ledger import KEY, fill, found, put

NOTE = '{"at":"2026-11-20T00:00:00+00:00","nonce":"00"}'


class Memory:
    """A store without a disk; `commits` tells what every commit does first."""

    def __init__(self, commits) -> None:  # type: ignore[no-untyped-def]
        self.head: Head | None = None
        self._commits = commits

    def begin(self) -> Head | None:
        return self.head

    def hashes(self, first: int, end: int) -> list[bytes]:
        raise LookupError((first, end))

    def roots(self, level: int, first: int, end: int) -> list[bytes]:
        raise LookupError((level, first, end))

    def commit(self, written: Written) -> None:
        self._commits(written)
        self.head = written.head

    def close(self) -> None:
        """Nothing is open."""


def test_whoever_settles_waits_for_what_was_queued_before_and_not_for_what_comes_after() -> None:
    """Under a steady load there is always something queued."""
    more = threading.Event()

    def another(_: Written) -> None:
        if not more.is_set():
            writer.queue(Waiting(NOTE, 0))

    writer = Writer(Memory(another), signer(KEY), lambda: None)
    writer.queue(Waiting(NOTE, 0))
    settled = threading.Thread(target=writer.settle, args=(600,), daemon=True)
    settled.start()
    settled.join(60)
    assert not settled.is_alive()
    more.set()
    writer.close()


def test_a_receipt_that_nobody_waits_for_is_written_with_the_next_that_somebody_does() -> None:
    commits: list[int] = []
    writer = Writer(Memory(lambda written: commits.append(len(written.leaves))), signer(KEY), lambda: None, join=600)
    writer.queue(Waiting(NOTE, 0))
    writer.write(Waiting(NOTE, 0))
    writer.write(Waiting(NOTE, 0))
    writer.close()
    assert commits == [2, 1]


def test_a_receipt_that_nobody_waits_for_waits_no_longer_than_told() -> None:
    done = threading.Event()
    writer = Writer(Memory(lambda _: done.set()), signer(KEY), lambda: None)
    writer.queue(Waiting(NOTE, 0))
    assert done.wait(60)
    writer.close()


def test_whoever_settles_or_closes_does_not_wait_for_another_receipt() -> None:
    commits: list[int] = []
    writer = Writer(Memory(lambda written: commits.append(len(written.leaves))), signer(KEY), lambda: None, join=600)
    writer.queue(Waiting(NOTE, 0))
    writer.settle(600)
    assert commits == [1]
    writer.settle(600)
    writer.write(Waiting(NOTE, 0))
    writer.queue(Waiting(NOTE, 0))
    writer.close()
    assert commits == [1, 1, 1]


def test_an_error_that_nobody_foresaw_is_told_at_once_and_the_next_receipt_is_written() -> None:
    broken = [False, True]

    def breaks_once(_: Written) -> None:
        if broken.pop():
            raise RuntimeError("the disk controller speaks French")

    told = threading.Event()
    before, threading.excepthook = threading.excepthook, lambda _: told.set()
    try:
        writer = Writer(Memory(breaks_once), signer(KEY), lambda: None)
        with pytest.raises(NotReady, match="OSError"):
            writer.write(Waiting(NOTE, 0))
        assert told.wait(60)
    finally:
        threading.excepthook = before
    writer.write(Waiting(NOTE, 0))
    writer.close()


def test_writers_that_take_turns_leave_one_whole_log_and_whoever_writes_alone_again_goes_on(shelf: Shelf) -> None:
    place = Path(str(shelf.ledger.engine.url.database))
    others = [open_ledger(shelf.engine, place, KEY) for _ in range(2)]
    turns = [0, 0, 0, 1, 0, 1, 1, 1, 0, 0] * 30
    made = [put(others[turn], number).index for number, turn in enumerate(turns)]
    assert made == list(range(len(turns)))
    assert found(others[0]) == []
    assert [len(one) for one in (others[0].receipts(limit=400), others[1].receipts(limit=400))] == [300, 300]
    for one in others:
        one.close()


def test_writers_that_write_at_once_leave_one_whole_log(shelf: Shelf) -> None:
    place = Path(str(shelf.ledger.engine.url.database))
    others = [open_ledger(shelf.engine, place, KEY) for _ in range(3)]
    made: list[int] = []

    def write(ledger: Ledger) -> None:
        made.extend(put(ledger, number).index for number in range(100))

    threads = [threading.Thread(target=write, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(300))
    assert found(others[0]) == []
    for one in others:
        one.close()


@pytest.mark.parametrize("told", [{"size": 9}, {"frontier": b""}])
def test_a_head_that_was_altered_is_not_overwritten_by_whoever_wrote_last(
    shelf: Shelf, told: dict[str, object]
) -> None:
    fill(shelf.ledger, 5)
    for number in range(5, 8):
        put(shelf.ledger, number)
    with writing(shelf.ledger.engine) as connection:
        connection.execute(update(tables.head).values(**told))
    with pytest.raises(NotReady):
        put(shelf.ledger, 8)


def test_a_head_that_was_spoiled_is_refused_at_once_every_time(shelf: Shelf) -> None:
    put(shelf.ledger, 1)
    with shelf.ledger.engine.begin() as connection:
        connection.execute(tables.head.update().values(frontier=b"spoiled"))
    for number in (2, 3):
        with pytest.raises(NotReady, match="nothing is served"):
            put(shelf.ledger, number)


def test_one_receipt_with_one_token_twice_spoils_no_batch(shelf: Shelf) -> None:
    shelf.ledger.record({"event": "asked"}, NOW, b"n" * 16, [b"t" * 16, b"t" * 16])
    assert len(shelf.ledger.about(b"t" * 16, None, 10)) == 1


def test_an_export_that_is_overtaken_by_new_receipts_is_whole(shelf: Shelf) -> None:
    """The last tile of its checkpoint was completed while it was read."""
    fill(shelf.ledger, 300)
    lines = export.lines(shelf.engine, shelf.ledger.engine)
    first = next(lines)
    fill(shelf.ledger, 300)
    assert check.verify([first, *lines], shelf.ledger.key.public_text) == ()
    assert found(shelf.ledger) == []


def test_a_checkpoint_of_another_log_is_not_taken_for_one_of_the_key_that_signed_it() -> None:
    mine, other = signer(KEY), signer(b"x" * 32)
    note = replace(mine, origin=other.origin).note(3, b"r" * 32).replace(f"— {other.origin}", f"— {mine.origin}")
    with pytest.raises(ValueError, match=f"that of the log {other.origin}"):
        check.opened(note, mine.public_text)


@pytest.mark.parametrize("line", [b'{"erased": 1e999}', b'{"tile": 1e999, "hashes": "", "root": ""}', b"[" * 100_000])
def test_a_line_that_was_made_to_break_the_check_is_unreadable(line: bytes) -> None:
    assert "unreadable" in {one.kind for one in check.verify([line])}
