"""Some of the keys that are gone at a source, masked as its contract grades them; each look is on record."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from catalog import access
from catalog.confirming.desk import Seen
from catalog.lake.where import at_hand
from catalog.masked import cells
from catalog.rows.writer import sha256_of
from catalog.shelf import Shelf
from schemas.access import Ask, Basis, Decision, Mode, Standing, Subject
from schemas.dataset import Field
from schemas.errors import LakeUnreachable, NotReady, Unknown
from schemas.journey import Part
from schemas.matter import Gone
from schemas.receipt import Receipt

ROWS = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """The first keys, by key."""

    fields: tuple[Field, ...]
    rows: tuple[tuple[str, ...], ...]
    """A text for each field, masked."""
    receipt: Receipt


def decided(shelf: Shelf, subject: Subject, seen: Seen, now: datetime) -> Decision:
    """The access rule's answer to an ask for keys of the version before, as their owner."""
    gone = _gone(seen)
    about = seen.dataset.key_fields
    ask = Ask(subject, seen.dataset.key, Mode.QUERY, "own_duty", now, columns=about, basis=Basis.OWNER)
    return access.decide(ask, seen.dataset, (), Standing(True, False, gone.base), shelf.tree())


def sample(shelf: Shelf, seen: Seen, decision: Decision) -> Sample | None:
    """On record first. None where the keys are not at hand: the window was judged again, or this matter is old."""
    gone = _gone(seen)
    keys = _keys(shelf, gone.keys) if gone.keys else None
    if keys is None:
        return None
    receipt = shelf.record(decision, {"confirmation": seen.matter.id, "masked": True})
    served = {column.name for column in decision.served}
    fields = tuple(one for one in seen.dataset.fields if one.name in served and one.name in keys.schema.names)
    return Sample(fields, tuple(zip(*cells(keys, fields, plain=False), strict=True)), receipt)


def _gone(seen: Seen) -> Gone:
    if not isinstance(seen.matter.about, Gone):
        raise Unknown(f"confirmation {seen.matter.id} is about a changed source: no rows are gone")
    return seen.matter.about


def _keys(shelf: Shelf, part: Part) -> pa.RecordBatch | None:
    """The first of them, out of the very file that the verdict named."""
    try:
        file = at_hand(shelf.lake, part)
        if not file.is_file() or sha256_of(file) != part.sha256:
            return None
    except LakeUnreachable:
        raise
    except NotReady:
        return None
    with pq.ParquetFile(file) as opened:
        return next(opened.iter_batches(ROWS), None)
