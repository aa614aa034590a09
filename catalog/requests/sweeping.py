"""What the days bring to requests: drafts lapse, disputes go a level up, grants are given notice and end."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from catalog.database import writing
from catalog.requests import store, timing
from catalog.requests.acts import play
from catalog.requests.course import Hand
from catalog.requests.entering import Doing, enter
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.journey import SHANGHAI
from schemas.request import MOVES, Action, State
from schemas.request_want import Answer, Request

NOTICE = timedelta(days=30)
"""Before a grant ends."""
BY_CLOCK = {
    State.DRAFT: Action.LAPSE,
    State.RETURNED: Action.LAPSE,
    State.REFUSED: Action.LAPSE,
    State.NEGOTIATION: Action.OVERRUN,
    State.MEDIATION: Action.OVERRUN,
}
"""What is done where a term has passed. Nothing of it gives anybody data: silence is never consent."""
Due = Callable[[Connection, Request, datetime], Action | None]
HELD = tuple(state for state, moves in MOVES.items() if Action.EXPIRE in moves)


def sweep_requests(shelf: Shelf, now: datetime) -> int:
    """How many requests were moved. Again, nothing is moved anew."""
    with shelf.engine.connect() as connection:
        late = store.late(connection, tuple(BY_CLOCK), now.astimezone(SHANGHAI).date())
        ended = store.ending(connection, HELD, now)
        ending = store.ending(connection, (State.ACTIVE,), now + NOTICE)
    count = sum(_moved(shelf, number, now, _overdue) for number in late)
    count += sum(_moved(shelf, number, now, _ended) for number in ended)
    return count + sum(_moved(shelf, number, now, _ending) for number in ending)


def _moved(shelf: Shelf, number: str, now: datetime, due: Due) -> bool:
    """One request in a transaction of its own."""
    with writing(shelf.engine) as connection:
        request = store.get(connection, number, lock=True)
        action = due(connection, request, now)
        if action is None or action not in MOVES[request.state]:
            return False
        answer = Answer(action)
        course = play(Hand(connection, shelf.tree(), PUBLIC, now), request, answer)
        enter(shelf, connection, Doing(request, course, answer, now))
    return True


def _overdue(connection: Connection, request: Request, now: datetime) -> Action | None:
    return BY_CLOCK.get(request.state) if timing.overdue(connection, request, now) else None


def _ended(connection: Connection, request: Request, now: datetime) -> Action | None:
    del connection
    return Action.EXPIRE if request.ends_at is not None and request.ends_at <= now else None


def _ending(connection: Connection, request: Request, now: datetime) -> Action | None:
    del connection
    return Action.REMIND if request.ends_at is not None and request.ends_at <= now + NOTICE else None
