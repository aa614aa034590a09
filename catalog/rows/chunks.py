"""Where each column chunk of a published Parquet file lies, and what a footer has to say about it.

A recipient's scope is a choice of chunks: their byte ranges are copied as they are, and their descriptions stand under
a new footer (`catalog.rows.splice`).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from catalog.rows import thrift
from catalog.rows.thrift import BINARY, LIST, Struct
from schemas.dataset import Transform
from schemas.errors import BadInput

MAGIC = b"PAR1"
_SCHEMA, _ROW_GROUPS, _CREATED_BY, _VERSION = 2, 4, 6, 1
_META, _COLUMNS = 3, 1
_PATH, _KEY_VALUE, _TOTAL, _PACKED, _DATA_PAGE, _DICTIONARY_PAGE = 3, 8, 6, 7, 9, 11
_TOLD = (12, 13, 16)
"""What may follow the offsets of a ColumnMetaData: statistics, counts of encodings, sizes. All of the chunk alone."""
_NAME, _CHILDREN = 4, 5


@dataclass(frozen=True, slots=True)
class Chunk:
    """One column of one row group, as it lies in a file."""

    masked: bool
    """Whether it lies in the file of shadow columns instead of the part itself."""
    group: int
    column: str
    transform: Transform
    start: int
    length: int
    """Bytes in the file."""
    unpacked: int
    """Bytes of its pages before compression."""
    data_page: int
    """Offset of its first data page from `start`."""
    dictionary_page: int | None
    head: bytes
    """Fields 1–7 of its ColumnMetaData under the public name, in compact Thrift."""
    tail: bytes
    """The fields after its page offsets, and the end of the struct."""
    digest: bytes
    """sha256 of its bytes."""


@dataclass(frozen=True, slots=True)
class ChunkMap:
    """All chunks of a part and of its shadows, and what the head of a footer needs."""

    chunks: Mapping[tuple[int, str, Transform], Chunk]
    elements: Mapping[tuple[str, Transform], bytes]
    """SchemaElement of each column under its public name."""
    root: Struct
    version: int
    created_by: bytes
    recipes: Mapping[tuple[str, Transform], str] = field(default_factory=dict)
    """How shadow columns were made, where the contract chose it: what is made otherwise today is not theirs."""

    @property
    def ways(self) -> frozenset[tuple[str, Transform]]:
        """Columns that can leave without being decoded, each with its transform."""
        return frozenset(self.elements)

    def stores(self, column: str, transform: Transform, recipe: str) -> bool:
        """Whether a column is stored just as it must leave: another contract may have masked it in another way."""
        named = column, transform
        return named in self.elements and self.recipes.get(named, "") == recipe


Named = tuple[str, Transform]


def describe(path: Path, names: Mapping[str, Named], *, masked: bool) -> ChunkMap:
    """The map of one finished file; `names` tells which public column, under which transform, each leaf is.

    Raises BadInput for a nested column, or one that `names` does not know.
    """
    with path.open("rb") as file:
        footer = _footer(file, path)
        elements = footer[_SCHEMA][1][1]
        root, leaves = elements[0], elements[1:]
        named = [_named(leaf, names, path) for leaf in leaves]
        groups = footer[_ROW_GROUPS][1][1]
        found = [c for index, group in enumerate(groups) for c in _chunks(file, index, group, named, masked)]
    return ChunkMap(
        chunks={(c.group, c.column, c.transform): c for c in found},
        elements={
            name: thrift.struct_bytes(leaf | {_NAME: (BINARY, name[0].encode())})
            for leaf, name in zip(leaves, named, strict=True)
        },
        root=root,
        version=footer[_VERSION][1],
        created_by=footer.get(_CREATED_BY, (BINARY, b""))[1],
    )


def joined(part: ChunkMap, shadows: ChunkMap | None) -> ChunkMap:
    """The map of a part together with that of its shadow columns."""
    if shadows is None:
        return part
    return ChunkMap(
        {**part.chunks, **shadows.chunks},
        {**part.elements, **shadows.elements},
        part.root,
        part.version,
        part.created_by,
    )


def _footer(file: BinaryIO, path: Path) -> Struct:
    file.seek(-8, 2)
    size, magic = file.read(4), file.read(4)
    if magic != MAGIC:
        raise BadInput(f"{path}: not a Parquet file, it ends in {magic!r}")
    length = int.from_bytes(size, "little")
    file.seek(-8 - length, 2)
    return thrift.Reader(file.read(length)).struct()


def _named(leaf: Struct, names: Mapping[str, Named], path: Path) -> Named:
    stored = leaf[_NAME][1].decode()
    if _CHILDREN in leaf:
        raise BadInput(f"{path}: column {stored} is nested; a shared dataset has flat columns")
    if stored not in names:
        raise BadInput(f"{path}: column {stored} is none of {', '.join(names)}")
    return names[stored]


def _chunks(file: BinaryIO, index: int, group: Struct, named: Iterable[Named], masked: bool) -> Iterator[Chunk]:
    for (column, transform), entry in zip(named, group[_COLUMNS][1][1], strict=True):
        yield _chunk(file, entry[_META][1], (index, column, transform), masked=masked)


def _chunk(file: BinaryIO, meta: Struct, of: tuple[int, str, Transform], *, masked: bool) -> Chunk:
    group, column, transform = of
    data_page = meta[_DATA_PAGE][1]
    dictionary = meta[_DICTIONARY_PAGE][1] if _DICTIONARY_PAGE in meta else None
    start = data_page if dictionary is None else min(data_page, dictionary)
    length = meta[_PACKED][1]
    head: Struct = {n: v for n, v in meta.items() if n < _KEY_VALUE} | {_PATH: (LIST, (BINARY, [column.encode()]))}
    rest: Struct = {n: v for n, v in meta.items() if n in _TOLD}
    file.seek(start)
    return Chunk(
        masked=masked,
        group=group,
        column=column,
        transform=transform,
        start=start,
        length=length,
        unpacked=meta[_TOTAL][1],
        data_page=data_page - start,
        dictionary_page=None if dictionary is None else dictionary - start,
        head=thrift.fields(head),
        tail=thrift.fields(rest, _DATA_PAGE if dictionary is None else _DICTIONARY_PAGE) + b"\0",
        digest=hashlib.sha256(file.read(length)).digest(),
    )
