"""The door to rows: what comes out equals an independent filter, and nothing else is in the bytes."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from catalog.organisations import Organisation
from catalog.rows.reader import open_rows
from catalog.rows.stored import AT_ONCE, at_once
from catalog.shelf import Shelf
from schemas.access import Basis, ColumnView, Decision, RowScope, Tier
from schemas.dataset import Dataset, Field, FieldType, Kind, Load, ScopeRole, Source, Transform
from schemas.errors import BadInput, NotReady, Refused
from schemas.journey import RowGroup
from tests.builders import (
    CIVIL_AFFAIRS,
    DAY,
    JINAN_LAIWU,
    LOW_INCOME_FIELDS,
    NOW,
    OLD_LAIWU,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    XUECHENG,
    ZAOZHUANG,
    low_income_row,
    make_ask,
    make_dataset,
    make_field,
    make_grant,
    make_subject,
    make_verdict,
)

LIVES = make_field("lives", title="居住地", element="division", scope=ScopeRole.RESIDENCE)
DATASET = make_dataset(fields=(*LOW_INCOME_FIELDS, LIVES))
HOUSEHOLDS = (
    TENGZHOU,
    "370481103000",
    "370481103205",
    SHIZHONG,
    XUECHENG,
    OLD_LAIWU,
    JINAN_LAIWU,
    "370403",
    "乱码",
    None,
)
RESIDENCES = (TENGZHOU, SHIZHONG, None)
ROWS = [low_income_row(n, HOUSEHOLDS[n % 10], lives=RESIDENCES[n % 3]) for n in range(600)]


@pytest.fixture
def stocked(sqlite_shelf: Shelf) -> Shelf:
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS), NOW)
    return sqlite_shelf


def permit(
    *divisions: str,
    column: str = "household",
    transforms: dict[str, Transform] | None = None,
    dataset: Dataset = DATASET,
    grant: str = "YS-2026-000001",
    **scope: Any,
) -> Decision:
    """An allowing decision, made by hand so that this test depends on no rule."""
    views = tuple(ColumnView(f.name, (transforms or {}).get(f.name, Transform.CLEAR)) for f in dataset.fields)
    rows = RowScope(column if divisions else "", divisions, DAY, **scope)
    return Decision(make_ask(), True, Basis.GRANT, grant, 1, views, rows, (), "OK", "", "", "")


def people(shelf: Shelf, decision: Decision) -> list[str]:
    return sorted(table(shelf, decision).column("person_id").to_pylist())


def table(shelf: Shelf, decision: Decision) -> pa.Table:
    reader = shelf.open_rows(decision)
    return pa.Table.from_batches(list(reader), reader.schema)


def expected(*households: str | None) -> list[str]:
    whole = pa.Table.from_pylist(ROWS)
    inside = pc.is_in(whole.column("household"), pa.array(households, pa.string()))
    return sorted(whole.filter(inside).column("person_id").to_pylist())


@pytest.mark.parametrize(
    ("divisions", "households"),
    [
        ((TENGZHOU,), (TENGZHOU, "370481103000", "370481103205")),
        (("370481103000",), ("370481103000", "370481103205")),
        ((SHIZHONG,), (SHIZHONG,)),
        ((XUECHENG,), (XUECHENG, "370403")),
        ((ZAOZHUANG,), (TENGZHOU, "370481103000", "370481103205", SHIZHONG, XUECHENG, "370403")),
        ((JINAN_LAIWU,), (JINAN_LAIWU, OLD_LAIWU)),
        (("370100000000",), (JINAN_LAIWU, OLD_LAIWU)),
        ((SHIZHONG, JINAN_LAIWU), (SHIZHONG, JINAN_LAIWU, OLD_LAIWU)),
        (("110000000000",), ()),
    ],
)
def test_rows_of_a_subtree_equal_an_independent_filter(
    stocked: Shelf, divisions: tuple[str, ...], households: tuple[str, ...]
) -> None:
    assert people(stocked, permit(*divisions)) == expected(*households)


def test_rows_without_a_known_place_are_in_an_unrestricted_scope_only(stocked: Shelf) -> None:
    assert len(people(stocked, permit())) == 600
    everywhere = people(stocked, permit("370000000000"))
    assert not set(expected(None, "乱码")) & set(everywhere)


def test_another_role_of_place_is_filtered_row_by_row(stocked: Shelf) -> None:
    found = people(stocked, permit(SHIZHONG, column="lives"))
    assert found == sorted(row["person_id"] for row in ROWS if row["lives"] == SHIZHONG)


def test_keys_and_filters_narrow_further(stocked: Shelf) -> None:
    one = ROWS[0]["person_id"]
    assert people(stocked, permit(TENGZHOU, keys=(one,), key_columns=("person_id",))) == [one]
    assert people(stocked, permit(SHIZHONG, keys=(one,), key_columns=("person_id",))) == []
    both = permit(keys=(f"{one}\x1f{TENGZHOU}",), key_columns=("person_id", "household"))
    assert people(stocked, both) == [one]
    rich = permit(TENGZHOU, filter={"column": "amount", "op": ">=", "value": "1100"})
    kept = [r["person_id"] for r in ROWS if r["amount"] >= 1100 and r["household"] in HOUSEHOLDS[:3]]
    assert people(stocked, rich) == sorted(kept)


def test_only_row_groups_in_scope_are_read(stocked: Shelf) -> None:
    (file,) = stocked.open_rows(permit(SHIZHONG)).files
    outside = replace(file, groups=tuple(g for g in file.groups if g.division != SHIZHONG))
    reader = replace(stocked.open_rows(permit(SHIZHONG)), files=(outside,))
    assert list(reader) == []
    gone = replace(reader, files=(replace(outside, part=replace(outside.part, path="nowhere.parquet")),))
    assert list(gone) == []


def test_only_permitted_columns_leave_in_the_datasets_order(stocked: Shelf) -> None:
    drop = {"person_id": Transform.DROP, "household": Transform.DROP}
    left = table(stocked, permit(TENGZHOU, transforms=drop))
    assert left.column_names == ["name", "mobile", "born", "amount", "lives"]
    assert left.num_rows == len(expected(*HOUSEHOLDS[:3]))


def test_disguised_values_are_nowhere_in_the_bytes_that_leave(stocked: Shelf) -> None:
    transforms = {
        "person_id": Transform.TOKEN,
        "name": Transform.MASK,
        "mobile": Transform.MASK,
        "born": Transform.BUCKET,
        "amount": Transform.MASK,
    }
    left = table(stocked, permit(TENGZHOU, transforms=transforms))
    stream, file = io.BytesIO(), io.BytesIO()
    with pa.ipc.new_stream(stream, left.schema) as writer:
        writer.write_table(left)
    pq.write_table(left, file, compression="none")
    text = (stream.getvalue() + file.getvalue() + repr(left.to_pylist()).encode()).decode("latin-1")
    for row in ROWS:
        for name in ("person_id", "name", "mobile"):
            assert row[name].encode().decode("latin-1") not in text
    assert left.schema.field("born").type == pa.int64()
    assert left.schema.metadata is None


def test_tokens_of_two_grants_do_not_join(stocked: Shelf) -> None:
    token = {"person_id": Transform.TOKEN}
    one = set(people(stocked, permit(transforms=token)))
    assert one == set(people(stocked, permit(transforms=token)))
    assert not one & set(people(stocked, permit(transforms=token, grant="YS-2026-000002")))
    assert {len(token) for token in one} == {32}


def test_a_column_that_cannot_be_disguised_is_left_out(stocked: Shelf) -> None:
    left = table(stocked, permit(transforms={"name": Transform.BUCKET}))
    assert "name" not in left.column_names


def test_tokens_without_a_key_are_left_out(stocked: Shelf) -> None:
    snapshot = stocked.version(DATASET.key, 1)
    decision = permit(transforms={"person_id": Transform.TOKEN})
    reader = open_rows(stocked.lake, DATASET, snapshot, decision, stocked.tree())
    assert "person_id" not in reader.schema.names


def test_a_decision_that_refuses_opens_nothing(stocked: Shelf) -> None:
    snapshot, tree = stocked.version(DATASET.key, 1), stocked.tree()
    allowing = permit(TENGZHOU)
    refusing = replace(allowing, allowed=False, code="PURPOSE_MISMATCH", gate="G4")
    for refused in (
        refusing,
        replace(allowing, rows=None),
        replace(allowing, basis=None),
        replace(allowing, columns=()),
    ):
        with pytest.raises(Refused):
            open_rows(stocked.lake, DATASET, snapshot, refused, tree)
    with pytest.raises(Refused, match="PURPOSE_MISMATCH"):
        stocked.open_rows(refusing)


def test_a_decision_on_another_dataset_or_version_opens_nothing(stocked: Shelf) -> None:
    snapshot, tree = stocked.version(DATASET.key, 1), stocked.tree()
    elsewhere = replace(permit(), ask=make_ask(dataset="health.elderly_checkup"))
    for decision, found in (
        (elsewhere, snapshot),
        (replace(permit(), version=2), snapshot),
        (permit(), replace(snapshot, version=2)),
        (permit(), replace(snapshot, dataset="health.elderly_checkup")),
    ):
        with pytest.raises(Refused) as told:
            open_rows(stocked.lake, DATASET, found, decision, tree)
        assert told.value.code == "DECISION_ELSEWHERE"


def test_a_scope_that_says_half_is_refused(stocked: Shelf) -> None:
    half = replace(permit(TENGZHOU), rows=RowScope("", (TENGZHOU,), DAY))
    keyless = replace(permit(), rows=RowScope("", (), DAY, keys=("x",)))
    for decision in (half, keyless, replace(permit(), rows=RowScope("", (), DAY, filter={"nonsense": 1}))):
        with pytest.raises(BadInput):
            stocked.open_rows(decision)


def test_a_scope_column_that_the_version_lacks_is_no_reason_to_show_all(stocked: Shelf) -> None:
    newer = replace(DATASET, fields=(*DATASET.fields, replace(LIVES, name="works")), contract_hash="1" * 64)
    snapshot = stocked.version(DATASET.key, 1)
    with pytest.raises(NotReady, match="works"):
        open_rows(stocked.lake, newer, snapshot, permit(SHIZHONG, column="works"), stocked.tree())


def test_columns_that_the_version_lacks_or_has_in_another_type_are_left_out(stocked: Shelf) -> None:
    other: tuple[Field, ...] = tuple(
        replace(f, type=FieldType(Kind.INTEGER)) if f.name == "amount" else f for f in DATASET.fields
    )
    newer = replace(DATASET, fields=(*other, make_field("new")), contract_hash="1" * 64)
    decision = permit(SHIZHONG, dataset=newer)
    reader = open_rows(stocked.lake, newer, stocked.version(DATASET.key, 1), decision, stocked.tree())
    assert reader.schema.names == [n for n in (f.name for f in DATASET.fields) if n != "amount"]
    assert sum(b.num_rows for b in reader) == 60


def test_a_file_that_is_gone_says_so(stocked: Shelf) -> None:
    reader = stocked.open_rows(permit())
    (stocked.lake / reader.files[0].part.path).unlink()
    with pytest.raises(NotReady, match="gone"):
        list(reader)


def test_an_empty_version_has_a_schema_and_no_rows(sqlite_shelf: Shelf) -> None:
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, []), NOW)
    left = table(sqlite_shelf, permit(TENGZHOU, transforms={"born": Transform.BUCKET}))
    assert left.num_rows == 0
    assert left.schema.field("born").type == pa.int64()


def test_eight_threads_read_at_once(stocked: Shelf) -> None:
    with ThreadPoolExecutor(8) as at_once:
        counts = list(at_once.map(lambda _: table(stocked, permit(TENGZHOU)).num_rows, range(64)))
    assert set(counts) == {180}


def test_the_way_from_a_credential_to_rows(shelf: Shelf) -> None:
    shelf.publish(DATASET, make_verdict(shelf.lake, DATASET, ROWS), NOW)
    shelf.parties.add_organisation(Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY))
    refused = shelf.decide(make_ask())
    assert not refused.allowed
    shelf.grant(make_grant(transforms={"name": Transform.MASK}), NOW)
    decision = shelf.decide(make_ask())
    assert (decision.allowed, decision.grant) == (True, "YS-2026-000001")
    assert shelf.record(decision).index == 0
    left = table(shelf, decision)
    assert left.num_rows == len(expected(*HOUSEHOLDS[:3]))
    assert set(left.column("name").to_pylist()) == {"样**"}
    assert not shelf.decide(make_ask(moment=NOW + timedelta(days=400))).allowed
    owner = make_subject(ZAOZHUANG, Tier.CITY, organisation=CIVIL_AFFAIRS)
    assert table(shelf, shelf.decide(make_ask(owner, purpose="own_duty"))).num_rows == 600


def test_reading_holds_no_more_than_a_large_row_group_or_some_small_ones(sqlite_shelf: Shelf) -> None:
    rows = [low_income_row(n, SHIZHONG, lives=None) for n in range(1000)] + ROWS
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, rows), NOW)
    reader = sqlite_shelf.open_rows(permit(ZAOZHUANG))
    parts = list(reader.parts())
    sizes = [batch.num_rows for part in parts for batch in part]
    assert (len(sizes), max(sizes)) == (4, 1060), "one batch for each town or county in scope"
    assert [batch.num_rows for batch in reader] == [sum(sizes)]
    (file,) = reader.files
    large = replace(reader, files=(replace(file, groups=tuple(replace(g, rows=AT_ONCE) for g in file.groups)),))
    assert [batch.num_rows for batch in large] == sizes


def test_windows_of_an_older_contract_sorted_by_another_place_are_still_found(sqlite_shelf: Shelf) -> None:
    append = Source("csv_folder", "civil_affairs", {}, load=Load.APPEND)
    older = make_dataset(fields=DATASET.fields, source=append)
    newer = make_dataset(fields=DATASET.fields, source=append, default_scope="lives", version="2.0.0")
    sqlite_shelf.publish(older, make_verdict(sqlite_shelf.lake, older, ROWS[:300]), NOW)
    sqlite_shelf.register(newer, NOW)
    later = make_verdict(sqlite_shelf.lake, newer, ROWS[300:], DAY + timedelta(days=1))
    version = sqlite_shelf.publish(newer, later, NOW).version
    for column, place in (("lives", SHIZHONG), ("household", SHIZHONG)):
        decision = replace(permit(place, column=column, dataset=newer), version=version)
        assert people(sqlite_shelf, decision) == sorted(r["person_id"] for r in ROWS if r[column] == place)


def test_masks_are_read_where_they_are_stored_and_made_where_they_are_not(stocked: Shelf) -> None:
    reader = stocked.open_rows(permit(transforms={"name": Transform.MASK}))
    (file,) = reader.files
    assert file.masks is not None
    bare = replace(reader, files=(replace(file, masks=None, chunks=None),))
    assert pa.Table.from_batches(reader).equals(pa.Table.from_batches(bare))
    (stocked.lake / file.masks.path).unlink()
    assert pa.Table.from_batches(bare).num_rows
    with pytest.raises(NotReady, match="is gone"):
        list(reader)


def test_row_groups_without_a_row_in_scope_are_a_batch_without_one(stocked: Shelf) -> None:
    nobody = replace(stocked.open_rows(permit()), places=None)
    nobody = replace(nobody, scope=replace(nobody.scope, divisions=(), keys=("nobody",), key_columns=("person_id",)))
    assert [batch.num_rows for batch in nobody] == [0]


def test_small_row_groups_are_read_at_once_and_large_ones_alone(stocked: Shelf) -> None:
    assert list(at_once([RowGroup(n, "", AT_ONCE // 2, ("",)) for n in range(5)])) == [[0, 1], [2, 3], [4]]
    assert list(at_once([RowGroup(n, "", AT_ONCE + 1, ("",)) for n in range(3)])) == [[0], [1], [2]]
    assert list(at_once([])) == []
    reader = stocked.open_rows(permit("370402000000"))
    one_by_one = [batch for part in reader.parts() for batch in part]
    assert pa.Table.from_batches(reader).equals(pa.Table.from_batches(one_by_one))
