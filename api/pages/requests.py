"""`/requests`: asking for data step by step, and the page on which every side sees where a request stands and acts."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import Desk, TheDesk
from api.language import pick
from api.page import UNSHARED, link, render, when
from api.pages.request_acts import acts_shown, answer_in
from api.pages.request_form import offered, proposed, written
from api.pages.sealed import sealed
from api.request_facts import Telling, clock_facts, defect_facts, request_facts, row_facts, step_facts
from api.requests import BEFORE_A_GRANT, dataset_of, linkage, telling_of
from api.sight import find as find_dataset
from api.visitor import TheLongForm, TheVisitor, Visitor
from catalog.requests import desk as request_desk
from catalog.requests import store, timing
from catalog.requests.desk import Asked, Seen
from schemas.deadline import State as Running
from schemas.errors import Unidentified, Unknown
from schemas.request import FINAL, Action, State
from schemas.request_want import Answer, Want
from schemas.request_want import Request as SharingRequest

router = APIRouter(include_in_schema=False)
PAGE = 20
MARKS: Mapping[State, str] = {
    State.ACTIVE: "yes",
    State.TESTING: "yes",
    State.REFUSED: "no",
    State.DECIDED: "no",
    State.REVOKED: "no",
    State.SUSPENDED: "no",
    State.EXPIRING: "warn",
    State.RETURNED: "warn",
    State.NEGOTIATION: "warn",
    State.MEDIATION: "warn",
    State.ESCALATED: "warn",
}
"""State -> colour of its badge; else that of what goes its way."""
EDITABLE = (State.DRAFT, State.RETURNED)


@router.get("/requests")
def show_requests(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Those of the visitor's organisation; those that wait for it first, where it chooses so."""
    _signed_in(visitor)
    waiting = request.query_params.get("waiting") == "1"
    before = request.query_params.get("before", "")[:32]
    mine = visitor.subject.organisation if waiting else ""
    wanted = store.Wanted(responsible=mine, before=before, limit=PAGE + 1)
    found = request_desk.listed(desk.shelf, visitor.subject, wanted)
    telling, page = telling_of(desk, visitor.lang, visitor.now), found[:PAGE]
    with desk.shelf.engine.connect() as connection:
        due = timing.dues(connection, [one.number for one in page])
    kept = {"waiting": 1 if waiting else ""}
    return render(
        request,
        visitor,
        "requests.html",
        waiting=waiting,
        rows=[_row(one, due, telling) for one in page],
        more=link(visitor.lang, "/requests", **kept, before=page[-1].number) if len(found) > PAGE else "",
    )


@router.get("/requests/new")
def new_request(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The guided form; without a dataset for a demand in words."""
    _signed_in(visitor)
    key = request.query_params.get("dataset", "")
    dataset = find_dataset(desk, visitor.subject, key) if key else None
    wished = tuple(request.query_params.get("items", "").split(","))
    want = proposed(dataset, visitor, wished)
    return render(request, visitor, "request_form.html", number="", **_form(visitor, desk, want))


@router.post("/requests")
def make_request(visitor: TheVisitor, desk: TheDesk, form: TheLongForm) -> Response:
    """A draft, and on to its page, where its defects and its risk are shown before it is submitted."""
    sealed(visitor, {"token": form.get("token", [""])[0]})
    want = written(form)
    made = request_desk.draft(desk.shelf, Asked(visitor.subject, visitor.now), want)
    return _to(visitor, made.number)


@router.get("/requests/{number}/edit")
def edit_request(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The same form with what was written."""
    _signed_in(visitor)
    seen = request_desk.seen(desk.shelf, visitor.subject, number, visitor.now)
    if Action.SAVE not in seen.actions:
        raise Unknown(store.NO_REQUEST)
    return render(request, visitor, "request_form.html", number=number, **_form(visitor, desk, seen.request.want))


@router.post("/requests/{number}")
def save_request(number: str, visitor: TheVisitor, desk: TheDesk, form: TheLongForm) -> Response:
    """What is asked for now, and back to its page."""
    sealed(visitor, {"token": form.get("token", [""])[0]})
    answer = Answer(Action.SAVE, want=written(form))
    request_desk.act(desk.shelf, Asked(visitor.subject, visitor.now), number, answer)
    return _to(visitor, number)


@router.get("/requests/{number}")
def show_request(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Where it stands, whose move it is and by when, what may be done, and everything so far."""
    _signed_in(visitor)
    seen = request_desk.seen(desk.shelf, visitor.subject, number, visitor.now)
    one, dataset = seen.request, dataset_of(desk, seen.request)
    telling = telling_of(desk, visitor.lang, visitor.now)
    clocks = [clock_facts(clock, telling) for clock in seen.clocks]
    steps = request_desk.history(desk.shelf, one)
    editable = one.state in EDITABLE and Action.SAVE in seen.actions
    flaws = request_desk.flaws(desk.shelf, visitor.subject, one, visitor.now) if editable else ()
    return render(
        request,
        visitor,
        "request.html",
        it=request_facts(one, dataset, telling) | {"mark": MARKS.get(one.state, "unconditional")},
        final=one.state in FINAL,
        ends=when(one.ends_at) if one.ends_at else "",
        editable=editable,
        flaws=[defect_facts(flaw, visitor.lang) for flaw in flaws],
        risk=linkage(desk, one, visitor.now) if one.state in BEFORE_A_GRANT else None,
        running=[clock for clock in clocks if clock["state"] != Running.STOPPED.value],
        clocks=clocks,
        acts=acts_shown(seen, dataset, desk, visitor.lang),
        history=[step_facts(step, telling) | {"when": when(step.at)} for step in reversed(steps)],
    )


@router.post("/requests/{number}/act")
def act_on_request(number: str, visitor: TheVisitor, desk: TheDesk, form: TheLongForm) -> Response:
    """One act, and back to the page."""
    sealed(visitor, {"token": form.get("token", [""])[0]})
    seen: Seen = request_desk.seen(desk.shelf, visitor.subject, number, visitor.now)
    answer = answer_in(form, seen.request)
    request_desk.act(desk.shelf, Asked(visitor.subject, visitor.now), number, answer)
    return _to(visitor, number)


def _form(visitor: Visitor, desk: Desk, want: Want) -> dict[str, Any]:
    """What the form shows; the dataset only where the visitor may know of it."""
    dataset = find_dataset(desk, visitor.subject, want.dataset) if want.dataset else None
    facts = dict(offered(dataset, want, desk.shelf.tree(), visitor.lang))
    facts["title"] = pick(visitor.lang, dataset.title, dataset.title_en) if dataset else ""
    facts["condition"] = dataset.sharing_condition if dataset else ""
    facts["owner"] = dataset.owner_name if dataset else ""
    return facts


def _row(one: SharingRequest, due: Mapping[str, Any], telling: Telling) -> dict[str, Any]:
    day = due.get(one.number)
    shown = row_facts(one, telling) | {"mark": MARKS.get(one.state, "unconditional")}
    return shown | {"due": day.isoformat() if day else "", "overdue": bool(day and day < telling.today)}


def _to(visitor: Visitor, number: str) -> Response:
    return RedirectResponse(link(visitor.lang, f"/requests/{number}"), 303, UNSHARED)


def _signed_in(visitor: Visitor) -> None:
    if visitor.subject.public:
        raise Unidentified("共享申请属于单位，请先登录 · requests are organisations' own: sign in first")
