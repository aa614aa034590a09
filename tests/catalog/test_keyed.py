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
from catalog.shelf import Shelf
from schemas.access import Decision
from schemas.dataset import FieldType, Kind, Load, Source
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


def test_a_look_up_reads_one_or_two_row_groups_of_the_copy(sqlite_shelf: Shelf) -> None:
    snapshot = sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS_), NOW)
    reader = sqlite_shelf.open_rows(about("P00007", "样1"))
    assert [file.part for file in reader.files] == [snapshot.keyed[0].part]
    assert 1 <= sum(len(file.groups) for file in reader.files) <= 2


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
    part, to = tmp_path / "part.parquet", tmp_path / "keyed.parquet"
    table = pa.Table.from_pylist(ROWS_)
    pq.write_table(table, part, row_group_size=700)
    assert write_keyed([part], ("person", "name"), to, bucket)
    found = pq.read_table(to)
    order = [("person", "ascending"), ("name", "ascending")]
    assert found.select(["person", "name"]).equals(
        table.filter(table.column("person").is_valid()).sort_by(order).select(["person", "name"])
    )
    assert sorted(found.column("number").to_pylist()) == [r["number"] for r in ROWS_ if r["person"]]
    assert max(pq.read_metadata(to).row_group(n).num_rows for n in range(pq.read_metadata(to).num_row_groups)) <= ROWS
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".keyed")] == []


def test_keys_longer_than_a_footer_tells_have_no_copy(tmp_path: Path) -> None:
    part, to = tmp_path / "part.parquet", tmp_path / "keyed.parquet"
    pq.write_table(pa.table({"person": [f"{'长' * 2000}{n}" for n in range(COUNT)]}), part)
    assert not write_keyed([part], ("person",), to)
    assert not to.exists()
