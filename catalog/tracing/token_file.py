"""Which subjects stand in a published file, and at which places, by their tokens: one sorted file, looked up in place.

First line: JSON with the columns of place, the combinations of their values, and how many entries follow. Then so many
tokens of 16 bytes, sorted; then so many numbers of 4 bytes, the combination of each. It can be made again from the
file that it speaks of, and tells nothing to whoever has not the installation's key.
"""

import json
import mmap
import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.lake.where import Lake, desk, readable, reading, source
from catalog.ledger import tokens
from schemas.dataset import Dataset
from schemas.journey import SnapshotFile
from schemas.lake import subjects_of

Home = Mapping[str, str | None]
"""Column of place -> code, of one row of a subject."""
SUBJECT = pa.schema([("token", pa.binary(tokens.SIZE)), ("place", pa.int32())])


def named_by(dataset: Dataset) -> dict[str, str]:
    """Column -> data element, of those columns that name a subject in every dataset alike."""
    return {one.name: one.element for one in dataset.fields if one.element in tokens.WORN}


def path_of(lake: Lake, dataset: str, file: SnapshotFile) -> Path:
    """Where the tokens of a published file lie. Versions that share a file share them."""
    return desk(lake) / subjects_of(dataset, file.part.sha256)


def make(lake: Lake, dataset: Dataset, file: SnapshotFile, secret: bytes) -> Path:
    """Write the tokens of a published file, unless they are there."""
    path = path_of(lake, dataset.key, file)
    if path.is_file():
        return path
    combinations: dict[tuple[str | None, ...], int] = {}
    place = readable(lake, file.part)
    with reading(place), pq.ParquetFile(source(place)) as rows:
        there = set(rows.schema_arrow.names)
        named = {name: element for name, element in named_by(dataset).items() if name in there}
        places = [name for name in dataset.scopes().values() if name in there]
        found = [
            _entries(batch, named, places, combinations, secret)
            for batch in rows.iter_batches(columns=[*named, *places])
        ]
    entries = pa.Table.from_batches([one for several in found for one in several], SUBJECT)
    entries = entries.group_by(["token", "place"]).aggregate([]).sort_by("token").combine_chunks()
    told = {"columns": places, "places": list(combinations), "entries": entries.num_rows}
    _write(path, json.dumps(told, ensure_ascii=False).encode(), entries)
    return path


def homes(path: Path, token: bytes) -> tuple[Home, ...]:
    """Where the rows of a subject lie, one each; empty where it has none in that file."""
    with path.open("rb") as file:
        told = json.loads(file.readline())
        first, count = file.tell(), told["entries"]
        if not count:
            return ()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            return tuple(
                dict(zip(told["columns"], told["places"][number], strict=True))
                for number in _numbers(Sorted(whole, first, count), token)
            )


class Sorted:
    """The tokens of a file as a sequence."""

    __slots__ = ("_count", "_first", "_whole")

    def __init__(self, whole: mmap.mmap, first: int, count: int) -> None:
        self._whole, self._first, self._count = whole, first, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> bytes:
        start = self._first + place * tokens.SIZE
        return self._whole[start : start + tokens.SIZE]

    def place(self, entry: int) -> int:
        """Number of the combination of places of an entry."""
        start = self._first + self._count * tokens.SIZE + entry * 4
        return int.from_bytes(self._whole[start : start + 4], "little")


def _numbers(entries: Sorted, token: bytes) -> Iterator[int]:
    at = bisect_left(entries, token)
    while at < len(entries) and entries[at] == token:
        yield entries.place(at)
        at += 1


def _entries(
    batch: pa.RecordBatch,
    named: Mapping[str, str],
    places: list[str],
    combinations: dict[tuple[str | None, ...], int],
    secret: bytes,
) -> list[pa.RecordBatch]:
    """The tokens of one batch, each with the number of the places beside it."""
    beside = zip(*(batch.column(name).to_pylist() for name in places), strict=True) if places else ()
    numbers = [combinations.setdefault(one, len(combinations)) for one in beside]
    numbers = numbers or [combinations.setdefault((), 0)] * batch.num_rows
    return [_of_column(batch.column(name), element, numbers, secret) for name, element in named.items()]


def _of_column(column: pa.Array, element: str, numbers: list[int], secret: bytes) -> pa.RecordBatch:
    told = [(value, number) for value, number in zip(column.to_pylist(), numbers, strict=True) if value is not None]
    made = [tokens.about_subject(tokens.of_subject(secret, element, str(value))) for value, _ in told]
    columns = [pa.array(made, SUBJECT.field(0).type), pa.array([number for _, number in told], pa.int32())]
    return pa.record_batch(columns, schema=SUBJECT)


def _write(path: Path, told: bytes, entries: pa.Table) -> None:
    """Whole or not at all; two at once write the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with half.open("wb") as file:
        file.write(told + b"\n")
        for column in entries.columns:
            for chunk in column.chunks:
                width = chunk.type.bit_width // 8
                file.write(chunk.buffers()[1][chunk.offset * width : (chunk.offset + len(chunk)) * width])
    half.rename(path)
