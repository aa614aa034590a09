"""Takes one push: judged, kept durably, put on record, and booked once however often it is sent."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from catalog.database import writing
from catalog.inbox import desk, faults, leftovers, store
from catalog.inbox.answer import Tally, answer
from catalog.inbox.bodies import Body, unpacked
from catalog.inbox.formats import Format, slices
from catalog.inbox.judged import judged
from catalog.inbox.segment import SegmentWriter, accepted
from catalog.inbox.slices import Slice, within
from catalog.lake import where
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.errors import BadInput, Busy, KeyTaken
from schemas.fitting.promises import Known, promises
from schemas.journey import Part
from schemas.push import CASE, LISTED, MOST_REFUSED, Fault, Push, told

TAKEN = (
    "Idempotency-Key: your system sent this key with another body or other parameters; "
    "expected the same ones again, or a fresh key"
)
NO_RECORD = "body: found no record, expected at least one"
NOTHING = "NOTHING_ACCEPTED"
"""Code of a push of which no row came in."""
OTHER_CASE = ("应与参数 case 一致，或留空", "the same as the parameter case, or nothing")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One push as it was sent, by a caller that may push."""

    subject: Subject
    dataset: Dataset
    key: str
    """The idempotency key."""
    written: Format
    sent: BinaryIO
    packed: bool
    now: datetime
    all_or_nothing: bool = False
    case: str = ""
    chinese: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """The push, and whether it was there before."""

    push: Push
    again: bool


def take(shelf: Shelf, parcel: Parcel, largest: int, ticks: Callable[[], float] = time.time) -> Taken:
    """The push that this parcel is: a new one, or the one that its key was booked for before.

    KeyTaken where that had another body, BadInput where nothing in it can be read. Killed at any moment it leaves a
    push that counts, with its answer, or none: then the same parcel again is the first. Busy where it took so long by
    `ticks` (seconds), a machine asleep perhaps, that its rows may have been swept.
    """
    until = ticks() + leftovers.LONGEST.total_seconds()
    key = [parcel.dataset.key, parcel.subject.system, parcel.key]
    id = desk.digest(shelf, "push", key)[:32]
    with unpacked(parcel.sent, parcel.packed, largest, where.desk(shelf.lake)) as body:
        signed = [body.sha256, parcel.written.value, parcel.all_or_nothing, parcel.case]
        same = desk.digest(shelf, "push body", signed)
        with shelf.engine.connect() as connection:
            before = store.find(connection, id)
        if before is not None:
            return _same(before, same, again=True)
        if parcel.case:
            desk.verified(shelf, parcel.subject, parcel.case)
        made = _made(shelf, parcel, body, id, same)
    booked = _booked(shelf, made, lambda: ticks() > until)
    return _same(booked, same, again=booked.receipt != made.receipt)


def _booked(shelf: Shelf, made: Push, late: Callable[[], bool]) -> Push:
    """The push on record: this one, or the one that was there first; then the files of this one go."""
    with writing(shelf.engine) as connection:
        booked = store.book(connection, made)
        if late():
            raise Busy(f"this push took more than {leftovers.LONGEST}, and was not taken; send it again")
    _forget(shelf, [part for part in (made.segment, made.faults) if part not in (booked.segment, booked.faults)])
    return booked


def _forget(shelf: Shelf, parts: Iterable[Part | None]) -> None:
    for part in parts:
        if part is not None:
            where.forget(shelf.lake, part)


def _same(found: Push, body: str, *, again: bool) -> Taken:
    if found.body != body:
        raise KeyTaken(TAKEN)
    return Taken(found, again)


def _made(shelf: Shelf, parcel: Parcel, body: Body, id: str, same: str) -> Push:
    """The push with its rows on disk and its receipt in the ledger; only booking makes it count."""
    tally, segment, listed = _read(shelf, parcel, body, id)
    facts = {"allowed": True, "code": "OK" if tally.accepted else NOTHING, "push": id, "digest": same}
    counts = {"rows": tally.accepted, "refused": tally.refused, "rules": dict(tally.rules), "reference": parcel.case}
    with ExitStack() as unwritten:
        unwritten.callback(_forget, shelf, (segment, listed))
        receipt = desk.recorded(shelf, parcel.subject, parcel.dataset.key, parcel.now, facts | counts)
        unwritten.pop_all()
    return Push(
        id=id,
        dataset=parcel.dataset.key,
        organisation=parcel.subject.organisation,
        system=parcel.subject.system,
        body=same,
        arrived_at=parcel.now,
        lands_at=parcel.now,
        accepted=tally.accepted,
        refused=tally.refused,
        rules=dict(tally.rules),
        answer=answer(id, parcel.dataset.key, receipt.number, tally, chinese=parcel.chinese),
        segment=segment,
        faults=listed,
        receipt=receipt.number,
        case=parcel.case,
    )


def _read(shelf: Shelf, parcel: Parcel, body: Body, id: str) -> tuple[Tally, Part | None, Part | None]:
    """The rows of the body, judged and kept, none where all were wanted and one is refused; and too many faults."""
    dataset, tally = parcel.dataset, Tally()
    if not body.size:
        raise BadInput(NO_RECORD)
    if not isinstance(shelf.lake, Path):  # no run ever comes to this machine's desk
        leftovers.unfinished(shelf.lake, dataset.key, parcel.now)
    segment, listed = (SegmentWriter(shelf.lake, dataset.key, id) for _ in range(2))
    rows = _referring(slices(body.opened, parcel.written, dataset), dataset, parcel.case)
    try:
        for some in judged(dataset, promises(dataset, _known(shelf.tree())), rows):
            tally.take(len(some.places), some.faults)
            _within(tally)
            segment.write(accepted(dataset, some))
            listed.write(faults.batch_of(some.faults))
        if tally.accepted + tally.refused == 0:
            raise BadInput(NO_RECORD)
        kept = listed.settle() if tally.faults > LISTED else None
        if parcel.all_or_nothing and tally.refused:
            tally.accepted = 0
            return tally, None, kept
        return tally, segment.settle(), kept
    finally:
        segment.abandon()
        listed.abandon()


def _within(tally: Tally) -> None:
    """TooLarge, or BadInput, where it has come to more rows than one push may have."""
    within(tally.accepted + tally.refused)
    if tally.refused > MOST_REFUSED:
        rules = ", ".join(f"{rule} ({rows})" for rule, rows in tally.rules.most_common(5))
        raise BadInput(f"body: more than {MOST_REFUSED} rows are refused, and none was taken: {rules}")


def _known(tree: DivisionTree) -> Known:
    """Whether a code is, or once was, in force; what is no code at all is not."""

    def known(code: str) -> bool:
        try:
            return tree.known(code)
        except ValueError:
            return False

    return known


def _referring(rows: Iterable[Slice], dataset: Dataset, case: str) -> Iterator[Slice]:
    """The rows with the receipt that they refer to in the field that the contract keeps it in, if it keeps it."""
    name = str(dataset.source.options.get(CASE, ""))
    for some in rows:
        yield _filled(some, dataset, name, case) if name else some


def _filled(some: Slice, dataset: Dataset, name: str, case: str) -> Slice:
    column = some.rows.column(name)
    found = column.to_pylist()
    wrong = [row for row, value in enumerate(found) if value not in (None, "", case)]
    faults = tuple(Fault(some.places[row], name, f"{name}.misfit", told(dataset.field(name), found[row]), *OTHER_CASE)
                   for row in wrong)  # fmt: skip
    kept = [row for row in range(len(found)) if row not in set(wrong)]
    filled = pa.array([case or None] * len(found), pa.string())
    rows = some.rows.set_column(some.rows.schema.get_field_index(name), name, filled).take(pa.array(kept, pa.int64()))
    ordered = tuple(sorted((*some.faults, *faults), key=lambda one: one.row))
    return Slice(rows, tuple(some.places[row] for row in kept), ordered)
