"""What the lines of several datasets are made of, gathered in as many statements however many datasets there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, case, func, select

from catalog import newest, tables
from catalog.clocks.tables import clock
from catalog.corrections.tables import correction
from catalog.lists.tables import assessment
from catalog.mending.incidents import WAITING
from catalog.mending.tables import incident
from catalog.newest import Newest
from schemas.access import GrantState
from schemas.correction import State
from schemas.dataset import Dataset
from schemas.deadline import State as Running
from schemas.journey import SHANGHAI

UNANSWERED = (State.LOCATED.value, State.VERIFYING.value, State.CORRECTING.value)
"""States of a correction in which the next move is its provider's."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """The last word on whether a dataset may be opened."""

    at: datetime
    outcome: str
    """`open`, `conditional` or `closed`."""
    basis: str
    next: date


@dataclass(frozen=True, slots=True)
class Facts:
    """Of several datasets, each by key; what is not there is none."""

    newest: Mapping[str, Newest]
    grants: Mapping[str, int]
    incidents: Mapping[str, tuple[int, int]]
    """Those that wait for the provider, and those of them that are late."""
    assessed: Mapping[str, Assessed]
    now: datetime
    corrections: Mapping[str, int] = field(default_factory=dict)
    """Those that wait for the provider."""
    terms: Mapping[str, int] = field(default_factory=dict)
    """Clocks about the dataset that run and are overdue."""


def facts(connection: Connection, some: Mapping[str, Dataset], now: datetime) -> Facts:
    """Seven statements."""
    keys = sorted(some)
    found = newest.newest_of(connection, keys)
    return Facts(
        newest=found,
        grants=_grants(connection, keys, now),
        incidents=_incidents(connection, keys, now.astimezone(SHANGHAI).date()),
        assessed=_assessed(connection, keys),
        now=now,
        corrections=_corrections(connection, keys),
        terms=_terms(connection, keys),
    )


def _grants(connection: Connection, keys: list[str], now: datetime) -> dict[str, int]:
    table = tables.grant
    force = (table.c.state == GrantState.ACTIVE.value, table.c.begins <= now, table.c.ends > now)
    wanted = select(table.c.dataset, func.count().label("number")).where(table.c.dataset.in_(keys), *force)
    return {row.dataset: row.number for row in connection.execute(wanted.group_by(table.c.dataset))}


def _incidents(connection: Connection, keys: list[str], today: date) -> dict[str, tuple[int, int]]:
    late = func.sum(case((incident.c.due < today, 1), else_=0))
    wanted = select(incident.c.dataset, func.count().label("number"), late.label("late"))
    wanted = wanted.where(incident.c.dataset.in_(keys), incident.c.state.in_(WAITING)).group_by(incident.c.dataset)
    return {row.dataset: (row.number, int(row.late or 0)) for row in connection.execute(wanted)}


def _corrections(connection: Connection, keys: list[str]) -> dict[str, int]:
    wanted = select(correction.c.dataset, func.count().label("number"))
    wanted = wanted.where(correction.c.dataset.in_(keys), correction.c.state.in_(UNANSWERED))
    return {row.dataset: row.number for row in connection.execute(wanted.group_by(correction.c.dataset))}


def _terms(connection: Connection, keys: list[str]) -> dict[str, int]:
    running = (clock.c.state == Running.RUNNING.value, clock.c.breached_at.is_not(None))
    wanted = select(clock.c.dataset, func.count().label("number")).where(clock.c.dataset.in_(keys), *running)
    return {row.dataset: row.number for row in connection.execute(wanted.group_by(clock.c.dataset))}


def _assessed(connection: Connection, keys: list[str]) -> dict[str, Assessed]:
    last = select(func.max(assessment.c.id)).where(assessment.c.dataset.in_(keys)).group_by(assessment.c.dataset)
    rows = connection.execute(select(assessment).where(assessment.c.id.in_(last)))
    return {row.dataset: Assessed(row.at, row.outcome, row.basis, row.next) for row in rows}
