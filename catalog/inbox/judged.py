"""Rows held against the contract's types and standards: which may come in, and why the others may not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.inbox.slices import Slice
from schemas.dataset import Dataset, Field
from schemas.fitting.column import fit_column
from schemas.fitting.promises import Promise
from schemas.fitting.reasons import cause, expected, expected_zh
from schemas.push import MISFIT, Fault, told


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the rows of one slice."""

    rows: pa.RecordBatch
    """Those that may come in, just as they were sent."""
    places: tuple[int, ...]
    faults: tuple[Fault, ...]
    """Of all others, by row."""


def judged(dataset: Dataset, promises: Sequence[Promise], slices: Iterable[Slice]) -> Iterator[Judged]:
    """Slice by slice."""
    return (_judge(dataset, promises, one) for one in slices)


def _judge(dataset: Dataset, promises: Sequence[Promise], some: Slice) -> Judged:
    columns: dict[str, pa.Array] = {}
    found: dict[tuple[int, str], Fault] = {}
    for field in dataset.fields:
        column = some.rows.column(field.name)
        columns[field.name], misfits = _typed(dataset, field, column, some.places)
        found.update({(row, field.name): fault for row, fault in misfits.items()})
    for promise in promises:
        name = promise.field.name
        for row in promise.broken(columns[name]):
            if (row, name) not in found:
                found[row, name] = _broken(promise, some, row)
    bad = {row for row, _ in found}
    kept = [row for row in range(some.rows.num_rows) if row not in bad]
    faults = sorted((*some.faults, *found.values()), key=lambda one: one.row)
    rows = some.rows.take(pa.array(kept, pa.int64())) if bad else some.rows
    return Judged(rows, tuple(some.places[row] for row in kept), tuple(faults))


def _typed(
    dataset: Dataset, field: Field, column: pa.Array, places: Sequence[int]
) -> tuple[pa.Array, dict[int, Fault]]:
    typed, reasons = fit_column(dataset, field, column)
    rule = field.name + MISFIT
    faults = {
        row: Fault(places[row], field.name, rule, told(field, text), *_expected(field, text))
        for row, (text, _) in reasons.items()
    }
    if pa.types.is_string(column.type):
        for row in pc.indices_nonzero(pc.match_substring(column, "\0")).to_pylist():
            text = column[row].as_py()
            faults[row] = Fault(
                places[row], field.name, rule, told(field, text), "不得含空字符 U+0000", "no character U+0000"
            )
    return typed, faults


def declared(field: Field) -> tuple[str, str]:
    """What a value of this field looks like, in Chinese and English."""
    if field.element == "division":
        return "区划代码，2、4、6、9、12 或 15 位数字", "a division code of 2, 4, 6, 9, 12 or 15 digits"
    return expected_zh(field), expected(field)


def _expected(field: Field, text: str) -> tuple[str, str]:
    chinese, english = declared(field)
    why = "" if field.element == "division" else cause(text, field)
    return chinese, english + (f": {why}" if why else "")


def _broken(promise: Promise, some: Slice, row: int) -> Fault:
    rule, field = promise.rule, promise.field
    value = some.rows.column(field.name).slice(row, 1).cast(pa.string())[0].as_py()
    shown = "" if value is None else told(field, value)
    return Fault(some.places[row], field.name, rule.name, shown, rule.title, rule.title_en)
