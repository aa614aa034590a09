"""k and l of a whole version, its windows' groups added up, against counting rows in plain Python."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.linkage.anonymity import linkage
from catalog.shelf import Shelf
from schemas import lake as places
from schemas.access import Mode
from schemas.dataset import Dataset, Grade, Identifying, Load, Sharing, Source
from schemas.errors import BadInput
from schemas.journey import Part, Snapshot, Verdict
from schemas.linkage import GROUPS, Linkage, sensitive, told_apart
from schemas.profile import PROFILE, ColumnProfile, Profile
from schemas.record import to_json
from tests.builders import (
    DAY,
    NOW,
    SHIZHONG,
    TENGZHOU,
    XUECHENG,
    low_income_row,
    make_ask,
    make_dataset,
    make_subject,
    make_verdict,
)

Rows = Sequence[Mapping[str, Any]]


def number(values: Sequence[Any]) -> int:
    """A group's number: anything even below 2**60 will do."""
    return int(hashlib.sha256(repr(values).encode()).hexdigest()[:15], 16)


def lines(dataset: Dataset, rows: Rows) -> list[dict[str, int]]:
    """The lines of a group file, by plain counting."""
    apart, hidden = told_apart(dataset), sensitive(dataset)
    around = [c for c in apart if c not in hidden]
    counted: Counter[tuple[int, int, int]] = Counter()
    for row in rows:
        counted[number([row[c] for c in apart]), 0, 0] += 1
        for field, column in enumerate(hidden, 1):
            counted[number([row[c] for c in around]), field, number([row[column]])] += 1
    return [{"g": g, "field": f, "v": v, "n": n} for (g, f, v), n in sorted(counted.items())]


def with_groups(lake: Path, dataset: Dataset, verdict: Verdict, rows: Rows) -> Verdict:
    schema = pa.schema([("field", pa.int16()), ("g", pa.int64()), ("v", pa.int64()), ("n", pa.int64())])
    about = json.dumps([told_apart(dataset), sensitive(dataset)])
    table = pa.Table.from_pylist(lines(dataset, rows), schema.with_metadata({"told_apart": about}))
    file = lake / places.verdict(dataset.key, verdict.window) / GROUPS
    pq.write_table(table, file, row_group_size=7)
    return replace(verdict, groups=part(file, lake))


def part(file: Path, lake: Path) -> Part:
    data = file.read_bytes()
    return Part(file.relative_to(lake).as_posix(), 0, len(data), hashlib.sha256(data).hexdigest())


def publish(shelf: Shelf, dataset: Dataset, rows: list[dict[str, Any]], day: date = DAY) -> Snapshot:
    verdict = make_verdict(shelf.lake, dataset, rows, day)
    return shelf.publish(dataset, with_groups(shelf.lake, dataset, verdict, rows), NOW)


def oracle(dataset: Dataset, rows: Rows) -> tuple[int, int | None]:
    """k and l of all rows at once."""
    apart, hidden = told_apart(dataset), sensitive(dataset)
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[c] for c in apart if c not in hidden), []).append(row)
    values = [len({row[h] for row in group}) for group in groups.values() for h in hidden]
    return min(Counter(tuple(row[c] for c in apart) for row in rows).values()), min(values, default=None)


def appended(**told: Any) -> Dataset:
    return make_dataset(source=Source("csv_folder", "civil_affairs", {}, load=Load.APPEND), **told)


def opened(**told: Any) -> Dataset:
    fields = tuple(
        replace(f, grade=Grade.GENERAL_1 if f.name == "household" else Grade.GENERAL_3) for f in make_dataset().fields
    )
    return make_dataset("civil_affairs.open", sharing=Sharing.OPEN, fields=fields, **told)


def people(start: int, stop: int) -> list[dict[str, Any]]:
    """Rows of which every few share day of birth and place, and some the phone."""
    towns = (TENGZHOU, SHIZHONG, XUECHENG, None)
    born = date(1950, 1, 1)
    return [
        low_income_row(n, towns[n % 4], born=born + timedelta(days=n % 5), mobile=f"1990000000{n % 3}")
        for n in range(start, stop)
    ]


def test_windows_are_added_up_before_the_smallest_group_is_looked_for(shelf: Shelf) -> None:
    dataset = appended()
    windows = [people(0, 30), people(10, 47), people(3, 21)]
    for day, rows in enumerate(windows):
        snapshot = publish(shelf, dataset, rows, DAY + timedelta(days=day))
        so_far = [row for some in windows[: day + 1] for row in some]
        found = linkage(dataset, shelf.lake, snapshot)
        assert found is not None
        assert (found.smallest_group, found.diversity) == oracle(dataset, so_far)
    assert shelf.versions(dataset.key)[0].linkage == Linkage(
        ("born", "household"), ("mobile",), *oracle(dataset, so_far)
    )


def test_a_window_again_replaces_its_groups(shelf: Shelf) -> None:
    dataset = appended()
    for rows, day in ((people(0, 30), 0), (people(0, 30), 1), (people(5, 33), 0)):
        snapshot = publish(shelf, dataset, rows, DAY + timedelta(days=day))
    found = linkage(dataset, shelf.lake, snapshot)
    assert found is not None
    assert (found.smallest_group, found.diversity) == oracle(dataset, people(0, 30) + people(5, 33))


@pytest.mark.parametrize("size", [1, 5, 64, 1_000_000])
def test_the_size_of_a_slice_changes_nothing(shelf: Shelf, size: int) -> None:
    dataset = appended()
    snapshot = publish(shelf, dataset, people(0, 61))
    found = linkage(dataset, shelf.lake, snapshot, size)
    assert found is not None
    assert (found.smallest_group, found.diversity) == oracle(dataset, people(0, 61))


def test_open_data_stand_by_their_smallest_group(shelf: Shelf) -> None:
    dataset = opened()
    publish(shelf, dataset, [low_income_row(n, TENGZHOU if n < 3 else SHIZHONG) for n in range(50)])
    assert shelf.standing(dataset.key).smallest_group == 3
    public = make_ask(make_subject(system="", organisation="", division=""), dataset.key, mode=Mode.BULK, purpose="")
    assert shelf.decide(public).code == "OPEN_NOT_ANONYMOUS"
    publish(shelf, dataset, [low_income_row(n, TENGZHOU if n < 5 else SHIZHONG) for n in range(50)], DAY + timedelta(1))
    assert shelf.standing(dataset.key).smallest_group == 5
    assert shelf.decide(public).allowed


def test_of_other_data_k_is_on_record_and_refuses_no_grant(shelf: Shelf) -> None:
    dataset = make_dataset()
    publish(shelf, dataset, people(0, 50))
    told = shelf.versions(dataset.key)[0].linkage
    assert told is not None
    assert told.smallest_group is not None
    assert told.smallest_group < 5
    assert shelf.standing(dataset.key).smallest_group is None


def test_what_is_opened_later_has_no_k_until_it_is_published_again(shelf: Shelf) -> None:
    dataset = opened()
    rows = [low_income_row(n, TENGZHOU) for n in range(50)]
    publish(shelf, dataset, rows)
    assert shelf.standing(dataset.key).smallest_group == 50
    more = tuple(replace(f, grade=Grade.GENERAL_1) if f.name in ("household", "born") else f for f in dataset.fields)
    wider = replace(dataset, fields=more, contract_hash="another")
    shelf.register(wider, NOW)
    assert shelf.standing(dataset.key).smallest_group is None
    publish(shelf, wider, rows, DAY + timedelta(days=1))
    assert shelf.standing(dataset.key).smallest_group == oracle(wider, rows)[0]


def test_without_groups_or_with_those_of_other_columns_nothing_is_said_to_be_safe(shelf: Shelf) -> None:
    dataset = opened(source=Source("csv_folder", "civil_affairs", {}, load=Load.APPEND))
    rows = [low_income_row(n, TENGZHOU) for n in range(50)]
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, rows), NOW)
    assert shelf.standing(dataset.key).smallest_group is None
    publish(shelf, dataset, rows, DAY + timedelta(days=1))
    assert shelf.standing(dataset.key).smallest_group is None
    snapshot = shelf.latest(dataset.key)
    assert snapshot
    narrow = replace(dataset, fields=tuple(replace(f, identifying=Identifying.QUASI) for f in dataset.fields))
    other = replace(narrow, sharing=Sharing.CONDITIONAL)
    found = linkage(other, shelf.lake, snapshot)
    assert found is not None
    assert found.smallest_group is None


def test_enterprises_are_told_by_name(shelf: Shelf) -> None:
    dataset = opened(subject_kind="enterprise")
    snapshot = shelf.publish(dataset, make_verdict(shelf.lake, dataset, people(0, 3)), NOW)
    assert linkage(dataset, shelf.lake, snapshot) is None
    assert shelf.versions(dataset.key)[0].linkage is None


def test_a_version_without_rows_has_no_group(shelf: Shelf) -> None:
    dataset = appended()
    publish(shelf, dataset, [])
    assert shelf.versions(dataset.key)[0].linkage == Linkage(("born", "household"), ("mobile",), None)


def test_groups_that_are_not_those_of_the_verdict_are_refused(shelf: Shelf) -> None:
    dataset = make_dataset()
    verdict = with_groups(shelf.lake, dataset, make_verdict(shelf.lake, dataset, people(0, 9)), people(0, 9))
    assert verdict.groups
    (shelf.lake / verdict.groups.path).write_bytes(b"rot")
    with pytest.raises(BadInput, match="validate again"):
        shelf.publish(dataset, verdict, NOW)
    assert shelf.latest(dataset.key) is None


def test_the_profile_goes_with_the_version(shelf: Shelf) -> None:
    dataset = make_dataset()
    verdict = make_verdict(shelf.lake, dataset, people(0, 9))
    told = Profile(dataset.key, verdict.window.key, 9, (ColumnProfile("born", 0, 5, masked=True),), NOW)
    file = shelf.lake / places.verdict(dataset.key, verdict.window) / PROFILE
    file.write_bytes(to_json(told))
    snapshot = shelf.publish(dataset, replace(verdict, profile=part(file, shelf.lake)), NOW)
    assert shelf.profile(dataset.key, snapshot.version) == told
    assert shelf.profile(dataset.key, 7) is None
