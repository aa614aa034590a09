"""What an engineer has written for dlt: resources, a transformer, a source, Arrow and an incremental cursor."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import dlt
import pyarrow as pa


@dlt.resource(name="people", primary_key="id", write_disposition="merge")
def people(low: str = "", high: str = "", count: int = 3) -> Iterator[Any]:
    """Pages of mappings."""
    for page in range(0, count, 2):
        yield [
            {"id": f"37040219900101123{n}", "n": Decimal(f"{n}.50"), "span": f"{low}/{high}"}
            for n in range(page, min(page + 2, count))
        ]


@dlt.resource(name="arrow")
def arrow() -> Iterator[pa.Table]:
    """Exact columns."""
    yield pa.table({"id": ["1", "2"], "n": pa.array([Decimal("1.50"), None], pa.decimal128(18, 2)), "span": ["", None]})


@dlt.resource(name="double")
def double() -> Iterator[pa.Table]:
    """A column that is not exact."""
    yield pa.table({"id": ["1"], "n": pa.array([1.5]), "span": [""]})


@dlt.resource(name="newest")
def newest(cursor: Any = dlt.sources.incremental("n", initial_value=Decimal(1))) -> Iterator[Any]:  # noqa: B008 — dlt's way
    """Those after a value."""
    yield [{"id": str(n), "n": Decimal(n), "span": ""} for n in range(4) if Decimal(n) >= cursor.last_value]


@dlt.source
def office(token: str = dlt.secrets.value) -> Any:
    """Two resources, one fed by the other, with a secret from the environment."""

    @dlt.resource
    def keys() -> Iterator[Any]:
        yield from [{"id": "1"}, {"id": "2"}]

    @dlt.transformer(data_from=keys)
    def details(row: dict[str, str]) -> Iterator[Any]:
        yield {**row, "n": Decimal(len(token)), "span": ""}

    return keys, details
