"""`/confirmations`: what waits for the word of a reviewer of its source: rows that are gone, a source that changed."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import TheCall
from api.catalogue import PLAIN, Plain
from api.confirmation_facts import confirmation_facts, known_number, known_verb, sample_facts, word_facts
from api.incidents import known
from api.seal import CURSOR_LIFE
from api.shown import refusal
from catalog.confirming import desk
from catalog.confirming import sample as samples
from catalog.confirming.stored import NO_MATTER, Wanted
from schemas.dataset import Json
from schemas.deed import LONGEST, Word
from schemas.errors import Unknown
from schemas.matter import State

router = APIRouter(prefix="/api/v1", tags=["mending"])


class ListQuery(Plain):
    """Which confirmations."""

    state: State | None = Told(None, description="Only in this state")
    limit: int = Told(50, ge=1, le=200, description="Confirmations of one page")
    cursor: str = Told("", description="Where the next page starts: `next` of the page before")


class Said(BaseModel):
    """What is said with a word."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, StringConstraints(max_length=LONGEST)] = Told(description="Why; it stays on record")


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]


@router.get("/confirmations", openapi_extra=documented(ListQuery), summary="What waits for a reviewer's word")
def list_confirmations(call: TheCall, query: ListWanted) -> Json:
    """Those of your organisation, newest first (of all, for security auditors); `next` is the cursor of the next."""
    known(call)
    bound = {"by": [call.subject.system, call.subject.organisation], "ask": [query.state]}
    before = query.cursor and call.desk.seal.open(query.cursor, purpose="confirmations", bound=bound, now=call.now)
    states = (query.state,) if query.state else ()
    wanted = Wanted(states=states, before=int(before) if before else None, limit=query.limit + 1)
    found = desk.listed(call.desk.shelf, call.subject, wanted)
    page, more = found[: query.limit], len(found) > query.limit
    until, last = call.now + CURSOR_LIFE, page[-1].matter.id if page else 0
    return {
        "confirmations": [confirmation_facts(one, call.lang) for one in page],
        "next": call.desk.seal.close(last, purpose="confirmations", bound=bound, until=until) if more else None,
    }


@router.get("/confirmations/{number}", **PLAIN, summary="One confirmation")
def show_confirmation(number: str, call: TheCall) -> Json:
    """What is gone or has changed, how it stands, and what was said of it."""
    seen = desk.find(call.desk.shelf, call.subject, known_number(number, NO_MATTER))
    said = word_facts(desk.word(call.desk.shelf, seen.matter))
    return confirmation_facts(seen, call.lang) | {"said": said}


@router.get("/confirmations/{number}/keys", **PLAIN, summary="Some of the keys that are gone, masked")
def sample_keys(number: str, call: TheCall) -> JSONResponse:
    """The first keys that are gone, masked as graded, and in which divisions how many are; for the owner, on record."""
    shelf = call.desk.shelf
    seen = desk.find(shelf, call.subject, known_number(number, NO_MATTER))
    decision = samples.decided(shelf, call.subject, seen, call.now)
    if not decision.allowed:
        raise refusal(decision, shelf.record(decision, {"confirmation": seen.matter.id}).number, call.lang)
    found = samples.sample(shelf, seen, decision)
    if found is None:
        raise Unknown(f"confirmation {seen.matter.id}: {desk.RUN_AGAIN}")
    return JSONResponse(sample_facts(found, shelf.tree()), headers={"Yishu-Receipt": found.receipt.number, **PRIVATE})


@router.post("/confirmations/{number}/{verb}", **PLAIN, summary="Confirm or refuse")
def decide_confirmation(number: str, verb: str, call: TheCall, told: Said) -> Json:
    """`confirm` or `refuse`, with a reason, by a source reviewer of the owner. On record before it counts."""
    seen = desk.find(call.desk.shelf, call.subject, known_number(number, NO_MATTER))
    word = Word(desk.hand(call.subject), told.reason)
    desk.decide(call.desk.shelf, seen.matter.id, known_verb(verb), word, call.now)
    return show_confirmation(number, call)
