"""Loaders of others at the same work, run by the Python of an environment that has them and nothing of ours."""

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def main() -> None:
    """`NAME`; the first line is what it works on as JSON; each further one asks for the work once more."""
    work = _WORK[sys.argv[1]]
    told = json.loads(sys.stdin.readline())
    for _ in sys.stdin:
        began = time.perf_counter()
        rows = work(told)
        spent = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(json.dumps({"seconds": spent, "rows": rows, "peak": peak}) + "\n")
        sys.stdout.flush()


def _dlt(told: dict[str, str]) -> int:
    """dlt's table of a database with its pyarrow backend, without the files and tables that it keeps of its own."""
    tables = importlib.import_module("dlt.sources.sql_database").sql_table(
        told["url"].replace("postgresql:", "postgresql+psycopg2:"),
        table=told["table"],
        backend="pyarrow",
        reflection_level="full_with_precision",
    )
    return _written(tables, told["file"])


def _connectorx(told: dict[str, str]) -> int:
    """connectorx's stream of record batches."""
    read = importlib.import_module("connectorx").read_sql
    return _written(read(told["url"], f"select * from {told['table']}", return_type="arrow_stream"), told["file"])


def _fastexcel(told: dict[str, str]) -> int:
    """fastexcel to Arrow, with the types that it takes the columns for."""
    book = importlib.import_module("fastexcel").read_excel(told["file"])
    return int(book.load_sheet(told["sheet"], header_row=int(told["header_row"]), eager=True).num_rows)


def _written(tables: Iterable[Any], file: str) -> int:
    writer, rows = None, 0
    for some in tables:
        table = pa.Table.from_batches([some]) if isinstance(some, pa.RecordBatch) else some
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)
        rows += table.num_rows
    if writer:
        writer.close()
    return rows


_WORK: dict[str, Callable[[dict[str, str]], int]] = {"dlt": _dlt, "connectorx": _connectorx, "fastexcel": _fastexcel}

if __name__ == "__main__":
    main()
