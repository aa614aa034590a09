"""`/corrections`: values that somebody doubts; filed, verified by their source, and made known to all who have them."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Said

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.correction_facts import correction_facts, seen_facts, step_facts, words_facts
from api.desk import Desk
from api.incidents import DIGITS
from api.seal import CURSOR_LIFE
from api.shown import refusal
from api.sight import may_know, sought
from catalog import duties
from catalog.corrections import answers, delta, desk, filing, owner_look
from catalog.corrections.counters import counted
from catalog.corrections.delta import Under
from catalog.corrections.desk import Seen, Side
from catalog.corrections.filing import Filing
from catalog.corrections.stored import NO_CORRECTION, Wanted
from schemas.access import Mode, Subject
from schemas.correction import LONGEST, LONGEST_VALUE, Action, Answer, State
from schemas.dataset import Json
from schemas.errors import BadAsk, Unidentified, Unknown

router = APIRouter(prefix="/api/v1", tags=["corrections"])
Short = Annotated[str, StringConstraints(max_length=200)]
Key = Annotated[dict[Short, Short], Said(min_length=1, max_length=16)]
Value = Annotated[str, StringConstraints(max_length=LONGEST_VALUE)]
Words = Annotated[str, StringConstraints(max_length=LONGEST)]


class Claimed(BaseModel):
    """Which value is wrong, what it should be, and how you know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: Short = Said(description="Key of the dataset in which you met the value")
    key: Key | None = Said(None, description="The row's primary key, as you get it: where it is masked, masked")
    filter: Annotated[str, StringConstraints(max_length=4_000)] = Said(
        "", description="Instead of the key: a filter that one row passes, as of `/rows`"
    )
    column: Short = Said(description="The column whose value you doubt")
    expected: Value | None = Said(description="What it should be, as text; null: there should be no value")
    evidence: Words = Said(description="How you know; the source's officers read it, and nobody else")
    purpose: Short = Said("", description="Purpose of use, from the closed list")
    grant: Short = Said("", description="Number of the grant under which you have the value")
    case: Short = Said("", description="Number of a case, where you may only verify")


class Answered(BaseModel):
    """What belongs to an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: Words = Said("", description="In your own words; needed for uphold, correct_partly, not_ours and reopen")
    value: Value | None = Said(None, description="What the value will be: of correct_partly, or where claims differ")
    dataset: Short = Said("", description="Whose value it is: of reroute and assign")
    column: Short = Said("", description="Its column there, where it has another name")
    key: Key | None = Said(None, description="The row's key there, where it has another")


class ListQuery(Plain):
    """Which corrections."""

    state: State | None = Said(None, description="Only in this state")
    dataset: str = Said("", max_length=128, description="Only of the dataset with this key")
    limit: int = Said(50, ge=1, le=200, description="Corrections of one page")
    cursor: str = Said("", description="Where the next page starts: `next` of the page before")


class DeltaQuery(Plain):
    """Under which grant."""

    grant: str = Said("", max_length=64, description="Number of the grant; needed where you were told for several")
    case: str = Said("", max_length=200, description="Number of a case, where the grant may only verify")


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]
DeltaWanted = Annotated[DeltaQuery, Depends(asked(DeltaQuery))]


@router.post("/corrections", **PLAIN, summary="Say that a value is wrong", status_code=201)
def file_claim(call: TheCall, said: Claimed) -> JSONResponse:
    """Located at its source, told to it, on its clock. Whether you are right is not told here: the source finds out."""
    known(call.subject)
    call.desk.pace.take(call.subject.credential, call.now.timestamp())
    dataset = sought(call, said.dataset, Mode.QUERY, said.purpose)
    wanted = Filing(dataset, said.column, said.expected, said.evidence, said.key, said.filter, said.purpose,
                    said.grant, said.case)  # fmt: skip
    shelf = call.desk.shelf
    decision = filing.decided(shelf, call.subject, wanted, call.now)
    if not decision.allowed:
        raise refusal(decision, shelf.record(decision, {"for": "correction"}).number, call.lang)
    give_back = call.desk.scans.take(call.subject.organisation)
    try:
        made = filing.file(shelf, call.subject, wanted, decision, call.now)
    finally:
        give_back()
    found = [seen_facts(desk.find(shelf, call.subject, one.id), call.lang, call.now) for one in made]
    return JSONResponse({"corrections": [sight(one, call) for one in found]}, 201, PRIVATE)


@router.get("/corrections", openapi_extra=documented(ListQuery), summary="Corrections that you may know of")
def list_corrections(call: TheCall, query: ListWanted) -> Json:
    """Those that you have to answer, have claimed, or were told of; and those of sources below you. Newest first."""
    known(call.subject)
    shelf, seal = call.desk.shelf, call.desk.seal
    bound = {"by": [call.subject.system, call.subject.organisation], "ask": [query.state, query.dataset]}
    before = query.cursor and seal.open(query.cursor, purpose="corrections", bound=bound, now=call.now)
    states = (query.state,) if query.state else ()
    wanted = Wanted("", states=states, dataset=query.dataset, before=int(before) if before else None,
                    limit=query.limit + 1)  # fmt: skip
    found = desk.listed(shelf, call.subject, wanted)
    page, more = found[: query.limit], len(found) > query.limit
    until = call.now + CURSOR_LIFE
    return {
        "corrections": [sight(correction_facts(one, shelf.dataset(one.dataset), call.lang), call) for one in page],
        "next": seal.close(page[-1].id, purpose="corrections", bound=bound, until=until) if more else None,
    }


@router.get("/corrections/counters", **PLAIN, summary="How sources deal with doubts")
def show_counters(call: TheCall) -> Json:
    """By source, your own and those below you: median days to the verdict, share corrected, share repeated."""
    known(call.subject)
    shelf = call.desk.shelf
    keys = None if duties.audits(call.subject) else desk.overseen(shelf, call.subject)
    with shelf.engine.connect() as connection:
        return {"sources": [asdict(one) for one in counted(connection, keys)]}


@router.get("/corrections/{number}", **PLAIN, summary="One correction and its history")
def show_correction(number: str, call: TheCall) -> Json:
    """Its state, its clock with the rules that apply, every move so far, and who has acknowledged."""
    seen = find(call.desk, call.subject, number)
    steps = [step_facts(one, seen) for one in desk.history(call.desk.shelf, seen)]
    return sight(seen_facts(seen, call.lang, call.now), call) | {"history": steps}


@router.get("/corrections/{number}/cell", **PLAIN, summary="Row, value and evidence, for the source")
def show_cell(number: str, call: TheCall) -> JSONResponse:
    """Which row, what stood there, what is expected and why; by the access rule, and on record."""
    seen = find(call.desk, call.subject, number)
    if Side.SOURCE not in seen.sides:
        raise desk.not_yours("cell")
    shelf = call.desk.shelf
    decision = owner_look.decided(shelf, call.subject, seen, call.now)
    receipt = shelf.record(decision, {"correction": seen.it.id})
    if not decision.allowed:
        raise refusal(decision, receipt.number, call.lang)
    shown = words_facts(*owner_look.clear(shelf, seen, decision))
    return JSONResponse(shown, headers={"Yishu-Receipt": receipt.number, **PRIVATE})


@router.get("/corrections/{number}/delta", openapi_extra=documented(DeltaQuery), summary="What it changed for you")
def show_delta(number: str, call: TheCall, query: DeltaWanted) -> JSONResponse:
    """The row before and after, as your grant gives it today; on record as every read."""
    seen = find(call.desk, call.subject, number)
    if not seen.told_me:
        raise desk.not_yours("delta")
    shelf = call.desk.shelf
    decision = delta.decided(shelf, call.subject, seen, Under(query.grant, query.case), call.now)
    receipt = shelf.record(decision, {"correction": seen.it.id})
    if not decision.allowed:
        raise refusal(decision, receipt.number, call.lang)
    found = delta.changed(shelf, seen, decision)
    told = {
        "dataset": seen.it.dataset,
        "column": seen.it.column,
        "before": {"version": seen.it.version, "row": found.before},
        "after": {"version": seen.it.corrected, "row": found.after},
    }
    return JSONResponse(told, headers={"Yishu-Receipt": receipt.number, **PRIVATE})


@router.post("/corrections/{number}/{action}", **PLAIN, summary="Answer a correction")
def answer_correction(number: str, action: str, call: TheCall, told: Answered | None = None) -> Json:
    """As its source, its claimant, its recipient or the data administration; on record in the ledger."""
    words = told or Answered.model_validate({})
    seen = find(call.desk, call.subject, number)
    valued = "value" in words.model_fields_set
    answer = Answer(known_action(action), words.said, words.value, valued, words.dataset, words.column, words.key)
    moved = answers.answer(call.desk.shelf, call.subject, seen, answer, call.now)
    try:
        return show_correction(number, call)
    except Unknown:  # it was passed on, to where it is no longer theirs to see
        return {"id": moved.id, "state": moved.state.value, "outcome": moved.outcome}


def known(subject: Subject) -> None:
    """Unidentified without a credential; a citizen has a way of their own."""
    if subject.public:
        raise Unidentified(
            "corrections are between organisations: send a credential; for your own row use "
            "/api/v1/corrections/subjects/{credential}"
        )


def find(at: Desk, subject: Subject, number: str) -> Seen:
    """The correction; the same Unknown for one that is not there, one of others, and what is no number."""
    known(subject)
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
        raise Unknown(NO_CORRECTION)
    return desk.find(at.shelf, subject, int(number))


def known_action(text: str) -> Action:
    """The action of that name; BadAsk lists those there are."""
    try:
        return Action(text)
    except ValueError:
        raise BadAsk(f"action: found {text[:40]!r}, expected one of {', '.join(Action)}") from None


def sight(facts: dict[str, Json], call: Call) -> dict[str, Json]:
    """Without the source's dataset where the asker may not know of that: a claimant met the value elsewhere."""
    shelf = call.desk.shelf
    if may_know(call.desk, call.subject, shelf.dataset(str(facts["dataset"]))):
        return facts
    hidden = ("dataset", "dataset_title", "column", "column_title", "source")
    return facts | dict.fromkeys(hidden)
