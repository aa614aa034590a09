"""The sketches of a version: made while its rows are written, kept beside its profile, in short in the catalogue."""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, insert, select

from catalog.collection.sketch import Sketch, Sketching, merged, pack, unpack
from catalog.collection.tables import column_sketch
from catalog.lake.where import Lake, at_hand, source
from catalog.rows.writer import sha256_of
from schemas.dataset import Dataset, Field, Kind, Load
from schemas.journey import Part, Snapshot
from schemas.profile import ColumnProfile, Profile

SKETCHES = "sketches.parquet"
"""Name of the file in a version's folder; holds no value, only keyed tokens."""
SHORT = 1024
"""Values of the sample that the catalogue itself keeps."""
NUMBERS = frozenset({"resident_id", "mobile", "bank_card", "credit_code", "organisation_code", "licence_plate"})
"""Elements that are numbers of somebody or something: sketched wherever they are declared."""
LONG = 9
"""Characters of what looks like such a number without being declared: dates have eight, codes of places repeat."""
ALIKE = 0.5
"""Share of a column's values that must differ from each other for it to number its rows, where nothing declares it."""
LOOKED = 1000
_SCHEMA = pa.schema([("field", pa.string()), ("level", pa.int8()), ("packed", pa.binary())])


def key_of(token_key: bytes) -> bytes:
    """The key of an installation's sketches; made from its secret, so that they tell nothing to anybody without it."""
    return hmac.digest(token_key, b"sketches of columns", "sha256")


class Sketcher:
    """Looks at the rows of a version as they pass."""

    def __init__(self, dataset: Dataset, profile: Profile | None, key: bytes) -> None:
        counted = {one.name: one for one in profile.columns} if profile else {}
        rows = profile.rows if profile else 0
        self._declared = {f.name for f in dataset.fields if f.element in NUMBERS}
        ends: dict[str, int] = {}
        self._open = {
            f.name: Sketching(f.name, key, counted[f.name].distinct if f.name in counted else 0, ends)
            for f in dataset.fields
            if worth(f, rows, counted.get(f.name))
        }
        self._first = True

    def watch(self, pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """The same pieces, looked at on the way."""
        for piece in pieces:
            if self._first and piece.num_rows:
                self._first = False
                self._keep(piece)
            for name, sketching in self._open.items():
                for chunk in piece.column(name).chunks:
                    sketching.take(chunk)
            yield piece

    def done(self) -> tuple[Sketch, ...]:
        """Those in which there is something."""
        return tuple(one for one in (sketching.done() for sketching in self._open.values()) if one.tokens)

    def _keep(self, piece: pa.Table) -> None:
        """Of what is not declared only columns whose first values look like numbers of somebody."""
        for name in list(self._open):
            if name not in self._declared and not _numbers(piece.column(name)):
                del self._open[name]


def worth(field: Field, rows: int, counted: ColumnProfile | None) -> bool:
    """Whether a column may tell which subjects a table holds: declared so, a key, or hardly any value twice."""
    if field.type.kind not in (Kind.STRING, Kind.INTEGER):
        return False
    if field.element in NUMBERS or field.key:
        return True
    values = rows - counted.nulls if counted is not None else 0
    return counted is not None and values > 0 and counted.distinct >= ALIKE * values


def write(found: Iterable[Sketch], folder: Path) -> tuple[Part, ...]:
    """The file of a version's sketches, by its bare name; none where there is nothing to keep."""
    rows = [{"field": one.field, "level": one.level, "packed": pack(one)} for one in found]
    if not rows:
        return ()
    file = folder / SKETCHES
    pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), file)
    return (Part(SKETCHES, len(rows), file.stat().st_size, sha256_of(file)),)


def read(lake: Lake, snapshot: Snapshot) -> Mapping[str, Sketch]:
    """Field -> the whole sketch of a version, of all its windows together; empty where it has none."""
    found: dict[str, Sketch] = {}
    for part in snapshot.beside:
        if Path(part.path).name == SKETCHES:
            for row in pq.read_table(source(at_hand(lake, part))).to_pylist():
                one = unpack(row["field"], row["level"], row["packed"])
                found[one.field] = merged(found[one.field], one) if one.field in found else one
    return found


def enter(connection: Connection, dataset: Dataset, version: int, found: Iterable[Sketch]) -> None:
    """Keep them in short for the catalogue; of an append what its earlier windows hold stays in."""
    table = column_sketch
    before = known(connection, dataset.key) if dataset.source.load is Load.APPEND else {}
    fresh = {one.field: merged(before[one.field], one) if one.field in before else one for one in found}
    connection.execute(delete(table).where(table.c.dataset == dataset.key))
    rows = [_row(dataset.key, version, one.within(SHORT)) for one in (before | fresh).values()]
    if rows:
        connection.execute(insert(table), rows)


def known(connection: Connection, key: str) -> dict[str, Sketch]:
    """Field -> the short sketch of the newest version of a dataset."""
    table = column_sketch
    return {
        row.field: unpack(row.field, row.level, row.packed)
        for row in connection.execute(select(table).where(table.c.dataset == key))
    }


def _row(key: str, version: int, one: Sketch) -> dict[str, object]:
    return {"dataset": key, "field": one.field, "version": version, "level": one.level, "packed": pack(one)}


def _numbers(column: pa.ChunkedArray) -> bool:
    """Whether nine in ten of the first values are letters and digits of ASCII, long enough to number somebody."""
    texts = [str(value) for value in column.slice(0, LOOKED).to_pylist() if value is not None]
    fitting = sum(text.isascii() and text.isalnum() and len(text) >= LONG for text in texts)
    return bool(texts) and fitting * 10 >= len(texts) * 9
