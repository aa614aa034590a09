"""Makes texts into the declared types; what does not fit goes to the rejects with place and reason, never to NULL."""

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from connectors.landing.convert import convert, within
from connectors.landing.reasons import reason
from connectors.options import markers
from connectors.protocol import Batch
from schemas.arrow import arrow_schema, arrow_type
from schemas.dataset import Dataset, Field, Kind
from schemas.journey import PIECE, PLACE, ROW
from schemas.standards.division_code import normalise

SYSTEM_FIELDS = (pa.field(ROW, pa.int64()), pa.field(PIECE, pa.string()), pa.field(PLACE, pa.int64()))
REJECTS = pa.schema(
    [*SYSTEM_FIELDS, *(pa.field(name, pa.string()) for name in ("field", "value", "reason", "raw"))],
)
"""Schema of the rejects: place, first field that does not fit, its text, why, and the row as JSON of its texts."""

Reasons = Mapping[int, tuple[str, str]]
"""Row of a batch -> (text found, why it does not fit)."""


def landed_schema(dataset: Dataset) -> pa.Schema:
    """The declared columns, then `_row`, `_piece`, `_place`."""
    return pa.schema([*arrow_schema(dataset), *SYSTEM_FIELDS])


def fit(dataset: Dataset, batch: Batch, start: int = 1) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Typed rows and rejects of one batch; together they are all its rows, numbered from `start`.

    A row with several misfits is rejected once, under its first field in the contract's order.
    """
    typed: list[pa.Array] = []
    found: dict[int, tuple[str, str, str]] = {}
    for field in dataset.fields:
        column, reasons = fit_column(dataset, field, batch.rows.column(field.name))
        typed.append(column)
        for row, (text, why) in reasons.items():
            found.setdefault(row, (field.name, text, why))
    count = batch.rows.num_rows
    places = batch.places if batch.places is not None else _span(batch.first, count)
    rows = pa.RecordBatch.from_arrays(
        [*typed, _span(start, count), pa.repeat(pa.scalar(batch.piece), count), places],
        schema=landed_schema(dataset),
    )
    return _kept(rows, found), _rejects(batch, found, places, start)


def fit_column(dataset: Dataset, field: Field, column: pa.Array) -> tuple[pa.Array, Reasons]:
    """One column in its declared type, NULL where a row does not fit, and the reasons of those rows."""
    declared = arrow_type(field.type)
    if column.type == declared and not pa.types.is_string(declared) and within(column):
        return column, {}
    column = column.cast(pa.string())
    if missing := markers(dataset, field):
        is_missing = pc.is_in(column, value_set=pa.array(missing, pa.string()))
        column = pc.if_else(is_missing, pa.scalar(None, pa.string()), column)
    if field.element == "division" and field.type.kind is Kind.STRING:
        return _divisions(column)
    try:
        return convert(column, field), {}
    except pa.ArrowInvalid:
        return _one_by_one(column, field)


def _one_by_one(column: pa.Array, field: Field) -> tuple[pa.Array, Reasons]:
    """Finds the misfits among the distinct values by halving, and converts the rest."""
    encoded = column.dictionary_encode()
    wrong = _misfits(encoded.dictionary, field)
    bad = pc.is_in(column, value_set=pa.array(wrong, pa.string()), skip_nulls=True)
    good = convert(pc.if_else(bad, pa.scalar(None, pa.string()), column), field)
    rows = pc.indices_nonzero(bad).to_pylist()
    texts = column.take(pa.array(rows, pa.int64())).to_pylist()
    said = {text: reason(text, field) for text in wrong}
    return good, {row: (text, said[text]) for row, text in zip(rows, texts, strict=True)}


def _misfits(values: pa.Array, field: Field) -> list[str]:
    waiting, wrong = [values], []
    while waiting:
        some = waiting.pop()
        try:
            convert(some, field)
        except pa.ArrowInvalid:
            if len(some) == 1:
                wrong.append(some[0].as_py())
            else:
                half = len(some) // 2
                waiting += [some.slice(half), some.slice(0, half)]
    return wrong


def _divisions(column: pa.Array) -> tuple[pa.Array, Reasons]:
    """Division codes to 12 digits (15 for a grid); each distinct text is judged once."""
    encoded = column.dictionary_encode()
    codes: list[str | None] = []
    why: dict[int, str] = {}
    for index, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            codes.append(normalise(text))
        except ValueError as wrong:
            codes.append(None)
            why[index] = str(wrong)
    normal = pa.array(codes, pa.string()).take(encoded.indices)
    bad = pc.is_in(encoded.indices, value_set=pa.array(list(why), encoded.indices.type), skip_nulls=True)
    reasons = {}
    for row in pc.indices_nonzero(bad).to_pylist():
        index = encoded.indices[row].as_py()
        reasons[row] = (encoded.dictionary[index].as_py(), why[index])
    return normal, reasons


def _kept(rows: pa.RecordBatch, found: Mapping[int, object]) -> pa.RecordBatch:
    if not found:
        return rows
    keep = pc.invert(pc.is_in(_span(0, rows.num_rows), value_set=pa.array(list(found), pa.int64())))
    return rows.filter(keep)


def _rejects(
    batch: Batch, found: Mapping[int, tuple[str, str, str]], places: pa.Int64Array, start: int
) -> pa.RecordBatch:
    names = batch.rows.schema.names
    listed = []
    for row in sorted(found):
        texts = [batch.rows.column(i).slice(row, 1).cast(pa.string())[0].as_py() for i in range(len(names))]
        raw = json.dumps(dict(zip(names, texts, strict=True)), ensure_ascii=False)
        listed.append((start + row, batch.piece, places[row].as_py(), *found[row], raw))
    after = start + batch.rows.num_rows
    for number, misfit in enumerate(batch.misfits, after):
        listed.append((number, batch.piece, misfit.place, misfit.field, misfit.value, misfit.reason, misfit.raw))
    columns = list(zip(*listed, strict=True)) or [()] * len(REJECTS)
    arrays = [pa.array(column, f.type) for column, f in zip(columns, REJECTS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=REJECTS)


def _span(first: int, count: int) -> pa.Int64Array:
    return pa.arange(first, first + count)
