"""What a correction changed for one recipient: the row before and after, through that recipient's own decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.corrections import cells
from catalog.corrections.desk import Seen, words
from catalog.rows.json_text import json_rows
from catalog.shelf import Shelf
from schemas.access import Ask, Decision, Grant, Mode, Subject
from schemas.dataset import Json
from schemas.errors import BadInput, Unknown

MODES = (Mode.QUERY, Mode.DELTA, Mode.BULK, Mode.FILE)
"""In which a grant is asked, the first that it has."""


@dataclass(frozen=True, slots=True)
class Under:
    """Under which of the grants that they were told for, and for which case where it may only verify."""

    grant: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """The row as it leaves to the recipient, in two versions; None where it is, or was, not in their scope."""

    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None


def decided(shelf: Shelf, subject: Subject, seen: Seen, under: Under, now: datetime) -> Decision:
    """The access rule's answer today to the recipient's ask for the row under one of the grants they were told for."""
    told = [one for one in seen.told_me if one.dataset == seen.it.dataset and under.grant in ("", one.grant)]
    if not told:
        raise Unknown("no grant of yours on this dataset that this correction speaks of")
    if len(told) > 1:
        raise BadInput(f"grant: found none named, expected one of {', '.join(one.grant for one in told)}")
    held = {one.number: one for one in shelf.grants_for(seen.it.dataset, subject.organisation)}
    return shelf.decide(_ask(shelf, subject, seen, held.get(told[0].grant), under.case, now))


def changed(shelf: Shelf, seen: Seen, decision: Decision) -> Changed:
    """The row in the version that was doubted and in the one that carries the right value."""
    return Changed(*(_leaving(shelf, seen, decision, version) for version in (seen.it.version, seen.it.corrected)))


def _ask(  # noqa: PLR0913, PLR0917 - the facts of one ask
    shelf: Shelf, subject: Subject, seen: Seen, grant: Grant | None, case: str, now: datetime
) -> Ask:
    dataset = seen.dataset
    columns = tuple(dict.fromkeys((*dataset.key_fields, seen.it.column)))
    if grant is None:
        return Ask(subject, dataset.key, Mode.QUERY, "", now, columns)
    mode = next((one for one in MODES if one in grant.modes), Mode.VERIFY)
    key = None
    if mode is Mode.VERIFY:
        row = cells.row(shelf, dataset, shelf.version(dataset.key, seen.it.corrected), words(shelf, seen)[0].key)
        key = {name: row.text(name) if row else "-" for name in dataset.subject_fields}
    return Ask(subject, dataset.key, mode, grant.purpose, now, columns, grant=grant.number, case=case, key=key)


def _leaving(shelf: Shelf, seen: Seen, decision: Decision, version: int) -> Mapping[str, Json] | None:
    try:
        there = shelf.version(seen.it.dataset, version)
    except Unknown:
        return None
    again = shelf.decide(decision.ask, version)
    if not again.allowed:
        return None
    row = cells.row(shelf, seen.dataset, there, words(shelf, seen)[0].key)
    _, leaving = shelf.open_rows(again).kept(row.row) if row else (None, None)
    rows = list(json_rows(leaving.to_batches())) if leaving is not None and leaving.num_rows else []
    return rows[0] if rows else None
