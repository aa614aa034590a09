"""What splicing must not do: serve masks of another contract, by a map that was altered, from files that changed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from catalog.rows import thrift
from catalog.rows.map_file import read_map
from catalog.rows.reader import RowReader, open_rows
from catalog.rows.splice import Splice, splice
from catalog.shelf import Shelf
from schemas.dataset import Dataset, FieldType, Kind, Transform
from schemas.errors import NotReady
from schemas.journey import SnapshotFile
from tests.builders import NOW, make_dataset, make_field, make_verdict
from tests.catalog.test_row_reader import permit
from tests.catalog.test_splice import DATASET, FIELDS, ROWS, TOWNS, allow, decoded, read

COUNTY = "370402000000"


@pytest.fixture
def stocked(sqlite_shelf: Shelf) -> Shelf:
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS), NOW)
    return sqlite_shelf


def under(shelf: Shelf, dataset: Dataset) -> RowReader:
    """The first version, read under another contract than it was published with."""
    return open_rows(shelf.lake, dataset, shelf.version(DATASET.key, 1), allow(COUNTY), shelf.tree())


def only_file(shelf: Shelf) -> SnapshotFile:
    (file,) = shelf.version(DATASET.key, 1).files
    return file


def test_a_mask_of_another_contract_is_made_anew(stocked: Shelf) -> None:
    assert isinstance(splice(under(stocked, DATASET)), Splice)
    stricter = replace(DATASET, fields=tuple(replace(f, element=None) if f.name == "phone" else f for f in FIELDS))
    reader = under(stocked, stricter)
    assert splice(reader) == "no column is stored as phone must leave"
    phones = {value for batch in reader for value in batch.column("phone").to_pylist()}
    assert phones == {"1**"}, "seven digits of it lie in the shadow column"


def test_a_map_that_was_altered_is_refused(stocked: Shelf) -> None:
    path = stocked.lake / only_file(stocked).chunks.path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(NotReady, match="not the file that the version was published with"):
        splice(stocked.open_rows(allow(COUNTY)))
    path.unlink()
    with pytest.raises(NotReady, match="is gone"):
        splice(stocked.open_rows(allow(COUNTY)))


@pytest.mark.parametrize("which", ["part", "masks"])
@pytest.mark.parametrize("change", [b"", b"more"])
def test_a_file_of_another_length_is_refused_before_the_first_byte(stocked: Shelf, which: str, change: bytes) -> None:
    path = stocked.lake / getattr(only_file(stocked), which).path
    data = path.read_bytes()
    path.write_bytes(data + change if change else data[:-1])
    with pytest.raises(NotReady, match="restore it"):
        splice(stocked.open_rows(allow(COUNTY)))


def test_a_row_group_of_which_no_code_is_told_is_read_row_by_row(stocked: Shelf) -> None:
    reader = stocked.open_rows(allow(COUNTY))
    (file,) = reader.files
    silent = replace(reader, files=(replace(file, groups=tuple(replace(g, codes=()) for g in file.groups)),))
    assert splice(silent) == "a row group lies only partly in scope"
    assert pa.Table.from_batches(list(silent), silent.schema).equals(read(stocked, allow(COUNTY)))


def test_rows_without_a_place_or_of_no_code_are_in_no_county(sqlite_shelf: Shelf) -> None:
    """They lie in row groups of their own, which only a scope of every row takes."""
    places = (None, "", "乱码", "370402", "370402001000", "３７０４０２００１０００")
    rows = [row | {"household": places[n % 6]} for n, row in enumerate(ROWS[:600])]
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, rows), NOW)
    for decision in (allow(), allow(COUNTY), allow("370402001000"), allow("370000000000")):
        made = splice(sqlite_shelf.open_rows(decision))
        assert isinstance(made, Splice)
        assert decoded(made).equals(read(sqlite_shelf, decision))
    county = decoded(splice(sqlite_shelf.open_rows(allow(COUNTY))))
    assert set(county.column("household").to_pylist()) <= {"370402", "370402001000"}
    assert county.num_rows == 200


def test_descriptions_of_chunks_hold_what_is_known_and_nothing_else(stocked: Shelf) -> None:
    file = only_file(stocked)
    found = read_map(stocked.lake / file.chunks.path, file.chunks.sha256)
    for chunk in found.chunks.values():
        offsets = thrift.field_head(9, 7, thrift.I64) + thrift.zigzag(0)
        if chunk.dictionary_page is not None:
            offsets += thrift.field_head(11, 9, thrift.I64) + thrift.zigzag(0)
        told = thrift.Reader(chunk.head + offsets + chunk.tail).struct()
        assert set(told) <= {1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 16}


def test_a_version_without_rows_is_no_case_for_splicing(sqlite_shelf: Shelf) -> None:
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, []), NOW)
    reader = sqlite_shelf.open_rows(allow())
    assert splice(reader) == "no row group lies in scope"
    assert list(reader) == []


def test_many_threads_with_scopes_of_their_own_get_each_their_own(stocked: Shelf) -> None:
    """The footer and the map are shared by all; sixty-four at once, each reading what another does not."""
    drops = ({}, {"name": Transform.MASK}, {"name": Transform.DROP}, {"person_id": Transform.MASK})
    decisions = [allow(TOWNS[n % len(TOWNS)], transforms=drops[n // len(TOWNS) % 4]) for n in range(64)]
    truth = [read(stocked, decision) for decision in decisions]

    def one(number: int) -> bool:
        decision = decisions[number % 64]
        made = splice(stocked.open_rows(decision))
        return isinstance(made, Splice) and decoded(made).equals(truth[number % 64])

    with ThreadPoolExecutor(64) as threads:
        assert all(threads.map(one, range(256)))


def test_two_hundred_columns(sqlite_shelf: Shelf, tmp_path: Path) -> None:
    kinds = (Kind.STRING, Kind.INTEGER, Kind.DOUBLE, Kind.BOOLEAN, Kind.DATE)
    more = tuple(make_field(f"c{n:03d}", type=FieldType(kinds[n % 5])) for n in range(198))
    key, place = FIELDS[0], next(f for f in FIELDS if f.name == "household")
    dataset = make_dataset(fields=(key, place, *more))
    rows = [{"person_id": f"P{n:05d}", "household": TOWNS[n % 12], "c001": n, "c005": f"v{n}"} for n in range(240)]
    sqlite_shelf.publish(dataset, make_verdict(sqlite_shelf.lake, dataset, rows), NOW)
    odd = {f.name: Transform.DROP for n, f in enumerate(more) if n % 2 == 0}
    for transforms in ({}, odd):
        decision = permit(COUNTY, TOWNS[-1], dataset=dataset, transforms=transforms)
        made = splice(sqlite_shelf.open_rows(decision))
        assert isinstance(made, Splice)
        assert decoded(made).equals(read(sqlite_shelf, decision))
        made.write(tmp_path / "wide.parquet")
        assert (tmp_path / "wide.parquet").stat().st_size == made.size


def test_a_remembered_plan_is_that_of_this_scope_and_of_files_as_they_were(stocked: Shelf) -> None:
    first = splice(stocked.open_rows(allow(COUNTY)))
    assert splice(stocked.open_rows(allow(COUNTY))) is first
    other = splice(stocked.open_rows(allow(TOWNS[0])))
    assert isinstance(first, Splice)
    assert isinstance(other, Splice)
    assert other.digest != first.digest
    path = stocked.lake / only_file(stocked).part.path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(NotReady, match="restore it"):
        splice(stocked.open_rows(allow(COUNTY)))
