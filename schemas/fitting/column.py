"""Makes a column of texts into its declared type, and tells of each row that does not fit what was found and why."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from schemas.arrow import arrow_type
from schemas.dataset import Dataset, Field, Kind
from schemas.fitting.convert import convert, within
from schemas.fitting.reasons import reason
from schemas.standards.division_code import NORMAL, normalise

Reasons = Mapping[int, tuple[str, str]]
"""Row of a column -> (text found, why it does not fit)."""


def markers(dataset: Dataset, field: Field) -> tuple[str, ...]:
    """The texts that mean "missing" in this field: its own, else those of the source."""
    return dataset.source.null_markers if field.null_markers is None else field.null_markers


def fit_column(dataset: Dataset, field: Field, column: pa.Array, *, sure: bool = False) -> tuple[pa.Array, Reasons]:
    """One column in its declared type, NULL where a row does not fit, and the reasons of those rows.

    `sure`: what already is of its declared type was found `within` its bounds by whoever made it.
    """
    declared = arrow_type(field.type)
    if column.type == declared and not pa.types.is_string(declared) and (sure or within(column)):
        return column, {}
    column = column.cast(pa.string())
    if missing := markers(dataset, field):
        is_missing = pc.is_in(column, value_set=pa.array(missing, pa.string()))
        if pc.any(is_missing).as_py():
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
    if pc.all(pc.match_substring_regex(encoded.dictionary, NORMAL)).as_py() is not False:
        return column, {}
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
