"""What a sheet gives straight in the declared type is what the way through text gives."""

from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.files.cells import Cells
from connectors.files.sheet_text import column_text
from connectors.files.sheet_typed import typed
from schemas.dataset import Field, FieldType, Kind
from schemas.fitting.convert import convert
from tests.builders import make_field

FIELDS = st.integers(1, 38).flatmap(lambda most: st.tuples(st.just(most), st.integers(0, most)))


def amounts(scale: int) -> st.SearchStrategy[float]:
    """Numbers with about as many digits behind the point."""
    units, digits = st.integers(-(10**9), 10**9) | st.integers(-(10**17), 10**17), st.integers(max(0, scale - 1), scale)
    return st.builds(lambda units, digits: float(f"{units}e-{digits}"), units, digits)


CASES = FIELDS.flatmap(
    lambda of: st.tuples(st.just(of), st.lists(amounts(of[1]) | st.floats() | st.none(), min_size=1))
)


def of(kind: Kind, precision: int = 0, scale: int = 0) -> Field:
    return make_field("a", type=FieldType(kind, precision, scale))


def through_text(cells: Cells, field: Field) -> pa.Array:
    texts, wrong = column_text(cells, field)
    assert not wrong
    return convert(pa.array([text or None for text in texts.to_pylist()], pa.string()), field)


@settings(deadline=None)
@given(CASES)
@example(((18, 2), [0.1 + 0.2]))
@example(((18, 2), [-0.0, 5e-324]))
@example(((38, 0), [999_999_999_999_999.0, 1e15]))
def test_a_decimal_is_the_one_that_its_text_tells_or_none(case: tuple[tuple[int, int], list[float | None]]) -> None:
    most, numbers = case
    field, cells = of(Kind.DECIMAL, *most), Cells(len(numbers), {"numbers": pa.array(numbers, pa.float64())})
    made = typed(cells, field, ("",))
    assert made is None or made.equals(through_text(cells, field))


@pytest.mark.parametrize(
    ("number", "straight"),
    [(12.34, True), (-0.01, True), (999.99, True), (12.345, False), (1000.0, False), (float("inf"), False)],
)
def test_a_number_of_more_digits_than_declared_is_looked_at_as_text(number: float, straight: bool) -> None:
    cells = Cells(2, {"numbers": pa.array([number, None])})
    assert (typed(cells, of(Kind.DECIMAL, 5, 2), ("",)) is not None) == straight


@pytest.mark.parametrize("moment", ["2026-11-20 08:30:15", "1990-01-02 00:00:00", "1903-07-01 12:00:00"])
def test_a_moment_is_the_one_that_its_text_tells(moment: str) -> None:
    cells = Cells(2, {"moments": pa.array([datetime.fromisoformat(moment), None], pa.timestamp("us"))})
    made = typed(cells, of(Kind.TIMESTAMP), ("",))
    assert made is not None
    assert made.equals(through_text(cells, of(Kind.TIMESTAMP)))


def test_a_moment_that_the_clock_passed_twice_is_looked_at_as_text() -> None:
    cells = Cells(1, {"moments": pa.array([datetime.fromisoformat("1988-09-11 01:30:00")], pa.timestamp("us"))})
    assert typed(cells, of(Kind.TIMESTAMP), ()) is None
