"""Rows of one push that validation put into quarantine, by number and rule; a window's others are passed over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.lake import named
from catalog.lake.where import Lake, at_hand
from schemas import lake as places
from schemas.journey import PIECE, PLACE, Part, Verdict, Window
from schemas.push import Push
from schemas.record import from_json

RULES = "_rules"
AT = "at"
AT_ONCE = 8 * 1024
"""Rows that are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One rule of one row of quarantine."""

    part: int = 0
    """Number of the file, from 0."""
    row: int = 0
    """Of the file, from 0; not that of the push."""
    rule: int = 0


FIRST = Spot()


def parts(lake: Lake, push: Push) -> tuple[Part, ...]:
    """Where the quarantine of its window lies; nothing before validation."""
    if push.landed_at is None or push.segment is None:
        return ()
    name = f"{places.verdict(push.dataset, Window.parse(push.window))}/verdict.json"
    text = named.text(lake, name)
    return () if text is None else from_json(Verdict, text, where=name).quarantine


def count(lake: Lake, found: Sequence[Part], push: str) -> int:
    """How many rows of the push lie there."""
    return sum(some.num_rows for part in found for some in _own(lake, part, push, 0))


def broken(lake: Lake, found: Sequence[Part], push: str, start: Spot = FIRST) -> Iterator[tuple[Spot, int, str]]:
    """Number of the row in the push and rule that it broke, each with its spot, from a spot on."""
    for number, part in enumerate(found[start.part :], start.part):
        first = start if number == start.part else Spot(number)
        for some in _own(lake, part, push, first.row):
            yield from _of_batch(some, first)


def _of_batch(some: pa.RecordBatch, first: Spot) -> Iterator[tuple[Spot, int, str]]:
    for row in some.to_pylist():
        told = first.rule if row[AT] == first.row else 0
        for rule, name in enumerate(row[RULES][told:], told):
            yield Spot(first.part, row[AT], rule), row[PLACE], name


def _own(lake: Lake, part: Part, push: str, first: int) -> Iterator[pa.RecordBatch]:
    """The push's rows of one file from its row `first` on, each with its number `at` in the file."""
    with pq.ParquetFile(at_hand(lake, part)) as file:
        began = 0
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if began + rows > first:
                yield from _of_group(file, group, push, range(began, first))
            began += rows


def _of_group(file: pq.ParquetFile, group: int, push: str, before: range) -> Iterator[pa.RecordBatch]:
    """Rows of one row group without those `before`, which begin where it begins."""
    at = before.start
    for some in file.iter_batches(AT_ONCE, row_groups=[group], columns=[PIECE, PLACE, RULES]):
        numbers = pa.arange(at, at + some.num_rows)
        wanted = pc.and_(pc.equal(some.column(PIECE), push), pc.greater_equal(numbers, before.stop))
        yield pa.record_batch([some.column(PLACE), some.column(RULES), numbers], [PLACE, RULES, AT]).filter(wanted)
        at += some.num_rows
