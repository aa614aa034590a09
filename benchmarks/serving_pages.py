"""Pages of 1,000 rows as JSON, at the beginning, in the middle, near the end; against Datasette on the same rows."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.pages_of_rows import Place, bound_to, next_place
from api.seal import Seal
from api.wanted import RowsQuery
from benchmarks.environment import interpreter
from benchmarks.row import Row
from benchmarks.serving_client import Client
from benchmarks.serving_server import DATASET, PURPOSE, Stocked, free_port, listening, serving, stocked
from catalog.rows.json_text import json_rows
from catalog.shelf import open_shelf
from schemas.journey import SHANGHAI
from schemas.settings import read_settings

PAGE = 1_000
EACH = 30
"""Pages of each depth, one after the other as a reader takes them."""
DEPTHS = (0.0, 0.5, 0.95)
PLACE = Path("build/datasette")
WANTED = ("datasette==0.65.5",)
NAMED = "YISHU_BENCH_DATASETTE"
"""Variable that may name the Python of an environment that has Datasette."""
LEAN = "&_nocount=1&_nofacet=1&_nosuggest=1"
"""What spares Datasette all but the rows."""


def rows(*, full: bool) -> Iterator[Row]:
    """At 10 million rows, or at 1 million."""
    count = 10_000_000 if full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        made = stocked(Path(name) / "home", count)
        with serving(made.home) as server, Client(server.port, made.credential) as client:
            times = {depth: _pages(client, made, depth) for depth in DEPTHS}
        slowest = max(times.values())
        told = ", ".join(f"{int(depth * 100)}%: {spent * 1000:.1f}" for depth, spent in times.items())
        detail = f"{count} rows, medians of {EACH} pages by depth: {told} ms; load {os.getloadavg()[0]:.1f}"
        yield Row("serving.json-page", slowest * 1000, "ms", 25.0, "<=", "the target of the issue", detail)
        theirs = _datasette(made, Path(name))
        if theirs:
            whole, lean = theirs
            told = (
                f"1,000 rows in the middle of {count}; Datasette {whole * 1000:.0f} ms with the count and facets that "
                f"it proposes, {lean * 1000:.0f} ms when told to leave them out"
            )
            yield Row("serving.json-page-vs-datasette", whole / times[DEPTHS[1]], "x", 20.0, ">=", WANTED[0], told)


def _pages(client: Client, made: Stocked, depth: float) -> float:
    """Median seconds of a page, from a depth on; each page says where the next one starts."""
    path = f"/api/v1/datasets/{DATASET}/rows?purpose={PURPOSE}&grant={made.grants['whole']}&format=json&limit={PAGE}"
    cursor, times = _cursor(made, depth), []
    for _ in range(EACH + 3):
        got = client.get(f"{path}&cursor={cursor}" if cursor else path)
        if got.status != 200:
            raise RuntimeError(f"expected 200, found {got.head}")
        times.append(got.seconds)
        cursor = next(line.split(": ", 1)[1] for line in got.head.splitlines() if line.lower().startswith("yishu-next"))
    return median(times[3:])


def _cursor(made: Stocked, depth: float) -> str:
    """The cursor that a reader would have who came so far; made with the installation's own key."""
    settings = read_settings({"YISHU_HOME": str(made.home)}, made.home)
    shelf, now = open_shelf(settings), datetime.now(SHANGHAI)
    try:
        grant = made.grants["whole"]
        groups = sum(len(file.groups) for file in shelf.version(DATASET, 1).files)
        if not depth:
            return ""
        query = RowsQuery.model_validate({"purpose": PURPOSE, "grant": grant, "format": "json", "limit": PAGE})
        bound = bound_to(shelf.parties.subject(made.credential, now), DATASET, query)
        place = Place(1, int(groups * depth), 0, int(made.rows * depth), grant)
        return next_place(Seal(shelf.pepper), place, bound, now)
    finally:
        shelf.engine.dispose()


def _datasette(made: Stocked, place: Path) -> tuple[float, float] | None:
    """Median seconds of a page in the middle, as it comes and lean; None where Datasette cannot be had."""
    python = interpreter(PLACE, WANTED, NAMED)
    if python is None:
        return None
    file = place / "residents.db"
    _copied(made, file)
    port = free_port()
    settings = ["--setting", "max_returned_rows", str(PAGE), "--setting", "default_cache_ttl", "0"]
    command = [str(python), "-m", "datasette", "serve", str(file), "--port", str(port), *settings]
    quiet = ["sh", "-c", 'exec "$@" > /dev/null 2>&1', "sh", *command]
    with ExitStack() as held:
        held.enter_context(listening(quiet, port, {}))
        client = held.enter_context(Client(port))
        return _walked(client, made.rows // 2, ""), _walked(client, made.rows // 2, LEAN)


def _walked(client: Client, start: int, told: str) -> float:
    """Median seconds of a page from a row on, by keyset."""
    got = [client.get(f"/residents/residents.json?_size={PAGE}&_next={start + n * PAGE}{told}") for n in range(EACH)]
    if any(one.status != 200 for one in got):
        raise RuntimeError(f"expected 200, found {got[0].head}")
    return median(one.seconds for one in got[3:])


def _copied(made: Stocked, file: Path) -> None:
    """The same rows and columns, as texts and numbers, in a table of SQLite."""
    lake = read_settings({"YISHU_HOME": str(made.home)}, made.home).lake
    parts = sorted(lake.rglob("part-*.parquet"))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA journal_mode=OFF")
        for part in parts:
            with pq.ParquetFile(part) as opened:
                names = opened.schema_arrow.names
                connection.execute(f"CREATE TABLE IF NOT EXISTS residents ({', '.join(names)})")
                for batch in opened.iter_batches(50_000):
                    connection.executemany(
                        f"INSERT INTO residents VALUES ({', '.join('?' * len(names))})",
                        (tuple(row.values()) for row in json_rows([_plain(batch)])),
                    )


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Moments as texts, quickly."""
    columns = [pc.cast(c, pa.string()) if pa.types.is_timestamp(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
