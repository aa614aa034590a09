"""What is gone at a source, masked as its contract grades it: where, and some of the keys; each look is on record."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from catalog import access
from catalog.confirming import keys
from catalog.confirming.desk import Seen
from catalog.masked import cells, transform_of
from catalog.shelf import Shelf
from schemas.access import Ask, Basis, Decision, Mode, Standing, Subject
from schemas.dataset import Field, Transform
from schemas.errors import Unknown
from schemas.matter import Gone
from schemas.receipt import Receipt

ROWS = 20
PLACES = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows that are gone, by key, and where they all were."""

    fields: tuple[Field, ...]
    """Those of the key, and that of the place."""
    rows: tuple[tuple[str, ...], ...]
    """A text for each field, masked."""
    places: tuple[tuple[str, int], ...]
    """Codes of divisions with most rows gone, and how many; none where the rows have no place, or it is not clear."""
    receipt: Receipt


def decided(shelf: Shelf, subject: Subject, seen: Seen, now: datetime) -> Decision:
    """The access rule's answer to an ask for keys and places of the version before, as their owner."""
    gone, dataset = _gone(seen), seen.dataset
    about = tuple(dict.fromkeys((*dataset.key_fields, *filter(None, [dataset.default_scope]))))
    ask = Ask(subject, dataset.key, Mode.QUERY, "own_duty", now, columns=about, basis=Basis.OWNER)
    return access.decide(ask, dataset, (), Standing(True, False, gone.base), shelf.tree())


def sample(shelf: Shelf, seen: Seen, decision: Decision) -> Sample | None:
    """On record first. None where the keys are not at hand: this matter is over, or of an earlier release."""
    gone = _gone(seen)
    file = keys.at_hand(shelf.lake, gone.keys)
    if file is None:
        return None
    receipt = shelf.record(decision, {"confirmation": seen.matter.id, "masked": True})
    views, names = {one.name: one.transform for one in decision.served}, set(pq.read_schema(file).names)
    fields = tuple(one for one in seen.dataset.fields if one.name in views and one.name in names)
    with pq.ParquetFile(file) as opened:
        first = next(opened.iter_batches(ROWS), None)
    rows = zip(*cells(first, fields, plain=False), strict=True) if first is not None else ()
    scope = next((one for one in fields if one.name == seen.dataset.default_scope), None)
    clear = scope is not None and scope.shareable and transform_of(scope) is views[scope.name] is Transform.CLEAR
    return Sample(fields, tuple(rows), _places(file, scope.name) if scope and clear else (), receipt)


def _places(file: Path, scope: str) -> tuple[tuple[str, int], ...]:
    """Divisions with most rows first."""
    counted: Counter[str] = Counter()
    with pq.ParquetFile(file) as opened:
        for batch in opened.iter_batches(columns=[scope]):
            found = batch.column(0).value_counts().to_pylist()
            counted.update({str(one["values"] or ""): int(one["counts"]) for one in found})
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:PLACES])


def _gone(seen: Seen) -> Gone:
    if not isinstance(seen.matter.about, Gone):
        raise Unknown(f"confirmation {seen.matter.id} is about a changed source: no rows are gone")
    return seen.matter.about
