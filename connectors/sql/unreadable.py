"""Rows that an engine can read but not tell as text: they become misfits, and the rest of their batch goes on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from connectors.protocol import Batch, Misfit

SHOWN = 64
"""Of so many bytes of a binary value the digits are shown."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The first value of a row that has no text."""

    field: str
    value: str
    """How it is shown to the people who mend it."""
    reason: str


def of_bytes(field: str, shown: str) -> Unreadable:
    """A binary value, of which `shown` are the hexadecimal digits."""
    more = "…" if len(shown) >= 2 * SHOWN else ""
    return Unreadable(field, shown.lower() + more, "found binary bytes, expected a text, a number or a moment")


def batch(piece: str, first: int, rows: pa.RecordBatch, wrong: Mapping[int, Unreadable]) -> Batch:
    """The rows of a batch (text) without those that are wrong, which come as misfits; row 0 has the place `first`."""
    if not wrong:
        return Batch(piece, first, rows)
    kept = [row for row in range(rows.num_rows) if row not in wrong]
    places = pa.array([first + row for row in kept], pa.int64())
    misfits = tuple(_misfit(rows, row, first + row, wrong[row]) for row in sorted(wrong))
    return Batch(piece, first, rows.take(pa.array(kept, pa.int64())), places, misfits)


def joined(columns: Sequence[Mapping[int, Unreadable]]) -> dict[int, Unreadable]:
    """What is wrong in several columns, a row once: under the first of its fields."""
    found: dict[int, Unreadable] = {}
    for column in columns:
        for row, wrong in column.items():
            found.setdefault(row, wrong)
    return found


def _misfit(rows: pa.RecordBatch, row: int, place: int, wrong: Unreadable) -> Misfit:
    texts = {name: rows.column(name)[row].cast(pa.string()).as_py() for name in rows.schema.names}
    raw = json.dumps(texts | {wrong.field: wrong.value}, ensure_ascii=False)
    return Misfit(place, wrong.field, wrong.value, wrong.reason, raw)
