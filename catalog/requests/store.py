"""Requests and their histories as they are stored; what becomes of them is decided elsewhere."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from catalog.clocks import tables as clocks
from catalog.database import serialise
from catalog.requests import tables
from catalog.requests.sides import holder, parties
from schemas.deadline import State as Running
from schemas.errors import BadInput, Unknown
from schemas.journey import SHANGHAI
from schemas.record import from_json, to_json
from schemas.request import State
from schemas.request_terms import TIMING
from schemas.request_want import Request, Step

NO_REQUEST = "no request of this number that you may know of; GET /api/v1/requests lists yours"


ASKED = tuple(
    state.value
    for state, timing in TIMING.items()
    if state not in (State.DRAFT, State.ACTIVE, State.EXPIRING, State.REFUSED) and timing.runs
)
"""States in which somebody is waited for; a draft, a grant in use and a refusal hurry nobody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests to list, newest first."""

    party: str = ""
    """Only those that this organisation may read; empty: all."""
    states: Sequence[State] = ()
    dataset: str = ""
    requester: str = ""
    responsible: str = ""
    """Only those that wait for this organisation."""
    before: str = ""
    """Only those with a lower number."""
    limit: int = 50


def get(connection: Connection, number: str, *, lock: bool = False) -> Request:
    """The request of that number, or Unknown; with `lock` nobody else moves it until the transaction ends."""
    wanted = select(tables.request.c.body).where(tables.request.c.number == number)
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None:
        raise Unknown(NO_REQUEST)
    return _request(row)


def of_grant(connection: Connection, grant: str) -> Request | None:
    """The request that a grant was made for, locked."""
    wanted = select(tables.request.c.body).where(tables.request.c.grant == grant).with_for_update()
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _request(row)


def listed(connection: Connection, wanted: Wanted) -> tuple[Request, ...]:
    """A page of them."""
    table, party = tables.request, tables.request_party
    asked = select(table.c.body)
    if wanted.party:
        mine = party.c.organisation == wanted.party
        asked = asked.join(party, party.c.request == table.c.number).where(mine)
    for name in ("dataset", "requester", "responsible"):
        if told := getattr(wanted, name):
            asked = asked.where(table.c[name] == told)
    if wanted.responsible:
        asked = asked.where(table.c.state.in_(ASKED))
    if wanted.states:
        asked = asked.where(table.c.state.in_([one.value for one in wanted.states]))
    if wanted.before:
        asked = asked.where(table.c.number < wanted.before)
    rows = connection.execute(asked.order_by(table.c.number.desc()).limit(wanted.limit))
    return tuple(_request(row) for row in rows)


def waiting(connection: Connection, organisation: str) -> int:
    """How many requests wait for an organisation's next move."""
    table = tables.request
    asked = select(func.count()).where(table.c.responsible == organisation, table.c.state.in_(ASKED))
    return connection.scalar(asked) or 0


def reads(connection: Connection, number: str, organisation: str) -> bool:
    """Whether an organisation has stood on a side of a request."""
    party = tables.request_party
    asked = select(party.c.request).where(party.c.request == number, party.c.organisation == organisation)
    return connection.execute(asked).first() is not None


def late(connection: Connection, states: Sequence[State], today: date) -> tuple[str, ...]:
    """Those in these states of which a clock that runs was due before today; the oldest first."""
    table, clock = tables.request, clocks.clock
    ours = (clock.c.kind == "request", clock.c.thing == table.c.number)
    passed = (clock.c.state == Running.RUNNING.value, clock.c.due < today)
    asked = select(table.c.number).where(table.c.state.in_([one.value for one in states]))
    return tuple(connection.scalars(asked.where(exists().where(*ours, *passed)).order_by(table.c.number)))


def ending(connection: Connection, states: Sequence[State], before: datetime) -> tuple[str, ...]:
    """Those in these states whose grant ends at `before` at the latest."""
    table = tables.request
    held = (table.c.state.in_([one.value for one in states]), table.c.ends_at <= before)
    return tuple(connection.scalars(select(table.c.number).where(*held).order_by(table.c.number)))


def enter(connection: Connection, request: Request, now: datetime) -> Request:
    """Store a new request under its number `SQ-<year>-<6 digits>`."""
    serialise(connection, "request numbers")
    prefix, table = f"SQ-{now.astimezone(SHANGHAI).year}-", tables.request
    last = connection.scalar(select(func.max(table.c.number)).where(table.c.number.startswith(prefix)))
    numbered = replace(request, number=f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:06d}")
    connection.execute(insert(table).values(_values(numbered)))
    _enter_parties(connection, numbered)
    return numbered


def put(connection: Connection, request: Request) -> None:
    """Store what has become of a request."""
    table = tables.request
    connection.execute(update(table).where(table.c.number == request.number).values(_values(request)))
    _enter_parties(connection, request)


def enter_steps(connection: Connection, number: str, steps: Sequence[Step]) -> None:
    """The moves that it took, in their order."""
    for step in steps:
        connection.execute(
            insert(tables.request_step).values(asdict(step) | {"request": number, "state": step.state.value})
        )


def history(connection: Connection, number: str) -> tuple[Step, ...]:
    """Every move of a request, the first one first."""
    table = tables.request_step
    rows = connection.execute(select(table).where(table.c.request == number).order_by(table.c.id))
    return tuple(_step(row) for row in rows)


def done_before(connection: Connection, organisation: str, key: str, digest: str) -> str | None:
    """Number of the request that this Idempotency-Key was used for; None for a new key, BadInput for another act."""
    table = tables.request_once
    serialise(connection, f"request key {organisation} {key}")
    row = connection.execute(
        select(table).where(table.c.organisation == organisation, table.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.digest != digest:
        raise BadInput(f"Idempotency-Key {key[:40]!r} was sent with another act; expected a new key for a new act")
    number: str = row.request
    return number


def remember(connection: Connection, organisation: str, key: str, digest: str, number: str, now: datetime) -> None:  # noqa: PLR0913, PLR0917 - the columns of one row
    """That an Idempotency-Key is used up."""
    told = {"organisation": organisation, "key": key, "digest": digest, "request": number, "at": now}
    connection.execute(insert(tables.request_once).values(told))


def _enter_parties(connection: Connection, request: Request) -> None:
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    for organisation in parties(request):
        told = {"organisation": organisation, "request": request.number}
        connection.execute(kind.insert(tables.request_party).values(told).on_conflict_do_nothing())


def _values(request: Request) -> dict[str, Any]:
    timing = TIMING.get(request.state)
    return {
        "number": request.number,
        "state": request.state.value,
        "dataset": request.want.dataset,
        "requester": request.requester,
        "responsible": holder(request, timing.whose) if timing else "",
        "grant": request.grant,
        "ends_at": request.ends_at,
        "version": request.version,
        "created_at": request.created_at,
        "body": to_json(request).decode(),
    }


def _request(row: Row[*tuple[Any, ...]]) -> Request:
    return from_json(Request, row.body, where="a stored request")


def _step(row: Row[*tuple[Any, ...]]) -> Step:
    told = {name: value for name, value in row._mapping.items() if name not in ("id", "request")}
    return Step(**told | {"state": State(told["state"])})
