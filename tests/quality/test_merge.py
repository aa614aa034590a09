"""A window merged into the version before: the same as judging the whole, whatever the keys, orders and deletions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.check import check
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset, Deletes, Identifying, Kind, Load, Source
from schemas.journey import Merge, Part, Verdict
from schemas.merging import Base
from tests.quality.landings import DAY, NOW, clean, dataset, failures, field, land, money, quarantined, rule

BEFORE = NOW - timedelta(days=1)
Rows = Sequence[dict[str, Any]]


def parcels(**told: Any) -> Dataset:
    """Parcels by number and part, sorted by town; `changed` tells the later state."""
    source = Source("sql_table", "land", {"table": "parcel"}, Load.MERGE, **({"order": "changed"} | told))
    fields = [
        field("id", key=1, required=True),
        field("part", Kind.INTEGER, key=2, required=True),
        field("town", identifying=Identifying.QUASI),
        money("area"),
        field("changed", Kind.TIMESTAMP),
    ]
    rules = [
        rule("id.required", "column_values_to_not_be_null", column="id"),
        rule("area.range", "column_values_to_be_between", column="area", min_value=0),
        rule("key.unique", "compound_columns_to_be_unique", column_list=["id", "part"]),
    ]
    return dataset(fields, rules, source=source, default_scope="town", subject_kind="person")


def row(identifier: str, area: int = 1, at: int | None = 1, **told: Any) -> dict[str, Any]:
    changed = None if at is None else datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=at)
    return {"id": identifier, "part": 1, "town": "370402001000", "area": Decimal(area), "changed": changed} | told


def base_of(of: Dataset, rows: Rows, lake: Path, *, at: datetime = BEFORE, agreed: Sequence[Path] = ()) -> Base:
    """A version with these rows."""
    lake.mkdir(parents=True, exist_ok=True)
    file = lake / "base.parquet"
    pq.write_table(pa.Table.from_pylist(list(rows), arrow_schema(of)), file)
    return Base(1, (file,), len(rows), Merge(0, 0, 0, 0, "b", at, at, at), tuple(agreed))


def keys_of(rows: Rows, lake: Path) -> tuple[Part, ...]:
    """All keys at the source, as a landing has them."""
    lake.mkdir(parents=True, exist_ok=True)
    file = lake / "keys.parquet"
    schema = pa.schema([("id", pa.string()), ("part", pa.int64())])
    pq.write_table(pa.Table.from_pylist([{"id": r["id"], "part": r["part"]} for r in rows], schema), file)
    return (Part("keys.parquet", len(rows), file.stat().st_size, "k"),)


def merged(of: Dataset, before: Rows | None, rows: Rows, lake: Path, **told: Any) -> Verdict:
    base = base_of(of, before, lake, **told) if before is not None else None
    return check(of, land(of, rows, lake), lake, {}, NOW, base=base)


def rows_of(verdict: Verdict, lake: Path) -> list[dict[str, Any]]:
    return clean(verdict, lake).to_pylist()


def test_rows_replace_those_of_their_whole_key_and_the_rest_stays_sorted_by_place(tmp_path: Path) -> None:
    before = [row("a"), row("b"), row("b", part=2), row("c", town="370403002000")]
    verdict = merged(parcels(), before, [row("b", 5, 2, town="370481003000"), row("d", 6, 2)], tmp_path)
    found = rows_of(verdict, tmp_path)
    assert [(r["town"][:6], r["id"], r["part"], int(r["area"])) for r in found] == [
        ("370402", "a", 1, 1), ("370402", "b", 2, 1), ("370402", "d", 1, 6), ("370403", "c", 1, 1),
        ("370481", "b", 1, 5),
    ]  # fmt: skip
    assert verdict.merge is not None
    assert (verdict.read, verdict.passed, verdict.duplicates) == (2, 2, 0)
    assert (verdict.merge.base, verdict.merge.kept, verdict.merge.replaced) == (1, 3, 1)


def test_of_a_key_the_last_state_stands_and_the_earlier_ones_are_counted(tmp_path: Path) -> None:
    rows = [row("a", 3, 3), row("a", 1, 1), row("a", 2, 2), row("a", 9, None), row("b", 4)]
    verdict = merged(parcels(), [], rows, tmp_path)
    assert [(r["id"], int(r["area"])) for r in rows_of(verdict, tmp_path)] == [("a", 3), ("b", 4)]
    assert (verdict.read, verdict.passed, verdict.quarantined, verdict.duplicates) == (5, 2, 0, 3)
    assert failures(verdict) == {}


def test_two_rows_of_a_key_that_nothing_orders_go_to_quarantine_and_the_old_one_stays(tmp_path: Path) -> None:
    rows = [row("a", 3, 3), row("a", 4, 3), row("a", 1, 2), row("b", 7, 2)]
    for of, number in ((parcels(), 2), (parcels(order=""), 3)):
        verdict = merged(of, [row("a", 9)], rows, tmp_path / of.source.order)
        assert failures(verdict) == {"key.unique": number}
        assert len(quarantined(verdict, tmp_path / of.source.order)) == number
        assert [(r["id"], int(r["area"])) for r in rows_of(verdict, tmp_path / of.source.order)] == [("a", 9), ("b", 7)]


def test_a_state_that_is_older_than_the_version_s_changes_nothing(tmp_path: Path) -> None:
    before = [row("a", 5, 5), row("b", 5, None), row("c", 5, 5)]
    verdict = merged(parcels(), before, [row("a", 4, 4), row("b", 4, 4), row("c", 4, None)], tmp_path)
    assert [int(r["area"]) for r in rows_of(verdict, tmp_path)] == [5, 4, 5]
    assert (verdict.read, verdict.passed, verdict.duplicates) == (3, 1, 2)


def test_a_row_that_breaks_a_rule_leaves_the_old_one_where_it_is(tmp_path: Path) -> None:
    verdict = merged(parcels(), [row("a", 5)], [row("a", -1, 9)], tmp_path)
    assert [int(r["area"]) for r in rows_of(verdict, tmp_path)] == [5]
    assert (verdict.read, verdict.passed, verdict.quarantined) == (1, 0, 1)


def test_a_window_without_rows_is_the_version_before(tmp_path: Path) -> None:
    verdict = merged(parcels(), [row("a", 5)], [], tmp_path)
    assert rows_of(verdict, tmp_path) == [row("a", 5)]


def test_what_vanished_is_removed_but_what_just_came_is_not(tmp_path: Path) -> None:
    of = parcels(deletes=Deletes("P1D", 0.5))
    before = [row("a"), row("b"), row("c"), row("d")]
    base = base_of(of, before, tmp_path)
    landing = replace(land(of, [row("e", 2, 2)], tmp_path), keys=keys_of([before[0], before[2], before[3]], tmp_path))
    verdict = check(of, landing, tmp_path, {}, NOW, base=base)
    assert [r["id"] for r in rows_of(verdict, tmp_path)] == ["a", "c", "d", "e"]
    assert verdict.blocked == ()
    assert verdict.merge is not None
    assert verdict.merge.tombstones is not None
    assert pq.read_table(tmp_path / verdict.merge.tombstones.path).to_pylist() == [
        {"id": "b", "part": 1, "town": "370402001000"}
    ]


@pytest.mark.parametrize(
    ("agreed", "blocked"),
    [("", ("deletes.share",)), ("ab", ("deletes.share",)), ("abd", ("deletes.share",)), ("abc", ()), ("abcd", ())],
)
def test_an_empty_source_is_no_mass_deletion_unless_somebody_says_so_of_each_of_its_keys(
    tmp_path: Path, agreed: str, blocked: tuple[str, ...]
) -> None:
    of = parcels(deletes=Deletes("P1D"))
    said = [tmp_path / key / part.path for key in agreed for part in keys_of([row(key)], tmp_path / key)]
    base = base_of(of, [row("a"), row("b"), row("c")], tmp_path, agreed=said)
    landing = replace(land(of, [], tmp_path), keys=keys_of([], tmp_path))
    verdict = check(of, landing, tmp_path, {}, NOW, base=base)
    assert verdict.blocked == blocked


def test_keys_that_were_read_before_newer_rows_came_remove_nothing(tmp_path: Path) -> None:
    of = parcels(deletes=Deletes("P1D", 1.0))
    base = base_of(of, [row("a"), row("b")], tmp_path, at=DAY.high + timedelta(days=9))
    landing = replace(land(of, [], tmp_path), keys=keys_of([], tmp_path))
    verdict = check(of, landing, tmp_path, {}, NOW, base=base)
    assert [r["id"] for r in rows_of(verdict, tmp_path)] == ["a", "b"]


states = st.builds(
    row,
    st.sampled_from("abcdefgh"),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(0, 5)),
    part=st.integers(1, 2),
    town=st.sampled_from(["370402001000", "370403002000", "370481003000", None]),
)


def by_key(rows: Rows) -> dict[tuple[str, int], dict[str, Any]]:
    """One row of each key."""
    return {(r["id"], r["part"]): r for r in rows}


def older(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether one state of a key is older than another, a missing moment being the oldest."""
    first = datetime.min.replace(tzinfo=UTC)
    return (one["changed"] or first) < (other["changed"] or first)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(states, max_size=8).map(by_key),
    st.lists(states, max_size=8).map(by_key),
    st.sets(st.sampled_from("abcdefgh")),
)
def test_any_merge_is_the_snapshot_of_what_there_should_be(
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[tuple[str, int], dict[str, Any]],
    window: dict[tuple[str, int], dict[str, Any]],
    left: set[str],
) -> None:
    lake, of = tmp_path_factory.mktemp("merge"), parcels(deletes=Deletes("P1D", 1.0))
    base = base_of(of, list(before.values()), lake)
    there = [r for r in before.values() if r["id"] in left]
    landing = replace(land(of, list(window.values()), lake), keys=keys_of(there, lake))
    verdict = check(of, landing, lake, {}, NOW, base=base)
    expected = {key: r for key, r in before.items() if r["id"] in left or key in window}
    expected |= {key: r for key, r in window.items() if key not in before or not older(r, before[key])}
    whole = replace(of, source=replace(of.source, load=Load.SNAPSHOT, order="", deletes=None))
    other = tmp_path_factory.mktemp("whole")
    snapshot = check(whole, land(whole, list(expected.values()), other), other, {}, NOW)
    assert clean(verdict, lake).equals(clean(snapshot, other))
    assert verdict.linkage == snapshot.linkage
    assert verdict.read == verdict.passed + verdict.quarantined + verdict.duplicates
    again = check(of, landing, lake, {}, NOW, base=base)
    assert [part.sha256 for part in again.clean] == [part.sha256 for part in verdict.clean]
