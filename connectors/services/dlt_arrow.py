"""A batch of Arrow under the contract's names: a column whose type is not exact for its field is refused as a whole."""

from contextlib import suppress

import pyarrow as pa

from connectors.headers import Layout
from schemas.arrow import arrow_type
from schemas.dataset import Dataset, Field, Kind
from schemas.errors import SourceChanged


def texts_of(dataset: Dataset, rows: pa.RecordBatch, shape: Layout, where: str) -> pa.RecordBatch:
    """Columns of the declared type as they are, others as exact texts; NULL where an optional field is absent."""
    nothing = pa.nulls(rows.num_rows, pa.string())
    columns = [
        nothing if at is None else _text(field, rows.column(at), where)
        for field, at in zip(dataset.fields, shape.positions, strict=True)
    ]
    return pa.record_batch(columns, [f.name for f in dataset.fields])


def _text(field: Field, column: pa.Array, where: str) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if column.type == arrow_type(field.type):
        return column
    if not _exact(field, column.type):
        raise SourceChanged(
            f"{where}: the column {field.source_name!r} is {column.type}, the contract declares {field.type}; nothing "
            "is rounded or guessed: let the resource yield that type, or text"
        )
    if pa.types.is_timestamp(column.type):
        with suppress(pa.ArrowInvalid):
            column = column.cast(pa.timestamp("us", column.type.tz))
    return column.cast(pa.string())


def _exact(field: Field, of: pa.DataType) -> bool:
    """Whether values of this Arrow type have a text from which the declared one is made exactly, or a misfit."""
    kind, types = field.type.kind, pa.types
    if types.is_string(of) or types.is_large_string(of) or types.is_null(of):
        return True
    if kind is Kind.DOUBLE:
        return bool(types.is_floating(of) or types.is_integer(of) or types.is_decimal(of))
    if kind in (Kind.DECIMAL, Kind.INTEGER):
        return bool(types.is_integer(of) or types.is_decimal(of))
    if kind is Kind.STRING:
        return bool(types.is_integer(of))
    fitting = {Kind.DATE: types.is_date, Kind.TIMESTAMP: types.is_timestamp, Kind.BOOLEAN: types.is_boolean}
    return bool(fitting[kind](of))
