"""`yishu ledger` where it changes something: erasing, archiving."""

from pathlib import Path

import click

from catalog.shelf import open_shelf
from cli.door import Door
from schemas.errors import Unknown
from schemas.receipt import Receipt
from tests.cli.test_main import NOW, call, facts


def written(tmp_path: Path, count: int) -> list[Receipt]:
    """A home with so many receipts."""
    call(tmp_path, "db", "upgrade")
    ledger = open_shelf(Door({"YISHU_HOME": "home"}, tmp_path, lambda: NOW).settings).ledger
    made = [ledger.record({"event": "asked", "dataset": f"示例.{n}"}, NOW, bytes([n]) * 16) for n in range(count)]
    ledger.close()
    return made


def test_a_receipt_is_erased_and_the_ledger_says_so_and_is_whole(tmp_path: Path) -> None:
    made = written(tmp_path, 5)
    facts(call(tmp_path, "ledger", "erase", made[2].number, "--reason", "法院裁定", "--json"))
    told = call(tmp_path, "ledger", "verify")
    assert told.exception is None
    assert told.stdout.startswith("6 receipts, 1 of them erased and on record as such; nothing changed")
    assert isinstance(call(tmp_path, "ledger", "erase", "0" * 32, "--reason", "x").exception, Unknown)
    assert isinstance(call(tmp_path, "ledger", "erase", made[3].number).exception, click.UsageError)


def test_old_receipts_are_archived_to_a_file_that_verifies(tmp_path: Path) -> None:
    written(tmp_path, 5)
    told = facts(call(tmp_path, "ledger", "archive", "old.jsonl", "--before", "2027-01-01", "--json"))
    assert (told["first"], told["last"]) == (0, 4)
    (tmp_path / "public").write_text(facts(call(tmp_path, "ledger", "key", "--json"))["public_key"])
    told = facts(call(tmp_path, "ledger", "verify", "old.jsonl", "--public-key", "public", "--json"))
    assert (told["faults"], told["receipts"], told["erased"]) == ([], 5, 0)
    told = facts(call(tmp_path, "ledger", "verify", "--json"))
    assert (told["faults"], told["receipts"], told["erased"]) == ([], 6, 5)
    assert isinstance(call(tmp_path, "ledger", "archive", "x", "--before", "soon").exception, click.UsageError)
