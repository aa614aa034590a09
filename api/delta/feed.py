"""Delta's change data feed: what changed for one caller from version to version, as files of the protocol."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from api.caller import Call
from api.delta.asking import permitted
from api.delta.files import Link, file_id, folder, plan
from catalog.changes import ADDED, CHANGE, CHANGED, REMOVED, Delta, delta
from catalog.rows.cut import Cut, written
from catalog.versions import Version
from schemas.access import Ask, Decision
from schemas.errors import BadAsk

TYPE = "_change_type"
WORDS = {ADDED: "insert", CHANGED: "update_postimage", REMOVED: "delete"}
"""Our words -> Delta's. There is no image from before a change; a deleted row has its key and nothing else."""
MOST = 100
"""Versions of one ask."""


@dataclass(frozen=True, slots=True)
class Step:
    """From one published version to the next."""

    since: int
    """0 before the first."""
    version: int
    came: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """Changes in Delta's words."""

    changes: Delta

    @property
    def schema(self) -> pa.Schema:
        """The permitted columns, and what happened."""
        return self.changes.new.schema.append(pa.field(TYPE, pa.string()))

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """What changed."""
        ours, theirs = pa.array(list(WORDS)), pa.array(list(WORDS.values()))
        for batch in self.changes:
            words = theirs.take(pc.index_in(batch.column(CHANGE), ours))
            columns = [batch.column(name) for name in self.changes.new.schema.names]
            yield pa.RecordBatch.from_arrays([*columns, words], schema=self.schema)


def steps(versions: Iterable[Version], first: int, last: int, most: int = MOST) -> list[Step]:
    """The published versions `first` to `last`, each with the one before it; BadAsk where they are too many."""
    published = sorted((v.number, v.published_at) for v in versions if v.state == "published")
    numbers = [number for number, _ in published]
    found = [
        Step(before, number, came)
        for before, (number, came) in zip([0, *numbers], published, strict=False)
        if first <= number <= last
    ]
    if len(found) > most:
        raise BadAsk(f"found {len(found)} versions from {first} to {last}, expected at most {most}; ask for fewer")
    return found


def changes(call: Call, ask: Ask, step: Step) -> tuple[int, str, Cut] | None:
    """Place, id and file of what a step changed for this caller; None where it changed nothing."""
    desk = call.desk
    decision = permitted(call, ask, step.version)
    before = permitted(call, ask, step.since) if step.since else decision
    new = desk.shelf.open_rows(decision, step.since or None)
    old = desk.shelf.open_rows(before, step.version) if step.since else replace(new, files=())
    told = [plan(desk, before, old), plan(desk, decision, new), step.since]
    feed = Feed(delta(desk.shelf.dataset(ask.dataset), old, new))
    made = written(feed, folder(desk), desk.seal.tag(told, purpose="cut of changes"), call.now)
    return None if made is None else (0, file_id(desk, decision, made), made)


def changes_of(call: Call, decision: Decision, link: Link) -> tuple[int, str, Cut] | None:
    """The file that a link to changes leads to, made anew where it was swept away."""
    return changes(call, decision.ask, Step(link.since or 0, link.version, call.now))
