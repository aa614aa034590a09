"""Whom a move of a request is told: the one whose move is next, and everybody else on a side of it."""

from collections.abc import Iterator
from datetime import datetime

from catalog.requests.sides import holder, parties
from catalog.requests.store import ASKED
from schemas.access import Subject
from schemas.notice import About, Notice
from schemas.request import State
from schemas.request_reasons import STATES
from schemas.request_terms import TIMING
from schemas.request_want import Request


def notices(request: Request, before: Request, actor: Subject | None, now: datetime) -> Iterator[Notice]:
    """One for each, but for the one who acted. Who stood on a side before is told too."""
    timing = TIMING.get(request.state)
    next_one = holder(request, timing.whose) if timing and request.state.value in ASKED else ""
    chinese, english = STATES[request.state]
    for organisation in dict.fromkeys((*parties(request), *parties(before))):
        if actor is not None and organisation == actor.organisation:
            continue
        yield Notice(
            recipient=organisation,
            about=_about(request, organisation == next_one),
            dataset=request.want.dataset,
            cause=f"request {request.number} v{request.version}",
            subject=f"申请 {request.number}（{request.title}）：{chinese}",
            subject_en=f"Request {request.number} ({request.title_en}): {english}",
            created_at=now,
            body={
                "request": request.number,
                "state": request.state.value,
                "grant": request.grant,
                "path": f"/requests/{request.number}",
            },
        )


def _about(request: Request, waits: bool) -> About:
    if request.state is State.EXPIRING:
        return About.GRANT_EXPIRING
    return About.REQUEST_WAITS if waits else About.REQUEST_MOVED
