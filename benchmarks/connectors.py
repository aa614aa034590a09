"""Landing a CSV folder, against pyarrow reading the same file into the same types."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from benchmarks import sample
from benchmarks.row import Row, alternate
from connectors.landing.landing import land, make_plan
from connectors.registry import connector_for
from schemas.arrow import arrow_schema
from schemas.connection import Connection
from schemas.journey import Window
from tests.builders import NOW


def rows(*, full: bool) -> Iterator[Row]:
    """GB18030 against UTF-8, and the whole landing against the floor."""
    count = 2_000_000 if full else 200_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        utf8, gb = (Case(folder, encoding, count) for encoding in ("utf-8", "gb18030"))
        a, b = alternate(gb.land, utf8.land)
        detail = f"{count} rows, {a:.2f} s and {b:.2f} s"
        yield Row("connectors.gb18030-vs-utf8", a / b, "x", 1.3, "<=", "landing the same rows as UTF-8", detail)
        a, b = alternate(utf8.land, utf8.floor)
        detail = f"{count} rows, {a:.2f} s and {b:.2f} s"
        yield Row("connectors.csv-vs-pyarrow", a / b, "x", 4.0, "<=", "pyarrow.csv, declared types, to zstd", detail)


class Case:
    """One encoding of the same rows."""

    def __init__(self, folder: Path, encoding: str, count: int) -> None:
        self.place = folder / encoding
        self.dataset = sample.dataset(self.place, encoding)
        self.file = sample.write_csv(self.dataset, count, self.place / "source", encoding)
        self.count = count

    def land(self) -> None:
        """The whole landing: plan, parts, manifest."""
        lake = self.place / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        window = Window.of_day(date(2026, 11, 19))
        connector = connector_for(self.dataset, Connection("bench", "fs", host=str(self.place / "source")))
        landing = land(self.dataset, make_plan(self.dataset, connector, window, lake), connector, lake, NOW)
        if landing.rows != self.count:
            raise AssertionError(f"landed {landing.rows} of {self.count} rows")

    def floor(self) -> None:
        """The same file by pyarrow alone, trusting every value."""
        schema = arrow_schema(self.dataset)
        convert = pacsv.ConvertOptions(column_types=schema)
        target = self.place / "floor.parquet"
        with (
            pacsv.open_csv(self.file, convert_options=convert) as reader,
            pq.ParquetWriter(target, schema, compression="zstd") as writer,
        ):
            for batch in reader:
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))
