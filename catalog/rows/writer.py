"""Writes a version's Parquet files: one row group for each town, and proof that none holds another's rows."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.divisions import normalise
from schemas.errors import BadInput
from schemas.journey import Part, RowGroup, SnapshotFile

SAMPLE = 16_384
FEW = 0.2
"""Text columns with fewer distinct values than this share of the rows are stored as a dictionary."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where row groups and files end."""

    rows: int = 131_072
    """At most so many rows in a row group."""
    groups: int = 1_000
    """At most so many row groups in a file: its footer is read whole by everybody who opens it."""


WHOLE = Cut()


@dataclass(slots=True)
class _Group:
    """Rows of one unit that wait to be written."""

    limit: int
    unit: str = ""
    rows: int = 0
    slices: list[pa.Table] = field(default_factory=list)


def write_parts(
    pieces: Iterator[pa.Table], schema: pa.Schema, scope: str, folder: Path, cut: Cut = WHOLE
) -> tuple[SnapshotFile, ...]:
    """Write `pieces` (rows in their final order) below `folder` as `part-0001.parquet`…; paths are the bare names.

    Rows of one sharing unit (`unit_of` their value of `scope`, a division column; empty: none) that stand together
    share a row group, at most `cut.rows` of them; no row group holds two units. The files carry no metadata of
    Arrow's or ours.
    """
    files: list[SnapshotFile] = []
    groups = _groups(pieces, scope, cut.rows)
    number = 0
    waiting = next(groups, None)
    while waiting is not None:
        number += 1
        path = folder / f"part-{number:04d}.parquet"
        _write_file(path, schema, waiting, islice(groups, cut.groups - 1))
        waiting = next(groups, None)
        files.append(_described(path, scope))
    return tuple(files)


def _write_file(path: Path, schema: pa.Schema, first: pa.Table, others: Iterable[pa.Table]) -> None:
    few = _low_cardinality(first)
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=few, store_schema=False) as writer:
        for group in chain([first], others):
            writer.write_table(group, row_group_size=max(1, group.num_rows))
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _groups(pieces: Iterator[pa.Table], scope: str, limit: int) -> Iterator[pa.Table]:
    """Rows regrouped so that each table holds one unit and at most `limit` rows."""
    group = _Group(limit)
    for piece in pieces:
        for unit, run in _runs(piece, scope):
            if group.rows and unit != group.unit:
                yield _taken(group)
            group.unit = unit
            for start in range(0, run.num_rows, limit):
                yield from _fill(group, run.slice(start, limit))
    if group.rows:
        yield _taken(group)


def _fill(group: _Group, run: pa.Table) -> Iterator[pa.Table]:
    room = group.limit - group.rows
    if run.num_rows > room:
        group.slices.append(run.slice(0, room))
        group.rows += room
        yield _taken(group)
        run = run.slice(room)
    group.slices.append(run)
    group.rows += run.num_rows


def _taken(group: _Group) -> pa.Table:
    whole = pa.concat_tables(group.slices).combine_chunks()
    group.slices, group.rows = [], 0
    return whole


def _runs(piece: pa.Table, scope: str) -> Iterator[tuple[str, pa.Table]]:
    """Stretches of equal unit, in order."""
    if not piece.num_rows:
        return
    if not scope:
        yield "", piece
        return
    column = piece.column(scope).combine_chunks()
    encoded = pc.run_end_encode(column) if column.null_count < len(column) else None
    if encoded is None:
        yield "", piece
        return
    stretches = zip(encoded.run_ends.to_pylist(), encoded.values.to_pylist(), strict=True)
    start = 0
    for unit, together in groupby(stretches, key=lambda stretch: unit_of(place_of(stretch[1]))):
        *_, (end, _value) = together
        yield unit, piece.slice(start, end - start)
        start = end


def _low_cardinality(sample: pa.Table) -> list[str] | bool:
    """Names of the text columns that repeat themselves."""
    head = sample.slice(0, SAMPLE)
    texts = [f.name for f in head.schema if pa.types.is_string(f.type)]
    return [n for n in texts if pc.count_distinct(head.column(n)).as_py() <= max(1, FEW * head.num_rows)] or False


def _described(path: Path, scope: str) -> SnapshotFile:
    """Facts of a finished file, read back from it; BadInput where a row group holds more than one unit."""
    groups = []
    with pq.ParquetFile(path) as file:
        for index in range(file.num_row_groups):
            rows = file.metadata.row_group(index).num_rows
            codes = _codes(file, index, scope)
            groups.append(RowGroup(index, _unit(codes, index, path), rows, codes))
        total = file.metadata.num_rows
    part = Part(path.name, total, path.stat().st_size, sha256_of(path))
    return SnapshotFile(part, "", tuple(groups), scope)


def _codes(file: pq.ParquetFile, index: int, scope: str) -> tuple[str, ...]:
    """Distinct division codes of a row group, sorted; empty text for rows without a place."""
    if not scope:
        return ("",)
    values = pc.unique(file.read_row_group(index, columns=[scope]).column(0)).to_pylist()
    return tuple(sorted({place_of(value) for value in values}))


def _unit(codes: tuple[str, ...], index: int, path: Path) -> str:
    units = {unit_of(code) for code in codes}
    if len(units) > 1:
        raise BadInput(f"{path}: row group {index} holds {len(units)} units, expected one: {sorted(units)[:5]}")
    return units.pop() if units else ""


def unit_of(place: str) -> str:
    """The town that a village or grid belongs to by its code; anything else is its own unit."""
    return place[:9].ljust(12, "0") if place else ""


def place_of(value: str | None) -> str:
    """The division in full; empty for none and for what is no division code."""
    try:
        return normalise(value) if value else ""
    except ValueError:
        return ""


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
