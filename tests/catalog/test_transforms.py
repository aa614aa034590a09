"""Masks, tokens and buckets: never the value itself, NULL kept, and a column that cannot be disguised is left out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.transforms import disguise, token_key
from schemas.arrow import arrow_type
from schemas.dataset import Field, FieldType, Kind, Transform
from tests.builders import make_field

KEY = token_key(b"installation", "YS-2026-000001")
OTHER = token_key(b"installation", "YS-2026-000002")
INTEGER, DOUBLE, MONEY = FieldType(Kind.INTEGER), FieldType(Kind.DOUBLE), FieldType(Kind.DECIMAL, 18, 2)
DATE, MOMENT, BOOLEAN = FieldType(Kind.DATE), FieldType(Kind.TIMESTAMP), FieldType(Kind.BOOLEAN)


def leave(field: Field, transform: Transform, *values: Any, key: bytes = KEY) -> list[Any] | None:
    made = disguise(field, transform, key)
    if made is None:
        return None
    left = made.change(pa.array(values, arrow_type(field.type)))
    assert left.type == made.type
    return list(left.to_pylist())


@pytest.mark.parametrize(
    ("element", "value", "left"),
    [
        ("resident_id", "37048119800101001X", "370481********1X"),
        ("resident_id", "123456789", "**"),
        ("mobile", "19900001234", "199********1234"),
        ("mobile", "1990000", "**"),
        ("credit_code", "91370400MA3C00000X", "91370400********"),
        ("credit_code", "91370400", "**"),
        (None, "张三丰", "张**"),
        (None, "张三", "张**"),
        (None, "张", "**"),
        (None, "", "**"),
        (None, None, None),
    ],
)
def test_a_mask_keeps_what_its_element_lets_it_keep(element: str | None, value: str | None, left: str | None) -> None:
    assert leave(make_field("x", element=element), Transform.MASK, value) == [left]


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=1, max_size=40),
    st.sampled_from(["resident_id", "mobile", "credit_code", "passport", None]),
)
def test_a_mask_never_shows_the_value(value: str, element: str | None) -> None:
    (left,) = leave(make_field("x", element=element), Transform.MASK, value) or [None]
    assert left is not None
    assert value not in left
    kept = left.replace("*", "")
    assert len(kept) < len(value)


@pytest.mark.parametrize(
    ("type_", "value", "left"),
    [
        (INTEGER, 0, 0),
        (INTEGER, 1, 1),
        (INTEGER, 999, 500),
        (INTEGER, 1000, 1000),
        (INTEGER, 2**62, 2 * 10**18),
        (INTEGER, -1, -1),
        (INTEGER, -3, -5),
        (INTEGER, -600, -1000),
        (MONEY, Decimal("0.30"), Decimal("0.20")),
        (MONEY, Decimal("0.00"), Decimal("0.00")),
        (MONEY, Decimal("1234.56"), Decimal("1000.00")),
        (MONEY, Decimal("-0.03"), Decimal("-0.05")),
        (DOUBLE, 0.3, 0.2),
        (DOUBLE, 5e4, 5e4),
        (DOUBLE, float("nan"), 0.0),
        (DATE, date(1980, 6, 30), 1980),
        (MOMENT, datetime(2025, 12, 31, 17, 0, tzinfo=UTC), 2026),
        (MOMENT, datetime(2025, 12, 31, 15, 0, tzinfo=UTC), 2025),
    ],
)
def test_a_bucket_is_a_lower_bound_or_a_year(type_: FieldType, value: Any, left: Any) -> None:
    for transform in (Transform.BUCKET, Transform.MASK):
        assert leave(make_field("x", type=type_), transform, value, None) == [left, None]


@given(st.integers(-(10**15), 10**15))
def test_a_bucket_never_lies_above_the_value_and_has_one_digit(value: int) -> None:
    (left,) = leave(make_field("x", type=INTEGER), Transform.BUCKET, value) or [None]
    assert left is not None
    assert left <= value
    assert str(abs(left)).rstrip("0") in ("", "1", "2", "5")


def test_a_division_is_bucketed_to_its_county() -> None:
    field = make_field("x", element="division")
    assert leave(field, Transform.BUCKET, "370481103205", "370400000000") == ["370481000000", "370400000000"]


def test_a_token_is_equal_within_a_grant_and_unlike_in_two() -> None:
    field = make_field("x", element="resident_id")
    mine = leave(field, Transform.TOKEN, "37048119800101001X", "37048119800101001X", None, "another")
    assert mine is not None
    assert mine[0] == mine[1] != mine[3]
    assert mine[2] is None
    assert len(mine[0]) == 32
    assert leave(field, Transform.TOKEN, "37048119800101001X", key=OTHER) != [mine[0]]


@pytest.mark.parametrize("type_", [INTEGER, MONEY, DATE, MOMENT])
def test_numbers_and_dates_have_tokens_too(type_: FieldType) -> None:
    value = {INTEGER: 5, MONEY: Decimal("5.00"), DATE: date(2026, 1, 1), MOMENT: datetime(2026, 1, 1, tzinfo=UTC)}[
        type_
    ]
    left = leave(make_field("x", type=type_), Transform.TOKEN, value, None)
    assert left is not None
    assert len(left[0]) == 32
    assert left[1] is None


@pytest.mark.parametrize(
    ("field", "transform"),
    [
        (make_field("x", type=BOOLEAN), Transform.MASK),
        (make_field("x", type=BOOLEAN), Transform.TOKEN),
        (make_field("x", type=BOOLEAN), Transform.BUCKET),
        (make_field("x", type=DOUBLE), Transform.TOKEN),
        (make_field("x"), Transform.BUCKET),
        (make_field("x", element="resident_id"), Transform.BUCKET),
        (make_field("x"), Transform.DROP),
    ],
)
def test_what_cannot_be_disguised_is_left_out(field: Field, transform: Transform) -> None:
    assert disguise(field, transform, KEY) is None


def test_without_a_key_no_token_is_made() -> None:
    assert disguise(make_field("x"), Transform.TOKEN, b"") is None


def test_empty_batches_keep_their_type() -> None:
    for transform in (Transform.CLEAR, Transform.MASK, Transform.TOKEN):
        assert leave(make_field("x"), transform) == []
