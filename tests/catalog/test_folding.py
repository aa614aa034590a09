"""Small windows of an append lie together after a while: fewer files, the same rows, windows and differences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import appending, folding
from catalog.changes import ADDED, CHANGE, CHANGED, REMOVED, delta
from catalog.collection import sketches
from catalog.entry import Edition
from catalog.folding import APART, MEMBERS, Kept
from catalog.linkage.anonymity import linkage
from catalog.rows.splice import Splice, splice
from catalog.shelf import Shelf
from schemas.dataset import Dataset, Load
from schemas.errors import HeldBack
from schemas.journey import Part, Snapshot, SnapshotFile, Window
from tests.builders import DAY, NOW, make_verdict
from tests.catalog import test_anonymity
from tests.catalog.test_splice import COUNTIES, DATASET, ROWS, allow

APPENDED = replace(DATASET, source=replace(DATASET.source, load=Load.APPEND))
MANY = MEMBERS + APART + 1
"""Windows after which the oldest lie together."""

Rows = list[dict[str, Any]]


def rows_of(window: int, count: int = 6) -> Rows:
    """Some of each county, with ids of their own."""
    some = ROWS[window % 40 :: 40][:count]
    return [{**row, "person_id": f"W{window:03d}-{number}"} for number, row in enumerate(some)]


def publish(shelf: Shelf, window: int, rows: Rows, dataset: Dataset = APPENDED) -> Snapshot:
    verdict = make_verdict(shelf.lake, dataset, rows, DAY + timedelta(days=window))
    return shelf.publish(dataset, verdict, NOW)


def read(shelf: Shelf, version: int, *counties: str) -> pa.Table:
    reader = shelf.open_rows(replace(allow(*(counties or COUNTIES)), version=version))
    return pa.Table.from_batches(list(reader), reader.schema)


def ids(table: pa.Table) -> list[str]:
    return sorted(table.column("person_id").to_pylist())


def changes(shelf: Shelf, old: int, new: int) -> list[tuple[str, str]]:
    before, after = (replace(allow(*COUNTIES), version=number) for number in (old, new))
    found = delta(APPENDED, shelf.open_rows(before, new), shelf.open_rows(after, old))
    told = pa.Table.from_batches(list(found), found.schema).to_pylist()
    return sorted((row[CHANGE], row["person_id"]) for row in told)


@pytest.fixture
def folded(sqlite_shelf: Shelf) -> Shelf:
    """The oldest sixteen of its windows lie together since its last version."""
    for window in range(MANY):
        publish(sqlite_shelf, window, rows_of(window))
    return sqlite_shelf


def test_the_oldest_windows_lie_together_and_no_row_is_lost_or_changed(folded: Shelf) -> None:
    before, now = folded.version(APPENDED.key, MANY - 1), folded.version(APPENDED.key, MANY)
    assert len({file.window for file in before.files}) == MANY - 1
    assert len({file.window for file in now.files}) == APART + 2
    (fold,) = now.folds
    assert (fold.version, fold.level, len(fold.members)) == (MANY - 1, 1, MEMBERS)
    assert fold.window == Window(Window.of_day(DAY).low, Window.of_day(DAY + timedelta(days=MEMBERS - 1)).high).key
    everything = [row["person_id"] for window in range(MANY) for row in rows_of(window)]
    assert ids(read(folded, MANY)) == sorted(everything)
    assert now.rows == len(everything)
    old, new = read(folded, MANY - 1).sort_by("person_id"), read(folded, MANY).sort_by("person_id")
    assert new.filter(pa.compute.is_in(new["person_id"], old["person_id"])).equals(old)


def test_places_are_cut_out_of_a_fold_as_out_of_any_file(folded: Shelf) -> None:
    county = COUNTIES[1].ljust(12, "0")
    made = splice(folded.open_rows(replace(allow(county), version=MANY)))
    assert isinstance(made, Splice)
    found = pa.parquet.read_table(pa.BufferReader(b"".join(made.read())))
    expected = [r["person_id"] for w in range(MANY) for r in rows_of(w) if r["household"].startswith(COUNTIES[1])]
    assert ids(found) == sorted(expected)
    (file, *_) = folded.version(APPENDED.key, MANY).folds
    (fold,) = [one for one in folded.version(APPENDED.key, MANY).files if one.window == file.window]
    assert [group.division for group in fold.groups] == sorted({group.division for group in fold.groups})


def test_a_folded_window_is_published_again_in_place_of_its_own_rows_alone(folded: Shelf) -> None:
    mended = [rows_of(3)[0], {**rows_of(3)[1], "name": "改正"}, *rows_of(3)[2:5]]
    now = publish(folded, 3, mended)
    assert now.folds == ()
    everything = [r["person_id"] for w in range(MANY) if w != 3 for r in rows_of(w)]
    assert ids(read(folded, now.version)) == sorted(everything + [row["person_id"] for row in mended])
    assert changes(folded, MANY, now.version) == sorted([(CHANGED, "W003-1"), (REMOVED, "W003-5")])
    again = publish(folded, MANY, rows_of(MANY))
    assert len(again.folds) == 1
    assert changes(folded, MANY, again.version) == sorted(
        [(CHANGED, "W003-1"), (REMOVED, "W003-5"), *((ADDED, row["person_id"]) for row in rows_of(MANY))]
    )


def test_folding_alone_is_no_change_and_opens_no_file(folded: Shelf) -> None:
    assert changes(folded, 1, MANY)[:1] == [(ADDED, "W001-0")]
    new = [(ADDED, row["person_id"]) for row in rows_of(MANY - 1)]
    assert changes(folded, MANY - 1, MANY) == sorted(new)
    before, after = (replace(allow(*COUNTIES), version=number) for number in (MANY - 1, MANY))
    old, now = folded.open_rows(before, MANY), folded.open_rows(after, MANY - 1)
    for file in folded.version(APPENDED.key, MANY - 1).files:
        (folded.lake / file.part.path).unlink()
    assert sum(batch.num_rows for batch in delta(APPENDED, old, now)) == len(new)


def test_the_same_rows_in_two_folded_windows_stay_two_windows(sqlite_shelf: Shelf) -> None:
    for window in range(MANY):
        publish(sqlite_shelf, window, rows_of(0) if window in {4, 5} else rows_of(window))
    assert publish(sqlite_shelf, 5, []).rows == (MANY - 1) * 6
    assert changes(sqlite_shelf, MANY, MANY + 1) == [(REMOVED, row["person_id"]) for row in rows_of(0)]


def test_a_window_that_shares_a_day_with_a_folded_one_is_held_back_and_a_late_one_is_not(sqlite_shelf: Shelf) -> None:
    for window in range(MANY + 1):
        if window != 2:
            publish(sqlite_shelf, window, rows_of(window))
    verdict = make_verdict(sqlite_shelf.lake, APPENDED, rows_of(99), DAY + timedelta(days=3))
    wide = Window(verdict.window.low, verdict.window.high + timedelta(days=1))
    with pytest.raises(HeldBack, match="which shares days with it"):
        sqlite_shelf.publish(APPENDED, replace(verdict, window=wide), NOW)
    late = publish(sqlite_shelf, 2, rows_of(2))
    assert len(late.folds) == 1
    assert ids(read(sqlite_shelf, late.version)) == sorted(r["person_id"] for w in range(MANY + 1) for r in rows_of(w))


def test_groups_and_sketches_of_a_fold_are_those_of_its_windows(sqlite_shelf: Shelf) -> None:
    dataset = test_anonymity.appended()
    for window in range(MANY):
        rows = test_anonymity.people(window * 3, window * 3 + 5)
        now = test_anonymity.publish(sqlite_shelf, dataset, rows, DAY + timedelta(days=window))
    assert len(now.folds) == 1
    everything = [row for w in range(MANY) for row in test_anonymity.people(w * 3, w * 3 + 5)]
    found = linkage(dataset, sqlite_shelf.lake, now)
    assert found is not None
    assert (found.smallest_group, found.diversity) == test_anonymity.oracle(dataset, everything)
    before = sqlite_shelf.version(dataset.key, MANY - 1)
    old, new = (sketches.read(sqlite_shelf.lake, one) for one in (before, now))
    assert old.keys() == new.keys()
    assert all(old[name].tokens.keys() <= new[name].tokens.keys() for name in old)
    assert len(list(now.beside)) < len(list(before.beside)) / 1.5


def test_windows_without_groups_or_with_others_leave_a_fold_without(sqlite_shelf: Shelf) -> None:
    dataset = test_anonymity.appended()
    for window in range(MANY):
        rows = test_anonymity.people(window, window + 3)
        verdict = make_verdict(sqlite_shelf.lake, dataset, rows, DAY + timedelta(days=window))
        if window:
            verdict = test_anonymity.with_groups(sqlite_shelf.lake, dataset, verdict, rows)
        now = sqlite_shelf.publish(dataset, verdict, NOW)
    assert len(now.folds) == 1
    found = linkage(dataset, sqlite_shelf.lake, now)
    assert found is not None
    assert found.smallest_group is None, "what cannot be computed is not said to be safe"


def test_large_windows_stay_as_they_are() -> None:
    assert folding.due(apart(rows=32_768, size=1)) == ()
    assert folding.due(apart(rows=1, size=4 << 20)) == ()


def test_a_fold_is_never_more_than_a_row_group_nor_than_so_many_bytes() -> None:
    assert len(folding.due(apart(rows=8_192, size=1 << 20))) == MEMBERS
    assert len(folding.due(apart(rows=32_767, size=1))) == 4
    assert len(folding.due(apart(rows=20_000, size=1))) == 6
    assert len(folding.due(apart(rows=1, size=3 << 20))) == 5


def apart(rows: int, size: int) -> Kept:
    """Many windows, each of so many rows and bytes."""
    days = [Window.of_day(DAY + timedelta(days=n)).key for n in range(MANY)]
    return Kept(tuple(SnapshotFile(Part(day, rows, size, "0"), day, ()) for day in days))


def test_a_fold_that_another_publication_overtook_is_left_aside(folded: Shelf, tmp_path: Any) -> None:
    publish(folded, MANY, rows_of(MANY))
    verdict = make_verdict(folded.lake, APPENDED, rows_of(80), DAY + timedelta(days=80))
    edition = Edition(APPENDED, verdict, folded.lake, NOW)
    for window in range(MANY + 1, MANY + MEMBERS - 1):
        before = publish(folded, window, rows_of(window))
    staging = tmp_path / "staging"
    staging.mkdir()
    prepared = appending.prepare(folded.engine, edition, staging)
    assert prepared is not None
    now = publish(folded, 70, rows_of(70))
    with folded.engine.connect() as connection:
        overtaken, taken = (
            appending.taken_over(connection, edition, version, "datasets/x/v=1", prepared) for version in (now, before)
        )
    own = [
        [file.part.path for file in some.files if file.part.path.startswith("datasets/x/")]
        for some in (overtaken, taken)
    ]
    assert own == [[], ["datasets/x/v=1/fold/part-0001.parquet"]]
    assert prepared.fold in taken.folds


@pytest.mark.parametrize("kind", ["part-0001.parquet", "sketches.parquet"])
@pytest.mark.parametrize("spoilt", ["changed", "gone"])
def test_an_old_file_that_is_spoilt_delays_a_fold_and_no_new_window(
    sqlite_shelf: Shelf, caplog: pytest.LogCaptureFixture, kind: str, spoilt: str
) -> None:
    for window in range(MANY - 1):
        last = publish(sqlite_shelf, window, rows_of(window))
    file = (sqlite_shelf.lake / last.files[0].part.path).with_name(kind)
    whole = file.read_bytes()
    file.unlink()
    if spoilt == "changed":
        file.write_bytes(whole[:-1] + b"x")
    now = publish(sqlite_shelf, MANY, rows_of(MANY))
    assert (now.folds, len(now.files)) == ((), MANY)
    assert "its oldest windows stay apart until this is mended" in caplog.text
    assert str(file) in caplog.text
    assert not list(sqlite_shelf.lake.glob("datasets/*/*/fold"))
    file.write_bytes(whole)
    assert len(publish(sqlite_shelf, MANY + 1, rows_of(MANY + 1)).folds) == 1


@dataclass
class Model:
    """Publications without rows: a file's path tells which window and which try it is of."""

    versions: list[Snapshot] = field(default_factory=list)

    def publish(self, window: Window, attempt: int, members: int, apart: int) -> None:
        before = self.versions[-1] if self.versions else None
        state = Kept() if before is None else folding.without(self.read, folding.kept(before), window)
        assert folding.sharing(self.read, state, window) == ()
        due = folding.due(state, members, apart)
        if before is not None and due and state.folds == before.folds:
            fold = folding.fold_of(state.of(due), before.version, due)
            path = " ".join(file.part.path for file in state.of(due).files)
            made = SnapshotFile(Part(path, 1, 1, path), fold.window, ())
            state = folding.replaced(state, fold, Kept((made,)))
        path = f"{window.key}@{attempt}"
        files = (*state.files, SnapshotFile(Part(path, 1, 1, path), window.key, ()))
        number = len(self.versions) + 1
        told = Snapshot("x.y", number, "c", window, files, 0, "", "", NOW, folds=state.folds)
        self.versions.append(told)

    def read(self, number: int) -> Snapshot:
        return self.versions[number - 1]


def held(snapshot: Snapshot) -> list[str]:
    return sorted(one for file in snapshot.files for one in file.part.path.split(" "))


@given(st.lists(st.integers(0, 25), min_size=1, max_size=60), st.integers(2, 4), st.integers(0, 3))
def test_whatever_is_published_in_whatever_order_each_window_stands_once_in_its_last_form(
    days: list[int], members: int, apart: int
) -> None:
    model, truth = Model(), {}
    for attempt, day in enumerate(days):
        window = Window.of_day(DAY + timedelta(days=day))
        model.publish(window, attempt, members, apart)
        truth[window.key] = f"{window.key}@{attempt}"
        assert held(model.versions[-1]) == sorted(truth.values())


@given(st.lists(st.integers(0, 25), min_size=2, max_size=60), st.data())
def test_two_versions_are_laid_side_by_side_in_the_same_windows(days: list[int], data: st.DataObject) -> None:
    model = Model()
    for attempt, day in enumerate(days):
        model.publish(Window.of_day(DAY + timedelta(days=day)), attempt, 3, 1)
    one, other = (data.draw(st.sampled_from(model.versions)) for _ in range(2))
    mine, theirs = folding.comparable(model.read, one, other), folding.comparable(model.read, other, one)
    assert (held(mine), held(theirs)) == (held(one), held(other))
    ours, others = by_window(mine), by_window(theirs)
    for key, path in ours.items():
        for another, their_path in others.items():
            if key != another:
                shared = {one.split("@")[0] for one in path.split(" ")} & {
                    o.split("@")[0] for o in their_path.split(" ")
                }
                assert not shared, "a window that both hold lies under one key in both"


def by_window(snapshot: Snapshot) -> Mapping[str, str]:
    return {file.window: file.part.path for file in snapshot.files}


def windows(count: int) -> Iterator[Window]:
    for number in range(count):
        yield Window.of_day(DAY + timedelta(days=number))


def test_a_version_has_few_files_however_many_windows_it_holds() -> None:
    model = Model()
    for number, window in enumerate(windows(2000)):
        model.publish(window, number, MEMBERS, APART)
    assert len(model.versions[-1].files) < 100
    assert len(held(model.versions[-1])) == 2000
