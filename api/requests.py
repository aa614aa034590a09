"""`/requests` and `/grants`: asking for data, every side's acts on it, and what came of it."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header
from fastapi.responses import JSONResponse
from pydantic import Field as Told

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.desk import Desk
from api.request_bodies import Acting, Asking, answer_of, known_action, want_of
from api.request_facts import (
    Telling,
    action_facts,
    clock_facts,
    grant_facts,
    request_facts,
    row_facts,
    step_facts,
)
from api.seal import CURSOR_LIFE
from catalog import duties
from catalog.clocks import calendar
from catalog.requests import desk as request_desk
from catalog.requests import store
from catalog.requests.desk import Asked
from schemas.dataset import Dataset, Json
from schemas.errors import Unidentified, Unknown
from schemas.request import Action, State
from schemas.request_want import Answer, Request

router = APIRouter(prefix="/api/v1", tags=["requests"])
BEFORE_A_GRANT = (State.DRAFT, State.RETURNED, State.PROVIDER_REVIEW, State.PROVISIONING)
"""States in which somebody is about to decide on what may single persons out."""
Once = Annotated[str, Header(alias="Idempotency-Key", max_length=128)]


class ListQuery(Plain):
    """Which requests."""

    state: State | None = Told(None, description="Only in this state")
    dataset: str = Told("", max_length=128, description="Only for the dataset with this key")
    waiting: Literal["0", "1"] = Told("0", description="1: only those whose next move is your organisation's")
    limit: int = Told(50, ge=1, le=200, description="Requests of one page")
    cursor: str = Told("", description="Where the next page starts: `next` of the page before")


class GrantsQuery(Plain):
    """Which grants."""

    side: Literal["held", "given"] = Told("held", description="held by your organisation, or given on its datasets")


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]
GrantsWanted = Annotated[GrantsQuery, Depends(asked(GrantsQuery))]


@router.get("/requests", openapi_extra=documented(ListQuery), summary="Requests of your organisation")
def list_requests(call: TheCall, query: ListWanted) -> Json:
    """Those that it made, and those on which it provides, checks or decides, newest first; an auditor sees all."""
    bound = {"by": [call.subject.system, call.subject.person], "ask": [query.state, query.dataset, query.waiting]}
    before = query.cursor and call.desk.seal.open(query.cursor, purpose="requests", bound=bound, now=call.now)
    wanted = store.Wanted(
        states=(query.state,) if query.state else (),
        dataset=query.dataset,
        responsible=call.subject.organisation if query.waiting == "1" else "",
        before=str(before) if before else "",
        limit=query.limit + 1,
    )
    found = request_desk.listed(call.desk.shelf, call.subject, wanted)
    page, more = found[: query.limit], len(found) > query.limit
    last, until = page[-1].number if page else "", call.now + CURSOR_LIFE
    telling = telling_of(call.desk, call.lang, call.now)
    return {
        "requests": [row_facts(one, telling) for one in page],
        "next": call.desk.seal.close(last, purpose="requests", bound=bound, until=until) if more else None,
    }


@router.post("/requests", **PLAIN, status_code=201, summary="Ask for data")
def make_request(call: TheCall, told: Asking, key: Once = "") -> JSONResponse:
    """A draft; with `submit` it is submitted too, or refused with every defect and kept as a draft."""
    known(call)
    made = request_desk.draft(call.desk.shelf, asked_by(call, f"draft {key}" if key else ""), want_of(told))
    if told.submit and made.state is State.DRAFT:
        once = asked_by(call, f"submit {key}" if key else "")
        request_desk.act(call.desk.shelf, once, made.number, Answer(Action.SUBMIT))
    where = f"/api/v1/requests/{made.number}"
    return JSONResponse(show_request(made.number, call), 201, {"Location": where, **PRIVATE})


@router.get("/requests/{number}", **PLAIN, summary="One request, its clocks and its history")
def show_request(number: str, call: TheCall) -> Json:
    """What is asked for, where it stands, by when who must move, and every move so far."""
    known(call)
    seen = request_desk.seen(call.desk.shelf, call.subject, number, call.now)
    telling = telling_of(call.desk, call.lang, call.now)
    dataset = dataset_of(call.desk, seen.request)
    return request_facts(seen.request, dataset, telling) | {
        "actions": action_facts(seen.actions, call.lang),
        "clocks": [clock_facts(one, telling) for one in seen.clocks],
        "history": [step_facts(one, telling) for one in request_desk.history(call.desk.shelf, seen.request)],
        "linkage": linkage(call.desk, seen.request, call.now),
    }


@router.put("/requests/{number}", **PLAIN, summary="What is asked for now")
def save_request(number: str, call: TheCall, told: Asking) -> Json:
    """Of a draft, or of one that was returned."""
    known(call)
    answer = Answer(Action.SAVE, want=want_of(told), version=told.version)
    request_desk.act(call.desk.shelf, asked_by(call, ""), number, answer)
    return show_request(number, call)


@router.post("/requests/{number}/{action}", **PLAIN, summary="Act on a request")
def act_on_request(number: str, action: str, call: TheCall, told: Acting | None = None, key: Once = "") -> Json:
    """One of the `actions` of the request; on record in the ledger and in its history."""
    known(call)
    answer = answer_of(known_action(action), told or Acting.model_validate({}))
    request_desk.act(call.desk.shelf, asked_by(call, f"act {key}" if key else ""), number, answer)
    return show_request(number, call)


@router.get("/grants", openapi_extra=documented(GrantsQuery), summary="Grants of your own side")
def list_grants(call: TheCall, query: GrantsWanted) -> Json:
    """Those that your organisation holds, or those that others hold on its datasets."""
    known(call)
    shelf, mine = call.desk.shelf, call.subject.organisation
    if not duties.active(call.subject):
        return {"grants": []}
    if query.side == "held":
        found = [one for each in shelf.grants_of(mine).values() for one in each]
    else:
        found = list(shelf.grants_on(mine))
    telling = telling_of(call.desk, call.lang, call.now)
    return {"grants": [grant_facts(one, telling) for one in sorted(found, key=lambda one: one.number)]}


def asked_by(call: Call, key: str) -> Asked:
    """Who asks, from the credential alone."""
    return Asked(call.subject, call.now, key)


def telling_of(desk: Desk, lang: str, now: datetime) -> Telling:
    """What facts are told with."""
    names = {one.credit_code: one.name for one in desk.shelf.parties.organisations()}
    with desk.shelf.engine.connect() as connection:
        days = calendar.known(connection)
    return Telling(lang, now, names, desk.shelf.tree(), days)


def dataset_of(desk: Desk, request: Request) -> Dataset | None:
    """The dataset that is asked for; None for a demand, and where it is there no more."""
    if not request.want.dataset:
        return None
    try:
        return desk.shelf.dataset(request.want.dataset)
    except Unknown:
        return None


def linkage(desk: Desk, request: Request, now: datetime) -> Json:
    """The warning of G12 before the grant is made; None: nothing to warn of."""
    open_still = request.state in BEFORE_A_GRANT
    refused = request_desk.linkage(desk.shelf, request, now) if open_still else None
    return None if refused is None else {"code": refused.code, "said": str(refused), "next": refused.following}


def known(call: Call) -> None:
    """Unidentified without a credential."""
    if call.subject.public:
        raise Unidentified("requests and grants are organisations' own: send the credential of a system or a person")
