"""Columns that hold the same values are found by their sketches, whatever they are called, and no value is revealed."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b, md5, sha1, sha256

import pyarrow as pa
import pytest

from catalog.collection import sketches
from catalog.collection.check import Question, check, of_contract
from catalog.collection.overlaps import overlaps
from catalog.collection.sketch import MOST, Sketch, Sketching, merged, overlap, pack, unpack
from catalog.collection.sketches import SKETCHES
from catalog.shelf import Shelf
from schemas.collection import Hit, How
from schemas.dataset import Dataset, FieldType, Identifying, Kind, Load, Sharing, Source
from tests.builders import (
    DAY,
    HEALTH,
    NOW,
    SHIZHONG,
    TENGZHOU,
    low_income_row,
    make_dataset,
    make_field,
    make_subject,
    make_verdict,
)

KEY = b"k" * 32


def numbers(count: int, seed: int = 1) -> list[str]:
    """Made-up numbers of 18 characters with a last one that may be X."""
    chance = random.Random(seed)
    return [
        f"370481{chance.randrange(10**8):08d}{chance.randrange(1000):03d}{chance.choice('0123456789X')}"
        for _ in range(count)
    ]


def sketch(values: Sequence[object], key: bytes = KEY, batch: int = 5000, distinct: int = 0) -> Sketch:
    sketching = Sketching("number", key, distinct)
    for start in range(0, max(len(values), 1), batch):
        sketching.take(pa.array(values[start : start + batch]))
    return sketching.done()


A, B = numbers(60_000, 1), numbers(60_000, 2)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_the_share_of_common_values_is_told_within_three_points(share: float) -> None:
    cut = int(len(A) * share)
    found = overlap(sketch(A), sketch(A[:cut] + B[cut:]))
    assert found is not None
    assert found.mine_in_theirs == pytest.approx(share, abs=0.03)
    assert found.theirs_in_mine == pytest.approx(share, abs=0.03)
    assert found.together == pytest.approx(share / (2 - share), abs=0.03)


def test_a_few_hundred_that_are_all_among_many_are_found_there() -> None:
    few = overlap(sketch(A[:3000]), sketch(A))
    assert few is not None
    assert few.mine_in_theirs == 1
    assert few.theirs_in_mine == pytest.approx(0.05, abs=0.02)
    assert overlap(sketch(A[:5]), sketch(A)) is None, "of five values nothing is said"


def test_the_same_values_give_the_same_sketch_in_any_order_batches_case_and_with_any_guess_of_their_number() -> None:
    mixed = A[:30_000]
    random.Random(3).shuffle(mixed)
    whole = sketch(A[:30_000]).within(2048)
    lower = [*(one.lower() for one in mixed), None, *mixed[:100]]
    for other in (sketch(mixed, batch=777), sketch(lower), sketch(mixed, distinct=30_000)):
        assert other.within(2048) == whole


def test_memory_does_not_grow_with_rows_and_the_number_of_values_is_about_right() -> None:
    found = sketch(A)
    assert len(found.tokens) <= MOST
    assert found.values == pytest.approx(len(set(A)), rel=0.2)
    assert len(sketch(A[:1000] * 50).tokens) == len(set(A[:1000]))


def test_sketches_of_parts_make_the_sketch_of_the_whole() -> None:
    assert merged(sketch(A[:30_000]), sketch(A[30_000:])).within(4096) == sketch(A).within(4096)


def test_a_sketch_is_kept_and_read_as_it_was() -> None:
    found = sketch(A)
    assert unpack("number", found.level, pack(found)) == found


def test_under_another_key_nothing_is_common_and_no_unkeyed_hash_of_a_value_is_in_it() -> None:
    here, there = sketch(A[:3000]), sketch(A[:3000], key=b"x" * 32)
    assert not here.tokens.keys() & there.tokens.keys()
    packed = pack(here)
    for value in A[:300]:
        raw = value.encode()
        assert raw not in packed
        for hashed in (sha256(raw), md5(raw), sha1(raw), blake2b(raw)):
            assert hashed.digest()[:8] not in packed


# on the shelf


def people(count: int, first: int = 0) -> list[dict[str, object]]:
    return [low_income_row(n, SHIZHONG if n % 3 else TENGZHOU, person_id=A[n]) for n in range(first, first + count)]


LOW_INCOME = make_dataset()
ELSEWHERE = make_dataset(
    "health.visits",
    title="随访登记",
    owner=HEALTH,
    owner_name="枣庄市卫生健康委员会",
    default_scope="",
    fields=(
        make_field("visit", title="登记序", type=FieldType(Kind.INTEGER), key=1),
        make_field("khbm", title="客户编码", identifying=Identifying.DIRECT),
        make_field("note", title="随访备注"),
    ),
)


def visits(count: int, first: int = 0) -> list[dict[str, object]]:
    return [{"visit": 10**9 + n, "khbm": A[n].lower(), "note": f"情况第{n}号"} for n in range(first, first + count)]


def publish(shelf: Shelf, dataset: Dataset, rows: list[dict[str, object]], days: int = 0) -> None:
    lake = shelf.lake
    verdict = make_verdict(lake, dataset, rows, DAY + timedelta(days=days))  # type: ignore[arg-type]
    shelf.publish(dataset, verdict, NOW + timedelta(days=days))


def hits(shelf: Shelf, dataset: Dataset, **told: object) -> dict[str, tuple[Hit, ...]]:
    asked = of_contract(dataset)
    subject = make_subject(organisation=told.get("organisation", HEALTH))
    with shelf.engine.connect() as connection:
        question = Question(subject, asked, NOW.date(), shelf.tree(), shelf.lake)
        found = check(connection, question)
    return {item.column: some for item, some in zip(asked.items, found, strict=True)}


@pytest.fixture
def keyed() -> Dataset:
    """Visits by customer: that column is the key, and declares no data element."""
    return replace(
        ELSEWHERE,
        fields=(replace(ELSEWHERE.fields[0], key=0), replace(ELSEWHERE.fields[1], key=1), ELSEWHERE.fields[2]),
        contract_hash="keyed",
    )


def test_a_table_that_holds_the_same_people_under_other_column_names_is_found_by_its_profile(
    shelf: Shelf, keyed: Dataset
) -> None:
    """Issue 5, must show 3: neither name nor element is alike, and nobody's rows are read."""
    publish(shelf, LOW_INCOME, people(2000))
    publish(shelf, keyed, visits(1900))
    [found] = hits(shelf, keyed)["khbm"]
    assert (found.how, found.dataset, found.column, found.blocks) == (How.VALUES, LOW_INCOME.key, "person_id", True)
    assert found.share == 1.0
    assert hits(shelf, keyed)["note"] == ()
    [back] = hits(shelf, LOW_INCOME, organisation=LOW_INCOME.owner)["person_id"]
    assert (back.dataset, back.column, back.share) == ("health.visits", "khbm", pytest.approx(0.95, abs=0.01))


def test_other_people_under_the_same_names_are_no_overlap(shelf: Shelf, keyed: Dataset) -> None:
    publish(shelf, LOW_INCOME, people(1000))
    publish(shelf, keyed, visits(1000, first=1000))
    assert hits(shelf, keyed)["khbm"] == ()


def test_a_hidden_dataset_with_the_same_people_is_told_without_a_name(shelf: Shelf, keyed: Dataset) -> None:
    secret = make_dataset(sharing=Sharing.WITHHELD, withheld_basis="x")
    publish(shelf, secret, people(1000))
    publish(shelf, keyed, visits(1000))
    assert hits(shelf, keyed)["khbm"] == (Hit(How.AUTHORITY, hidden=True),)
    [owner] = hits(shelf, keyed, organisation=secret.owner)["khbm"]
    assert owner.dataset == secret.key


def test_a_declared_number_of_some_of_the_same_people_is_told_and_does_not_block(shelf: Shelf) -> None:
    publish(shelf, LOW_INCOME, people(3000))
    some = make_dataset(
        "health.some", owner=HEALTH, fields=(make_field("sfzh", element="resident_id", key=1),), default_scope=""
    )
    publish(shelf, some, [{"sfzh": one} for one in A[:900]])
    [found] = hits(shelf, some)["sfzh"]
    assert (found.dataset, found.blocks) == (LOW_INCOME.key, False)
    all_of_them = replace(some, key="health.all", contract_hash="all")
    publish(shelf, all_of_them, [{"sfzh": one} for one in A[:2900]])
    assert [
        one.blocks
        for one in hits(shelf, all_of_them)["sfzh"]
        if one.how is How.VALUES and one.dataset == LOW_INCOME.key
    ] == [True]


def test_few_people_are_found_among_many_by_the_whole_sketches_in_the_lake(shelf: Shelf, keyed: Dataset) -> None:
    publish(shelf, LOW_INCOME, people(30_000))
    publish(shelf, keyed, visits(200))
    with shelf.engine.connect() as connection:
        [found] = overlaps(connection, shelf.lake, keyed.key)
    assert (found.dataset, found.field, found.overlap.mine_in_theirs) == (LOW_INCOME.key, "person_id", 1.0)
    assert found.overlap.sampled >= 50, "the short sketches alone would have a handful"


def test_what_a_dataset_is_made_of_is_no_repetition_of_it(shelf: Shelf, keyed: Dataset) -> None:
    publish(shelf, LOW_INCOME, people(500))
    made = replace(keyed, source=Source("derived", "", {}, inputs=(LOW_INCOME.key,)), contract_hash="made")
    publish(shelf, made, visits(500))
    assert hits(shelf, LOW_INCOME)["person_id"] == ()


def test_an_append_keeps_what_its_earlier_windows_hold(shelf: Shelf, keyed: Dataset) -> None:
    appended = replace(keyed, source=replace(keyed.source, load=Load.APPEND), contract_hash="appended")
    for days in range(3):
        publish(shelf, appended, visits(200, first=200 * days), days)
    with shelf.engine.connect() as connection:
        known = sketches.known(connection, appended.key)
    snapshot = shelf.latest(appended.key)
    assert snapshot is not None
    assert len(known["khbm"].tokens) == 600
    assert len([part for part in snapshot.beside if part.path.endswith(SKETCHES)]) == 3
    assert sketches.read(shelf.lake, snapshot)["khbm"] == known["khbm"]


def test_only_columns_that_number_somebody_are_sketched_and_no_value_lies_in_the_file(shelf: Shelf) -> None:
    publish(shelf, LOW_INCOME, people(300))
    with shelf.engine.connect() as connection:
        assert sorted(sketches.known(connection, LOW_INCOME.key)) == ["mobile", "person_id"]
    [file] = list(shelf.lake.rglob(SKETCHES))  # type: ignore[union-attr]
    text = file.read_bytes()
    assert not any(A[n].encode() in text for n in range(300))
