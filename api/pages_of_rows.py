"""Pages of rows by position in a version: the sealed cursor, and the cut out of the reader's row groups."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from api.seal import CURSOR_LIFE, Seal
from api.wanted import RowsQuery
from catalog.rows.reader import RowReader
from schemas.access import Decision, Subject
from schemas.dataset import Json
from schemas.errors import BadAsk


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
    if not query.cursor:
        return Place(query.version or 0)
    said = seal.open(query.cursor, purpose="cursor", bound=bound, now=now)
    return Place(int(said["v"]), int(said["g"]), int(said["n"]), int(said["s"]), said["a"])


def same_grant(place: Place, decision: Decision) -> None:
    """BadAsk where a cursor's pages stood on another grant: its rows lie elsewhere, so that some would be missed."""
    if place.grant is not None and place.grant != decision.grant:
        raise BadAsk("cursor: found one of another grant, expected none: start again under this one")


def next_place(seal: Seal, place: Place, bound: Json, now: datetime) -> str:
    """The sealed cursor of the page that starts at `place`."""
    said = {"v": place.version, "g": place.group, "n": place.skip, "s": place.served, "a": place.grant}
    return seal.close(said, purpose="cursor", bound=bound, until=now + CURSOR_LIFE)


def cut(reader: RowReader, start: Place, rows: int) -> tuple[list[pa.RecordBatch], Place | None]:
    """`rows` rows from `start` on, and where the next page starts; None at the end. Costs the same at any depth."""
    found: list[pa.RecordBatch] = []
    served = start.served + rows
    for number, group in _groups(reader, start.group):
        skip = start.skip if number == start.group else 0
        rest = group.slice(skip)
        if rest.num_rows > rows:
            return found + rest.slice(0, rows).to_batches(), replace(
                start, group=number, skip=skip + rows, served=served
            )
        found += rest.to_batches()
        rows -= rest.num_rows
    return found, None


def _groups(reader: RowReader, first: int) -> Iterator[tuple[int, pa.Table]]:
    """The permitted rows of each row group from number `first` on; one that holds none in scope is not opened."""
    for number, part in enumerate(reader.parts()):
        if number >= first:
            yield number, pa.Table.from_batches(part, reader.schema)
