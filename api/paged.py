"""One page of rows of an ask that is decided and on record: its rows, and where the next one starts."""

from dataclasses import dataclass, replace

import pyarrow as pa

from api.answering import answering
from api.pages_of_rows import Book, Place, cut
from api.reading import Reading, mark
from api.served import count
from schemas.access import Decision


@dataclass(frozen=True, slots=True)
class Paged:
    """The rows of one page."""

    schema: pa.Schema
    batches: list[pa.RecordBatch]
    following: Place | None
    """Where the next page starts; None at the end."""
    truncated: str
    """Why there is no next page although there may be more rows; empty where there are none."""

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(batch.num_rows for batch in self.batches)


def paged(reading: Reading, decision: Decision, receipt: str) -> Paged:
    """So many rows as the ask's shape says from its place on, counted; no more than the decision lets it page."""
    desk = reading.call.desk
    start = replace(reading.place, version=decision.version, grant=decision.grant)
    left = reading.shape.page or 0
    if decision.most is not None:
        left = min(left, max(0, decision.most - start.served))
    with answering(desk, receipt, reading.dataset.key):
        known_by = mark(reading, decision)  # first: rows of a newer tree may lie under an older mark, never the reverse
        reader = desk.shelf.open_rows(decision)
        kept, following = cut(Book(reader, desk.hand, known_by), start, left)
    truncated = ""
    if following is not None and decision.most is not None and following.served >= decision.most:
        truncated, following = f"query ends after {decision.most} rows; take the rest in bulk", None
    found = Paged(reader.schema, kept, following, truncated)
    desk.counters.add("yishu_rows_total", found.rows, format=reading.shape.format.value)
    count(reading.call.request, found.rows)
    return found
