"""`/incidents`: what departments have to mend, what they answer, and their own failing records."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.clock_facts import clock_facts
from api.desk import Desk
from api.incident_facts import incident_facts, record_facts, step_facts, term_facts
from api.seal import CURSOR_LIFE
from api.shown import refusal
from catalog.mending import desk as incident_desk
from catalog.mending.desk import Seen
from catalog.mending.incidents import Wanted
from schemas.access import Subject
from schemas.dataset import Json
from schemas.errors import BadAsk, Unidentified, Unknown
from schemas.incident import ANSWERS, LONGEST, REASONS, Action, Answer, State

router = APIRouter(prefix="/api/v1", tags=["mending"])
DIGITS = 15
"""Of an incident's number, at most."""


class ListQuery(Plain):
    """Which incidents."""

    state: State | None = Told(None, description="Only in this state")
    dataset: str = Told("", max_length=128, description="Only of the dataset with this key")
    limit: int = Told(50, ge=1, le=200, description="Incidents of one page")
    cursor: str = Told("", description="Where the next page starts: `next` of the page before")


class RecordsQuery(Plain):
    """Which of the failing records."""

    start: int = Told(0, ge=0, le=10_000_000, description="Number of records to leave out: `next` of the page before")
    limit: int = Told(200, ge=1, le=1_000, description="Records of one page")


class Said(BaseModel):
    """What is said with an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, StringConstraints(max_length=32)] = Told(
        "", description="Why it is rejected: one of " + ", ".join(REASONS)
    )
    said: Annotated[str, StringConstraints(max_length=LONGEST)] = Told(
        "", description="In the department's own words; needed for a rejection"
    )
    version: int = Told(
        0, ge=0, le=2**31 - 1, description="`last_version` as you saw it: refused where another has come since; 0: any"
    )


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]
RecordsWanted = Annotated[RecordsQuery, Depends(asked(RecordsQuery))]


@router.get("/incidents", openapi_extra=documented(ListQuery), summary="What is to be mended")
def list_incidents(call: TheCall, query: ListWanted) -> Json:
    """Those of your organisation and of departments below it, newest first; `next` is the cursor of the next page."""
    known(call)
    bound = {"by": [call.subject.system, call.subject.organisation], "ask": [query.state, query.dataset]}
    before = query.cursor and call.desk.seal.open(query.cursor, purpose="incidents", bound=bound, now=call.now)
    keys = [query.dataset] if query.dataset else []
    wanted = Wanted(keys, (query.state,) if query.state else (), int(before) if before else None, query.limit + 1)
    found = incident_desk.listed(call.desk.shelf, call.subject, wanted)
    page, more = found[: query.limit], len(found) > query.limit
    last = page[-1].incident.id if page else 0
    until = call.now + CURSOR_LIFE
    return {
        "incidents": [incident_facts(one, call.lang, call.now) for one in page],
        "term": term_facts(call.lang),
        "next": call.desk.seal.close(last, purpose="incidents", bound=bound, until=until) if more else None,
    }


@router.get("/incidents/{number}", **PLAIN, summary="One incident and its history")
def show_incident(number: str, call: TheCall) -> Json:
    """Its state, its due date and every move so far."""
    seen = find(call.desk, call.subject, number)
    steps = [step_facts(one, call.lang, mine=seen.mine) for one in incident_desk.history(call.desk.shelf, seen)]
    clock = incident_desk.clock(call.desk.shelf, seen)
    about = {"term": term_facts(call.lang), "clock": clock_facts(clock, call.lang, call.now) if clock else None}
    return incident_facts(seen, call.lang, call.now) | about | {"history": steps}


@router.get("/incidents/{number}/keys", openapi_extra=documented(RecordsQuery), summary="Your own failing records")
def list_keys(number: str, call: TheCall, query: RecordsWanted) -> JSONResponse:
    """Key and failing values of the records that broke the rule; for the owner alone, and on record."""
    desk, seen = call.desk, find(call.desk, call.subject, number)
    decision = incident_desk.decision(desk.shelf, call.subject, seen, call.now)
    receipt = incident_desk.recorded(desk.shelf, decision, seen)
    if not decision.allowed:
        raise refusal(decision, receipt.number, call.lang)
    found = incident_desk.records(desk.shelf, seen, decision, query.start, query.limit)
    end, one = query.start + query.limit, seen.incident
    body = {
        "incident": one.id,
        "rule": one.rule,
        "version": one.last_version,
        "failed": one.failed,
        "kept": one.kept,
        "columns": [column.name for column in decision.served],
        "records": [record_facts(record) for record in found],
        "next": end if end < one.kept else None,
    }
    return JSONResponse(body, headers={"Yishu-Receipt": receipt.number, **PRIVATE})


@router.post("/incidents/{number}/{action}", **PLAIN, summary="Answer an incident of your own")
def answer_incident(number: str, action: str, call: TheCall, told: Said | None = None) -> Json:
    """`acknowledge`, `correct`, or `reject` with a reason; on record in the ledger and in the incident's history."""
    words = told or Said(reason="", said="", version=0)
    seen = find(call.desk, call.subject, number)
    answer = Answer(known_action(action), words.reason, words.said, words.version)
    own_only(call.desk, call.subject, seen, call.now, call.lang)
    incident_desk.answer(call.desk.shelf, call.subject, seen, answer, call.now)
    return show_incident(number, call)


def own_only(desk: Desk, subject: Subject, seen: Seen, now: datetime, lang: str) -> None:
    """Refused, and on record, for a superior: it may look on, the owner alone answers."""
    if not seen.mine:
        decision = incident_desk.decision(desk.shelf, subject, seen, now)
        raise refusal(decision, incident_desk.recorded(desk.shelf, decision, seen).number, lang)


def find(desk: Desk, subject: Subject, number: str) -> Seen:
    """The incident; the same Unknown for one that is not there, one of others, and what is no number."""
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
        raise Unknown(incident_desk.NO_INCIDENT)
    return incident_desk.find(desk.shelf, subject, int(number))


def known_action(text: str) -> Action:
    """An action of a department's; BadAsk lists them."""
    if text not in ANSWERS:
        raise BadAsk(f"action: found {text[:40]!r}, expected one of {', '.join(ANSWERS)}")
    return Action(text)


def known(call: Call) -> None:
    """Unidentified without a credential: there is nothing here for the public."""
    if call.subject.public:
        raise Unidentified("incidents and notices are an organisation's own: send the credential of one of its systems")
