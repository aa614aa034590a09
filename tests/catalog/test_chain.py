"""The chain of earlier releases: every kind of tampering is found and named."""

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Update, delete, select, text, update

from catalog import tables
from catalog.database import connect, writing
from catalog.ledger import chain, chain_verify
from catalog.ledger.chain_verify import Head
from catalog.shelf import Shelf
from schemas.errors import NotReady
from tests.builders import NOW

SIZE = 12


@pytest.fixture
def written(shelf: Shelf) -> Shelf:
    for number in range(SIZE):
        chain.record(shelf.engine, {"event": "asked", "dataset": f"示例.{number}"}, NOW, bytes([number]) * 32)
    return shelf


def found(shelf: Shelf) -> list[tuple[int, str]]:
    return [(fault.index, fault.kind) for fault in chain.verify(shelf.engine)]


def test_receipts_are_dense_and_each_holds_the_hash_of_the_one_before(written: Shelf) -> None:
    newest_first = chain.receipts(written.engine)
    assert [r.index for r in newest_first] == list(reversed(range(SIZE)))
    oldest_first = newest_first[::-1]
    assert [r.previous for r in oldest_first] == ["0" * 64, *(r.hash for r in oldest_first[:-1])]
    assert found(written) == []
    assert chain.head(written.engine) == Head(SIZE, newest_first[0].hash)


def test_what_record_returns_is_what_stands_there(shelf: Shelf) -> None:
    made = chain.record(shelf.engine, {"dataset": "x"}, NOW, b"n" * 32)
    assert chain.receipts(shelf.engine) == (made,)
    assert chain.receipt(shelf.engine, made.number) == made
    assert chain.receipt(shelf.engine, "nothing") is None


def change_body(connection: Connection) -> None:
    body = connection.scalar(select(tables.receipt.c.body).where(tables.receipt.c.idx == 5))
    connection.execute(_at(5, body=str(body).replace("示例.5", "示例.6")))


def change_hash(connection: Connection) -> None:
    connection.execute(_at(5, hash="f" * 64))


def change_body_and_hash(connection: Connection) -> None:
    row = connection.execute(select(tables.receipt).where(tables.receipt.c.idx == 5)).one()
    body = row.body.replace("示例.5", "示例.6")
    connection.execute(_at(5, body=body, hash=chain_verify.chained(row.previous, body)))


def change_number(connection: Connection) -> None:
    connection.execute(_at(5, number="1234"))


def spoil_body(connection: Connection) -> None:
    connection.execute(_at(5, body="{"))


def drop_one(connection: Connection) -> None:
    connection.execute(delete(tables.receipt).where(tables.receipt.c.idx == 5))


def drop_three(connection: Connection) -> None:
    connection.execute(delete(tables.receipt).where(tables.receipt.c.idx.between(5, 7)))


def drop_first(connection: Connection) -> None:
    connection.execute(delete(tables.receipt).where(tables.receipt.c.idx == 0))


def cut_tail(connection: Connection) -> None:
    connection.execute(delete(tables.receipt).where(tables.receipt.c.idx >= 9))


def drop_and_close_up(connection: Connection) -> None:
    connection.execute(delete(tables.receipt).where(tables.receipt.c.idx == 5))
    for index in range(6, SIZE):
        connection.execute(text("UPDATE receipt SET idx = :new WHERE idx = :old"), {"new": index - 1, "old": index})


def swap(connection: Connection) -> None:
    for old, new in ((5, 99), (6, 5), (99, 6)):
        connection.execute(text("UPDATE receipt SET idx = :new WHERE idx = :old"), {"new": new, "old": old})


def change_last_whole(connection: Connection) -> None:
    row = connection.execute(select(tables.receipt).where(tables.receipt.c.idx == SIZE - 1)).one()
    body = row.body.replace("示例.11", "示例.12")
    connection.execute(_at(SIZE - 1, body=body, hash=chain_verify.chained(row.previous, body)))


def drop_head(connection: Connection) -> None:
    connection.execute(delete(tables.ledger_head))


def _at(index: int, **values: str) -> Update:
    return update(tables.receipt).where(tables.receipt.c.idx == index).values(**values)


@pytest.mark.parametrize(
    ("tamper", "faults"),
    [
        (change_body, [(5, "changed")]),
        (change_hash, [(5, "changed")]),
        (change_body_and_hash, [(5, "changed")]),
        (change_number, [(5, "changed")]),
        (spoil_body, [(5, "unreadable")]),
        (drop_one, [(5, "missing")]),
        (drop_three, [(5, "missing")]),
        (drop_first, [(0, "missing")]),
        (cut_tail, [(9, "missing")]),
        (drop_and_close_up, [(5, "missing"), *((place, "reordered") for place in range(5, 11))]),
        (swap, [(5, "reordered"), (6, "reordered")]),
        (change_last_whole, [(11, "changed")]),
        (drop_head, [(12, "missing")]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_tampering_is_found_and_named(
    written: Shelf, tamper: Callable[[Connection], None], faults: list[tuple[int, str]]
) -> None:
    with writing(written.engine) as connection:
        tamper(connection)
    assert found(written) == faults


def test_a_tail_cut_off_with_its_head_is_found_by_whoever_noted_an_earlier_head(written: Shelf) -> None:
    noted = chain.head(written.engine)
    with writing(written.engine) as connection:
        cut_tail(connection)
        last = connection.scalar(select(tables.receipt.c.hash).where(tables.receipt.c.idx == 8))
        connection.execute(update(tables.ledger_head).values(size=9, hash=last))
    assert chain.verify(written.engine) == ()
    assert [(f.index, f.kind) for f in chain.verify(written.engine, noted)] == [(11, "missing")]


def test_an_export_is_whole_and_an_edit_by_hand_is_found(written: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    chain.export(written.engine, file)
    assert chain.verify(file) == ()
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)

    def edited(new: list[str]) -> list[tuple[int, str]]:
        file.write_text("".join(new), encoding="utf-8")
        return [(f.index, f.kind) for f in chain.verify(file)]

    assert edited([*lines[:5], lines[5].replace("示例.5", "示例.7"), *lines[6:]]) == [(5, "changed")]
    assert edited([*lines[:5], *lines[6:]]) == [(5, "missing")]
    assert edited([*lines[:5], lines[6], lines[5], *lines[7:]]) == [(5, "reordered")]
    assert edited([*lines[:5], "no json\n", *lines[6:]]) == [(5, "unreadable")]
    assert edited([*lines[:5], '"text"\n', *lines[6:]]) == [(5, "unreadable")]
    assert edited([*lines[:9], lines[-1]]) == [(9, "missing")]
    assert edited(lines[:-1]) == [(12, "missing")]
    assert edited([]) == [(0, "missing")]


def test_the_verifier_runs_with_the_standard_library_alone(written: Shelf, tmp_path: Path) -> None:
    file, copied = tmp_path / "ledger.jsonl", tmp_path / "verify.py"
    chain.export(written.engine, file)
    copied.write_bytes(Path(chain_verify.__file__).read_bytes())
    command = [sys.executable, "-I", "-S", str(copied), str(file)]
    whole = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (whole.returncode, whole.stdout) == (0, "")
    head = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])["head"]
    file.write_text(file.read_text(encoding="utf-8").replace("示例.3", "示例.4"), encoding="utf-8")
    broken = subprocess.run([*command, str(head["size"]), head["hash"]], capture_output=True, text=True, check=False)
    assert broken.returncode == 1
    assert broken.stdout.startswith("3\tchanged\t")
    assert subprocess.run(command[:-1], capture_output=True, check=False).returncode == 2


def write_fifty(url: str, writer: int) -> None:
    engine = connect(url)
    for number in range(50):
        chain.record(engine, {"writer": writer}, NOW, (writer * 1000 + number).to_bytes(32, "little"))
    engine.dispose()


def test_four_processes_of_fifty_receipts_make_one_dense_chain(shelf: Shelf) -> None:
    url = shelf.engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_fifty, args=(url, writer)) for writer in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    receipts = chain.receipts(shelf.engine, limit=500)
    assert [r.index for r in receipts] == list(reversed(range(200)))
    assert sorted(r.body["writer"] for r in receipts) == sorted(list(range(4)) * 50)
    assert chain.verify(shelf.engine) == ()


def test_where_the_ledger_cannot_be_written_nothing_may_be_served(shelf: Shelf) -> None:
    with writing(shelf.engine) as connection:
        connection.execute(text("DROP TABLE receipt"))
    with pytest.raises(NotReady, match="nothing is served"):
        chain.record(shelf.engine, {}, NOW, b"x" * 32)
