"""What is written in a thread of its own is all there at the end, and what goes wrong there does not stay there."""

import random
import threading
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.landing.behind import BEHIND, Behind
from connectors.landing.parts import GROUP_ROWS, PartWriter

SCHEMA = pa.schema([("n", pa.int64()), ("kind", pa.string())])


def rows(first: int, count: int) -> pa.RecordBatch:
    return pa.record_batch([pa.arange(first, first + count), pa.repeat(pa.scalar("甲"), count)], schema=SCHEMA)


def test_all_rows_are_there_in_their_order(tmp_path: Path) -> None:
    behind = Behind(PartWriter(tmp_path, ".", "part", SCHEMA))
    for first in range(0, 50_000, 1000):
        behind.write(rows(first, 1000))
    parts = behind.close(at_least_one=True)
    behind.abandon()
    found = pa.concat_tables(pq.read_table(tmp_path / part.path) for part in parts)
    assert found.column("n").combine_chunks().equals(pa.arange(0, 50_000))
    assert sum(part.rows for part in parts) == 50_000


@dataclass(slots=True)
class Full(PartWriter):
    """A disk that is full from the third batch on."""

    taken: int = 0

    def write(self, rows: pa.RecordBatch) -> None:
        self.taken += 1
        if self.taken > 2:
            raise OSError(28, "No space left on device")


def test_a_full_disk_is_told_to_who_writes_and_no_later_batch_is_taken_for_written(tmp_path: Path) -> None:
    behind = Behind(Full(tmp_path, ".", "part", SCHEMA))
    with pytest.raises(OSError, match="No space left"):
        _ten(behind)
    behind.abandon()
    behind = Behind(Full(tmp_path, ".", "part", SCHEMA, taken=2))
    behind.write(rows(0, 1))
    with pytest.raises(OSError, match="No space left"):
        behind.close(at_least_one=True)
    behind.abandon()


def _ten(behind: Behind) -> None:
    for first in range(10):
        behind.write(rows(first, 1))


@dataclass(slots=True)
class Slow(PartWriter):
    """A writer that waits until it may go on."""

    go: threading.Event | None = None
    taken: int = 0

    def write(self, rows: pa.RecordBatch) -> None:
        assert self.go
        self.taken += 1
        assert self.go.wait(30)


def test_only_a_few_batches_wait_and_none_is_written_once_it_is_given_up(tmp_path: Path) -> None:
    go = threading.Event()
    writer = Slow(tmp_path, ".", "part", SCHEMA, go=go)
    behind = Behind(writer)
    reading = threading.Thread(target=lambda: [behind.write(rows(n, 1)) for n in range(BEHIND + 1)])
    reading.start()
    reading.join(0.5)
    assert reading.is_alive(), "the last one waits"
    ending = threading.Thread(target=behind.abandon)
    ending.start()
    go.set()
    for thread in (reading, ending):
        thread.join(30)
        assert not thread.is_alive()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("parts")]


def written(tmp_path: Path, table: pa.Table) -> tuple[pa.Table, dict[str, pq.ColumnChunkMetaData]]:
    """The table as another reader finds it, and its columns in the first row group."""
    writer = PartWriter(tmp_path, ".", "part", table.schema)
    for batch in table.to_batches(max_chunksize=8192):
        writer.write(batch)
    (part,) = writer.close(at_least_one=True)
    group = pq.read_metadata(tmp_path / part.path).row_group(0)
    columns = [group.column(n) for n in range(group.num_columns)]
    found = duckdb.connect().read_parquet(str(tmp_path / part.path)).to_arrow_table()
    return found, {column.path_in_schema: column for column in columns}


def test_a_dictionary_is_made_only_where_values_repeat_and_whole_numbers_are_differences(tmp_path: Path) -> None:
    amounts = [Decimal(n * 7919 % 100_003) / 100 for n in range(20_000)]
    table = pa.table(
        {
            "n": pa.arange(0, 20_000),
            "kind": pa.repeat(pa.scalar("甲"), 20_000),
            "small": pa.array(amounts, pa.decimal128(9, 2)),
            "amount": pa.array([-amount for amount in amounts], pa.decimal128(18, 2)),
            "long": pa.array(amounts, pa.decimal128(38, 2)),
        }
    )
    found, columns = written(tmp_path, table)
    assert {name for name in columns if "RLE_DICTIONARY" in columns[name].encodings} == {"kind"}
    differences = {name for name in columns if "DELTA_BINARY_PACKED" in columns[name].encodings}
    assert differences == {"n", "small", "amount"}
    assert columns["n"].total_compressed_size < 2_000
    for name in table.schema.names:
        assert found.column(name).to_pylist() == table.column(name).to_pylist()


def test_texts_that_repeat_now_and_then_are_in_a_dictionary_too(tmp_path: Path) -> None:
    draw, rows = random.Random(7), 120_000
    different = [f"峄城区光明路 {n} 号光明花园 {n % 7} 号楼" for n in range(rows)]
    table = pa.table(
        {
            "drawn": draw.choices(different[:30_000], k=rows),
            "seldom": different,
            "often missing": [text if draw.random() > 0.12 else "无" for text in different],
            "mostly null": [text if draw.random() > 0.6 else None for text in different],
            "number": draw.choices(range(30_000), k=rows),
        }
    )
    _, columns = written(tmp_path, table)
    assert {name for name in columns if "RLE_DICTIONARY" in columns[name].encodings} == {"drawn"}
    assert columns["drawn"].total_uncompressed_size < 2_000_000, "to the end: a MB of texts is not too much for one"
    assert pq.read_metadata(tmp_path / "part-00000.parquet").num_row_groups == -(-rows // GROUP_ROWS)


def test_smallest_and_largest_are_told_of_all_but_texts_that_neither_repeat_nor_rise(tmp_path: Path) -> None:
    loose = [f"{n * 7919 % 100_003}" for n in range(20_000)]
    table = pa.table(
        {
            "loose": loose,
            "rising": sorted(loose),
            "rising now and then": [text if n % 3 == 0 else None for n, text in enumerate(sorted(loose))],
            "once": ["甲", *[None] * 19_999],
            "kind": ["甲", "乙"] * 10_000,
            "n": [int(n) for n in loose],
        }
    )
    _, columns = written(tmp_path, table)
    told = {name for name in columns if columns[name].is_stats_set and columns[name].statistics.has_min_max}
    assert told == {"rising", "rising now and then", "once", "kind", "n"}
