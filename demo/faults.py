"""Faults of known number planted into clean rows, and the truth about what must become of them."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

Row = list[str | None]
DUPLICATE = "row.duplicate"
"""The finding about exact copies; reports count them apart from rules."""


class Kind(Enum):
    """What a fault does to a row's fate."""

    ROW = "row"
    """The row goes to quarantine under the fault's rule."""
    WARNING = "warning"
    """The row is published; the rule counts it."""
    COPY = "copy"
    """The row is delivered twice, the same: one copy is dropped."""
    CONFLICT = "conflict"
    """The row is delivered twice with the same key and other contents: both go to quarantine."""


_TO_QUARANTINE = (Kind.ROW, Kind.CONFLICT)


@dataclass(frozen=True, slots=True)
class Fault:
    """`rows` rows that `spoil` makes break `rule`. For conflicts `rows` counts pairs."""

    rule: str
    rows: int
    spoil: Callable[[Row], None]
    kind: Kind = Kind.ROW


@dataclass(frozen=True, slots=True)
class Truth:
    """What must come out of one delivery. `read = published + sum(quarantined) + duplicates`."""

    read: int
    published: int
    quarantined: Mapping[str, int]
    duplicates: int
    warnings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a department hands over, what of it must be published, and the counts."""

    rows: Sequence[Row]
    published: Sequence[Row]
    truth: Truth


def put(column: int, value: str | None) -> Callable[[Row], None]:
    """Spoils by writing `value` into a column."""

    def spoil(row: Row) -> None:
        row[column] = value

    return spoil


def change(column: int, how: Callable[[str], str]) -> Callable[[Row], None]:
    """Spoils by changing what stands in a column."""

    def spoil(row: Row) -> None:
        row[column] = how(row[column] or "")

    return spoil


def copies(rows: int) -> Fault:
    """`rows` exact copies."""
    return Fault("duplicates", rows, _leave, Kind.COPY)


def _leave(_: Row) -> None:
    """A copy stays as it is."""


def added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts of several deliveries together."""
    total = Counter[str]()
    for part in parts:
        total.update(part)
    return dict(total)


def plant(clean: Sequence[Row], faults: Sequence[Fault], rng: random.Random) -> Delivery:
    """The rows with all faults in, each row with one fault at most, in an order that gives nothing away."""
    wanted = sum(fault.rows for fault in faults)
    if wanted * 2 > len(clean):
        raise ValueError(f"{wanted} faults need at least {wanted * 2} rows, found {len(clean)}")
    chosen = iter(rng.sample(range(len(clean)), wanted))
    twice: list[Row] = []
    lost: set[int] = set()
    for fault in faults:
        for place in (next(chosen) for _ in range(fault.rows)):
            row = clean[place]
            if fault.kind in (Kind.COPY, Kind.CONFLICT):
                row = list(row)
                twice.append(row)
            if fault.kind in _TO_QUARANTINE:
                lost.add(place)
            fault.spoil(row)
    published = [row for place, row in enumerate(clean) if place not in lost]
    rows = [*clean, *twice]
    rng.shuffle(rows)
    return Delivery(rows, published, _truth(faults, len(rows), len(published)))


def _truth(faults: Sequence[Fault], read: int, published: int) -> Truth:
    """What the faults must be found as; of a conflict both rows go to quarantine."""
    quarantined = added({f.rule: f.rows * (1 + (f.kind is Kind.CONFLICT))} for f in faults if f.kind in _TO_QUARANTINE)
    warnings = added({f.rule: f.rows} for f in faults if f.kind is Kind.WARNING)
    duplicates = sum(f.rows for f in faults if f.kind is Kind.COPY)
    return Truth(read, published, quarantined, duplicates, warnings)
