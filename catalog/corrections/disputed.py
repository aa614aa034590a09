"""Which cells of what a reader is served are disputed 存疑: only cells within the reader's own decision, ever."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.corrections import cells, sealed, stored
from catalog.corrections.cells import Rows
from catalog.corrections.stored import OpenCell
from catalog.rows.json_text import json_rows
from catalog.rows.reader import keys_of
from catalog.shelf import Shelf
from schemas.access import Decision
from schemas.dataset import Dataset, Json
from schemas.doubt import Doubt, Words

MOST = 1_000
"""Disputed cells of one dataset that are looked at, the oldest first."""
_ROWS = Rows()


@dataclass(frozen=True, slots=True)
class Disputed:
    """One disputed cell, as its reader may know of it."""

    key: Mapping[str, Json]
    """The row's key as it leaves to this reader; columns of it that do not are missing."""
    column: str
    since: datetime
    subject: str
    """The subject's key as it lies there, for who asked by it; it never leaves."""


def disputed(shelf: Shelf, decision: Decision) -> tuple[Disputed, ...]:
    """The cells in the rows and columns that a decision opens; nothing where it opens nothing."""
    if not decision.allowed or decision.rows is None:
        return ()
    known = shelf.recall.of(stored.open_cells, decision.ask.dataset)
    served = {view.name for view in decision.served}
    mine = [one for one in known if one.column in served][:MOST]
    return _within(shelf, decision, mine) if mine else ()


def facts(found: tuple[Disputed, ...]) -> list[Json]:
    """As answers in JSON say it."""
    return [{"key": dict(one.key), "column": one.column, "since": one.since.isoformat()} for one in found]


def _within(shelf: Shelf, decision: Decision, mine: list[OpenCell]) -> tuple[Disputed, ...]:
    dataset = shelf.dataset(decision.ask.dataset)
    columns: dict[str, dict[str, datetime]] = {}
    for one in mine:
        if (key := _key(shelf, dataset, one)) is not None:
            columns.setdefault(key, {}).setdefault(one.column, one.since)
    snapshot = shelf.version(dataset.key, decision.version)
    rows = _ROWS.of(shelf, dataset, snapshot, tuple(sorted(columns)))
    inside, leaving = shelf.open_rows(decision).kept(rows)
    there = [name for name in dataset.key_fields if name in leaving.column_names]
    keys = list(json_rows(leaving.select(there).to_batches())) if there else [{}] * inside.num_rows
    if not inside.num_rows:
        return ()
    subjects = keys_of(inside, dataset.subject_fields).to_pylist()
    return tuple(_each(zip(cells.keys_in(dataset, inside), subjects, keys, strict=True), columns, leaving.column_names))


def _each(
    rows: Iterable[tuple[str, str, Json]], columns: Mapping[str, Mapping[str, datetime]], leaving: list[str]
) -> Iterator[Disputed]:
    for mark, subject, key in rows:
        for column, since in columns[mark].items():
            if column in leaving:
                yield Disputed(key, column, since, subject)


def _key(shelf: Shelf, dataset: Dataset, one: OpenCell) -> str | None:
    """The row's joined key; None where the contract has had another key since."""
    secret = shelf.token_key
    key = sealed.opened(secret, one.sealed, Doubt).key if one.claimed else sealed.opened(secret, one.sealed, Words).key
    return cells.joined(dataset, key) if cells.fits(dataset, key) else None
