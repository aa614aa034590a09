"""Bodies end, proofs stay: what was erased or archived is on record, and every old checkpoint stays true."""

import hashlib
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from catalog.database import writing
from catalog.deeds.erasing import erase
from catalog.ledger import check, export, merkle, retention, tables
from catalog.ledger.book import Ledger
from catalog.shelf import Shelf
from schemas.deed import Hand
from schemas.errors import BadInput, HeldBack, Unknown
from schemas.receipt import Receipt
from tests.builders import NOW
from tests.catalog.test_ledger import found

TOKEN = b"t" * 16
OPERATOR = Hand(account="operator")
DAY = timedelta(days=1)
NEW = 40


def put(ledger: Ledger, number: int, days: int = 0) -> Receipt:
    told = {"event": "asked", "dataset": f"示例.{number}"}
    return ledger.record(told, NOW + days * DAY, number.to_bytes(16, "big"), (TOKEN, number.to_bytes(16, "big")))


def grown(ledger: Ledger, old: int) -> None:
    """So many receipts of one day, and some of the next."""
    for number in range(old + NEW):
        told = {"event": "asked", "dataset": f"示例.{number}"}
        ledger.later(told, NOW + (number >= old) * DAY, number.to_bytes(16, "big"), (TOKEN,))
    ledger.settle()


def looked(ledger: Ledger, *since: str) -> check.Found:
    return check.look(export.lines(ledger.catalogue, ledger.engine), ledger.key.public_text, *since)


def bodies(ledger: Ledger) -> int:
    with ledger.engine.connect() as connection:
        return connection.scalar(select(func.count(tables.leaf.c.body))) or 0


def test_an_erased_receipt_is_gone_and_its_proof_stays(shelf: Shelf) -> None:
    ledger = shelf.ledger
    made = [put(ledger, number) for number in range(12)]
    kept = ledger.checkpoint()
    told = ledger.receipt(erase(shelf, OPERATOR, made[5].number, "法院裁定", NOW).receipt)
    assert told is not None
    assert (told.body["event"], told.body["leaves"], told.body["account"]) == ("erased", [5, 5], "operator")
    assert ledger.receipt(made[5].number) is None
    assert ledger.about((5).to_bytes(16, "big"), None, 9) == ()
    assert [one.index for one in ledger.about(TOKEN, None, 3)] == [11, 10, 9]
    assert (looked(ledger, kept).wrong, looked(ledger).receipts, looked(ledger).erased) == ((), 13, 1)
    proof = ledger.inclusion(5)
    assert merkle.includes(bytes.fromhex(made[5].hash), 5, proof.size, proof.path, proof.root)
    with pytest.raises(Unknown, match="gone already"):
        erase(shelf, OPERATOR, made[5].number, "once more", NOW)
    with pytest.raises(BadInput, match="hold the log together"):
        erase(shelf, OPERATOR, told.number, "to hide it", NOW)


def test_nothing_of_an_erased_body_is_left_in_the_file(sqlite_shelf: Shelf) -> None:
    ledger = sqlite_shelf.ledger
    secret = ledger.record({"event": "asked", "dataset": "示例.无人可见"}, NOW, b"s" * 16)
    erase(sqlite_shelf, OPERATOR, secret.number, "法院裁定", NOW)
    ledger.close()
    folder = sqlite_shelf.lake.parent
    assert [file.name for file in folder.glob("ledger.db*") if "无人可见".encode() in file.read_bytes()] == []


def test_a_receipt_that_was_erased_after_the_one_that_says_so_is_found(shelf: Shelf) -> None:
    """Whoever has the database, and not the key, cannot stretch an erasure that is on record to others."""
    for number in range(3):
        put(shelf.ledger, number)
    erase(shelf, OPERATOR, shelf.receipts.newest()[-1].number, "法院裁定", NOW)
    put(shelf.ledger, 9)
    with writing(shelf.ledger.engine) as connection:
        connection.execute(update(tables.leaf).where(tables.leaf.c.idx.in_((1, 4))).values(body=None))
    assert found(shelf.ledger) == [(1, "erased"), (4, "erased")]


@pytest.mark.parametrize("old", [3, 256, 300, 700])
def test_old_bodies_move_to_a_file_that_proves_itself_and_the_rest_goes_on(
    sqlite_shelf: Shelf, tmp_path: Path, old: int
) -> None:
    ledger, file = sqlite_shelf.ledger, tmp_path / "2026.jsonl"
    grown(ledger, old)
    kept, numbers = ledger.checkpoint(), [one.number for one in ledger.receipts(limit=NEW)]
    moved = retention.archive(ledger, NOW + DAY, file, NOW + DAY, b"a" * 16)
    assert (moved.first, moved.last) == (0, old - 1)
    assert moved.sha256 == hashlib.sha256(file.read_bytes()).hexdigest() == moved.receipt.body["sha256"]
    assert bodies(ledger) == NEW + 1
    assert looked(ledger, kept) == check.Found((), old + NEW + 1, old, 0)
    assert check.look_at(file, ledger.key.public_text, kept) == check.Found((), old + NEW, 0, NEW)
    assert all(ledger.receipt(number) is not None for number in numbers)
    assert len(ledger.about(TOKEN, None, 9999)) == NEW
    with pytest.raises(BadInput, match="nothing to archive"):
        retention.archive(ledger, NOW + DAY, tmp_path / "again.jsonl", NOW + DAY, b"b" * 16)
    second = retention.archive(ledger, NOW + 2 * DAY, tmp_path / "2027.jsonl", NOW + 2 * DAY, b"c" * 16)
    assert (second.first, second.last) == (old // 256 * 256, old + NEW)
    assert check.look_at(tmp_path / "2027.jsonl", ledger.key.public_text).wrong == ()
    assert bodies(ledger) == 2
    assert looked(ledger, kept).wrong == ()


def test_an_archive_whose_receipts_are_altered_dropped_or_reordered_is_found(
    sqlite_shelf: Shelf, tmp_path: Path
) -> None:
    ledger, file, key = sqlite_shelf.ledger, tmp_path / "a.jsonl", tmp_path / "key.pub"
    grown(ledger, 300)
    retention.archive(ledger, NOW + DAY / 2, tmp_path / "before.jsonl", NOW + DAY, b"a" * 16)
    retention.archive(ledger, NOW + 2 * DAY, file, NOW + DAY, b"b" * 16)
    key.write_text(ledger.key.public_text)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(place for place, line in enumerate(lines) if line.startswith('{"#":310,'))

    def said(new: list[str]) -> list[str]:
        file.write_text("".join(new), encoding="utf-8")
        command = [sys.executable, "-I", str(check.__file__), str(file), "--public-key", str(key)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return ["\t".join(line.split("\t")[:2]) for line in done.stdout.splitlines()]

    assert said(lines) == []
    assert said([*lines[:at], lines[at].replace("示例", "别的"), *lines[at + 1 :]]) == ["310\tchanged"]
    assert said([*lines[:at], *lines[at + 1 :]]) == ["310\tmissing"]
    assert said([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]) == ["310\treordered"]
    assert said(lines[1:]) != []


def test_a_ledger_that_is_not_whole_is_not_archived_and_a_file_is_never_written_over(
    sqlite_shelf: Shelf, tmp_path: Path
) -> None:
    ledger, file = sqlite_shelf.ledger, tmp_path / "a.jsonl"
    grown(ledger, 20)
    file.write_text("somebody's")
    with pytest.raises(BadInput, match="never written over"):
        retention.archive(ledger, NOW + DAY, file, NOW, b"a" * 16)
    assert file.read_text() == "somebody's"
    with writing(ledger.engine) as connection:
        connection.execute(update(tables.leaf).where(tables.leaf.c.idx == 5).values(body='{"#":5,"at":"x"}'))
    with pytest.raises(HeldBack, match="receipt 5 is not the one"):
        retention.archive(ledger, NOW + DAY, tmp_path / "b.jsonl", NOW, b"a" * 16)
    assert sorted(one.name for one in tmp_path.glob("*.jsonl*")) == ["a.jsonl"]
    assert bodies(ledger) == 20 + NEW


def test_an_archive_on_each_kind_of_database_leaves_the_log_whole(shelf: Shelf, tmp_path: Path) -> None:
    grown(shelf.ledger, 300)
    retention.archive(shelf.ledger, NOW + DAY, tmp_path / "a.jsonl", NOW, b"a" * 16)
    assert found(shelf.ledger) == []
    assert bodies(shelf.ledger) == NEW + 1
    assert shelf.receipts.accessibility(NOW + DAY) != {}
