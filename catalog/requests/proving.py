"""The first successful read under a grant that was made for a request: from then on the request is active."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import grants
from catalog.requests import store, timing
from schemas.request import Action, State, after
from schemas.request_want import Step


def proved(connection: Connection, grant: str, receipt: str, now: datetime) -> None:
    """Call it inside `writing` when the read is on record; a second call changes nothing."""
    request = store.of_grant(connection, grant)
    if request is None or request.state is not State.TESTING:
        return
    state = after(request.state, Action.READ).to
    moved = replace(request, state=state, version=request.version + 1, moved_at=now)
    timing.keep(connection, moved, now)
    store.put(connection, moved)
    store.enter_steps(connection, request.number, (Step(now, Action.READ.value, state, receipt=receipt),))
    grants.proved(connection, grant)
