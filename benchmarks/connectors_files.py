"""Landing files: GB18030 against bare pyarrow on UTF-8, and a workbook against fastexcel."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from benchmarks import payment_files, payments, peers
from benchmarks.connectors_process import landed, landing
from benchmarks.row import Row, in_turns, seconds
from schemas.arrow import arrow_schema
from schemas.connection import Connection
from schemas.dataset import Dataset, Json, Source

TURNS = 3
OF_WORKBOOKS = 7
"""They take seconds, and what is told of them lies near its target."""


def rows(*, full: bool) -> Iterator[Row]:
    """Each in turns with what it is held against."""
    with tempfile.TemporaryDirectory() as name:
        yield from _csv(Path(name), 2_000_000 if full else 200_000)
    with tempfile.TemporaryDirectory() as name:
        yield from _workbook(Path(name), 200_000 if full else 50_000)


def _csv(place: Path, count: int) -> Iterator[Row]:
    files = {encoding: place / encoding / "payment.csv" for encoding in ("utf-8", "gb18030")}
    payment_files.write_csv(count, files)
    ways: dict[str, Callable[[], float]] = {"pyarrow on UTF-8": lambda: seconds(lambda: _bare(files["utf-8"]))}
    for encoding, file in files.items():
        options = {"pattern": "*.csv", "encoding": encoding, "ready": {"still": 0}}
        ways[encoding] = partial(_land, _dataset("csv_folder", options), file.parent, count)
    took = in_turns(ways, TURNS)
    bare, detail = took["pyarrow on UTF-8"], _told(count, took)
    against = "pyarrow.csv with the declared types on UTF-8, to zstd Parquet"
    yield Row("connectors.gb18030-vs-utf8", took["gb18030"] / bare, "x", 1.3, "<=", against, detail)
    yield Row("connectors.csv-vs-pyarrow", took["utf-8"] / bare, "x", 4.0, "<=", against, detail)


def _workbook(place: Path, count: int) -> Iterator[Row]:
    python = peers.python()
    if python is None:
        return
    file = payment_files.write_workbook(count, place / "payment.xlsx")
    dataset = _dataset("xlsx", {"file": file.name, "sheet": payment_files.SHEET, "first_row": 2, "ready": {"still": 0}})
    work = {"file": str(file), "sheet": payment_files.SHEET, "header_row": "0"}
    connection = Connection("bench", "fs", host=str(place))
    with (
        peers.peer(python, "fastexcel", work) as fastexcel,
        landing(connection, place / "lake", dataset.source) as ours,
    ):
        took = in_turns(
            {"fastexcel": partial(fastexcel.again, count), "ours": partial(ours.again, count)}, OF_WORKBOOKS
        )
    ratio = took["ours"] / took["fastexcel"]
    yield Row("connectors.xlsx-vs-fastexcel", ratio, "x", 1.5, "<=", "fastexcel to Arrow alone", _told(count, took))


def _dataset(kind: str, options: Mapping[str, Json]) -> Dataset:
    return replace(payments.dataset(), source=Source(kind, "bench", options))


def _land(dataset: Dataset, place: Path, count: int) -> float:
    """Seconds of the whole landing, from the plan to the manifest."""
    connection = Connection("bench", "fs", host=str(place))
    lake = place / "lake"

    def once() -> None:
        if (found := landed(connection, lake, dataset)) != count:
            raise AssertionError(f"landed {found} of {count} rows")

    return seconds(once)


def _bare(file: Path) -> None:
    """The same file by pyarrow alone, trusting every value and writing nothing but Parquet."""
    types = {f.name: pa.timestamp("us") if pa.types.is_timestamp(f.type) else f.type for f in _schema()}
    target = file.with_name("bare.parquet")
    with (
        pacsv.open_csv(file, convert_options=pacsv.ConvertOptions(column_types=types)) as reader,
        pq.ParquetWriter(target, pa.schema(types), compression="zstd") as writer,
    ):
        for batch in reader:
            writer.write_batch(batch)


def _schema() -> pa.Schema:
    return arrow_schema(payments.dataset())


def _told(count: int, took: Mapping[str, float]) -> str:
    return f"{count} rows: " + ", ".join(f"{way} {spent:.2f} s" for way, spent in took.items())
