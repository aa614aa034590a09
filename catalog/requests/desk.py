"""Requests as one asker may see and move them: rehearsed, then done under the lock, on record before it counts."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import duties
from catalog.access import visible
from catalog.database import writing
from catalog.linkage import together
from catalog.requests import routing, store, timing
from catalog.requests.acts import play
from catalog.requests.course import Course, Hand
from catalog.requests.entering import Doing, enter
from catalog.requests.granting import grant_for
from catalog.requests.sides import may, require_may
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.deadline import Clock
from schemas.errors import BadInput, Refused, Unidentified, Unknown
from schemas.journey import SHANGHAI
from schemas.record import to_json
from schemas.request import MOVES, Action, State, after
from schemas.request_check import defects
from schemas.request_want import Answer, Defect, Request, Step, Want


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that the asker may know of, with what they may do now."""

    request: Request
    actions: tuple[Action, ...]
    clocks: tuple[Clock, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for something to be done, when, and under which Idempotency-Key, if any."""

    subject: Subject
    now: datetime
    key: str = ""


def draft(shelf: Shelf, asked: Asked, want: Want) -> Request:
    """A new draft of the asker's organisation; the same key again gives the one that was made."""
    subject, now = asked.subject, asked.now
    _may_ask(subject)
    known(shelf, subject, want)
    mark = _digest("draft", to_json(want))
    with writing(shelf.engine) as connection:
        if asked.key and (before := store.done_before(connection, subject.organisation, asked.key, mark)):
            return store.get(connection, before)
        made = Request("", State.DRAFT, want, subject.organisation, "", "", "", now, now)
        request = store.enter(connection, titled(shelf, made), now)
        timing.keep(connection, request, now)
        if asked.key:
            store.remember(connection, subject.organisation, asked.key, mark, request.number, now)
        return request


def act(shelf: Shelf, asked: Asked, number: str, answer: Answer) -> Request:
    """One act on a request: the request as it stands then. Unknown for who is no party to it."""
    subject, now = asked.subject, asked.now
    before = find(shelf, subject, number)
    mark = _digest(number, to_json(answer))
    if asked.key and (done := _done(shelf, asked, mark)):
        return find(shelf, subject, done)
    require_may(before, subject, answer.action, after(before.state, answer.action))
    if answer.want is not None:
        known(shelf, subject, answer.want)
    unsafe = _rehearse(shelf, asked, before, answer)
    with writing(shelf.engine) as connection:
        if asked.key and (again := store.done_before(connection, subject.organisation, asked.key, mark)):
            return store.get(connection, again)
        request = store.get(connection, number, lock=True)
        require_may(request, subject, answer.action, after(request.state, answer.action))
        course = play(_hand(shelf, connection, asked, request, unsafe=unsafe), request, answer)
        moved = enter(shelf, connection, Doing(request, course, answer, now, subject))
        if asked.key:
            store.remember(connection, subject.organisation, asked.key, mark, number, now)
        return moved


def find(shelf: Shelf, subject: Subject, number: str) -> Request:
    """One request; Unknown, in the same words, where there is none and where it is not for this asker."""
    _registered(subject)
    with shelf.engine.connect() as connection:
        request = store.get(connection, number)
        mine = duties.active(subject) and store.reads(connection, number, subject.organisation)
    if not mine and not _audits(subject, request):
        raise Unknown(store.NO_REQUEST)
    return request


def seen(shelf: Shelf, subject: Subject, number: str, now: datetime) -> Seen:
    """The same with its clocks, and what this asker may do."""
    request = find(shelf, subject, number)
    with shelf.engine.connect() as connection:
        clocks = timing.of(connection, request)
        late = timing.overdue(connection, request, now)
    offered = tuple(one for one in possible(request, subject) if _sensible(request, one, overdue=late))
    return Seen(request, offered, clocks)


def _sensible(request: Request, action: Action, *, overdue: bool) -> bool:
    """False for what the state allows and what has been does not: an objection to nothing, a second return."""
    if action is Action.OBJECT:
        return overdue or request.state is State.REFUSED or request.outcome == "partial"
    return action is not Action.RETURN or not request.returned


def possible(request: Request, subject: Subject) -> tuple[Action, ...]:
    """What this asker may do in this state."""
    return tuple(action for action, move in MOVES[request.state].items() if may(request, subject, move))


def listed(shelf: Shelf, subject: Subject, wanted: store.Wanted) -> tuple[Request, ...]:
    """A page of those that the asker may know of; an auditor's are all but others' drafts."""
    _registered(subject)
    with shelf.engine.connect() as connection:
        if not duties.audits(subject):
            found = store.listed(connection, replace(wanted, party=subject.organisation))
            return found if duties.active(subject) else ()
        states = wanted.states or tuple(State)
        public = tuple(one for one in states if one is not State.DRAFT)
        return store.listed(connection, replace(wanted, party="", states=public)) if public else ()


def history(shelf: Shelf, request: Request) -> tuple[Step, ...]:
    """Its moves, the first one first."""
    with shelf.engine.connect() as connection:
        return store.history(connection, request.number)


def flaws(shelf: Shelf, subject: Subject, request: Request, now: datetime) -> tuple[Defect, ...]:
    """What would be told if it were submitted now; nothing is."""
    try:
        with shelf.engine.connect() as connection:
            dataset = routing.requested(connection, request)
    except BadInput:
        return (Defect("dataset", "unknown", request.want.dataset),)
    return defects(request.want, dataset, subject, shelf.tree(), now.astimezone(SHANGHAI).date())


def linkage(shelf: Shelf, request: Request, now: datetime) -> Refused | None:
    """What the linkage guard would say to the grant, before anybody has submitted it; None: nothing stands against."""
    try:
        dataset = shelf.dataset(request.want.dataset)
    except Unknown:
        return None
    names = {field.name for field in dataset.fields}
    if request.want.start is None or request.want.end is None or not set(request.items) <= names:
        return None
    try:
        course = Course(request, (), grant=grant_for(request, dataset, now))
    except BadInput:  # its period is over, or its condition has changed: there will be no grant to warn of
        return None
    return _guarded(shelf, course, now)


def known(shelf: Shelf, subject: Subject, want: Want) -> None:
    """Unknown, as for one that is not there, where a dataset is named that the asker may not know of."""
    if want.dataset and not visible(subject, shelf.dataset(want.dataset)):
        raise Unknown(f"no dataset {want.dataset!r}")


def titled(shelf: Shelf, request: Request) -> Request:
    """With what lists show as its name."""
    if not request.want.dataset:
        name = request.want.demand.strip()[:40]
        return replace(request, title=name, title_en=name)
    dataset = shelf.dataset(request.want.dataset)
    return replace(request, title=dataset.title, title_en=dataset.title_en)


def _rehearse(shelf: Shelf, asked: Asked, request: Request, answer: Answer) -> bool:
    """Everything that can be refused, is refused before anything is on record; whether a grant by itself is unsafe.

    The linkage guard joins published versions, which takes longer than anybody may hold the lock.
    """
    with shelf.engine.connect() as connection:
        course = play(_hand(shelf, connection, asked, request), request, answer)
    refused = _guarded(shelf, course, asked.now)
    if refused is None or course.automatic:
        return refused is not None
    raise refused


def _guarded(shelf: Shelf, course: Course, now: datetime) -> Refused | None:
    if course.grant is None:
        return None
    try:
        with shelf.engine.connect() as connection:
            together.look(connection, shelf.lake, course.grant, now)
    except Refused as refused:
        return refused
    return None


def _hand(shelf: Shelf, connection: Connection, asked: Asked, request: Request, *, unsafe: bool = False) -> Hand:
    overdue = timing.overdue(connection, request, asked.now)
    return Hand(connection, shelf.tree(), asked.subject, asked.now, unsafe, overdue)


def _may_ask(subject: Subject) -> None:
    """A government organisation's system, or a person of it who is its requester."""
    _registered(subject)
    if not subject.government or not duties.active(subject):
        raise Refused(
            "sharing requests are for government organisations that are active",
            code="NOT_GOVERNMENT",
            gate=duties.GATE,
            following="open data need no request; ask the data administration of your division about anything else",
        )
    if subject.person:
        duties.require(subject, Role.REQUESTER)


def _registered(subject: Subject) -> None:
    if subject.public:
        raise Unidentified("requests are organisations' own: send the credential of a system or a person")


def _audits(subject: Subject, request: Request) -> bool:
    return duties.audits(subject) and request.state is not State.DRAFT


def _done(shelf: Shelf, asked: Asked, mark: str) -> str | None:
    with shelf.engine.connect() as connection:
        return store.done_before(connection, asked.subject.organisation, asked.key, mark)


def _digest(what: str, told: bytes) -> str:
    return hashlib.sha256(what.encode() + b"\0" + told).hexdigest()
