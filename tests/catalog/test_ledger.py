"""The log: dense, signed, on disk before anything is served; every kind of tampering is found and named."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, text, update

from catalog.database import connect, writing
from catalog.ledger import chain, check, merkle, tables
from catalog.ledger.book import Ledger, open_ledger
from catalog.ledger.signer import signer
from catalog.shelf import Shelf
from schemas.errors import NotReady
from schemas.receipt import Receipt
from tests.builders import NOW, make_ask, make_dataset

SIZE = 12
KEY = b"l" * 32


def put(ledger: Ledger, number: int) -> Receipt:
    return ledger.record({"event": "asked", "dataset": f"示例.{number}"}, NOW, number.to_bytes(16, "big"))


@pytest.fixture
def written(shelf: Shelf) -> Ledger:
    for number in range(SIZE):
        put(shelf.ledger, number)
    return shelf.ledger


def fill(ledger: Ledger, count: int) -> None:
    """Many at once, as many readers would."""
    for number in range(count):
        ledger.later({"dataset": f"示例.{number}"}, NOW, number.to_bytes(16, "big"))
    ledger.settle()


def found(ledger: Ledger) -> list[tuple[int, str]]:
    return [(fault.index, fault.kind) for fault in ledger.verify()]


def test_receipts_are_dense_and_under_a_signed_checkpoint_when_their_number_is_seen(written: Ledger) -> None:
    assert [r.index for r in written.receipts()] == list(reversed(range(SIZE)))
    assert check.opened(written.checkpoint(), written.key.public_text).size == SIZE
    made = put(written, SIZE)
    assert check.opened(written.checkpoint(), written.key.public_text).size == SIZE + 1
    assert written.receipts(limit=1) == (made,)
    assert written.receipt(made.number) == made
    assert found(written) == []


def test_a_number_that_is_not_that_of_the_receipt_opens_nothing(written: Ledger) -> None:
    number = written.receipts()[0].number
    assert written.receipt(number[:-1] + ("0" if number[-1] != "0" else "1")) is None
    assert written.receipt("f" * 32) is None
    assert written.receipt("nothing") is None


def test_an_empty_log_is_whole_and_its_checkpoint_says_so(shelf: Shelf) -> None:
    assert found(shelf.ledger) == []
    checkpoint = check.opened(shelf.ledger.checkpoint(), shelf.ledger.key.public_text)
    assert (checkpoint.size, checkpoint.root) == (0, merkle.EMPTY)


def change_body(connection: Connection) -> None:
    body = connection.scalar(select(tables.leaf.c.body).where(tables.leaf.c.idx == 5))
    connection.execute(
        update(tables.leaf).where(tables.leaf.c.idx == 5).values(body=str(body).replace("示例.5", "示例.6"))
    )


def change_body_and_hash(connection: Connection) -> None:
    change_body(connection)
    body = connection.scalar(select(tables.leaf.c.body).where(tables.leaf.c.idx == 5))
    hashed = merkle.leaf(str(body).encode())
    connection.execute(update(tables.leaf).where(tables.leaf.c.idx == 5).values(hash=hashed))


def change_hash(connection: Connection) -> None:
    connection.execute(update(tables.leaf).where(tables.leaf.c.idx == 5).values(hash=b"f" * 32))


def spoil_body(connection: Connection) -> None:
    connection.execute(update(tables.leaf).where(tables.leaf.c.idx == 5).values(body="{"))


def drop_one(connection: Connection) -> None:
    connection.execute(delete(tables.leaf).where(tables.leaf.c.idx == 5))


def drop_first(connection: Connection) -> None:
    connection.execute(delete(tables.leaf).where(tables.leaf.c.idx == 0))


def cut_tail(connection: Connection) -> None:
    connection.execute(delete(tables.leaf).where(tables.leaf.c.idx >= 9))


def swap(connection: Connection) -> None:
    for old, new in ((5, 99), (6, 5), (99, 6)):
        connection.execute(text("UPDATE log_leaf SET idx = :new WHERE idx = :old"), {"new": new, "old": old})


def drop_and_close_up(connection: Connection) -> None:
    connection.execute(delete(tables.leaf).where(tables.leaf.c.idx == 5))
    for index in range(6, SIZE):
        connection.execute(text("UPDATE log_leaf SET idx = :new WHERE idx = :old"), {"new": index - 1, "old": index})


def drop_head(connection: Connection) -> None:
    connection.execute(delete(tables.head))


def sign_another(connection: Connection) -> None:
    note = str(connection.scalar(select(tables.head.c.note)))
    connection.execute(update(tables.head).values(note=note.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n")))


@pytest.mark.parametrize(
    ("tamper", "faults"),
    [
        (change_body, {(5, "changed")}),
        (change_body_and_hash, {(0, "changed")}),
        (change_hash, {(5, "changed")}),
        (spoil_body, {(5, "unreadable"), (5, "missing")}),
        (drop_one, {(5, "missing")}),
        (drop_first, {(0, "missing")}),
        (cut_tail, {(9, "missing")}),
        (swap, {(5, "reordered")}),
        (drop_and_close_up, {(5, "missing")}),
        (drop_head, {(12, "missing")}),
        (sign_another, {(11, "changed")}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_tampering_is_found_and_named(
    written: Ledger, tamper: Callable[[Connection], None], faults: set[tuple[int, str]]
) -> None:
    with writing(written.engine) as connection:
        tamper(connection)
    assert set(found(written)) == faults


def test_a_receipt_tells_who_and_what_but_no_case_key_or_filter(shelf: Shelf) -> None:
    shelf.register(make_dataset(), NOW)
    ask = make_ask(
        case="案件2026-7",
        key={"person_id": "37048119800101001X"},
        filter={"column": "name", "op": "=", "value": "样例甲乙丙"},
    )
    receipt = shelf.record(shelf.decide(ask), {"format": "csv", "dataset": "another"})
    text_ = json.dumps(receipt.body, ensure_ascii=False)
    assert receipt.body["dataset"] == "civil_affairs.low_income"
    assert receipt.body["allowed"] is False
    assert receipt.body["code"] == "DATASET_NOT_PUBLISHED"
    assert receipt.body["format"] == "csv"
    assert len(receipt.body["nonce"]) == 32
    assert all(secret not in text_ for secret in ("案件2026-7", "37048119800101001X", "样例甲乙丙"))
    again = shelf.record(shelf.decide(ask))
    assert again.body["case"] == receipt.body["case"] != ""


def test_whoever_kept_a_checkpoint_sees_that_a_log_was_cut_and_signed_anew(written: Ledger, tmp_path: Path) -> None:
    kept = written.checkpoint()
    shorter = open_ledger(connect(f"sqlite:///{tmp_path / 'catalogue.db'}"), tmp_path / "other.db", KEY)
    chain.tables.METADATA.create_all(shorter.catalogue)
    for number in range(SIZE - 3):
        put(shorter, number)
    assert shorter.verify() == ()
    assert [(f.index, f.kind) for f in shorter.verify(kept)] == [(SIZE - 3, "missing")]
    for number in range(SIZE):
        put(shorter, number + 100)
    assert (SIZE - 1, "forked") in [(f.index, f.kind) for f in shorter.verify(kept)]
    put(written, SIZE)
    assert written.verify(kept) == ()
    shorter.close()


def test_an_export_is_checked_with_one_file_and_the_key(written: Ledger, tmp_path: Path) -> None:
    copied, file, key = tmp_path / "check.py", tmp_path / "ledger.jsonl", tmp_path / "key.pub"
    copied.write_bytes(Path(str(check.__file__)).read_bytes())
    key.write_text(written.key.public_text)
    assert written.export(file) == SIZE
    command = [sys.executable, "-I", str(copied), str(file), "--public-key", str(key)]

    def said() -> tuple[int, list[str]]:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, ["\t".join(line.split("\t")[:2]) for line in done.stdout.splitlines()]

    assert said() == (0, [])
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)

    def edited(new: list[str]) -> tuple[int, list[str]]:
        file.write_text("".join(new), encoding="utf-8")
        return said()

    assert edited([*lines[:5], lines[5].replace("示例.5", "示例.7"), *lines[6:]]) == (1, ["5\tchanged"])
    assert edited([*lines[:5], *lines[6:]]) == (1, ["5\tmissing"])
    assert edited([*lines[:5], lines[6], lines[5], *lines[7:]]) == (1, ["5\treordered"])
    assert edited([*lines[:5], "no json\n", *lines[6:]]) == (1, ["5\tmissing", "5\tunreadable"])
    assert edited(lines[:-1]) == (1, ["12\tmissing"])
    assert edited([]) == (1, ["0\tmissing"])
    key.write_text(signer(b"x" * 32).public_text)
    assert edited(lines) == (1, ["12\tchanged"])
    assert subprocess.run(command[:-1], capture_output=True, check=False).returncode == 2


def test_an_installation_with_a_chain_of_receipts_goes_on_from_it(shelf: Shelf) -> None:
    old = [chain.record(shelf.engine, {"dataset": f"示例.{n}"}, NOW, bytes([n]) * 32) for n in range(3)]
    put(shelf.ledger, 7)
    first = shelf.receipts.newest()[-1]
    assert (first.index, first.body["event"]) == (0, "begun")
    assert first.body["earlier"] == {"size": 3, "hash": old[-1].hash}
    assert [shelf.receipts.of(one.number) for one in old] == old
    assert shelf.receipts.verify() == ()
    with writing(shelf.engine) as connection:
        connection.execute(text("UPDATE receipt SET body = replace(body, '示例.1', '示例.2') WHERE idx = 1"))
    assert [(f.index, f.kind) for f in shelf.receipts.verify()] == [(1, "changed")]


def test_a_chain_that_went_on_after_the_log_began_is_found(shelf: Shelf) -> None:
    chain.record(shelf.engine, {}, NOW, b"a" * 32)
    put(shelf.ledger, 7)
    chain.record(shelf.engine, {}, NOW, b"b" * 32)
    assert [(f.index, f.kind) for f in shelf.receipts.verify()] == [(0, "changed")]


def test_a_body_that_was_erased_without_a_receipt_is_found(written: Ledger) -> None:
    with writing(written.engine) as connection:
        connection.execute(update(tables.leaf).where(tables.leaf.c.idx == 5).values(body=None))
    assert found(written) == [(5, "erased")]
    assert [r.index for r in written.receipts()] == [11, 10, 9, 8, 7, 6, 4, 3, 2, 1, 0]


def test_many_readers_at_once_get_each_its_own_place(shelf: Shelf) -> None:
    made: list[Receipt] = []
    readers = [
        threading.Thread(target=lambda first=first: made.extend(put(shelf.ledger, first + n) for n in range(10)))
        for first in range(0, 640, 10)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(120)
    assert sorted(one.index for one in made) == list(range(640))
    assert {one.body["dataset"] for one in made} == {f"示例.{n}" for n in range(640)}
    assert found(shelf.ledger) == []


def test_a_receipt_replaced_with_its_hash_after_its_tile_was_complete_is_named(shelf: Shelf) -> None:
    fill(shelf.ledger, 600)
    assert found(shelf.ledger) == []
    with writing(shelf.ledger.engine) as connection:
        change_body_and_hash(connection)
    assert found(shelf.ledger) == [(5, "changed")]


def test_tiles_above_tiles_prove_what_the_leaves_would(sqlite_shelf: Shelf) -> None:
    ledger, size = sqlite_shelf.ledger, 66_000
    fill(ledger, size)
    with ledger.engine.connect() as connection:
        leaves = connection.scalars(select(tables.leaf.c.hash).order_by(tables.leaf.c.idx)).all()
        levels = connection.scalars(select(tables.tile.c.level)).all()
    assert (levels.count(0), levels.count(1)) == (257, 1)
    for old in (1, 255, 65_536, 65_537, 65_999):
        proof = ledger.consistency(old, size)
        assert proof.known == merkle.root_of(leaves[:old])
        assert merkle.extends((old, proof.known), (size, proof.root), proof.path)
    for index in (0, 255, 256, 65_535, 65_536, 65_999):
        proof = ledger.inclusion(index)
        assert proof.known == leaves[index]
        assert merkle.includes(leaves[index], index, size, proof.path, proof.root)
    assert check.opened(ledger.checkpoint(), ledger.key.public_text).root == proof.root


def test_where_the_log_cannot_be_written_nothing_may_be_served_and_it_goes_on_when_it_can(shelf: Shelf) -> None:
    put(shelf.ledger, 1)
    with writing(shelf.ledger.engine) as connection:
        connection.execute(text("ALTER TABLE log_leaf RENAME TO away"))
    with pytest.raises(NotReady, match="nothing is served"):
        put(shelf.ledger, 2)
    with writing(shelf.ledger.engine) as connection:
        connection.execute(text("ALTER TABLE away RENAME TO log_leaf"))
    assert put(shelf.ledger, 3).index == 1
    assert found(shelf.ledger) == []


def test_a_log_is_written_with_its_own_key_alone(written: Ledger, tmp_path: Path) -> None:
    other = open_ledger(written.catalogue, tmp_path / "ledger.db", b"x" * 32)
    with pytest.raises(NotReady):
        put(other, 1)
    assert found(written) == []
    other.close()
