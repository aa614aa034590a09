"""The copy of a version's rows that is sorted by key: every subject is found in it as in the rows themselves."""

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.rows.keyed import ROWS, write_keyed
from catalog.rows.lookup import searched
from catalog.rows.reader import open_rows
from catalog.shelf import Shelf
from schemas.access import Decision
from schemas.dataset import FieldType, Kind, Load, Source
from schemas.errors import NotReady
from tests.builders import DAY, NOW, SHIZHONG, TENGZHOU, make_dataset, make_field, make_verdict
from tests.catalog.test_row_reader import permit

COUNT = 9_000
FIELDS = (
    make_field("number", type=FieldType(Kind.INTEGER), key=1),
    make_field("person", title="公民身份号码"),
    make_field("name", title="姓名"),
    make_field("household", title="户籍地", element="division"),
)
DATASET = make_dataset(fields=FIELDS, subject_key=("person", "name"))


def row(number: int) -> dict[str, Any]:
    """Persons repeat, some at the border of row groups, some without an id."""
    person = None if number % 100 == 99 else f"P{(number * 7919) % (COUNT // 3):05d}"
    return {
        "number": number,
        "person": person,
        "name": f"样{number % 2}",
        "household": (TENGZHOU, SHIZHONG)[number % 2],
    }


ROWS_ = [row(number) for number in range(COUNT)]


def about(person: str, name: str, *divisions: str, version: int = 1) -> Decision:
    """A look-up of one subject."""
    decision = permit(*divisions, dataset=DATASET, keys=(f"{person}\x1f{name}",), key_columns=("person", "name"))
    return replace(decision, version=version)


def numbers(shelf: Shelf, decision: Decision) -> list[int]:
    found: list[int] = [n for batch in shelf.open_rows(decision) for n in batch.column("number").to_pylist()]
    return sorted(found)


def truth(person: str, name: str, rows: list[dict[str, Any]] | None = None) -> list[int]:
    return [r["number"] for r in rows or ROWS_ if (r["person"], r["name"]) == (person, name)]


def test_every_subject_is_found_as_in_the_rows_themselves(sqlite_shelf: Shelf) -> None:
    snapshot = sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS_), NOW)
    (keyed,) = snapshot.keyed
    assert keyed.key == ("person", "name")
    chance = random.Random(3)
    for person in chance.sample(sorted({r["person"] for r in ROWS_ if r["person"]}), 100):
        for name in ("样0", "样1", "样2"):
            assert numbers(sqlite_shelf, about(person, name)) == truth(person, name)
    assert numbers(sqlite_shelf, about("P99999", "样0")) == []
    one = truth("P00007", "样1")
    assert one
    assert numbers(sqlite_shelf, about("P00007", "样1", SHIZHONG)) == one
    assert numbers(sqlite_shelf, about("P00007", "样1", TENGZHOU)) == []


def test_a_look_up_reads_one_or_two_batches_of_the_copy_found_or_not(sqlite_shelf: Shelf) -> None:
    snapshot = sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS_), NOW)
    scope = about("P00007", "样1").rows
    assert scope is not None
    assert (searched(snapshot, scope), searched(replace(snapshot, keyed=()), scope)) == (0, COUNT)
    assert not sqlite_shelf.searches(about("P00007", "样1"))
    for person in ("P00007", "P00007x", "A", "Z", "样"):
        reader = sqlite_shelf.open_rows(about(person, "样1"))
        assert [file.part for file in reader.files] == [snapshot.keyed[0].part]
        assert 1 <= sum(len(file.groups) for file in reader.files) <= 2, person


def test_windows_of_an_append_have_a_copy_each(sqlite_shelf: Shelf) -> None:
    dataset = replace(DATASET, source=Source("csv_folder", "civil_affairs", {}, load=Load.APPEND))
    few = ROWS_[:50]
    for day, rows in enumerate((ROWS_, few)):
        verdict = make_verdict(sqlite_shelf.lake, dataset, rows, DAY + timedelta(days=day))
        snapshot = sqlite_shelf.publish(dataset, verdict, NOW)
    assert len(snapshot.keyed) == 1, "the second window is too small for one"
    found = numbers(sqlite_shelf, about("P00000", "样0", version=2))
    assert found == sorted(truth("P00000", "样0") + truth("P00000", "样0", few))
    verdict = make_verdict(sqlite_shelf.lake, dataset, few[:40])
    assert sqlite_shelf.publish(dataset, verdict, NOW).keyed == ()


@pytest.mark.parametrize("bucket", [500, 4_000, 1_000_000])
def test_buckets_on_the_disk_give_the_same_order(tmp_path: Path, bucket: int) -> None:
    part, to = tmp_path / "part.parquet", tmp_path / "keyed.arrow"
    table = pa.Table.from_pylist(ROWS_)
    pq.write_table(table, part, row_group_size=700)
    assert write_keyed([part], ("person", "name"), to, bucket)
    with pa.ipc.open_file(str(to)) as copy:
        found, batches = copy.read_all(), [copy.get_batch(n).num_rows for n in range(copy.num_record_batches)]
    order = [("person", "ascending"), ("name", "ascending")]
    assert found.select(["person", "name"]).equals(
        table.filter(table.column("person").is_valid()).sort_by(order).select(["person", "name"])
    )
    assert sorted(found.column("number").to_pylist()) == [r["number"] for r in ROWS_ if r["person"]]
    assert max(batches) <= ROWS
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".keyed")] == []


def test_long_keys_are_found_too(sqlite_shelf: Shelf) -> None:
    rows = [one | {"person": f"{'长' * 2000}{one['number']}"} for one in ROWS_]
    assert sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, rows), NOW).keyed
    assert numbers(sqlite_shelf, about(f"{'长' * 2000}77", "样1")) == [77]


def test_a_subject_with_more_rows_than_a_batch_has_is_found_whole(sqlite_shelf: Shelf) -> None:
    rows = [one | {"person": f"P{one['number'] // 3_000}"} for one in ROWS_]
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, rows), NOW)
    for person in ("P0", "P1", "P2"):
        assert numbers(sqlite_shelf, about(person, "样0")) == truth(person, "样0", rows)


def test_a_copy_that_is_damaged_or_gone_is_no_empty_answer(sqlite_shelf: Shelf) -> None:
    snapshot = sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS_), NOW)
    copy = sqlite_shelf.lake / snapshot.keyed[0].part.path
    whole = copy.read_bytes()
    copy.chmod(0o644)
    copy.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotReady, match="is damaged; restore it"):
        numbers(sqlite_shelf, about("P00007", "样1"))
    copy.rename(copy.with_suffix(".away"))
    with pytest.raises(NotReady, match="is gone; restore it"):
        numbers(sqlite_shelf, about("P00007", "样1"))
    copy.write_bytes(whole)
    assert numbers(sqlite_shelf, about("P00007", "样1")) == truth("P00007", "样1")


def test_a_copy_that_is_damaged_while_it_is_open_is_refused_and_opened_again(sqlite_shelf: Shelf) -> None:
    snapshot = sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS_), NOW)
    copy = sqlite_shelf.lake / snapshot.keyed[0].part.path
    whole, expected = copy.read_bytes(), truth("P00007", "样1")
    assert numbers(sqlite_shelf, about("P00007", "样1")) == expected
    copy.chmod(0o644)
    copy.write_bytes(whole[:1000])
    with pytest.raises(NotReady, match="is damaged; restore it"):
        numbers(sqlite_shelf, about("P00007", "样1"))
    copy.unlink()
    copy.write_bytes(whole)
    assert numbers(sqlite_shelf, about("P00007", "样1")) == expected


def test_copies_of_an_earlier_kind_are_passed_over(sqlite_shelf: Shelf) -> None:
    snapshot = sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS_), NOW)
    (copy,) = snapshot.keyed
    old = replace(snapshot, keyed=(replace(copy, part=replace(copy.part, path="keyed-0001.parquet")),))
    decision = about("P00007", "样1")
    reader = open_rows(sqlite_shelf.lake, DATASET, old, decision, sqlite_shelf.tree())
    assert reader.files == snapshot.files
    found = [n for batch in reader for n in batch.column("number").to_pylist()]
    assert sorted(found) == truth("P00007", "样1")
