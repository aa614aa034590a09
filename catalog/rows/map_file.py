"""The map of a part's chunks as a file: written once when a version is published, read whole and remembered."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from catalog.rows import thrift
from catalog.rows.chunks import Chunk, ChunkMap, Named
from schemas.dataset import Transform
from schemas.errors import NotReady

SPEC = 1
"""Raised when the map's columns or their meaning change; a map of another spec is not used."""
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
    rows = [{name: getattr(chunk, name) for name in _ENTRIES.names} for chunk in of.chunks.values()]
    table = pa.Table.from_pylist(rows, _ENTRIES).replace_schema_metadata(metadata)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


@lru_cache(maxsize=128)  # that of a thousand row groups of twenty columns takes 15 MB
def read_map(path: Path, sha256: str) -> ChunkMap | None:  # noqa: ARG001 - part of what is remembered by
    """The map that lies at `path`; None where another release wrote it, so that nothing is spliced by it."""
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
            table = file.read_all()
            told: dict[bytes, bytes] = table.schema.metadata or {}
            if told.get(b"spec") != str(SPEC).encode():
                return None
            chunks = list(_listed(table))
    except FileNotFoundError as wrong:
        raise NotReady(f"{path}: a file of a published version is gone; restore it") from wrong
    elements = {_element_name(key): value for key, value in told.items() if key.startswith(b"element ")}
    return ChunkMap(
        chunks={(c.group, c.column, c.transform): c for c in chunks},
        elements=elements,
        root=thrift.Reader(told[b"root"]).struct(),
        version=int(told[b"version"]),
        created_by=told[b"created_by"],
    )


def _listed(table: pa.Table) -> Iterator[Chunk]:
    columns = [column.to_pylist() for column in table.columns]
    for masked, group, column, transform, *rest in zip(*columns, strict=True):
        yield Chunk(masked, group, column, Transform(transform), *rest)


def _element_name(key: bytes) -> Named:
    _, transform, column = key.decode().split(" ", 2)
    return column, Transform(int(transform))
