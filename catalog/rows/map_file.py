"""The map of a part's chunks as a file: written once when a version is published, read whole and remembered."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from catalog.rows import thrift
from catalog.rows.chunks import Chunk, ChunkMap, Named
from schemas.dataset import Transform
from schemas.errors import NotReady

SPEC = 2
"""Raised when the map's columns, their meaning or a rule of `catalog.transforms` change: another spec is not used."""
_ENTRIES = pa.schema(
    [
        ("masked", pa.bool_()),
        ("group", pa.int32()),
        ("column", pa.string()),
        ("transform", pa.int8()),
        ("start", pa.int64()),
        ("length", pa.int64()),
        ("unpacked", pa.int64()),
        ("data_page", pa.int32()),
        ("dictionary_page", pa.int32()),
        ("head", pa.binary()),
        ("tail", pa.binary()),
        ("digest", pa.binary(32)),
    ]
)


def write_map(of: ChunkMap, path: Path) -> None:
    """As an Arrow file with a row for each chunk."""
    metadata = {
        b"spec": str(SPEC).encode(),
        b"root": thrift.struct_bytes(of.root),
        b"version": str(of.version).encode(),
        b"created_by": of.created_by,
    }
    for (column, transform), element in of.elements.items():
        metadata[f"element {int(transform)} {column}".encode()] = element
    for (column, transform), recipe in of.recipes.items():
        metadata[f"recipe {int(transform)} {column}".encode()] = recipe.encode()
    rows = [{name: getattr(chunk, name) for name in _ENTRIES.names} for chunk in of.chunks.values()]
    table = pa.Table.from_pylist(rows, _ENTRIES).replace_schema_metadata(metadata)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


@lru_cache(maxsize=128)  # that of a thousand row groups of twenty columns takes 15 MB
def read_map(path: Path, sha256: str) -> ChunkMap | None:
    """The map that lies at `path`; None where another release wrote it, so that nothing is spliced by it.

    NotReady where it is not the map that the version was published with: it says which bytes are in scope.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as wrong:
        raise NotReady(f"{path}: a file of a published version is gone; restore it") from wrong
    if hashlib.sha256(data).hexdigest() != sha256:
        raise NotReady(f"{path}: not the file that the version was published with (sha256 {sha256[:12]}); restore it")
    with pa.ipc.open_file(pa.BufferReader(data)) as file:
        table = file.read_all()
    told: dict[bytes, bytes] = table.schema.metadata or {}
    if told.get(b"spec") != str(SPEC).encode():
        return None
    return ChunkMap(
        chunks={(c.group, c.column, c.transform): c for c in _listed(table)},
        elements=_by_column(told, b"element "),
        root=thrift.Reader(told[b"root"]).struct(),
        version=int(told[b"version"]),
        created_by=told[b"created_by"],
        recipes={name: recipe.decode() for name, recipe in _by_column(told, b"recipe ").items()},
    )


def _listed(table: pa.Table) -> Iterator[Chunk]:
    columns = [column.to_pylist() for column in table.columns]
    for masked, group, column, transform, *rest in zip(*columns, strict=True):
        yield Chunk(masked, group, column, Transform(transform), *rest)


def _by_column(told: dict[bytes, bytes], word: bytes) -> dict[Named, bytes]:
    """What the metadata say under `<word><transform> <column>`."""
    found = {}
    for key, value in told.items():
        if key.startswith(word):
            transform, column = key.removeprefix(word).decode().split(" ", 1)
            found[column, Transform(int(transform))] = value
    return found
