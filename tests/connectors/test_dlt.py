"""What a resource yields keeps what every source keeps, as mappings and as Arrow, from a process of its own."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.protocol import Connector
from connectors.registry import connector_for, follows
from connectors.services.dlt import Dlt
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from tests.builders import make_field
from tests.connectors.conformance import (
    DAY,
    SECRET,
    Conformance,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)

HERE = Path(__file__).parent / "yielding"
FIELDS = (make_field("id", key=1), make_field("n", type=FieldType(Kind.DECIMAL, 18, 2)))
DECIMALS = {"amount": pa.decimal128(18, 2), "precise": pa.decimal128(38, 18)}


def connection(**extra: Any) -> Connection:
    return Connection("code", "fs", host=str(HERE), password=SECRET, extra=extra)


@dataclass
class DltBench:
    file: Path
    resource: str
    counts = False
    knows_null = True

    def source(self) -> Source:
        return Source("dlt", "code", {"resource": self.resource, "arguments": {"file": str(self.file)}})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        columns = {}
        for name in names:
            texts = [row.get(name) for row in rows] or ([None] if "person_id" not in names else [])
            column = pa.array(texts, pa.string())
            columns[name] = column.cast(DECIMALS[name]) if name in DECIMALS else column
        pq.write_table(pa.table(columns), self.file)

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, connection())

    def state(self) -> object:
        return self.file.read_bytes()


class TestMappings(Conformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> DltBench:
        return DltBench(tmp_path_factory.mktemp("theirs") / "rows.parquet", "resources:rows")


class TestArrow(Conformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> DltBench:
        return DltBench(tmp_path_factory.mktemp("theirs") / "rows.parquet", "resources:batches")


def made(
    function: str, fields: Sequence[Any] = FIELDS, held: dict[str, Any] | None = None, **told: Any
) -> tuple[Dataset, Dlt]:
    options = {"resource": f"resources:{function}"} | told
    dataset = dataset_of(Source("dlt", "code", options), fields)
    connector = connector_for(dataset, connection(**(held or {})))
    assert isinstance(connector, Dlt)
    return dataset, connector


def test_each_type_of_python_is_exact_and_the_window_goes_in_as_arguments() -> None:
    fields = (
        make_field("n", type=FieldType(Kind.DECIMAL, 18, 2)),
        make_field("whole", type=FieldType(Kind.INTEGER)),
        make_field("day", type=FieldType(Kind.DATE)),
        make_field("at", type=FieldType(Kind.TIMESTAMP)),
        make_field("yes", type=FieldType(Kind.BOOLEAN)),
        make_field("half", type=FieldType(Kind.DOUBLE)),
        make_field("text"),
        make_field("value", source_name="inner.value"),
    )
    dataset, connector = made("typed", fields, arguments={"low": "{low}", "high": "{high}"}, window_format="%Y%m%d")
    (row,) = typed(dataset, connector).drop_columns(["_row", "_piece", "_place"]).to_pylist()
    assert row == {
        "n": Decimal("1000.00"),
        "whole": 2**62,
        "day": date(2026, 11, 20),
        "at": datetime(2026, 11, 20, 8, tzinfo=UTC),
        "yes": True,
        "half": 0.5,
        "text": "20261120/20261121",
        "value": "a",
    }
    assert follows(dataset)


def test_a_float_is_never_taken_for_a_decimal(tmp_path: Path) -> None:
    dataset, connector = made("floats")
    landing = landed(dataset, connector, tmp_path)
    assert [(row["id"], row["n"]) for row in rows_of(tmp_path, landing)] == [("2", Decimal("0.10"))]
    (reject,) = rejects_of(tmp_path, landing)
    assert (reject["field"], reject["value"]) == ("n", "0.1")
    assert "a float of Python, which is not exact" in reject["reason"]
    dataset, connector = made("double")
    with pytest.raises(SourceChanged, match=r"the column 'n' is double, the contract declares decimal\(18,2\)"):
        typed(dataset, connector)


def test_many_rows_keep_their_order_and_places() -> None:
    dataset, connector = made("many", arguments={"count": 12_345})
    table = typed(dataset, connector)
    assert table.column("id").to_pylist() == [str(n) for n in range(12_345)]
    assert table.column("_place").to_pylist() == list(range(1, 12_346))


def test_one_resource_of_a_source_is_named_after_a_stroke() -> None:
    dataset, connector = made("source/people")
    assert typed(dataset, connector).column("id").to_pylist() == ["7"]


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [
        ("dies", SourceUnreachable, r"ended in the middle \(status 3\)"),
        ("hangs", SourceUnreachable, "yielded nothing for 2 s"),
        ("unreachable", SourceUnreachable, r"ConnectionError: refused with \*\*\*"),
        ("raises", SourceChanged, r"ValueError: wrong \*\*\*"),
        ("frame", SourceChanged, r"yields pathlib.*, expected mappings or Arrow"),
    ],
)
def test_a_resource_that_fails_is_told_without_its_secrets(
    how: str, kind: type[Exception], said: str, tmp_path: Path
) -> None:
    dataset, connector = made(
        "fails", arguments={"how": how}, timeout=2, held={"environment": {"API_KEY": "hush-4711"}}
    )
    began = time.monotonic()
    with pytest.raises(kind, match=said):
        landed(dataset, connector, tmp_path)
    assert time.monotonic() - began < 30
    assert "hush-4711" not in repr(connector)


@pytest.mark.parametrize("shown", ["a+b/c=", "a%2Bb%2Fc%3D", "a%2bb%2fc%3d", "a%2Bb/c%3D", "a+b/c%3D"])
def test_a_secret_is_struck_out_in_every_form_that_an_address_writes(shown: str, tmp_path: Path) -> None:
    dataset, connector = made(
        "fails",
        arguments={"how": "quotes", "shown": f"https://h/rows?key={shown}&page=1"},
        held={"environment": {"API_KEY": "a+b/c=", "SHORT": "a+b"}},
    )
    with pytest.raises(SourceChanged, match=r"key=\*\*\*&page=1"):
        landed(dataset, connector, tmp_path)


def test_what_is_not_there_is_not_ready() -> None:
    dataset, connector = made("rows")
    for name, said in (("nowhere:rows", "No module named 'nowhere'"), ("resources:nothing", "no attribute 'nothing'")):
        (problem,) = replace(connector, options=connector.options.model_copy(update={"resource": name})).check()
        assert said in problem.said
    _, connector = made("rows", held={"python": "/nowhere/python"})
    with pytest.raises(NotReady, match="no interpreter '/nowhere/python'"):
        list(connector.read(connector.plan(DAY)))
    _, connector = made("rows", held={"colour": "red"})
    (problem,) = connector.check()
    assert "extra 'colour'; valid are python, path, environment" in problem.said
    assert dataset.key == "health.conformance"
