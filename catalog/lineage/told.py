"""Takes what a run told of where data come from: once, from who may say so, replacing what its job told before."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

from sqlalchemy import Connection, Table, and_, delete, insert, select

from catalog import duties
from catalog.database import serialise
from catalog.known import those
from catalog.lineage import tables
from catalog.put import put
from schemas.access import Role, Subject
from schemas.dataset import Dataset, Json
from schemas.errors import BadInput, Refused, Unidentified
from schemas.openlineage import ColumnFrom, Event, Named
from schemas.origin import How
from schemas.record import from_json, to_json

KEPT = timedelta(days=30)
"""How long the events of a run are remembered; the edges that they drew stay."""
MOST_EDGES = 5000
MOST_COLUMNS_OF_RUN = 20_000
"""Edges between columns that all events of one run tell of."""
NOT_YOURS = "LINEAGE_NOT_YOURS"
Row = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells, and under which namespace the datasets of this catalogue go."""

    subject: Subject
    namespace: str


def tell(connection: Connection, event: Event, teller: Teller, now: datetime) -> bool:
    """Take an event; False where this very one was taken before. Call it inside `writing`.

    Refused where an output is a dataset of ours that belongs to another organisation, or a person is no catalogue
    keeper. What a dataset of ours was made of is said by its owner alone; whatever else is named stays a name.
    """
    subject, job = teller.subject, _mark(event.job.namespace, event.job.name)
    if not duties.active(subject):
        raise Unidentified("lineage is told by registered organisations: send a credential")
    if subject.person:
        duties.require(subject, Role.CATALOGUE_KEEPER)
    serialise(connection, f"lineage {subject.organisation}")
    ours = _ours(connection, event, teller)
    if not _enter(connection, event, subject.organisation, job, now):
        return False
    if event.made and not _late(connection, event, subject.organisation, job):
        whole = _whole(connection, event, subject.organisation, job)
        _draw(connection, whole, teller, ours | _ours(connection, whole, teller), now)
    return True


def _ours(connection: Connection, event: Event, teller: Teller) -> dict[str, Dataset]:
    """Datasets of this catalogue among those named that the teller may know of."""
    named = {*event.inputs, *event.outputs, *(one.input for one in event.columns)}
    keys = [one.name for one in named if one.namespace == teller.namespace]
    found = dict(those(connection, teller.subject, keys)) if keys else {}
    for one in event.outputs:
        dataset = found.get(one.name) if one.namespace == teller.namespace else None
        if dataset is not None and dataset.owner != teller.subject.organisation:
            raise Refused(
                f"{one.name} belongs to {dataset.owner_name}; where it comes from is said by its owner alone",
                code=NOT_YOURS,
                gate="G0",
                following="name your own copy under a namespace of your own, or let the owner's system tell",
            )
    return found


def _enter(connection: Connection, event: Event, who: str, job: str, now: datetime) -> bool:
    table, told = tables.event, to_json(event).decode()
    mark = hashlib.sha256(told.encode()).hexdigest()
    if connection.scalar(select(table.c.id).where(table.c.told_by == who, table.c.mark == mark)) is not None:
        return False
    row: Row = {"told_by": who, "mark": mark, "job": job, "run": event.run, "type": event.type}
    row |= {"at": event.at, "received_at": now, "told": told}
    connection.execute(delete(table).where(table.c.received_at < now - KEPT))
    connection.execute(insert(table).values(row))
    return True


def _late(connection: Connection, event: Event, who: str, job: str) -> bool:
    """Whether a newer run of the same job has been completed already: what an older one made is history."""
    table = tables.job
    at = connection.scalar(select(table.c.completed_at).where(table.c.told_by == who, table.c.mark == job))
    return at is not None and event.at < at


def _whole(connection: Connection, event: Event, who: str, job: str) -> Event:
    """The event with the inputs, outputs and columns that the others of its run told of."""
    if not event.run:
        return event
    table = tables.event
    of_run = and_(table.c.told_by == who, table.c.job == job, table.c.run == event.run)
    wanted = select(table.c.told).where(of_run).order_by(table.c.id).limit(1000)
    inputs, outputs, columns = (dict.fromkeys(event.inputs), dict.fromkeys(event.outputs), dict.fromkeys(event.columns))
    for text in connection.scalars(wanted.execution_options(yield_per=20)):
        one = from_json(Event, text, where="an event")
        inputs |= dict.fromkeys(one.inputs)
        outputs |= dict.fromkeys(one.outputs)
        columns |= dict.fromkeys(one.columns)
        _bounded(len(inputs), len(outputs), len(columns))
    return replace(event, inputs=tuple(inputs), outputs=tuple(outputs), columns=tuple(columns))


def _bounded(inputs: int, outputs: int, columns: int) -> None:
    """BadInput where all events of a run together tell of more than is drawn, before more of them is read."""
    if inputs * outputs > MOST_EDGES or columns > MOST_COLUMNS_OF_RUN:
        raise BadInput(
            f"{inputs} inputs, {outputs} outputs and {columns} edges between columns: expected at most {MOST_EDGES} "
            f"pairs and {MOST_COLUMNS_OF_RUN} edges between columns"
        )


def _draw(connection: Connection, event: Event, teller: Teller, ours: dict[str, Dataset], now: datetime) -> None:
    """The job's edges become those of this run; while one goes on (`RUNNING`) they only grow.

    A run that names no dataset at all says nothing about where its job's data come from.
    """
    told = {"told_by": teller.subject.organisation, "job": _mark(event.job.namespace, event.job.name)}
    _bounded(len(event.inputs), len(event.outputs), len(event.columns))
    growing = event.type == "RUNNING"
    if event.inputs or event.outputs:
        pairs = product(event.inputs, event.outputs)
        edges = [_edge(start, end, teller, ours) | told for start, end in pairs if start != end]
        columns = [row | told for one in event.columns for row in _column(one, teller, ours)]
        _replace(connection, Drawn(tables.edge, told, {"since": now}), edges, growing=growing)
        _replace(connection, Drawn(tables.column, told, {}), columns, growing=growing)
    done: Row = {} if growing else {"completed_at": event.at}
    name: Row = {"namespace": event.job.namespace, "name": event.job.name}
    put(connection, tables.job, {"told_by": told["told_by"], "mark": told["job"]} | name | done)


def _edge(start: Named, end: Named, teller: Teller, ours: dict[str, Dataset]) -> Row:
    from_kind, from_name = _node(start, teller, ours)
    to_kind, to_name = _node(end, teller, ours)
    return {"from_kind": from_kind, "from_name": from_name, "to_kind": to_kind, "to_name": to_name}


def _node(named: Named, teller: Teller, ours: dict[str, Dataset]) -> tuple[str, str]:
    """A dataset of ours, or a name of the teller's that no dataset of ours ever takes."""
    if named.namespace == teller.namespace and named.name in ours:
        return "dataset", named.name
    return "foreign", f"{named.namespace} {named.name}"


def _column(one: ColumnFrom, teller: Teller, ours: dict[str, Dataset]) -> Iterable[Row]:
    """An edge between fields that both datasets of ours really have; of others' columns nothing is kept."""
    ends = [ours.get(n.name) if n.namespace == teller.namespace else None for n in (one.input, one.output)]
    start, end = ends
    if start is None or end is None or not _has(start, one.column) or not (_has(end, one.field) or not one.field):
        return
    yield {
        "from_dataset": start.key,
        "from_column": one.column,
        "to_dataset": end.key,
        "to_column": one.field if one.how is not How.CONDITION else "",
        "how": one.how.value,
    }


def _has(dataset: Dataset, name: str) -> bool:
    return any(field.name == name for field in dataset.fields)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one job has drawn in one table, and what a new row has beside its key."""

    table: Table
    told: Row
    more: Row


def _replace(connection: Connection, drawn: Drawn, rows: Sequence[Row], *, growing: bool) -> None:
    """These rows in place of those that the job told before; one that stays keeps its date."""
    table = drawn.table
    keys = [column.name for column in table.primary_key.columns]
    wanted = {tuple(row[key] for key in keys): row for row in rows}
    of_job = and_(*(table.c[name] == value for name, value in drawn.told.items()))
    known = {tuple(row) for row in connection.execute(select(*(table.c[key] for key in keys)).where(of_job))}
    gone = set() if growing else known - set(wanted)
    for row in sorted(gone):
        connection.execute(delete(table).where(*(table.c[key] == value for key, value in zip(keys, row, strict=True))))
    if fresh := [row | drawn.more for key, row in wanted.items() if key not in known]:
        connection.execute(insert(table), fresh)


def _mark(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]
