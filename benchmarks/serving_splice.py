"""A recipient's county cut out of a published version, against a plain copy and against engines that rewrite it."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import polars_process
from benchmarks.residents import FIELDS, MASKED, Published, published
from benchmarks.row import Row, alternate, seconds
from catalog.access import decide
from catalog.rows.map_file import read_map
from catalog.rows.reader import RowReader, open_rows
from catalog.rows.splice import Splice, planned, splice
from schemas.access import Decision, Mode, Standing, Tier
from schemas.dataset import ScopeRole
from schemas.divisions import shipped
from tests.builders import NOW, SHIZHONG, make_ask, make_grant, make_subject

TREE = shipped()
MASKS = {
    "person_id": "substr(person_id, 1, 6) || '********' || substr(person_id, -2)",
    "name": "substr(name, 1, 1) || '**'",
    "phone": "substr(phone, 1, 3) || '********' || substr(phone, -4)",
}


def rows(*, full: bool) -> Iterator[Row]:
    """Aligned and not aligned, at 1 million rows or at 10 million."""
    count = 10_000_000 if full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        of = published(place, count)
        county = splice(_reader(of, SHIZHONG))
        if not isinstance(county, Splice):
            raise TypeError(f"expected a splice, found: {county}")
        yield from _aligned(of, county, place)
        yield _unaligned(of)


def _aligned(of: Published, county: Splice, place: Path) -> Iterator[Row]:
    cut, copied = place / "county.parquet", place / "copy.bin"

    def generated() -> None:
        planned.cache_clear()
        made = splice(_reader(of, SHIZHONG))
        if isinstance(made, str):
            raise TypeError(f"expected a splice, found {made}")
        made.write(cut)

    spliced, copy = alternate(generated, lambda: _copy(of, county.size, copied), times=15)
    again = seconds(lambda: splice(_reader(of, SHIZHONG)))
    read_map.cache_clear()
    planned.cache_clear()
    first = seconds(lambda: splice(_reader(of, SHIZHONG)))
    detail = (
        f"{county.rows} of {of.snapshot.rows} rows, three masks, {county.size / 1e6:.1f} MB: {spliced * 1000:.1f} ms "
        f"and {copy * 1000:.1f} ms, planned anew each time; the first plan of a version takes {first * 1000:.0f} ms, "
        f"one that is remembered {again * 1000:.2f}"
    )
    yield Row("serving.splice-vs-copy", spliced / copy, "x", 2.0, "<=", "sendfile of as many bytes", detail)
    engines: dict[str, Callable[[], object]] = {
        "pyarrow": lambda: _by_pyarrow(of, place / "pyarrow.parquet"),
        "duckdb": lambda: _by_duckdb(of, place / "duckdb.parquet"),
    }
    times = {name: median(seconds(run) for _ in range(3)) for name, run in engines.items()}
    times |= _polars(of, place / "polars.parquet")
    best = min(times, key=lambda name: times[name])
    told = ", ".join(f"{name} {spent * 1000:.0f} ms" for name, spent in times.items())
    yield Row("serving.splice-vs-rewrite", times[best] / spliced, "x", 10.0, ">=", f"the fastest of {told}", detail)


def _unaligned(of: Published) -> Row:
    """A scope on another column, with masks, against the same rows of a file of their own with nothing to do."""
    reader = _reader(of, SHIZHONG, ScopeRole.RESIDENCE)
    found = 0

    def scanned() -> None:
        nonlocal found
        found = sum(batch.num_rows for batch in reader)

    def plain() -> None:
        for file in of.snapshot.files:
            with pq.ParquetFile(of.lake / file.part.path) as opened:
                for _ in opened.iter_batches():
                    pass

    scan, whole = alternate(scanned, plain)
    detail = (
        f"{found} of {of.snapshot.rows} rows by residence, three masks: {scan * 1000:.0f} ms and {whole * 1000:.0f} ms"
    )
    return Row("serving.scan-vs-plain", whole / scan, "x", 0.6, ">=", "pyarrow reading every row unmasked", detail)


def _reader(of: Published, division: str, role: ScopeRole = ScopeRole.HOUSEHOLD) -> RowReader:
    decision = _decision(of, division, role)
    if not decision.allowed:
        raise TypeError(f"expected a decision that allows, found {decision.code}")
    return open_rows(of.lake, of.dataset, of.snapshot, decision, TREE)


def _decision(of: Published, division: str, role: ScopeRole) -> Decision:
    term: dict[str, Any] = {"start": NOW - timedelta(days=1), "end": NOW + timedelta(days=1)}
    grant = make_grant(
        dataset=of.dataset.key, number="YS-2026-000001", divisions=(division,), scope=role, modes=(Mode.BULK,), **term
    )
    ask = make_ask(make_subject("370000000000", Tier.PROVINCE), dataset=of.dataset.key, mode=Mode.BULK)
    return decide(ask, of.dataset, (grant,), Standing(True, False, 1), TREE)


def _copy(of: Published, size: int, to: Path) -> None:
    """As many bytes of a published file, by the kernel."""
    with (of.lake / of.snapshot.files[0].part.path).open("rb") as source, to.open("wb", buffering=0) as sink:
        left = size
        while left:
            sent = os.sendfile(sink.fileno(), source.fileno(), 0, left)
            left -= sent


def _paths(of: Published) -> list[str]:
    """Only the files that may hold the county: every engine gets what the manifest knows."""
    return [
        str(of.lake / file.part.path)
        for file in of.snapshot.files
        if any(group.division.startswith(SHIZHONG[:6]) for group in file.groups)
    ]


def _by_duckdb(of: Published, to: Path) -> None:
    columns = ", ".join(f"{MASKS[f.name]} AS {f.name}" if f.name in MASKED else f.name for f in FIELDS)
    where = f"household >= '{SHIZHONG[:6]}' AND household < '{SHIZHONG[:5]}3'"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {columns} FROM read_parquet({_paths(of)}) WHERE {where}) "
            f"TO '{to}' (FORMAT parquet, COMPRESSION zstd)"
        )


def _by_pyarrow(of: Published, to: Path) -> None:
    wanted = [
        (of.lake / file.part.path, [g.index for g in file.groups if g.division.startswith(SHIZHONG[:6])])
        for file in of.snapshot.files
    ]
    writer: pq.ParquetWriter | None = None
    for path, groups in wanted:
        with pq.ParquetFile(path) as file:
            for index in groups:
                rows = _masked(file.read_row_group(index))
                writer = writer or pq.ParquetWriter(to, rows.schema, compression="zstd", use_dictionary=["status"])
                writer.write_table(rows)
    if writer is not None:
        writer.close()


def _masked(rows: pa.Table) -> pa.Table:
    for name, front, end in (("person_id", 6, 2), ("name", 1, 0), ("phone", 3, 4)):
        column = rows.column(name)
        parts = [pc.utf8_slice_codeunits(column, 0, front), pa.scalar("********")]
        parts += [pc.utf8_slice_codeunits(column, -end, None)] if end else []
        rows = rows.set_column(rows.schema.get_field_index(name), name, pc.binary_join_element_wise(*parts, ""))
    return rows


def _polars(of: Published, to: Path) -> dict[str, float]:
    """Median seconds of polars, in the environment and with the threads that it has for quality; nothing without it."""
    interpreter = polars_process.python()
    if interpreter is None:
        return {}
    told = json.dumps({"paths": _paths(of), "county": SHIZHONG[:6], "to": str(to)})
    threads = {"POLARS_MAX_THREADS": str(polars_process.THREADS)}
    command = [str(interpreter), "-m", "benchmarks.serving_on_polars", told]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | threads)
    return {"polars": median(json.loads(said.stdout))}
