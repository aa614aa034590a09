"""Enters one act with all that follows in one transaction: grant, clocks, history, notices, and the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import grants, receipts
from catalog.ledger import tokens
from catalog.mending.notices import tell
from catalog.requests import store, telling, timing
from catalog.requests.course import Course
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.dataset import Json
from schemas.journey import SHANGHAI
from schemas.request import Action
from schemas.request_want import Answer, Request, Step, Want


@dataclass(frozen=True, slots=True)
class Doing:
    """What is done to a locked request, by whom; `subject` None: by the platform, as the days pass."""

    before: Request
    course: Course
    answer: Answer
    now: datetime
    subject: Subject | None = None


def enter(shelf: Shelf, connection: Connection, doing: Doing) -> Request:
    """The request as it is stored then. Nothing counts unless the ledger has it, and nothing is there without it."""
    request = _granted(connection, doing)
    afresh = doing.course.afresh
    for _, state in doing.course.moves:
        timing.keep(connection, replace(request, state=state), doing.now, afresh=afresh)
        afresh = False
    body = _body(shelf, doing, request)
    receipt = shelf.ledger.record(body, doing.now, shelf.randomness(16), _about(body))
    store.put(connection, request)
    store.enter_steps(connection, request.number, _steps(doing, request, receipt.number))
    if doing.answer.action is not Action.SAVE:
        tell(connection, tuple(telling.notices(request, doing.before, doing.subject, doing.now)))
    return request


def _granted(connection: Connection, doing: Doing) -> Request:
    """With the grant that was made, or what became of the one that there is."""
    course, now = doing.course, doing.now
    request = replace(course.request, version=doing.before.version + 1, moved_at=now)
    if course.grant is not None:
        made = grants.make(connection, course.grant, now, automatic=course.automatic)
        return replace(request, grant=made.number, ends_at=made.end)
    if course.grant_state is not None and request.grant:
        grants.set_state(connection, request.grant, course.grant_state)
    return request


def _steps(doing: Doing, request: Request, receipt: str) -> tuple[Step, ...]:
    """The act itself, then what the platform did about it by rule."""
    (action, state), *others = doing.course.moves
    answer, subject = doing.answer, doing.subject
    first = Step(
        at=doing.now,
        action=action.value,
        state=state,
        organisation=subject.organisation if subject else "",
        system=subject.system if subject else "",
        person=subject.person if subject else "",
        post=subject.post if subject else "",
        reason=answer.reason,
        said=answer.said,
        body=_told(answer, request),
        receipt=receipt,
    )
    return (first, *(Step(doing.now, one.value, then, receipt=receipt) for one, then in others))


def _told(answer: Answer, request: Request) -> dict[str, Json]:
    """What else an act said, where it said it."""
    told: dict[str, Json] = {
        "document": answer.document,
        "refused": dict(answer.refused),
        "transforms": {item: transform.word for item, transform in answer.transforms.items()},
        "conditions": list(answer.conditions),
        "dataset": answer.dataset,
        "organisation": answer.organisation,
        "defects": [{"field": one.field, "code": one.code, "found": one.found} for one in answer.defects],
        "grant": request.grant,
    }
    if answer.action is Action.NOT_HELD:
        told["dataset"] = request.want.dataset
    return {name: value for name, value in told.items() if value}


def _about(body: Mapping[str, Json]) -> list[bytes]:
    """Found by who acted, and by who owns the data."""
    found = [tokens.about_organisation(body["organisation"])] if body["organisation"] else []
    return found + ([tokens.about_dataset(body["dataset"])] if body["dataset"] else [])


def _body(shelf: Shelf, doing: Doing, request: Request) -> dict[str, Json]:
    """Of the receipt. Words may name a person, so the ledger keeps a digest of them.

    What a draft that nobody has submitted is about is its requester's own: the dataset's provider reads of it later.
    """
    subject, answer = doing.subject, doing.answer
    about = request.want if request.submitted_at is not None else Want()
    return {
        "event": "request",
        "system": subject.system if subject else "",
        "credential": subject.credential if subject else "",
        "person": subject.person if subject else "",
        "organisation": subject.organisation if subject else "",
        "division": subject.division if subject else "",
        "dataset": about.dataset,
        "purpose": about.purpose,
        "moment": doing.now.astimezone(SHANGHAI).isoformat(),
        "request": request.number,
        "action": answer.action.value,
        "state": request.state.value,
        "through": [state.value for _, state in doing.course.moves],
        "reason": answer.reason,
        "refused": dict(answer.refused),
        "grant": request.grant,
        "said": receipts.digest(shelf.token_key, "said", answer.said),
    }
