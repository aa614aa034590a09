"""Writes a version's Parquet files: one row group for each town, its shadow columns, and where every chunk lies."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.rows.chunks import describe, joined
from catalog.rows.encodings import encodings
from catalog.rows.map_file import write_map
from catalog.rows.shadows import shadow_schema, shadowed, stored_name
from catalog.transforms import Disguise
from schemas.dataset import Transform
from schemas.divisions import normalise
from schemas.errors import BadInput
from schemas.journey import Part, RowGroup, SnapshotFile


@dataclass(frozen=True, slots=True)
class Cut:
    """Where row groups and files end."""

    rows: int = 131_072
    """At most so many rows in a row group."""
    groups: int = 1_000
    """At most so many row groups in a file: its footer is read whole by everybody who opens it."""
    by_county: bool = False
    """Whether a file ends with its county: files are what large data are fetched by."""


WHOLE = Cut()


@dataclass(frozen=True, slots=True)
class Layout:
    """How a version's rows lie."""

    schema: pa.Schema
    scope: str = ""
    """The division column that they are cut by; empty: by none."""
    shadows: tuple[Disguise, ...] = ()
    cut: Cut = WHOLE


@dataclass(slots=True)
class _Group:
    """Rows of one unit that wait to be written."""

    limit: int
    unit: str = ""
    rows: int = 0
    slices: list[pa.Table] = field(default_factory=list)


def write_parts(pieces: Iterator[pa.Table], layout: Layout, folder: Path) -> tuple[SnapshotFile, ...]:
    """Write `pieces` (rows in their final order) below `folder` as `part-0001.parquet`…; paths are the bare names.

    Rows of one sharing unit (`unit_of` their value of `layout.scope`; empty: none) that stand together share a row
    group, at most `cut.rows` of them; no row group holds two units. The files carry no metadata of Arrow's or ours.
    Beside each lie `masks-0001.parquet`, its shadow columns in the same row groups, where there are any, and
    `map-0001.arrow`, the map of both.
    """
    files: list[SnapshotFile] = []
    groups = _groups(pieces, layout.scope, layout.cut.rows)
    waiting = next(groups, None)
    while waiting is not None:
        names = _Names(folder, len(files) + 1)
        waiting = _write_file(names, layout, waiting, groups)
        files.append(_described(names, layout))
    return tuple(files)


@dataclass(frozen=True, slots=True)
class _Names:
    """The files of one part."""

    folder: Path
    number: int

    @property
    def part(self) -> Path:
        return self.folder / f"part-{self.number:04d}.parquet"

    @property
    def masks(self) -> Path:
        return self.folder / f"masks-{self.number:04d}.parquet"

    @property
    def map(self) -> Path:
        return self.folder / f"map-{self.number:04d}.arrow"


def _write_file(names: _Names, layout: Layout, first: pa.Table, others: Iterator[pa.Table]) -> pa.Table | None:
    """Write one part with its shadows; the group that belongs to the next part, or None where there is none."""
    county, groups = _county(first, layout), 0
    group: pa.Table | None = first
    with ExitStack() as open_files:
        writers = [(open_files.enter_context(_writer(names.part, layout.schema, first)), _same)]
        if layout.shadows:
            sample = shadowed(first, layout.shadows)
            masks = open_files.enter_context(_writer(names.masks, shadow_schema(layout.shadows), sample))
            writers.append((masks, lambda rows: shadowed(rows, layout.shadows)))
        while group is not None and groups < layout.cut.groups and _county(group, layout) == county:
            for writer, made in writers:
                writer.write_table(made(group), row_group_size=max(1, group.num_rows))
            groups += 1
            group = next(others, None)
    return group


def _same(rows: pa.Table) -> pa.Table:
    return rows


def _county(group: pa.Table, layout: Layout) -> str:
    """What files are kept apart by; one value for all where they are not."""
    if not layout.cut.by_county or not layout.scope:
        return ""
    return place_of(group.column(layout.scope)[0].as_py())[:6]


@contextmanager
def _writer(path: Path, schema: pa.Schema, sample: pa.Table) -> Iterator[pq.ParquetWriter]:
    """A writer whose encodings fit a sample of the rows; what it wrote is on the disk when it is left."""
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False, **encodings(sample)) as writer:
        yield writer
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


def _described(names: _Names, layout: Layout) -> SnapshotFile:
    """Facts of a finished part, read back from it; BadInput where a row group holds more than one unit."""
    groups = []
    with pq.ParquetFile(names.part) as file:
        for index in range(file.num_row_groups):
            rows = file.metadata.row_group(index).num_rows
            codes = _codes(file, index, layout.scope)
            groups.append(RowGroup(index, _unit(codes, index, names.part), rows, codes))
    rows = sum(group.rows for group in groups)
    masks = facts(names.masks, rows) if layout.shadows else None
    _write_map(names, layout)
    return SnapshotFile(facts(names.part, rows), "", tuple(groups), layout.scope, masks, facts(names.map, rows))


def _write_map(names: _Names, layout: Layout) -> None:
    clear = {name: (name, Transform.CLEAR) for name in layout.schema.names}
    found = describe(names.part, clear, masked=False)
    if layout.shadows:
        shadows = {stored_name(shadow): (shadow.name, shadow.transform) for shadow in layout.shadows}
        recipes = {(shadow.name, shadow.transform): shadow.recipe for shadow in layout.shadows}
        found = replace(joined(found, describe(names.masks, shadows, masked=True)), recipes=recipes)
    write_map(found, names.map)


def facts(path: Path, rows: int) -> Part:
    """Name, rows, size and digest of a finished file."""
    return Part(path.name, rows, path.stat().st_size, sha256_of(path))


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
