"""Writes the rows of several windows as those of one: parts, shadows and maps, the copy by key, groups and sketches."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.collection import sketches
from catalog.collection.sketch import Sketch, merged, unpack
from catalog.folding import Kept
from catalog.lake.where import Lake, at_hand, readable, reading
from catalog.profiles import beside
from catalog.rows.edition import Written, write_rows
from catalog.rows.writer import facts, sha256_of
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset
from schemas.errors import NotReady
from schemas.journey import Part, Snapshot, Window
from schemas.linkage import GROUPS

FOLDER = "fold"
"""Within the folder of a version."""
PIECE = 131_072
GROUP = 122_880
"""Rows of a row group of groups, as validation writes them."""


def write(lake: Lake, dataset: Dataset, before: Snapshot, some: Kept, staging: Path) -> Written:
    """The files of these windows of a version, below `staging`; all their rows are in memory at once (`ROWS`)."""
    folder = staging / FOLDER
    folder.mkdir()
    rows = _rows(lake, dataset, some)
    pieces = (rows.slice(start, PIECE) for start in range(0, rows.num_rows, PIECE))
    written = write_rows(pieces, dataset, rows.num_rows, folder)
    told = (*_groups(lake, before, some, folder), *sketches.write(_sketches(lake, some).values(), folder))
    return Written(written.files, written.keyed, told)


def _rows(lake: Lake, dataset: Dataset, some: Kept) -> pa.Table:
    """In the order of versions: by scope and key, and where these are equal by window."""
    files = sorted(some.files, key=lambda file: (Window.parse(file.window).low, file.part.path))
    schema = arrow_schema(dataset)
    tables = [pq.read_table(_sound(lake, file.part), columns=schema.names) for file in files]
    whole = pa.concat_tables([table.cast(schema) for table in tables]).replace_schema_metadata(None)
    by = dict.fromkeys(column for column in (dataset.default_scope, *dataset.key_fields) if column)
    return whole.sort_by([(column, "ascending") for column in by]) if by else whole


def _sound(lake: Lake, part: Part) -> Path:
    """The file, if it still is the one that its manifest names: what is spoilt must not be written anew."""
    with reading(readable(lake, part)):
        file = at_hand(lake, part)
        found = sha256_of(file)
    if found != part.sha256:
        raise NotReady(f"{file}: not the file that its manifest names (sha256 {part.sha256[:12]}); restore it")
    return file


def _groups(lake: Lake, before: Snapshot, some: Kept, folder: Path) -> tuple[Part, ...]:
    """Those of all windows added up, where each has some and all tell apart by the same columns."""
    named = {part.path: part for part in some.beside}
    paths = dict.fromkeys(f"{PurePosixPath(file.part.path).parent}/{GROUPS}" for file in some.files)
    found = [_sound(lake, named[one]) if one in named else beside(lake, before, one) for one in paths]
    files = [file for file in found if file is not None]
    about = {(pq.read_metadata(file).metadata or {}).get(b"told_apart", b"") for file in files}
    if not files or len(files) != len(found) or len(about) != 1:
        return ()
    lines = pa.concat_tables([pq.read_table(file).replace_schema_metadata(None) for file in files])
    names, schema = lines.column_names, lines.schema.with_metadata({b"told_apart": about.pop()})
    summed = lines.group_by(["field", "g", "v"]).aggregate([("n", "sum")]).rename_columns(["field", "g", "v", "n"])
    order = [(name, "ascending") for name in ("g", "field", "v")]
    to = folder / GROUPS
    pq.write_table(
        summed.select(names).cast(schema).sort_by(order),
        to,
        compression="zstd",
        row_group_size=GROUP,
    )
    return (facts(to, summed.num_rows),)


def _sketches(lake: Lake, some: Kept) -> dict[str, Sketch]:
    found: dict[str, Sketch] = {}
    for one in _told(lake, some):
        found[one.field] = merged(found[one.field], one) if one.field in found else one
    return found


def _told(lake: Lake, some: Kept) -> Iterator[Sketch]:
    for part in some.beside:
        if PurePosixPath(part.path).name == sketches.SKETCHES:
            for row in pq.read_table(_sound(lake, part)).to_pylist():
                yield unpack(row["field"], row["level"], row["packed"])
