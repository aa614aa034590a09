"""`/inbox` and `/incidents/{number}`: what an organisation is told, what it has to mend, and its answers."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import Desk, TheDesk
from api.inbox import notice_facts
from api.incident_facts import incident_facts, record_facts, step_facts
from api.incidents import DIGITS, find, known_action, own_only
from api.language import pick
from api.page import UNSHARED, link, render, when
from api.pages.confirmations import waiting as confirmations_waiting
from api.sessions import same
from api.shown import refusal
from api.visitor import TheForm, TheVisitor, Visitor
from catalog.confirming import desk as confirming
from catalog.confirming.stored import Wanted as Waiting
from catalog.database import writing
from catalog.mending import desk as incident_desk
from catalog.mending import notices
from catalog.mending.desk import Seen, Whose
from catalog.mending.incidents import Wanted
from schemas.errors import BadAsk, Unidentified, Unknown
from schemas.incident import REASONS, Answer, State
from schemas.matter import State as Standing
from schemas.merging import SHARE_RULE
from schemas.notice import Notice

router = APIRouter(include_in_schema=False)
PAGE = 20
RECORDS = 100
LIVING = tuple(state for state in State if state is not State.VERIFIED)
MARKS = {State.OPEN: "no", State.ACKNOWLEDGED: "warn", State.REJECTED: "plain", State.VERIFIED: "yes"}
"""State -> colour of its badge."""


@router.get("/inbox")
def show_inbox(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Incidents and notices of the visitor's organisation, the newest first."""
    _known(visitor)
    query = request.query_params
    below, every = query.get("whose") == "below", query.get("state") == "all"
    states, upto = () if every else LIVING, _number(query.get("upto", ""))
    wanted, whose = Wanted((), states, upto or None, PAGE + 1), Whose.BELOW if below else Whose.OWN
    listed = incident_desk.listed(desk.shelf, visitor.subject, wanted, whose)
    before = _number(query.get("before", ""))
    kept = {"whose": "below" if below else "", "state": "all" if every else ""}
    with desk.shelf.engine.connect() as connection:
        told = notices.inbox(connection, visitor.subject.organisation, before=before or None, limit=PAGE + 1)
    mine = Waiting(visitor.subject.organisation, (Standing.WAITING,), limit=PAGE)
    return render(
        request,
        visitor,
        "inbox.html",
        below=below,
        every=every,
        confirmations=confirmations_waiting(desk, visitor, mine),
        incidents=[_row(one, visitor) for one in listed[:PAGE]],
        more=link(visitor.lang, "/inbox", **kept, upto=listed[PAGE - 1].incident.id) if len(listed) > PAGE else "",
        notices=[_notice(one, visitor) for one in told[:PAGE]],
        older=link(visitor.lang, "/inbox", **kept, before=told[PAGE - 1].id) if len(told) > PAGE else "",
    )


@router.post("/inbox/{number}/read")
def read_notice(number: str, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """Marked as read, and back to the inbox."""
    _sealed(visitor, form)
    with writing(desk.shelf.engine) as connection:
        notices.read(connection, visitor.subject.organisation, _number(number), visitor.now)
    return RedirectResponse(link(visitor.lang, "/inbox"), 303, UNSHARED)


@router.get("/incidents/{number}")
def show_incident(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """State, due date, history, and the answers that are possible now."""
    seen = find(desk, visitor.subject, number)
    steps = incident_desk.history(desk.shelf, seen)
    return render(
        request,
        visitor,
        "incident.html",
        it=_row(seen, visitor),
        rules=_rules(desk, seen),
        history=[step_facts(one, visitor.lang, mine=seen.mine) | {"when": when(one.at)} for one in steps],
        organisations=_names(desk, {one.organisation for one in steps if one.organisation}),
        confirmation=_confirmation(desk, seen),
        reasons=[(code, pick(visitor.lang, *both)) for code, both in REASONS.items()],
    )


@router.get("/incidents/{number}/records")
def show_records(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The department's own failing records, a page at a time; each look is on record."""
    seen = find(desk, visitor.subject, number)
    decision = incident_desk.decision(desk.shelf, visitor.subject, seen, visitor.now)
    receipt = incident_desk.recorded(desk.shelf, decision, seen)
    if not decision.allowed:
        raise refusal(decision, receipt.number, visitor.lang)
    start = _number(request.query_params.get("start", ""))
    found = incident_desk.records(desk.shelf, seen, decision, start, RECORDS)
    more, path = start + RECORDS < seen.incident.kept, f"/incidents/{number}/records"
    answer = render(
        request,
        visitor,
        "incident_records.html",
        it=_row(seen, visitor),
        columns=[(one.name, _title(seen, one.name, visitor.lang)) for one in decision.served],
        records=[record_facts(one) for one in found],
        receipt=receipt.number,
        next_page=link(visitor.lang, path, start=start + RECORDS) if more else "",
    )
    answer.headers["Yishu-Receipt"] = receipt.number
    return answer


@router.post("/incidents/{number}/answer")
def answer_incident(number: str, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """The department's answer, and back to the incident."""
    _sealed(visitor, form)
    seen = find(desk, visitor.subject, number)
    version = _number(form.get("version", ""))
    told = Answer(known_action(form.get("action", "")), form.get("reason", ""), form.get("said", ""), version)
    own_only(desk, visitor.subject, seen, visitor.now, visitor.lang)
    incident_desk.answer(desk.shelf, visitor.subject, seen, told, visitor.now)
    return RedirectResponse(link(visitor.lang, f"/incidents/{number}"), 303, UNSHARED)


def _confirmation(desk: Desk, seen: Seen) -> int:
    """Number of the confirmation that settles it; 0 where none does."""
    if seen.incident.rule != SHARE_RULE or not seen.mine:
        return 0
    found = confirming.gone(desk.shelf, seen.incident.dataset, seen.incident.window)
    return found.id if found else 0


def _known(visitor: Visitor) -> None:
    if visitor.subject.public:
        raise Unidentified("收件箱属于单位，请先登录 · the inbox is an organisation's own: sign in first")


def _sealed(visitor: Visitor, form: Mapping[str, str]) -> None:
    """Only a form of this very session counts."""
    _known(visitor)
    if visitor.session is None or not same(form.get("token", ""), visitor.session.token):
        raise BadAsk("this form does not belong to your session; open the page again")


def _row(seen: Seen, visitor: Visitor) -> dict[str, Any]:
    one = seen.incident
    shown = incident_facts(seen, visitor.lang, visitor.now)
    return shown | {"mark": MARKS.get(one.state, "unconditional"), "opened": when(one.opened_at)}


def _notice(one: Notice, visitor: Visitor) -> dict[str, Any]:
    number = one.body.get("incident")
    path = one.body.get("path")
    href = f"/incidents/{number}" if number else path if isinstance(path, str) and path else f"/datasets/{one.dataset}"
    if form := one.body.get("form"):
        href = f"/forms/{form}"
    return notice_facts(one, visitor.lang) | {"when": when(one.created_at), "href": link(visitor.lang, href)}


def _rules(desk: Desk, seen: Seen) -> list[tuple[int, str, str]]:
    """The rules that give its term, the one that decides first."""
    clock = incident_desk.clock(desk.shelf, seen)
    return [(one.days, one.unit.value, one.source) for one in clock.rules] if clock else []


def _names(desk: Desk, codes: set[str]) -> Mapping[str, str]:
    return {one.credit_code: one.name for one in desk.shelf.parties.organisations() if one.credit_code in codes}


def _title(seen: Seen, name: str, lang: str) -> str:
    field = seen.dataset.field(name)
    return pick(lang, field.title, field.title_en)


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise Unknown("no such number")
    return int(text)
