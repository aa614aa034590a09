"""What is published in a folder and in a bucket is served alike: rows, splices, look-ups, profiles, groups."""

import io
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.changes import delta
from catalog.folding import APART, MEMBERS
from catalog.lake.where import desk
from catalog.linkage.anonymity import linkage
from catalog.linkage.guard import Piece
from catalog.linkage.join import Part as Joined
from catalog.linkage.join import smallest
from catalog.mending.failing_records import records
from catalog.rows.splice import Splice, splice
from catalog.shelf import Shelf
from schemas import lake as places
from schemas.dataset import Dataset, Load, Source
from schemas.journey import Snapshot, Window
from schemas.profile import PROFILE, Profile
from schemas.record import to_json
from tests.builders import DAY, NOW, make_dataset, make_verdict
from tests.catalog import test_anonymity, test_keyed, test_mending
from tests.catalog.lake.conftest import Site
from tests.catalog.test_splice import COUNTIES, DATASET, ROWS, VILLAGES, allow

COUNTY = COUNTIES[1].ljust(12, "0")
VILLAGE = VILLAGES[4]


def publish(shelf: Shelf, dataset: Dataset, rows: Sequence[dict[str, Any]], day: int = 0) -> Snapshot:
    verdict = make_verdict(desk(shelf.lake), dataset, rows, DAY + timedelta(days=day))
    return shelf.publish(dataset, verdict, NOW)


def lost(site: Site) -> Shelf:
    """The installation on another machine, where nothing of it is on the disk; the first one's is lost."""
    if site.tap is not None:
        shutil.rmtree(site.desk)
        shutil.rmtree(site.settings.home / "cache")
    return site.another()


def numbers(table: pa.Table) -> list[str]:
    return sorted(table.column("person_id").to_pylist())


def people(windows: Sequence[Sequence[dict[str, Any]]]) -> list[str]:
    return sorted(row["person_id"] for rows in windows for row in rows)


def expected(prefix: str) -> list[str]:
    return sorted(row["person_id"] for row in ROWS if row["household"].startswith(prefix))


def test_a_county_is_spliced_out_and_any_range_of_it_is_the_same_bytes(site: Site) -> None:
    publish(site.shelf, DATASET, ROWS)
    made = splice(lost(site).open_rows(allow(COUNTY)))
    assert isinstance(made, Splice)
    whole = b"".join(made.read())
    assert len(whole) == made.size
    assert numbers(pq.read_table(io.BytesIO(whole))) == expected(COUNTIES[1])
    for start, end in ((0, 3), (2, 9), (100, 5_000), (made.size - 20, made.size), (7, 7), (0, made.size + 9)):
        assert b"".join(made.read(start, end)) == whole[start:end]
    made.write(site.settings.home / "spliced.parquet")
    assert (site.settings.home / "spliced.parquet").read_bytes() == whole


def test_a_village_is_read_row_by_row(site: Site) -> None:
    publish(site.shelf, DATASET, ROWS)
    reader = lost(site).open_rows(allow(VILLAGE))
    assert numbers(pa.Table.from_batches(list(reader), reader.schema)) == expected(VILLAGE)


def test_a_subject_is_found_in_the_copy_that_is_sorted_by_key(site: Site) -> None:
    publish(site.shelf, test_keyed.DATASET, test_keyed.ROWS_)
    assert site.shelf.version(test_keyed.DATASET.key, 1).keyed
    elsewhere = lost(site)
    for person in ("P00000", "P01234", "P02999", "nobody"):
        found = test_keyed.numbers(elsewhere, test_keyed.about(person, "样0"))
        assert found == test_keyed.truth(person, "样0")


def test_what_changed_between_two_versions_is_told(site: Site) -> None:
    publish(site.shelf, DATASET, ROWS)
    publish(site.shelf, DATASET, ROWS[5:], 1)
    elsewhere = lost(site)
    before, after = (elsewhere.open_rows(replace(allow(*COUNTIES), version=number)) for number in (1, 2))
    changes = delta(DATASET, before, after)
    told = pa.Table.from_batches(list(changes), changes.schema)
    assert numbers(told) == sorted(row["person_id"] for row in ROWS[:5])


def test_an_append_keeps_the_files_of_earlier_windows(site: Site) -> None:
    dataset = replace(DATASET, source=replace(DATASET.source, load=Load.APPEND))
    for day in range(3):
        publish(site.shelf, dataset, ROWS[day * 100 : day * 100 + 100], day)
    reader = lost(site).open_rows(replace(allow(*COUNTIES), version=3))
    assert numbers(pa.Table.from_batches(list(reader), reader.schema)) == sorted(r["person_id"] for r in ROWS[:300])


def test_windows_that_lie_together_are_found_and_taken_apart_from_anywhere(site: Site) -> None:
    dataset = replace(DATASET, source=replace(DATASET.source, load=Load.APPEND))
    some = [ROWS[window * 5 : window * 5 + 5] for window in range(MEMBERS + APART + 1)]
    for window, rows in enumerate(some):
        snapshot = publish(site.shelf, dataset, rows, window)
    assert len(snapshot.folds) == 1
    elsewhere = lost(site)
    reader = elsewhere.open_rows(replace(allow(*COUNTIES), version=snapshot.version))
    assert numbers(pa.Table.from_batches(list(reader), reader.schema)) == people(some)
    again = publish(elsewhere, dataset, ROWS[200:202], 1)
    assert again.folds == ()
    reader = elsewhere.open_rows(replace(allow(*COUNTIES), version=again.version))
    some[1] = ROWS[200:202]
    assert numbers(pa.Table.from_batches(list(reader), reader.schema)) == people(some)


def test_the_profile_of_a_version_is_found_and_held_against_the_next(site: Site) -> None:
    profile = Profile(DATASET.key, Window.of_day(DAY).key, 4, (), NOW)
    verdict = make_verdict(site.desk, DATASET, ROWS[:4])
    file = site.desk / places.verdict(DATASET.key, verdict.window) / PROFILE
    file.write_bytes(to_json(profile))
    site.shelf.publish(DATASET, replace(verdict, profile=test_anonymity.part(file, site.desk)), NOW)
    elsewhere = lost(site)
    assert elsewhere.profile(DATASET.key, 1) == profile
    assert elsewhere.profile(DATASET.key, 2) is None
    assert elsewhere.past(DATASET, Window.of_day(DAY + timedelta(days=1))).profile == profile


def test_groups_of_all_windows_are_added_up(site: Site) -> None:
    shelf, dataset = site.shelf, make_dataset()
    dataset = replace(dataset, source=replace(dataset.source, load=Load.APPEND))
    rows = [test_anonymity.people(0, 9), test_anonymity.people(9, 21)]
    for day, some in enumerate(rows):
        verdict = make_verdict(site.desk, dataset, some, DAY + timedelta(days=day))
        snapshot = shelf.publish(dataset, test_anonymity.with_groups(site.desk, dataset, verdict, some), NOW)
    found = linkage(dataset, lost(site).lake, snapshot)
    assert found is not None
    assert (found.smallest_group, found.diversity) == test_anonymity.oracle(dataset, [*rows[0], *rows[1]])


def test_the_join_of_the_linkage_guard_reads_its_columns(site: Site) -> None:
    snapshot = publish(site.shelf, DATASET, ROWS)
    piece = Piece(DATASET.key, ("person_id",), ("household",))
    assert smallest(lost(site).lake, [Joined(piece, snapshot)]) == len(ROWS) // len(VILLAGES)


def test_failing_records_are_kept_for_their_department(site: Site) -> None:
    dataset, shelf = test_mending.LOW_INCOME, site.shelf
    shelf.publish(dataset, test_mending.broken_verdict(site.desk, [1, 2]), NOW)
    (one,) = test_mending.every(shelf)
    found = records(lost(site).lake, one.dataset, one.seen, one.rule, 10)
    assert [record.values["mobile"] for record in found] == ["19900001", "19900002"]


def test_the_files_of_an_input_are_at_hand(site: Site) -> None:
    publish(site.shelf, DATASET, ROWS)
    derived = replace(DATASET, key="health.derived", source=Source("derived", "", {}, inputs=(DATASET.key,)))
    files = lost(site).inputs(derived)[DATASET.key]
    assert sum(pq.read_metadata(file).num_rows for file in files) == len(ROWS)


def test_the_same_verdict_again_is_the_version_that_is_there(site: Site) -> None:
    first = publish(site.shelf, DATASET, ROWS[:40])
    assert publish(site.shelf, DATASET, ROWS[:40]) == first
