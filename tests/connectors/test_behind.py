"""What is written in a thread of its own is all there at the end, and what goes wrong there does not stay there."""

import threading
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.landing.behind import BEHIND, Behind
from connectors.landing.parts import PartWriter

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
    assert reading.is_alive(), "the third one waits"
    ending = threading.Thread(target=behind.abandon)
    ending.start()
    go.set()
    for thread in (reading, ending):
        thread.join(30)
        assert not thread.is_alive()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("parts")]


def test_a_dictionary_is_made_only_where_values_repeat_and_numbers_that_rise_are_differences(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, ".", "part", SCHEMA)
    writer.write(rows(0, 10_000))
    (part,) = writer.close(at_least_one=True)
    group = pq.read_metadata(tmp_path / part.path).row_group(0)
    encodings = {group.column(n).path_in_schema: group.column(n).encodings for n in range(2)}
    assert "DELTA_BINARY_PACKED" in encodings["n"]
    assert "RLE_DICTIONARY" in encodings["kind"]
    assert group.column(0).total_compressed_size < 2_000
