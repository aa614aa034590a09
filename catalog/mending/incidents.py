"""Incidents and their histories as they are stored; what becomes of them is decided elsewhere."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from catalog import tables as catalogue
from catalog.among import among
from catalog.mending import tables
from schemas.dataset import Severity
from schemas.errors import Unknown
from schemas.incident import Incident, State, Step

WAITING = (State.OPEN.value, State.ACKNOWLEDGED.value)
"""States in which the next move is the department's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents to list, newest first."""

    datasets: Sequence[str]
    """Only of these."""
    states: Sequence[State] = ()
    """Only in these; empty means all."""
    before: int | None = None
    """Only those with a lower id."""
    limit: int = 50


def get(connection: Connection, identifier: int, *, lock: bool = False) -> Incident:
    """The incident of that id, or Unknown; with `lock` nobody else moves it until the transaction ends."""
    wanted = select(tables.incident).where(tables.incident.c.id == identifier)
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None:
        raise Unknown(f"no incident {identifier}")
    return _incident(row)


def listed(connection: Connection, wanted: Wanted) -> tuple[Incident, ...]:
    """A page of them."""
    table = tables.incident
    asked = select(table).where(among(connection, table.c.dataset, wanted.datasets))
    if wanted.states:
        asked = asked.where(table.c.state.in_([one.value for one in wanted.states]))
    if wanted.before is not None:
        asked = asked.where(table.c.id < wanted.before)
    rows = connection.execute(asked.order_by(table.c.id.desc()).limit(wanted.limit))
    return tuple(_incident(row) for row in rows)


def waiting(connection: Connection, owner: str, beside: str = "") -> int:
    """How many incidents wait for a department: the owner of their datasets. Those of the rule `beside` count not."""
    table, dataset = tables.incident, catalogue.dataset
    wanted = select(func.count()).select_from(table.join(dataset, dataset.c.key == table.c.dataset))
    wanted = wanted.where(table.c.rule != beside) if beside else wanted
    return connection.scalar(wanted.where(dataset.c.owner == owner, table.c.state.in_(WAITING))) or 0


def living(connection: Connection, dataset: str, part: str) -> tuple[Incident, ...]:
    """Those of a dataset (of an append: of one window) that are not verified, by rule; locked."""
    table = tables.incident
    rows = connection.execute(
        select(table)
        .where(table.c.dataset == dataset, table.c.part == part, table.c.state != State.VERIFIED.value)
        .order_by(table.c.rule)
        .with_for_update()
    )
    return tuple(_incident(row) for row in rows)


def overdue(connection: Connection, today: date) -> tuple[Incident, ...]:
    """Those whose department has let the day pass."""
    table = tables.incident
    asked = select(table).where(table.c.state.in_(WAITING), table.c.due < today)
    return tuple(_incident(row) for row in connection.execute(asked.order_by(table.c.id)))


def seen(connection: Connection, dataset: str) -> frozenset[str]:
    """Digests of the failing records that some incident of a dataset speaks of."""
    table = tables.incident
    return frozenset(connection.scalars(select(table.c.seen).where(table.c.dataset == dataset).distinct()))


def owners(connection: Connection, datasets: Collection[str]) -> Mapping[str, str]:
    """Dataset -> credit code of its owner today."""
    table = catalogue.dataset
    rows = connection.execute(select(table.c.key, table.c.owner).where(table.c.key.in_(list(datasets))))
    return {row.key: row.owner for row in rows}


def history(connection: Connection, identifier: int) -> tuple[Step, ...]:
    """Every move of an incident, the first one first."""
    table = tables.incident_step
    rows = connection.execute(select(table).where(table.c.incident == identifier).order_by(table.c.id))
    return tuple(_step(row) for row in rows)


def enter(connection: Connection, incident: Incident, step: Step) -> int:
    """Store a new incident with its first step; its id."""
    values = _values(incident)
    made = connection.execute(insert(tables.incident).values(values).returning(tables.incident.c.id))
    identifier: int = made.scalar_one()
    _enter_step(connection, identifier, step)
    return identifier


def move(connection: Connection, incident: Incident, step: Step) -> None:
    """Store what has become of an incident, and the step that it took."""
    table = tables.incident
    connection.execute(update(table).where(table.c.id == incident.id).values(_values(incident)))
    _enter_step(connection, incident.id, step)


def _enter_step(connection: Connection, identifier: int, step: Step) -> None:
    connection.execute(
        insert(tables.incident_step).values(asdict(step) | {"incident": identifier, "state": step.state.value})
    )


def _values(incident: Incident) -> dict[str, Any]:
    told = asdict(incident) | {
        "state": incident.state.value,
        "severity": incident.severity.value,
        "columns": list(incident.columns),
    }
    del told["id"]
    return told


def _incident(row: Row[*tuple[Any, ...]]) -> Incident:
    told = dict(row._mapping)
    return Incident(
        **told
        | {
            "state": State(told["state"]),
            "severity": Severity(told["severity"]),
            "columns": tuple(told["columns"]),
        }
    )


def _step(row: Row[*tuple[Any, ...]]) -> Step:
    told = {name: value for name, value in row._mapping.items() if name not in ("id", "incident")}
    return Step(**told | {"state": State(told["state"])})
