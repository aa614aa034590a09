"""What each source looked like when it was last read: changes are told to its owner, and stop what they must."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from catalog import tables
from catalog.confirming import arising
from catalog.database import serialise, writing
from catalog.mending import notices
from catalog.put import put
from schemas.dataset import Dataset
from schemas.drift import Drift, Shape, drift, known_after
from schemas.errors import BadInput, SourceChanged
from schemas.matter import Change, Matter, State
from schemas.notice import About, Notice
from schemas.record import from_json, to_json


def look(engine: Engine, dataset: Dataset, shape: Shape, now: datetime) -> tuple[str, ...]:
    """What changed since the source was last read, in words; its owner is told once of each change.

    SourceChanged where the contract freezes it: what was known stays, until a reviewer accepts the source as it is.
    """
    found, waits = _looked(engine, dataset, shape, now)
    if waits is None:
        return found.said()
    refused = waits.state is State.REFUSED
    raise SourceChanged(
        f"{dataset.key}: changed at the source since it was last read: {'; '.join(found.said())}. "
        + ("Its reviewer has refused that; " if refused else "Its owner has been told. ")
        + "Change the contract or the source where it must; a reviewer of the owner accepts it on the page "
        f"/confirmations/{waits.id}, or by: yishu source accept {dataset.key} --person … --reason …"
    )


def waiting(engine: Engine, dataset: Dataset, shape: Shape, now: datetime) -> Matter | None:
    """The change that stops a source as it is now; None where nothing does. BadInput where it was never read."""
    with engine.connect() as connection:
        if known(connection, dataset.key) is None:
            raise BadInput(f"{dataset.key}: its source was never read, so nothing can have changed; run it first")
    return _looked(engine, dataset, shape, now)[1]


def alone(connection: Connection, key: str) -> None:
    """Until the transaction ends nobody else looks at this source or decides on it."""
    serialise(connection, f"shape {key}")


def accept(connection: Connection, key: str, shape: Shape, now: datetime) -> None:
    """The source is known as this from now on. Call it after `alone`."""
    _keep(connection, key, known_after(known(connection, key), shape), now)


def _looked(engine: Engine, dataset: Dataset, shape: Shape, now: datetime) -> tuple[Drift, Matter | None]:
    with writing(engine) as connection:
        alone(connection, dataset.key)
        before = known(connection, dataset.key)
        found = drift(before, shape) if before else Drift()
        if found.frozen(dataset.source.schema_contract):
            return found, arising.changed(connection, dataset, Change(found, shape), now)
        if shape.columns or shape.extra:
            arising.changed(connection, dataset, None, now)
        if found.said():
            notices.tell(connection, [_notice(dataset, found, now)])
        _keep(connection, dataset.key, known_after(before, shape), now)
    return found, None


def known(connection: Connection, key: str) -> Shape | None:
    """The source of a dataset as it is known; None where it was never read."""
    table = tables.source_shape
    found = connection.scalar(select(table.c.shape).where(table.c.dataset == key))
    return None if found is None else from_json(Shape, found, where=f"the known shape of {key}'s source")


def _keep(connection: Connection, key: str, shape: Shape, now: datetime) -> None:
    put(connection, tables.source_shape, {"dataset": key, "shape": to_json(shape).decode(), "seen_at": now})


def _notice(dataset: Dataset, found: Drift, now: datetime) -> Notice:
    digest = hashlib.sha256("\n".join(found.said()).encode()).hexdigest()[:16]
    return Notice(
        recipient=dataset.owner,
        about=About.SOURCE_CHANGED,
        dataset=dataset.key,
        cause=f"source of {dataset.key} {digest}",
        subject=f"{dataset.title}：源系统结构有变，照常采集",
        subject_en=f"{dataset.title_en or dataset.title}: its source has changed, collected as before",
        body={"changes": list(found.said()), "frozen": False},
        created_at=now,
    )
