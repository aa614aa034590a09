"""The log: dense, signed, on disk before anything is served; every kind of tampering is found and named."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, select, text, update

from catalog.database import writing
from catalog.ledger import check, merkle, tables
from catalog.ledger.book import Ledger
from catalog.shelf import Shelf
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
