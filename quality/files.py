"""The files of a verdict: clean rows, refused rows, misfits; and how they come to lie in the lake all at once."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

import pyarrow.parquet as pq

from quality import sql
from quality.desk import JUDGED, Desk
from schemas.journey import ROW, Part

GROUP = 122_880
"""Rows of a row group: DuckDB's own size, below 128 Ki."""
VERDICT = "verdict.json"


def write(desk: Desk, query: str, file: Path) -> None:
    """The query's rows, in its order, as zstd Parquet."""
    desk.tell(f"COPY ({query}) TO {sql.text(str(file))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP})")


def clean_rows(desk: Desk, refused: str) -> str:
    """Declared columns of the rows that passed, by (default scope, key); `refused` is a table, or empty for none."""
    by = order(desk)
    left = f" WHERE {ROW} NOT IN (SELECT {ROW} FROM {refused})" if refused else ""
    return f"SELECT {sql.names(desk.columns)} FROM {JUDGED}{left} ORDER BY {by + ', ' if by else ''}{ROW}"


def order(desk: Desk) -> str:
    """The columns that versions are sorted by; empty where there are none."""
    dataset = desk.dataset
    by = dict.fromkeys((dataset.default_scope, *dataset.key_fields))
    return sql.names(tuple(column for column in by if column))


def part(file: Path, lake: Path, final: Path) -> Part:
    """Facts of a finished file, to be found at `final`; the file is on disk when this returns."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        os.fsync(opened.fileno())
    rows = pq.read_metadata(file).num_rows if file.suffix == ".parquet" else 0
    return Part(final.relative_to(lake).as_posix(), rows, file.stat().st_size, digest)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one check of a window at a time; the lock goes with its process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as held:
        flock(held, LOCK_EX)
        yield


def install(folder: Path, files: Mapping[str, Path], verdict: bytes) -> None:
    """Move the files to their names and write the verdict last: without it the folder says nothing."""
    (folder / VERDICT).unlink(missing_ok=True)
    for old in folder.glob("*.parquet"):
        old.unlink()
    for name, file in files.items():
        file.replace(folder / name)
    fresh = folder / ".verdict.json.tmp"
    with fresh.open("wb") as opened:
        opened.write(verdict)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(folder / VERDICT)
    _settle(folder)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
