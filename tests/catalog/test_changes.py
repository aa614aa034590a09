"""What changed between two versions: the difference of what the same recipient would have got of both."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from catalog.changes import ADDED, CHANGE, CHANGED, REMOVED, delta, numbered, unlike
from catalog.changes_pool import SHARES, Pool
from catalog.rule.delta import with_key
from catalog.shelf import Shelf
from schemas.access import Basis, ColumnView, Decision, RowScope
from schemas.dataset import Dataset, FieldType, Kind, Load, Source, Transform
from schemas.errors import BadAsk
from tests.builders import (
    DAY,
    LOW_INCOME_FIELDS,
    NOW,
    SHIZHONG,
    TENGZHOU,
    XUECHENG,
    ZAOZHUANG,
    low_income_row,
    make_ask,
    make_dataset,
    make_field,
    make_verdict,
)

DATASET = make_dataset(fields=(*LOW_INCOME_FIELDS, make_field("share", type=FieldType(Kind.DOUBLE))))
PLACES = (TENGZHOU, "370481103000", "370481103205", SHIZHONG, "370402001000", XUECHENG, None, "乱码")
Rows = list[dict[str, Any]]


def permit(version: int, *divisions: str, dataset: Dataset = DATASET, **told: Any) -> Decision:
    """An allowing decision, made by hand so that this test depends on no rule."""
    transforms = told.pop("transforms", {})
    views = tuple(ColumnView(f.name, transforms.get(f.name, Transform.CLEAR)) for f in dataset.fields)
    rows = RowScope("household" if divisions else "", divisions, DAY, **told)
    ask = make_ask(dataset=dataset.key)
    return Decision(ask, True, Basis.GRANT, "YS-2026-000001", version, views, rows, (), "OK", "", "", "")


def rows(shelf: Shelf, decision: Decision) -> dict[str, dict[str, Any]]:
    """What a recipient gets of one version, by key."""
    found = [row for batch in shelf.open_rows(decision) for row in batch.to_pylist()]
    assert len({row["person_id"] for row in found}) == len(found)
    return {row["person_id"]: row for row in found}


def told(shelf: Shelf, old: Decision, new: Decision, dataset: Dataset = DATASET, held: int = 1000) -> Rows:
    changes = replace(delta(dataset, shelf.open_rows(old), shelf.open_rows(new)), held=held)
    batches = list(changes)
    assert all(batch.schema.equals(changes.schema) for batch in batches)
    return [row for batch in batches for row in batch.to_pylist()]


def by_key(found: Rows) -> list[tuple[str, Rows]]:
    return sorted((row["person_id"] + row[CHANGE], [row]) for row in found)


def expected(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> Rows:
    """The difference of two answers, the plain way."""
    names = [f.name for f in DATASET.fields if f.name in next(iter((*before.values(), *after.values())), {})]
    gone = [dict.fromkeys(names) | {"person_id": key, CHANGE: REMOVED} for key in before.keys() - after.keys()]
    come = [after[key] | {CHANGE: ADDED} for key in after.keys() - before.keys()]
    other = [after[k] | {CHANGE: CHANGED} for k in before.keys() & after.keys() if repr(before[k]) != repr(after[k])]
    return gone + come + other


def person(number: int, chance: random.Random) -> dict[str, Any]:
    row = low_income_row(number, chance.choice(PLACES), share=chance.choice([0.5, None, float("nan")]))
    return row | {"person_id": f"3704811950010{number:04d}X"}


def altered(row: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """One thing about a person that may be otherwise a day later."""
    other: dict[str, Any] = {
        "household": chance.choice(PLACES),
        "amount": row["amount"] + chance.choice([0, 1, -300]),
        "name": chance.choice([row["name"], "样例改名", None]),
        "mobile": chance.choice([row["mobile"], "13900000000"]),
        "share": chance.choice([float("nan"), None, 0.25]),
    }
    name = chance.choice(sorted(other))
    return row | {name: other[name]}


def publish_both(shelf: Shelf, seed: int, dataset: Dataset = DATASET) -> None:
    chance = random.Random(seed)
    old = [person(n, chance) for n in range(300)]
    kept = [row for row in old if chance.random() < 0.9]
    new = [altered(row, chance) if chance.random() < 0.3 else row for row in kept]
    new += [person(n, chance) for n in range(300, 300 + chance.randrange(60))]
    for day, one in enumerate((old, new)):
        shelf.publish(dataset, make_verdict(shelf.lake, dataset, one, DAY + timedelta(days=day)), NOW)


RECIPIENTS: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    ((), {}),
    ((ZAOZHUANG,), {}),
    ((TENGZHOU,), {}),
    (("370481103000", SHIZHONG), {}),
    ((TENGZHOU,), {"transforms": {"name": Transform.MASK, "mobile": Transform.TOKEN, "amount": Transform.BUCKET}}),
    ((ZAOZHUANG,), {"transforms": {"household": Transform.DROP, "share": Transform.DROP, "born": Transform.DROP}}),
    ((), {"transforms": {f.name: Transform.DROP for f in DATASET.fields if f.name != "person_id"}}),
    ((TENGZHOU,), {"filter": {"column": "amount", "op": ">=", "value": "700"}}),
    ((), {"keys": tuple(f"样例{n:04d}" for n in range(0, 300, 2)), "key_columns": ("name",)}),
    (("110000000000",), {}),
]


@pytest.mark.parametrize("seed", range(4))
def test_a_delta_is_exactly_the_difference_of_two_answers(sqlite_shelf: Shelf, seed: int) -> None:
    publish_both(sqlite_shelf, seed)
    some = 0
    for divisions, scope in RECIPIENTS:
        old, new = permit(1, *divisions, **dict(scope)), permit(2, *divisions, **dict(scope))
        wanted = expected(rows(sqlite_shelf, old), rows(sqlite_shelf, new))
        for held in (1000, 20):  # in memory, and through files
            found = told(sqlite_shelf, old, new, held=held)
            assert (
                repr(by_key(found)) == repr(by_key([{n: r[n] for n in found[0]} for r in wanted]))
                if wanted
                else not found
            )
        some += len(wanted)
    assert some > 500


def test_a_delta_back_is_the_same_difference_the_other_way(sqlite_shelf: Shelf) -> None:
    publish_both(sqlite_shelf, 7)
    there = {row["person_id"] for row in told(sqlite_shelf, permit(1), permit(2)) if row[CHANGE] == ADDED}
    back = {row["person_id"] for row in told(sqlite_shelf, permit(2), permit(1)) if row[CHANGE] == REMOVED}
    assert there == back
    assert there


def test_who_moved_is_removed_for_one_county_added_for_the_other_and_changed_for_the_city(sqlite_shelf: Shelf) -> None:
    mover = low_income_row(1, TENGZHOU, person_id="370481195002020001", share=None)
    others = [low_income_row(n, place, share=None) for n, place in enumerate((TENGZHOU, SHIZHONG, XUECHENG), 10)]
    for day, place in enumerate((TENGZHOU, SHIZHONG)):
        now = [*others, mover | {"household": place}]
        sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, now, DAY + timedelta(days=day)), NOW)
    hidden = {"transforms": {"household": Transform.DROP}}
    seen = {
        name: [
            (r[CHANGE], r["person_id"]) for r in told(sqlite_shelf, permit(1, *where, **how), permit(2, *where, **how))
        ]
        for name, where, how in (
            ("from", (TENGZHOU,), {}),
            ("to", (SHIZHONG,), {}),
            ("city", (ZAOZHUANG,), {}),
            ("elsewhere", (XUECHENG,), {}),
            ("city, without the place", (ZAOZHUANG,), hidden),
        )
    }
    assert seen == {
        "from": [(REMOVED, "370481195002020001")],
        "to": [(ADDED, "370481195002020001")],
        "city": [(CHANGED, "370481195002020001")],
        "elsewhere": [],
        "city, without the place": [],
    }


def test_a_version_against_itself_has_not_changed_and_is_not_opened(sqlite_shelf: Shelf) -> None:
    publish_both(sqlite_shelf, 3)
    reader = sqlite_shelf.open_rows(permit(1))
    nowhere = replace(reader, lake=sqlite_shelf.lake / "nowhere")
    assert [b for b in delta(DATASET, nowhere, nowhere) if b.num_rows] == []


def test_of_an_append_only_windows_with_other_files_are_read(sqlite_shelf: Shelf) -> None:
    dataset = make_dataset(fields=DATASET.fields, source=Source("csv_folder", "x", {}, Load.APPEND))
    days = [[low_income_row(n + 50 * day, TENGZHOU, share=None) for n in range(5)] for day in range(3)]
    for day, one in enumerate(days[:2]):
        sqlite_shelf.publish(dataset, make_verdict(sqlite_shelf.lake, dataset, one, DAY + timedelta(days=day)), NOW)
    mended = [days[0][0], days[0][1] | {"amount": Decimal("9.99")}, *days[0][2:4]]
    sqlite_shelf.publish(dataset, make_verdict(sqlite_shelf.lake, dataset, mended, DAY), NOW)
    sqlite_shelf.publish(dataset, make_verdict(sqlite_shelf.lake, dataset, days[2], DAY + timedelta(days=2)), NOW)
    one, three, four = (permit(n, dataset=dataset) for n in (2, 3, 4))
    found = told(sqlite_shelf, one, three, dataset)
    assert sorted((r[CHANGE], r["person_id"]) for r in found) == [
        (CHANGED, days[0][1]["person_id"]),
        (REMOVED, days[0][4]["person_id"]),
    ]
    added = told(sqlite_shelf, three, four, dataset)
    assert [r[CHANGE] for r in added] == [ADDED] * 5
    last = delta(dataset, sqlite_shelf.open_rows(three), sqlite_shelf.open_rows(four))
    for file in sqlite_shelf.version(dataset.key, 3).files:
        (sqlite_shelf.lake / file.part.path).unlink()
    assert sum(b.num_rows for b in last) == 5


def test_two_windows_with_the_same_rows_are_two_windows(sqlite_shelf: Shelf) -> None:
    dataset = make_dataset(fields=DATASET.fields, source=Source("csv_folder", "x", {}, Load.APPEND))
    same = [low_income_row(n, TENGZHOU, share=None) for n in range(5)]
    for day in range(2):
        sqlite_shelf.publish(dataset, make_verdict(sqlite_shelf.lake, dataset, same, DAY + timedelta(days=day)), NOW)
    found = told(sqlite_shelf, permit(1, dataset=dataset), permit(2, dataset=dataset), dataset)
    assert [r[CHANGE] for r in found] == [ADDED] * 5


def test_versions_with_other_columns_have_no_delta(sqlite_shelf: Shelf) -> None:
    publish_both(sqlite_shelf, 1)
    old = sqlite_shelf.open_rows(permit(1, transforms={"share": Transform.DROP}))
    with pytest.raises(BadAsk, match="share"):
        delta(DATASET, old, sqlite_shelf.open_rows(permit(2)))


@pytest.mark.parametrize("transform", [Transform.MASK, Transform.TOKEN, Transform.BUCKET, Transform.DROP])
def test_a_delta_needs_the_whole_key_in_clear(transform: Transform) -> None:
    decision = with_key(permit(2, transforms={"person_id": transform}), DATASET)
    assert (decision.allowed, decision.code, decision.gate) == (False, "DELTA_NEEDS_KEY", "G8")
    assert (decision.rows, decision.columns, decision.version) == (None, (), 0)
    assert "person_id" in next(g for g in decision.gates if g.code == "DELTA_NEEDS_KEY").said_en
    assert with_key(permit(2), DATASET).allowed
    keyless = make_dataset(fields=tuple(replace(f, key=0) for f in DATASET.fields))
    assert not with_key(permit(2, dataset=keyless), keyless).allowed


def test_numbers_are_equal_where_and_only_where_rows_are() -> None:
    one = pa.table(
        {"a": ["x", None, "x", "\x1f"], "b": pa.array([1, 1, None, 0], pa.int64()), "c": [0.5, float("nan"), None, 1]}
    )
    other = pa.table({"a": [None, "x", "x"], "b": pa.array([1, 1, None], pa.int64()), "c": [float("nan"), 0.5, 1.0]})
    ours, theirs = (n.to_pylist() for n in numbered(one, other))
    assert len(set(ours)) == 4
    assert [n in ours for n in theirs] == [True, True, False]
    assert [t.num_rows for t in unlike(one, other)] == [2, 1]
    assert [t.num_rows for t in unlike(one, one.slice(0, 0))] == [4, 0]


def test_rows_of_one_key_wait_in_the_same_share() -> None:
    schema = pa.schema([("k", pa.string()), ("v", pa.int64())])
    old = pa.table({"k": [f"{n}" for n in range(500)], "v": range(500)}, schema=schema)
    new = pa.table({"k": [f"{n}" for n in range(499, -1, -1)], "v": range(500)}, schema=schema)
    with Pool(schema, ("k",), held=64) as pool:
        for start in range(0, 500, 50):
            pool.put(old.slice(start, 50), new.slice(start, 50))
        parts = list(pool.parts())
    assert len(parts) == SHARES
    assert all(sorted(a.column("k").to_pylist()) == sorted(b.column("k").to_pylist()) for a, b in parts)
    assert sum(a.num_rows for a, _ in parts) == 500
    with Pool(schema, ("k",)) as pool:
        assert [(a.num_rows, b.num_rows) for a, b in pool.parts()] == [(0, 0)]
