"""`yishu ledger` where it changes something: erasing, archiving, and witnesses of other nodes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from api.app import create_app
from catalog.shelf import Shelf, open_shelf
from cli.door import Door
from schemas.errors import BadInput, Unknown
from schemas.receipt import Receipt
from tests.cli.test_main import NOW, call, facts
from tests.served import serving


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
    assert isinstance(call(tmp_path, "ledger", "erase", "0" * 32, "--reason", "法院裁定").exception, Unknown)
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


@contextmanager
def node(folder: Path, receipts: int, key: Path | None = None) -> Iterator[tuple[str, Shelf]]:
    """A node with so many receipts, with a key of its own or that of another."""
    folder.mkdir()
    call(folder, "db", "upgrade")
    if key is not None:
        (folder / "home" / "secrets").mkdir()
        shutil.copy(key, folder / "home" / "secrets" / "ledger-key")
    settings = Door({"YISHU_HOME": "home"}, folder, lambda: NOW).settings
    shelf = open_shelf(settings)
    added(shelf, folder.name, receipts)
    with serving(create_app(shelf, settings)) as url:
        yield url, shelf
    shelf.ledger.close()


def added(shelf: Shelf, name: str, receipts: int) -> None:
    for number in range(receipts):
        shelf.ledger.record({"event": "asked", "dataset": f"{name}.{number}"}, NOW, bytes([number]) * 16)


def test_a_neighbour_keeps_checkpoints_and_whoever_verifies_asks_it_for_them(tmp_path: Path) -> None:
    """A log that was rewritten and signed anew with its own key passes every other check."""
    mine, key = tmp_path / "mine", tmp_path / "city.pub"
    with node(tmp_path / "city", 5) as (city, shelf), node(mine, 1) as (neighbour, _):
        key.write_text(shelf.ledger.key.public_text)
        (told,) = facts(call(mine, "ledger", "witness", city, "--json"))
        assert (told["url"], told["size"]) == (city, 5)
        added(shelf, "more", 4)
        (told,) = facts(call(mine, "ledger", "witness", "--json"))
        assert told["size"] == 9
        added(shelf, "more", 1)
        honest = ("--public-key", str(key), "--since", neighbour)
        assert facts(call(tmp_path, "ledger", "verify", city, *honest, "--json"))["receipts"] == 10
        assert facts(call(tmp_path / "city", "ledger", "verify", *honest, "--json"))["faults"] == []
        secret = tmp_path / "city" / "home" / "secrets" / "ledger-key"
        with node(tmp_path / "rewritten", 12, secret) as (rewritten, _):
            assert facts(call(tmp_path, "ledger", "verify", rewritten, "--public-key", str(key), "--json"))
            seen = call(tmp_path, "ledger", "verify", rewritten, *honest)
            assert isinstance(seen.exception, BadInput)
            assert "4: forked: the checkpoint of 5 receipts" in seen.stdout
            assert "8: forked" in call(tmp_path / "rewritten", "ledger", "verify", *honest).stdout
            assert "does not begin with the 9" in str(call(mine, "ledger", "witness", rewritten).exception)
        no_key = call(tmp_path, "ledger", "verify", city, "--since", neighbour)
        assert "expected --public-key too" in str(no_key.exception)
