"""The smallest group of persons that several datasets tell apart when they are joined by subject key."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from threading import get_ident

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.lake.where import Lake, Place, desk, readable, reading, source
from catalog.linkage.guard import Piece
from schemas.journey import Snapshot

FOLDER = "reference/linkage"
"""What was computed once for some versions stays there; it may be deleted at any time."""
APART = "\x1f"
MISSING = "\x00"
"""Stands for a missing value: NULL equals NULL, and is no text."""


@dataclass(frozen=True, slots=True)
class Part:
    """One dataset of the join, in one version."""

    piece: Piece
    snapshot: Snapshot


def smallest(lake: Lake, parts: Sequence[Part]) -> int | None:
    """k of the join, computed once for these versions and columns; None where there are no persons in them."""
    file = desk(lake) / FOLDER / f"{_name(parts)}.json"
    if file.is_file():
        found: int | None = json.loads(file.read_bytes())["k"]
        return found
    k = measure([(part.piece, _rows(lake, part)) for part in parts])
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.{os.getpid()}.{get_ident()}")
    half.write_text(json.dumps({"k": k}), encoding="utf-8")
    half.replace(file)
    return k


def measure(told: Sequence[tuple[Piece, pa.Table]]) -> int | None:
    """The persons of every dataset side by side, also those whom one of them does not know, counted by what is told.

    A person of whom a dataset tells several things is counted with each.
    """
    whole: pa.Table | None = None
    for place, (piece, rows) in enumerate(told):
        each = _told(piece, rows, f"told{place}")
        whole = each if whole is None else whole.join(each, "person", join_type="full outer")
    if whole is None or not whole.num_rows:
        return None
    names = [name for name in whole.column_names if name != "person"]
    groups = whole.group_by(names).aggregate([("person", "count_distinct")])
    return int(pc.min(groups["person_count_distinct"]).as_py())


def _rows(lake: Lake, part: Part) -> pa.Table:
    columns = list(dict.fromkeys((*part.piece.key, *part.piece.columns)))
    files = [_columns(readable(lake, file.part), columns) for file in part.snapshot.files]
    return pa.concat_tables(files) if files else pa.table({column: pa.array([], pa.string()) for column in columns})


def _columns(place: Place, columns: list[str]) -> pa.Table:
    with reading(place):
        return pq.read_table(source(place), columns=columns)


def _told(piece: Piece, rows: pa.Table, name: str) -> pa.Table:
    """`person`, and what the columns tell of them as one text; each combination once."""
    table = pa.table({"person": _text(rows, piece.key), name: _text(rows, piece.columns)})
    return table.filter(_named(rows, piece.key)).group_by(["person", name]).aggregate([])


def _text(rows: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    texts = [pc.fill_null(rows[name].cast(pa.string()), MISSING) for name in names]
    return pc.binary_join_element_wise(*texts, APART)


def _named(rows: pa.Table, key: Sequence[str]) -> pa.ChunkedArray:
    """Rows that say whom they are about."""
    named = pc.is_valid(rows[key[0]])
    for name in key[1:]:
        named = pc.and_(named, pc.is_valid(rows[name]))
    return named


def _name(parts: Sequence[Part]) -> str:
    told = [[p.piece.dataset, p.snapshot.version, p.snapshot.digest, p.piece.key, p.piece.columns] for p in parts]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
