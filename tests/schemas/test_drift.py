"""What changed at a source: retyped and new columns, and which of it a contract lets pass."""

from datetime import date

import pytest

from schemas.drift import Drift, Shape, drift, known_after, shape_of
from schemas.journey import Plan, Window
from schemas.schema_contract import AS_USUAL, OnChange, SchemaContract

BEFORE = Shape({"id": "char(12)", "amount": "numeric(18,2)"}, ("hobby",))


def test_a_wider_text_is_a_change_though_both_are_text_to_us() -> None:
    found = drift(BEFORE, Shape({"id": "character varying(20)", "amount": "numeric(18,2)"}, ("hobby",)))
    assert found.retyped == (("id", "char(12)", "character varying(20)"),)
    assert found.said() == ("id was char(12), is character varying(20)",)


def test_nothing_changed_is_nothing() -> None:
    assert drift(BEFORE, BEFORE) == Drift()


def test_a_column_that_no_field_names_is_new_once() -> None:
    assert drift(BEFORE, Shape(BEFORE.columns, ("hobby", "height"))).added == ("height",)


def test_a_column_that_the_contract_left_out_is_not_new_when_it_is_left_unread() -> None:
    assert drift(BEFORE, Shape({"id": "char(12)"}, ("amount", "hobby"))) == Drift()


def test_a_source_that_tells_no_types_is_never_retyped() -> None:
    assert drift(Shape({"id": ""}), Shape({"id": "text"})) == Drift()


def test_what_is_known_grows_and_the_last_type_of_a_column_counts() -> None:
    assert known_after(None, BEFORE) == BEFORE
    assert known_after(BEFORE, Shape({})) == BEFORE
    now = Shape({"id": "text"}, ("height",))
    assert known_after(BEFORE, now) == Shape({"id": "text", "amount": "numeric(18,2)"}, ("hobby", "height"))


@pytest.mark.parametrize(
    ("found", "told", "frozen"),
    [
        (Drift(retyped=(("a", "x", "y"),)), AS_USUAL, True),
        (Drift(added=("a",)), AS_USUAL, False),
        (Drift(), SchemaContract(OnChange.FREEZE, OnChange.FREEZE), False),
        (Drift(added=("a",)), SchemaContract(columns=OnChange.FREEZE), True),
        (Drift(retyped=(("a", "x", "y"),)), SchemaContract(data_type=OnChange.DISCARD_ROW), False),
    ],
)
def test_the_contract_says_what_stops(found: Drift, told: SchemaContract, frozen: bool) -> None:
    assert found.frozen(told) is frozen


def test_a_plan_tells_the_shape_of_all_its_pieces() -> None:
    pieces = ({"name": "a", "columns": {"id": "int"}, "extra": ["x"]}, {"name": "b", "extra": ["y", "x"]})
    plan = Plan("a.b", "0", Window.of_day(date(2026, 11, 20)), pieces, "f")
    assert shape_of(plan) == Shape({"id": "int"}, ("x", "y"))
