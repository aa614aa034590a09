"""The text format of COPY as columns: straight in their declared types where that is just as strict as through text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from connectors.protocol import Batch
from connectors.sql.postgres_copy import Block
from schemas.arrow import arrow_type
from schemas.dataset import Dataset, Field, Kind
from schemas.errors import SourceChanged
from schemas.fitting.column import markers
from schemas.fitting.convert import DIGITS, NAIVE, convert, from_shanghai, within

NULL = "\\N"
_BOM = b"\xef\xbb\xbf"
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(rb"\\")
_STRAIGHT = (
    (Kind.INTEGER, re.compile(r"smallint|integer|bigint")),
    (Kind.DECIMAL, re.compile(r"numeric(\(.*\))?")),
    (Kind.DOUBLE, re.compile(r"real|double precision")),
    (Kind.BOOLEAN, re.compile(r"boolean")),
    (Kind.DATE, re.compile(r"date")),
    (Kind.TIMESTAMP, re.compile(r"timestamp(\(\d\))? with(out)? time zone")),
)
"""Kind of a field and the types of PostgreSQL that print nothing which Arrow would read more kindly than `convert`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the columns of one COPY are read."""

    piece: str
    names: tuple[str, ...]
    types: Mapping[str, pa.DataType]
    """Name -> type that it is read as; text for what must be looked at value by value."""

    def batches(self, blocks: Iterator[Block]) -> Iterator[Batch]:
        """One batch for each block; a block with a value that refuses its type comes as texts."""
        place = 1
        for block in blocks:
            texts = partial(self.texts, block)
            try:
                yield Batch(self.piece, place, self._typed(block), written=texts)
            except pa.ArrowInvalid:
                yield Batch(self.piece, place, texts())
            place += block.rows

    def texts(self, block: Block) -> pa.RecordBatch:
        """Every value as PostgreSQL wrote it."""
        try:
            return _unescaped(_columns(block, dict.fromkeys(self.names, pa.string())))
        except pa.ArrowInvalid:
            raise SourceChanged(f"{self.piece}: {_undecodable(block, self.names)}") from None

    def _typed(self, block: Block) -> pa.RecordBatch:
        rows = _unescaped(_columns(block, self.types))
        for at, name in enumerate(self.names):
            if rows.column(at).type == NAIVE:
                rows = rows.set_column(at, name, from_shanghai(rows.column(at)))
            if not within(rows.column(at)):
                raise pa.ArrowInvalid(f"{name}: a value lies outside what its type may hold")
        return rows


def reading(dataset: Dataset, piece: str, source: Mapping[str, str]) -> Reading:
    """How a dataset is read whose columns have these types of PostgreSQL, by their names there."""
    types = {f.name: _straight(dataset, f, source.get(f.source_name, "")) for f in dataset.fields}
    return Reading(piece, tuple(types), types)


def _straight(dataset: Dataset, field: Field, of: str) -> pa.DataType:
    """The field's own type where the source's type is its like and no null marker could be taken for a value."""
    like = any(field.type.kind is kind and pattern.fullmatch(of) for kind, pattern in _STRAIGHT)
    if (
        not like
        or not _within_bits(field, of)
        or field.format
        or any(_is_value(marker, field) for marker in markers(dataset, field))
    ):
        return pa.string()
    return NAIVE if of.endswith("without time zone") else arrow_type(field.type)


def _within_bits(field: Field, of: str) -> bool:
    """Whether no decimal runs over Arrow's 128 bits while it takes its declared scale: Arrow would not say so."""
    told = re.fullmatch(r"numeric\((\d+),(-?\d+)\)", of)
    before = int(told[1]) - int(told[2]) if told else field.type.precision
    return min(before, field.type.precision) + field.type.scale <= DIGITS


def _is_value(marker: str, field: Field) -> bool:
    try:
        convert(pa.array([marker], pa.string()), field)
    except pa.ArrowInvalid:
        return False
    return True


def _columns(block: Block, types: Mapping[str, pa.DataType]) -> pa.RecordBatch:
    """pa.ArrowInvalid where a value is not of its type."""
    # Arrow leaves out a byte order mark at the start of what it reads: where a value begins with one, it needs two.
    text = b"".join((_BOM, block.text)) if block.text[: len(_BOM)] == _BOM else block.text
    table = pacsv.read_csv(
        pa.BufferReader(text),
        read_options=pacsv.ReadOptions(column_names=list(types), block_size=len(text) + 1, use_threads=False),
        parse_options=pacsv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            null_values=[NULL],
            strings_can_be_null=True,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    if table.num_rows != block.rows:
        raise SourceChanged(f"COPY sent a block of {block.rows} rows, of which {table.num_rows} can be read")
    return table.combine_chunks().to_batches()[0]


def _unescaped(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Texts with what COPY writes as a backslash and a letter in its own shape; mostly there is none."""
    for at, name in enumerate(rows.schema.names):
        column = rows.column(at)
        if pa.types.is_string(column.type) and _has_escapes(column):
            escaped = pc.match_substring(column, "\\")
            plain = [re.sub(r"\\(.)", _plain, text) for text in column.filter(escaped).to_pylist()]
            column = pc.replace_with_mask(column, escaped.fill_null(False), pa.array(plain, pa.string()))
            rows = rows.set_column(at, name, column)
    return rows


def _has_escapes(column: pa.StringArray) -> bool:
    texts = column.buffers()[2]
    return texts is not None and _ESCAPE.search(memoryview(texts)) is not None


def _plain(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1])


def _undecodable(block: Block, names: tuple[str, ...]) -> str:
    """Which value is no UTF-8: a database in SQL_ASCII sends whatever was put into it."""
    rows = _columns(block, dict.fromkeys(names, pa.binary()))
    for row in range(rows.num_rows):
        for name in names:
            value: bytes = rows.column(name)[row].as_py() or b""
            try:
                value.decode()
            except UnicodeDecodeError:
                return f"{name}: found the bytes {value[:80].hex(' ')}, expected text in UTF-8"
    return "found bytes that are no text in UTF-8"
