"""Clocks of a request: those that its state runs go on or begin, those that it pauses stand still, the rest stops."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from catalog import datasets, organisations
from catalog.clocks import clocks
from catalog.clocks import tables as clock_tables
from catalog.requests.sides import holder
from schemas.dataset import Sharing
from schemas.deadline import Clock, Event, Thing
from schemas.deadline import State as Running
from schemas.errors import Unknown
from schemas.journey import SHANGHAI
from schemas.request import Side
from schemas.request_terms import TIMING, Term
from schemas.request_want import Request

KIND = "request"

WHOSE: dict[Term, Side] = {
    Term.AMENDMENT: Side.REQUESTER,
    Term.FORMAL_CHECK: Side.AUTHORITY,
    Term.REPLY: Side.PROVIDER,
    Term.DUTY_ASSIGNMENT: Side.AUTHORITY,
    Term.CATALOGUE_UPDATE: Side.PROVIDER,
    Term.SUPPLY: Side.PROVIDER,
    Term.FIRST_READ: Side.REQUESTER,
    Term.SUSPENSION: Side.PROVIDER,
    Term.OBJECTION: Side.REQUESTER,
    Term.NEGOTIATION: Side.PROVIDER,
    Term.MEDIATION: Side.MEDIATOR,
    Term.ESCALATION_DECISION: Side.DECIDER,
}
"""Term -> whose it is."""


def keep(connection: Connection, request: Request, now: datetime, *, afresh: bool = False) -> None:
    """Bring the clocks to what the state says; `afresh`: those that run begin anew, as for another provider."""
    timing = TIMING.get(request.state)
    runs = timing.runs if timing else ()
    paused = timing.paused if timing else ()
    living = {one.event: one for one in of(connection, request) if one.state is not Running.STOPPED}
    wanted = {_event(connection, request, term): term for term in runs}
    standing = {_event(connection, request, term) for term in paused}
    for event, clock in living.items():
        if afresh or (event not in wanted and event not in standing):
            clocks.stop(connection, _bare(request), event, now)
        elif event in standing:
            clocks.pause(connection, _bare(request), event, now)
        elif clock.state is Running.PAUSED:
            clocks.resume(connection, _bare(request), event, now)
    for event, term in wanted.items():
        whose = holder(request, WHOSE[term])
        if whose and (afresh or event not in living):
            division = organisations.organisation(connection, whose).division
            clocks.start(connection, _thing(request, whose), event, division, now)


def of(connection: Connection, request: Request) -> tuple[Clock, ...]:
    """Every clock of a request, the first one first."""
    return clocks.of(connection, _bare(request))


def dues(connection: Connection, numbers: Sequence[str]) -> Mapping[str, date]:
    """Number -> the first day by which somebody must have moved, of those whose clock runs; in one statement."""
    table = clock_tables.clock
    running = (table.c.kind == KIND, table.c.thing.in_(list(numbers)), table.c.state == Running.RUNNING.value)
    rows = connection.execute(select(table.c.thing, func.min(table.c.due)).where(*running).group_by(table.c.thing))
    return {row[0]: row[1] for row in rows}


def overdue(connection: Connection, request: Request, now: datetime) -> bool:
    """Whether a term that runs has passed."""
    today = now.astimezone(SHANGHAI).date()
    return any(one.overdue(today) for one in of(connection, request))


def _event(connection: Connection, request: Request, term: Term) -> Event:
    return term.event(unconditional=term is Term.REPLY and _unconditional(connection, request))


def _unconditional(connection: Connection, request: Request) -> bool:
    try:
        dataset = datasets.get(connection, request.want.dataset) if request.want.dataset else None
    except Unknown:
        return False
    return dataset is not None and dataset.sharing is Sharing.UNCONDITIONAL


def _bare(request: Request) -> Thing:
    return Thing(KIND, request.number)


def _thing(request: Request, whose: str) -> Thing:
    """What its clocks are told by: whose move it is, and who waits."""
    waiting = tuple(code for code in (request.requester, request.provider) if code and code != whose)
    title, title_en = (f"申请 {request.number} {request.title}", f"request {request.number} {request.title_en}")
    told = {"title": title.strip(), "title_en": title_en.strip(), "path": f"/requests/{request.number}"}
    return Thing(KIND, request.number, responsible=whose, parties=waiting, dataset=request.want.dataset, **told)
