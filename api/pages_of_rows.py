"""Pages of rows by position in a version: the sealed cursor, and the cut out of the reader's row groups."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import pyarrow as pa

from api.hand import Hand
from api.seal import CURSOR_LIFE, Seal
from api.wanted import RowsQuery
from catalog.rows.reader import RowReader
from schemas.access import Decision, Subject
from schemas.dataset import Json
from schemas.errors import BadAsk

LOOKED = 2_000_000
"""Rows that are looked at for one page."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page starts: so many permitted rows into one row group of this version."""

    version: int
    """0 for the latest."""
    group: int = 0
    """Number of the row group, from 0, among those that may hold permitted rows: others are not even counted."""
    skip: int = 0
    served: int = 0
    """Rows of the pages before."""
    grant: str | None = None
    """Number of the grant that the pages before stood on, empty for another basis; None before the first page."""


def bound_to(subject: Subject, key: str, query: RowsQuery) -> Json:
    """What a cursor belongs to: this caller, this dataset, this ask; only its page size may change."""
    told = query.model_dump(mode="json", exclude={"cursor", "limit", "lang", "bom", "compress", "format", "mode"})
    return {"system": subject.system, "organisation": subject.organisation, "dataset": key, "ask": told}


def place_of(seal: Seal, query: RowsQuery, bound: Json, now: datetime) -> Place:
    """The start, or what the cursor says; BadAsk for a cursor that is forged, altered, another's or too old."""
    return opened(seal, query.cursor, bound, now) if query.cursor else Place(query.version or 0)


def opened(seal: Seal, cursor: str, bound: Json, now: datetime) -> Place:
    """What a cursor says; BadAsk for one that is forged, altered, another's or too old."""
    said = seal.open(cursor, purpose="cursor", bound=bound, now=now)
    return Place(int(said["v"]), int(said["g"]), int(said["n"]), int(said["s"]), said["a"])


def same_grant(place: Place, decision: Decision) -> None:
    """BadAsk where a cursor's pages stood on another grant: its rows lie elsewhere, so that some would be missed."""
    if place.grant is not None and place.grant != decision.grant:
        raise BadAsk("cursor: found one of another grant, expected none: start again under this one")


def next_place(seal: Seal, place: Place, bound: Json, now: datetime) -> str:
    """The sealed cursor of the page that starts at `place`."""
    said = {"v": place.version, "g": place.group, "n": place.skip, "s": place.served, "a": place.grant}
    return seal.close(said, purpose="cursor", bound=bound, until=now + CURSOR_LIFE)


@dataclass(frozen=True, slots=True)
class Book:
    """The permitted row groups of one ask, of which those of the last pages are still at hand."""

    reader: RowReader
    hand: Hand
    mark: str
    """What these rows depend on: caller, grant, version, columns, scope."""

    def groups(self, first: int) -> Iterator[tuple[int, int, pa.Table]]:
        """From number `first` on: the number, how many rows had to be looked at, and the permitted ones of them.

        A row group that holds none in scope is neither opened nor counted.
        """
        for number, part in enumerate(self.reader.parts(first), first):
            looked = part.files[0].groups[0].rows
            yield number, looked, self.hand.table((self.mark, number), partial(_read, part))


def cut(book: Book, start: Place, rows: int, most: int = LOOKED) -> tuple[list[pa.RecordBatch], Place | None]:
    """`rows` rows from `start` on, and where the next page starts; None at the end. Costs the same at any depth.

    Where few rows pass, a page ends after `most` rows with what it has, and the next one goes on from there.
    """
    found: list[pa.RecordBatch] = []
    place, looked = start, 0
    for number, many, group in book.groups(start.group):
        if looked >= most:
            return found, replace(place, group=number, skip=0)
        looked += many
        skip = start.skip if number == start.group else 0
        rest = group.slice(skip)
        taken = min(rest.num_rows, rows)
        found += rest.slice(0, taken).to_batches()
        place = replace(place, group=number, skip=skip + taken, served=place.served + taken)
        if rest.num_rows > rows:
            return found, place
        rows -= taken
    return found, None


def _read(part: RowReader) -> pa.Table:
    return pa.Table.from_batches(part, part.schema)
