"""Deeds 处置: who, what, when, on what basis and why, each on record in the same manner before it counts."""

import json
from dataclasses import replace
from datetime import UTC

import pytest
from sqlalchemy import delete, text, update

from catalog import receipts
from catalog.database import downgrade_engine, upgrade_engine, writing
from catalog.deeds import record
from catalog.deeds.erasing import erase
from catalog.deeds.tables import deed as deeds
from catalog.shelf import Shelf
from schemas.deed import LONGEST, Act, Deed, Hand, Right
from schemas.errors import BadInput
from tests.builders import NOW, make_dataset
from tests.catalog.test_ledger_retention import put

SAMPLE = Deed(Act.SAMPLE, Hand(account="root"), Right.OPERATOR, "核对王丽反映的乱码", "civil.relief", {"rows": 10})
WORDS = "核对王丽反映的乱码"


def test_a_receipt_says_who_what_when_and_on_what_basis_and_of_the_reason_a_digest(shelf: Shelf) -> None:
    done = record.put(shelf, replace(SAMPLE, said=f"  {WORDS}\n"), NOW)
    receipt = shelf.ledger.receipt(done.receipt)
    assert receipt is not None
    told = {name: receipt.body[name] for name in ("event", "account", "person", "dataset", "basis", "rows", "moment")}
    assert told == {
        "event": "sample",
        "account": "root",
        "person": "",
        "dataset": "civil.relief",
        "basis": "operator",
        "rows": 10,
        "moment": NOW.isoformat(),
    }
    assert receipt.body["said"] == receipts.digest(shelf.token_key, "said", WORDS)
    assert "王丽" not in json.dumps(receipt.body, ensure_ascii=False)
    assert record.listed(shelf, "civil.relief") == (done,)
    assert done.deed.said == WORDS


@pytest.mark.parametrize(
    "said",
    [
        "",
        "  \n ",
        "对的。",
        "字" * (LONGEST + 1),
        "两镇\x00合并",
        "两镇\ud800合并",
        "\u200b" * 9,
        "a\u200b\u200bb\u200bc",
    ],
)
def test_without_a_reason_that_says_something_nothing_is_on_record(shelf: Shelf, said: str) -> None:
    with pytest.raises(BadInput, match="reason"):
        record.put(shelf, replace(SAMPLE, said=said), NOW)
    assert shelf.ledger.receipts() == ()
    assert record.listed(shelf) == ()


def test_facts_never_take_the_place_of_who_and_what(shelf: Shelf) -> None:
    bold = replace(SAMPLE, facts={"event": "asked", "person": "somebody else", "said": "x"})
    receipt = shelf.ledger.receipt(record.put(shelf, bold, NOW).receipt)
    assert receipt is not None
    assert (receipt.body["event"], receipt.body["person"]) == ("sample", "")
    assert receipt.body["said"] != "x"


@pytest.mark.parametrize(
    "forged",
    [
        {"facts": {}},
        {"facts": {"rows": 10, "approved_by": "局长"}},
        {"said": "另一个理由"},
        {"person": "li-si"},
        {"account": "guest"},
        {"facts": {"rows": 1}},
        {"basis": "owner"},
    ],
)
def test_what_is_changed_beside_the_ledger_afterwards_is_noticed(shelf: Shelf, forged: dict[str, object]) -> None:
    done = record.put(shelf, SAMPLE, NOW)
    assert record.holds(shelf, done) is True
    with writing(shelf.engine) as connection:
        connection.execute(update(deeds).values(forged))
    (found,) = record.listed(shelf)
    assert record.holds(shelf, found) is False


def test_a_deed_that_is_taken_out_of_the_catalogue_is_noticed(shelf: Shelf) -> None:
    gone, stays = record.put(shelf, SAMPLE, NOW), record.put(shelf, SAMPLE, NOW)
    assert record.bare(shelf) == ()
    with writing(shelf.engine) as connection:
        connection.execute(delete(deeds).where(deeds.c.receipt == gone.receipt))
    assert record.listed(shelf) == (stays,)
    assert record.bare(shelf) == record.bare(shelf, "civil.relief") == (gone.receipt,)
    assert record.bare(shelf, "another") == ()


def test_the_reason_of_an_erasure_is_kept_beside_the_ledger_too_since_its_receipt_stays_for_ever(shelf: Shelf) -> None:
    put(shelf.ledger, 1)
    number = shelf.ledger.receipts()[0].number
    done = erase(shelf, Hand(account="root"), number, "王丽申请删除，法院裁定（2026）12号", NOW)
    assert shelf.ledger.receipt(number) is None
    receipt = shelf.ledger.receipt(done.receipt)
    assert receipt is not None
    assert "王丽" not in json.dumps(receipt.body, ensure_ascii=False)
    assert (done.deed.said, record.holds(shelf, done)) == ("王丽申请删除，法院裁定（2026）12号", True)


def test_of_a_deed_whose_receipt_was_erased_nothing_is_claimed(shelf: Shelf) -> None:
    done = record.put(shelf, SAMPLE, NOW)
    erase(shelf, Hand(account="root"), done.receipt, "法院裁定删除", NOW)
    assert record.holds(shelf, done) is None


def test_words_of_an_earlier_release_are_moved_to_the_deeds_and_back(shelf: Shelf) -> None:
    dataset = make_dataset()
    shelf.register(dataset, NOW)
    digest = receipts.digest(shelf.token_key, "said", "两镇合并登记")
    old = {"event": "deletes_confirmed", "person": "wang-li", "organisation": dataset.owner, "dataset": dataset.key}
    body = old | {"window": "2026-11-02", "moment": NOW.isoformat(), "removed": 10, "of": 20, "reason": digest}
    number = shelf.ledger.record(body, NOW, b"n" * 16).number
    downgrade_engine(shelf.engine, "0032")
    row = {"dataset": dataset.key, "window": "2026-11-02", "version": 2, "removed": 10, "receipt": number}
    on_postgres = shelf.engine.dialect.name == "postgresql"
    words = {
        "person": "wang-li",
        "reason": "两镇合并登记",
        "at": f"{NOW.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" + ("+00:00" if on_postgres else ""),
    }
    names = ", ".join(f'"{name}"' for name in row | words)
    with writing(shelf.engine) as connection:
        values = ", ".join(f":{name}" for name in row | words)
        connection.execute(text(f"insert into confirmed_deletes ({names}) values ({values})"), row | words)
    upgrade_engine(shelf.engine)
    (done,) = record.listed(shelf, dataset.key)
    assert (done.deed.act, done.deed.said, done.deed.by.person) == (Act.CONFIRM_DELETES, "两镇合并登记", "wang-li")
    assert (done.deed.by.organisation, done.deed.facts["removed"]) == (dataset.owner, 10)
    assert record.holds(shelf, done) is True
    downgrade_engine(shelf.engine, "0032")
    with shelf.engine.connect() as connection:
        back = connection.execute(text("select person, reason from confirmed_deletes")).one()
    assert tuple(back) == ("wang-li", "两镇合并登记")
    upgrade_engine(shelf.engine)
