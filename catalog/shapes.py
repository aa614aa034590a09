"""What each source looked like when it was last read: changes are told to its owner, and stop what they must."""

import hashlib
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from catalog import tables
from catalog.database import serialise, writing
from catalog.deeds import book, record
from catalog.mending import notices
from catalog.put import put
from catalog.shelf import Shelf
from schemas.dataset import Dataset
from schemas.deed import Act, Deed, Done, Right, Word, reason
from schemas.drift import Drift, Shape, drift, known_after
from schemas.errors import BadInput, SourceChanged
from schemas.notice import About, Notice
from schemas.record import from_json, to_json


def look(engine: Engine, dataset: Dataset, shape: Shape, now: datetime) -> tuple[str, ...]:
    """What changed since the source was last read, in words; its owner is told once of each change.

    SourceChanged where the contract freezes it: what was known stays, until somebody accepts the source as it is.
    """
    with writing(engine) as connection:
        serialise(connection, f"shape {dataset.key}")
        before = known(connection, dataset.key)
        found = drift(before, shape) if before else Drift()
        frozen = found.frozen(dataset.source.schema_contract)
        if found.said():
            notices.tell(connection, [_notice(dataset, found, now, frozen=frozen)])
        if not frozen:
            _keep(connection, dataset.key, known_after(before, shape), now)
    if frozen:
        raise SourceChanged(
            f"{dataset.key}: changed at the source since it was last read: {'; '.join(found.said())}. Its owner has "
            "been told. Change the contract where it must, then: "
            f"yishu source accept {dataset.key} --person … --reason …"
        )
    return found.said()


def accept(shelf: Shelf, dataset: Dataset, shape: Shape, word: Word, now: datetime) -> tuple[str, ...]:
    """The source is right as it is now: what changed, in words; the deed of a reviewer of its owner, on record first.

    Nothing is on record where nothing had changed. BadInput where it was never read or no reason is given, Refused
    where it is not this person's to say.
    """
    reason(word.reason)
    record.officer(shelf, dataset, word.by.person)
    with shelf.engine.connect() as connection:
        found = _changed(connection, dataset, shape)
    if not found.said():
        return ()
    facts = {"changes": list(found.said())}
    by = replace(word.by, organisation=dataset.owner)
    done = record.receipted(shelf, Deed(Act.ACCEPT_CHANGE, by, Right.OWNER, word.reason, dataset.key, facts), now)
    with writing(shelf.engine) as connection:
        serialise(connection, f"shape {dataset.key}")
        if _changed(connection, dataset, shape) != found:
            raise BadInput(f"{dataset.key}: its source was read meanwhile and is another again; look at it first")
        book.enter(connection, done)
        notices.tell(connection, [_accepted(dataset, done)])
        _keep(connection, dataset.key, known_after(known(connection, dataset.key), shape), now)
    return found.said()


def _changed(connection: Connection, dataset: Dataset, shape: Shape) -> Drift:
    before = known(connection, dataset.key)
    if before is None:
        raise BadInput(f"{dataset.key}: its source was never read, so nothing can have changed; run it first")
    return drift(before, shape)


def known(connection: Connection, key: str) -> Shape | None:
    """The source of a dataset as it is known; None where it was never read."""
    table = tables.source_shape
    found = connection.scalar(select(table.c.shape).where(table.c.dataset == key))
    return None if found is None else from_json(Shape, found, where=f"the known shape of {key}'s source")


def _keep(connection: Connection, key: str, shape: Shape, now: datetime) -> None:
    put(connection, tables.source_shape, {"dataset": key, "shape": to_json(shape).decode(), "seen_at": now})


def _notice(dataset: Dataset, found: Drift, now: datetime, *, frozen: bool) -> Notice:
    state, state_en = ("已停止采集", "nothing is collected") if frozen else ("照常采集", "collected as before")
    return Notice(
        recipient=dataset.owner,
        about=About.SOURCE_CHANGED,
        dataset=dataset.key,
        cause=f"source of {dataset.key} {_digest(found)}{' frozen' if frozen else ''}",
        subject=f"{dataset.title}：源系统结构有变，{state}",
        subject_en=f"{dataset.title_en or dataset.title}: its source has changed, {state_en}",
        body={"changes": list(found.said()), "frozen": frozen},
        created_at=now,
    )


def _accepted(dataset: Dataset, done: Done) -> Notice:
    """Its reason stands with the deed; a notice names the receipt."""
    return Notice(
        recipient=dataset.owner,
        about=About.SOURCE_CHANGED,
        dataset=dataset.key,
        cause=f"source of {dataset.key} accepted {done.receipt}",
        subject=f"{dataset.title}：源系统结构变化已确认",
        subject_en=f"{dataset.title_en or dataset.title}: the change of its source was accepted",
        body={"changes": done.deed.facts["changes"], "person": done.deed.by.person, "receipt": done.receipt},
        created_at=done.at,
    )


def _digest(found: Drift) -> str:
    return hashlib.sha256("\n".join(found.said()).encode()).hexdigest()[:16]
