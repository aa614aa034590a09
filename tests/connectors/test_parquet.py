"""Parquet files keep what every source keeps: what is not of the declared type is exact, or refused with its name."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.files.parquet_file import ROWS
from schemas.dataset import FieldType, Kind, Source
from schemas.errors import SourceChanged
from tests.builders import make_field
from tests.connectors.conformance import DAY, Conformance, Texts
from tests.connectors.folder_bench import FolderBench, Made, made


class ParquetBench(FolderBench):
    counts = True
    knows_null = True

    def source(self) -> Source:
        return Source("parquet", "drop", {"pattern": "people_{yyyymmdd}.parquet"})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        columns: dict[str, pa.Array] = {n: pa.array([r[n] for r in rows], pa.string()) for n in names}
        if "precise" in columns:
            columns["precise"] = columns["precise"].cast(pa.decimal128(38, 18))
        pq.write_table(pa.table(columns), self.folder / "people_20261120.parquet")


class TestParquet(Conformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> ParquetBench:
        return ParquetBench(tmp_path_factory.mktemp("drop"))


def parquet(folder: Path, column: pa.Array, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0) -> Made:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table({"a": column}), folder / "made.parquet")
    content = (folder / "made.parquet").read_bytes()
    return made(folder, "parquet", content, [make_field("a", type=FieldType(kind, precision, scale))])


MOMENT = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
NAIVE = pa.array([MOMENT + timedelta(hours=8)], pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
EXACT: list[tuple[pa.Array, tuple[Any, ...], list[Any]]] = [
    (pa.array([1, None], pa.int8()), (Kind.INTEGER,), [1, None]),
    (pa.array([2**64 - 1], pa.uint64()), (Kind.STRING,), ["18446744073709551615"]),
    (pa.array([370402199001011234]), (Kind.STRING,), ["370402199001011234"]),
    (pa.array([7]), (Kind.DECIMAL, 18, 2), [Decimal("7.00")]),
    (pa.array([Decimal("1.50")], pa.decimal128(30, 2)), (Kind.DECIMAL, 18, 2), [Decimal("1.50")]),
    (pa.array([Decimal("1." + "0" * 17 + "1")], pa.decimal256(60, 18)), (Kind.STRING,), ["1." + "0" * 17 + "1"]),
    (pa.array([0.5], pa.float32()), (Kind.DOUBLE,), [0.5]),
    (pa.array(["甲", "乙", "甲"]).dictionary_encode(), (Kind.STRING,), ["甲", "乙", "甲"]),
    (pa.array(["甲"], pa.large_string()), (Kind.STRING,), ["甲"]),
    (pa.array(["甲".encode()], pa.binary()), (Kind.STRING,), ["甲"]),
    (pa.array([True]), (Kind.STRING,), ["true"]),
    (pa.array([date(1, 1, 1), date(9999, 12, 31)]), (Kind.DATE,), [date(1, 1, 1), date(9999, 12, 31)]),
    (pa.array([date(2026, 11, 20)]), (Kind.STRING,), ["2026-11-20"]),
    (pa.array([MOMENT], pa.timestamp("ms", "Asia/Shanghai")), (Kind.TIMESTAMP,), [MOMENT]),
    (
        pa.array([MOMENT + timedelta(hours=8)], pa.timestamp("ns", "UTC")).cast(pa.timestamp("ns")),
        (Kind.TIMESTAMP,),
        [MOMENT],
    ),
    (pa.array([None, None]), (Kind.DATE,), [None, None]),
]


@pytest.mark.parametrize("case", range(len(EXACT)))
def test_what_is_not_of_the_declared_type_becomes_it_exactly(tmp_path: Path, case: int) -> None:
    column, declared, wanted = EXACT[case]
    rows, rejects = parquet(tmp_path, column, *declared).landed()
    assert ([row["a"] for row in rows], rejects) == (wanted, [])


LOSSY: list[tuple[pa.Array, tuple[Any, ...], str]] = [
    (pa.array([0.1]), (Kind.DECIMAL, 18, 2), r"the column 'a' is double, expected decimal\(18,2\)"),
    (pa.array([0.1]), (Kind.STRING,), "the column 'a' is double, expected string"),
    (pa.array([1]), (Kind.DATE,), "the column 'a' is int64, expected date"),
    (pa.array([[1]]), (Kind.STRING,), "the column 'a' is list<.*>, expected string"),
    (pa.array([{"b": 1}]), (Kind.STRING,), "the column 'a' is struct<.*>, expected string"),
    (pa.array([b"\xff"], pa.binary()), (Kind.STRING,), "the column 'a': .*UTF8.*expected text"),
]


@pytest.mark.parametrize("case", range(len(LOSSY)))
def test_what_cannot_become_the_declared_type_exactly_refuses_the_file(tmp_path: Path, case: int) -> None:
    column, declared, said = LOSSY[case]
    refused = parquet(tmp_path, column, *declared).refused()
    assert re.search(said, refused), refused


def test_single_values_that_do_not_fit_are_rejected_with_their_place(tmp_path: Path) -> None:
    column = pa.array([1, 2**63, 3], pa.uint64())
    rows, rejects = parquet(tmp_path, column, Kind.INTEGER).landed()
    assert [row["a"] for row in rows] == [1, 3]
    assert [(place, name) for place, name, _ in rejects] == [(2, "a")]
    moments = pa.array([MOMENT, None], pa.timestamp("ns", "UTC"))
    odd = pa.array([1, 2], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    rows, rejects = parquet(tmp_path / "b", pa.concat_arrays([moments, odd]), Kind.TIMESTAMP).landed()
    assert [row["a"] for row in rows] == [MOMENT, None]
    assert [place for place, _, _ in rejects] == [3, 4]


@pytest.mark.parametrize("what", ["cut off", "no Parquet", "a broken page", "no bytes"])
def test_what_is_no_whole_file_is_refused(tmp_path: Path, what: str) -> None:
    good = parquet(tmp_path, pa.array([str(n) * 10 for n in range(10_000)]))
    file = tmp_path / "drop" / "a.dat"
    whole = file.read_bytes()
    middle = bytes(b ^ 0xFF for b in whole[100:600])
    broken = {"cut off": whole[:-50], "no Parquet": b"code,name\n" * 20, "no bytes": b""}
    file.write_bytes(broken.get(what, whole[:100] + middle + whole[600:]))
    refused = good.refused()
    assert "a.dat" in refused
    assert "expected a whole Parquet file" in refused


def test_a_file_that_changed_since_the_plan_is_refused(tmp_path: Path) -> None:
    one = parquet(tmp_path, pa.array(["x"]))
    plan = one.connector.plan(DAY)
    parquet(tmp_path, pa.array(["y"]))
    with pytest.raises(SourceChanged, match="changed since the plan was made"):
        list(one.connector.read(plan))


@pytest.mark.parametrize("kind", [Kind.INTEGER, Kind.DATE, Kind.TIMESTAMP, Kind.STRING])
def test_blank_cells_of_any_type_take_the_value_above(tmp_path: Path, kind: Kind) -> None:
    found = {
        Kind.INTEGER: pa.array([1, None, 2, None]),
        Kind.DATE: pa.array([date(2026, 11, 20), None, date(2026, 11, 21), None]),
        Kind.TIMESTAMP: pa.array([MOMENT, None, MOMENT + timedelta(1), None], pa.timestamp("us", "UTC")),
        Kind.STRING: pa.array(["甲", "", "乙", None]),
    }
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": found[kind]}), file)
    fields = [make_field("a", type=FieldType(kind, 0, 0))]
    rows, rejects = made(tmp_path, "parquet", file.read_bytes(), fields, fill_down=["a"]).landed()
    first, _, second, _ = found[kind].to_pylist()
    assert [row["a"] for row in rows] == [first, first, second, second]
    assert rejects == []


def test_moments_that_come_as_texts_are_handed_down_from_block_to_block(tmp_path: Path) -> None:
    moments = [MOMENT] * ROWS + [None] * 3
    odd = pa.array([1], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    column = pa.concat_arrays([pa.array(moments, pa.timestamp("ns", "UTC")), odd])
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": column}), file)
    fields = [make_field("a", type=FieldType(Kind.TIMESTAMP, 0, 0))]
    rows, rejects = made(tmp_path, "parquet", file.read_bytes(), fields, fill_down=["a"]).landed()
    assert [row["a"] for row in rows] == [MOMENT] * (ROWS + 3)
    assert [(place, name) for place, name, _ in rejects] == [(ROWS + 4, "a")]


def test_a_column_of_the_contract_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table([pa.array(["1"]), pa.array(["2"]), pa.array(["3"])], names=["a", "a", "b"]), file)
    twice = made(tmp_path, "parquet", file.read_bytes(), [make_field("a")])
    assert "the header 'a' stands twice" in twice.refused()
    assert "stands twice" in twice.connector.check()[0].said
    (tmp_path / "other").mkdir()
    other = made(tmp_path / "other", "parquet", file.read_bytes(), [make_field("b")])
    assert [row["b"] for row in other.landed()[0]] == ["3"]
