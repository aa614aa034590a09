"""Resources as a department's engineer would have them: plain generators, each in a process of its own."""

import datetime
import decimal
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq


def rows(file: str) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, one mapping each."""
    print("whatever a resource prints")
    for batch in pq.ParquetFile(file).iter_batches():
        yield from batch.to_pylist()


def batches(file: str) -> Iterator[pa.RecordBatch]:
    """The same as Arrow."""
    yield from pq.ParquetFile(file).iter_batches()


def typed(low: str, high: str) -> Iterator[Any]:
    """One of each type, in a list."""
    moment = datetime.datetime(2026, 11, 20, 8, tzinfo=datetime.UTC)
    yield [
        {
            "n": decimal.Decimal("1E+3"),
            "whole": 2**62,
            "day": moment.date(),
            "at": moment,
            "yes": True,
            "half": 0.5,
            "text": f"{low}/{high}",
            "inner": {"value": "a"},
        }
    ]


def floats() -> Iterator[dict[str, Any]]:
    """A number that is not exact, and one that is."""
    yield {"id": "1", "n": 0.1}
    yield {"id": "2", "n": decimal.Decimal("0.1")}


def double() -> pa.Table:
    """A column of floats."""
    return [pa.table({"id": ["1"], "n": pa.array([0.1])})]


def many(count: int) -> Iterator[dict[str, str]]:
    """Numbered."""
    for number in range(count):
        yield {"id": str(number), "n": str(number)}


def fails(how: str, shown: str = "") -> Iterator[dict[str, str]]:
    """After a first row something goes wrong."""
    yield {"id": "1", "n": "1"}
    if how == "dies":
        os._exit(3)
    if how == "hangs":
        time.sleep(60)
    if how == "unreachable":
        raise ConnectionError(f"refused with {os.environ['API_KEY']}")
    if how == "frame":
        yield Path("x")  # type: ignore[misc] # what no resource should
    if how == "quotes":
        raise ValueError(f"wrong {shown}")
    raise ValueError(f"wrong {os.environ['API_KEY']}")


class Source:
    """As dlt's: resources by their names."""

    resources: ClassVar[dict[str, Any]] = {"people": [{"id": "7", "n": "7"}]}


def source() -> Source:
    return Source()
