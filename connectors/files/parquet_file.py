"""Reads Parquet files; a column whose type is not the declared one comes as exact text, or the file is refused."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.files.about import Files
from connectors.files.content import Content
from connectors.files.drop import drop
from connectors.files.folder import FolderOf
from connectors.files.folder_kind import folder_kind
from connectors.files.folder_options import PatternOptions
from connectors.headers import Layout
from connectors.options import read_options
from connectors.protocol import Batch, Column, Connector, Inputs, Problem
from connectors.told import told
from schemas.arrow import arrow_type
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, Kind
from schemas.errors import SourceChanged

ROWS = 64 * 1024


class ParquetOptions(PatternOptions):
    """Nothing more: a Parquet file tells its columns and types itself."""


@dataclass(frozen=True, slots=True)
class Parquet:
    """Parquet files."""

    dataset: Dataset
    tells: ClassVar[bool] = True

    def open(self, content: Content) -> "ParquetContent":
        """Reads the footer."""
        with _sound(content.where):
            opened = content.file if content.pinned is None else content.open()
            source = opened if content.plain else io.BytesIO(content.open().read())
            return ParquetContent(content, self.dataset, pq.ParquetFile(source))

    def suspicions(self, _content: Content) -> tuple[Problem, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class ParquetContent:
    """One file whose footer was read."""

    content: Content
    dataset: Dataset
    opened: pq.ParquetFile

    def parts(self) -> tuple[str, ...]:
        """It is all one."""
        return ("",)

    def columns(self, _part: str) -> tuple[Column, ...]:
        """Its columns with their types; SourceChanged where one cannot become the declared type exactly."""
        schema = self.opened.schema_arrow
        types = dict(zip(schema.names, schema.types, strict=True))
        for field in self.dataset.fields:
            if (of := types.get(field.source_name)) is not None and not _exact(_bare(of), field):
                raise SourceChanged(
                    f"{self.content.where}: the column {field.source_name!r} is {of}, expected {field.type}: "
                    "it cannot be told exactly; declare its own type, or ask for a file with the declared one"
                )
        return tuple(Column(name, str(of)) for name, of in zip(schema.names, schema.types, strict=True))

    def batches(self, _part: str, shape: Layout) -> Iterator[Batch]:
        """All rows, each column in the declared type or as text; the file says itself how many there are."""
        first, where = 1, self.content.where
        wanted = [shape.headers[p] for p in shape.positions if p is not None]
        with _sound(where):
            for rows in self.opened.iter_batches(ROWS, columns=wanted, use_threads=False):
                yield Batch(self.content.name, first, self._named(rows))
                first += rows.num_rows
        yield told(self.dataset, self.content.name, self.opened.metadata.num_rows)

    def _named(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        nothing, names = pa.nulls(rows.num_rows, pa.string()), rows.schema.names
        columns = [
            as_told(rows.column(f.source_name), f, self.content.where) if f.source_name in names else nothing
            for f in self.dataset.fields
        ]
        return pa.record_batch(columns, [f.name for f in self.dataset.fields])


def as_told(column: pa.Array, field: Field, where: str) -> pa.Array:
    """The column in its declared type where it has it, else as text that has every digit of it."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    declared = arrow_type(field.type)
    if column.type == declared:
        return column
    if pa.types.is_float32(column.type):
        return column.cast(pa.float64())
    if pa.types.is_timestamp(column.type):
        return _moments(column, declared)
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid as wrong:
        raise SourceChanged(f"{where}: the column {field.source_name!r}: {wrong}; expected text") from wrong


def _moments(column: pa.Array, declared: pa.DataType) -> pa.Array:
    """Moments of another unit or zone: as they are, or as texts, so that what has a nanosecond too many is told."""
    micro = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    exact = pc.equal(micro.cast(column.type, safe=False), column)
    if column.type.tz and pa.types.is_timestamp(declared) and pc.all(exact).as_py() is not False:
        return micro.cast(declared)
    return pc.if_else(exact, micro.cast(pa.string()), column.cast(pa.string()))


def _bare(of: pa.DataType) -> pa.DataType:
    return of.value_type if pa.types.is_dictionary(of) else of


_NUMBERS = (Kind.STRING, Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)
_EXACT: tuple[tuple[Callable[[pa.DataType], bool], tuple[Kind, ...]], ...] = (
    (pa.types.is_float32, (Kind.DOUBLE,)),
    (pa.types.is_float64, (Kind.DOUBLE,)),
    (pa.types.is_integer, _NUMBERS),
    (pa.types.is_decimal, _NUMBERS),
    (pa.types.is_boolean, (Kind.BOOLEAN, Kind.STRING)),
    (pa.types.is_date, (Kind.DATE, Kind.STRING)),
    (pa.types.is_timestamp, (Kind.TIMESTAMP, Kind.STRING)),
    (pa.types.is_time, (Kind.STRING,)),
    *((of, tuple(Kind)) for of in (pa.types.is_null, pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)),
)
"""Type of a file's column -> kinds of field that its values can become exactly, or be told one by one why not.

A number with a binary fraction is nothing but a double: as money it has lost its digits before it came.
"""


def _exact(of: pa.DataType, field: Field) -> bool:
    return any(is_it(of) and field.type.kind in kinds for is_it, kinds in _EXACT)


@contextmanager
def _sound(where: str) -> Iterator[None]:
    """What is broken in a file is the department's to mend, also where pyarrow calls it an error of the disk."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as wrong:
        raise SourceChanged(f"{where}: {wrong}; expected a whole Parquet file, without a password") from wrong


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(ParquetOptions, dataset)
    return FolderOf(dataset, drop(connection, options, options.pattern), Parquet(dataset), options)


_FILES = Files("parquet", (".parquet",))
KIND = folder_kind("parquet", ParquetOptions, build, offers=_FILES.offers)
