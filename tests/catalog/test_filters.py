"""Filters on rows: SQL's three-valued logic over Arrow, and plain words for what does not fit."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from catalog.filters.evaluate import columns_of, passing
from schemas.errors import BadInput

TABLE = pa.table(
    {
        "n": pa.array([1, 2, None, 4], pa.int64()),
        "t": pa.array(["a", None, "c", "d"], pa.string()),
        "d": pa.array([date(2026, 1, day) for day in (1, 2, 3, 4)], pa.date32()),
        "m": pa.array([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)], pa.timestamp("us", tz="UTC")),
        "p": pa.array([Decimal("0.10"), Decimal("0.20"), None, Decimal("0.40")], pa.decimal128(18, 2)),
        "b": pa.array([True, False, None, True], pa.bool_()),
    }
)


def where(column: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"column": column, "op": op, "value": value}


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        (where("n", "=", 2), [1]),
        (where("n", "!=", 2), [0, 3]),
        (where("n", "<", 2), [0]),
        (where("n", ">=", 2), [1, 3]),
        (where("n", "in", [1, 4]), [0, 3]),
        (where("n", "is_null"), [2]),
        (where("n", "is_null", False), [0, 1, 3]),
        ({"not": where("n", "in", [1])}, [1, 3]),
        ({"not": where("n", "=", 2)}, [0, 3]),
        ({"and": [where("n", ">", 1), where("t", "=", "d")]}, [3]),
        ({"or": [where("n", "=", 1), where("t", "=", "c")]}, [0, 2]),
        ({"and": [where("n", ">", 0)]}, [0, 1, 3]),
        (where("d", ">", "2026-01-02"), [2, 3]),
        (where("m", "<", "2026-01-02T00:00:00Z"), [0]),
        (where("p", "=", "0.20"), [1]),
        (where("b", "=", True), [0, 3]),
    ],
)
def test_rows_pass_as_in_sql(expression: Any, rows: list[int]) -> None:
    kept = TABLE.append_column("row", pa.array(range(4))).filter(passing(TABLE, expression))
    assert kept.column("row").to_pylist() == rows


@pytest.mark.parametrize(
    "expression",
    [
        where("n", "=", "many"),
        where("n", "=", True),
        where("n", "=", None),
        where("n", "=", [1]),
        where("n", "in", 1),
        where("t", "=", 5),
        where("d", "<", "soon"),
        where("b", "=", 1),
        where("n", "=", 1.5),
    ],
)
def test_a_value_of_another_type_is_a_mistake_of_the_asker(expression: Any) -> None:
    with pytest.raises(BadInput, match="filter on"):
        passing(TABLE, expression)


def test_what_is_no_filter_is_refused_before_a_row_is_read() -> None:
    assert columns_of(None) == frozenset()
    assert columns_of({"or": [where("n", "=", 1), {"not": where("t", "is_null")}]}) == {"n", "t"}
    with pytest.raises(BadInput):
        columns_of({"xor": []})
