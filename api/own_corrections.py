"""`/corrections/subjects`: a citizen doubts a value of their own row, with the credential of their own trace."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Said

from api.answers import PRIVATE
from api.caller import Call, TheCall
from api.catalogue import PLAIN
from api.clock_facts import clock_facts
from api.correction_facts import text
from api.corrections import Key, Short, Value, Words, known_action
from api.incidents import DIGITS
from api.language import pick
from catalog.corrections import answers, desk, filing, stored
from catalog.corrections.desk import Seen
from catalog.corrections.filing import Filing
from catalog.ledger import tokens
from catalog.subjects import PUBLIC
from schemas.correction import LONGEST, OUTCOMES, STATES, Answer
from schemas.dataset import Json
from schemas.errors import Unknown

router = APIRouter(prefix="/api/v1/corrections/subjects", tags=["corrections"])
NOTHING = "nothing is on record under this credential, or it has run out; ask the operator for a new one"


class Mine(BaseModel):
    """Which value of one's own row is wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: Short = Said(description="Key of the dataset; the trace names those that were read")
    key: Key = Said(description="The primary key of one's own row")
    column: Short = Said(description="The column whose value is wrong")
    expected: Value | None = Said(description="What it should be, as text; null: there should be no value")
    evidence: Words = Said(description="How one knows")


class Back(BaseModel):
    """What is said with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: Annotated[str, StringConstraints(max_length=LONGEST)] = ""


@router.post("/{token}", **PLAIN, summary="A value of my own row is wrong", status_code=201)
def file_own(token: str, call: TheCall, said: Mine) -> JSONResponse:
    """Of one's own row alone; every other row, and every dataset without it, gets one and the same answer."""
    own = _own(call, token)
    dataset = filing.dataset_of(call.desk.shelf, said.dataset)
    wanted = Filing(dataset, said.column, said.expected, said.evidence, said.key)
    made = filing.file_own(call.desk.shelf, own, wanted, call.now)
    found = [_facts(desk.find_own(call.desk.shelf, own, one.id), call) for one in made]
    return JSONResponse({"corrections": found}, 201, PRIVATE)


@router.get("/{token}", **PLAIN, summary="My own corrections")
def list_own(token: str, call: TheCall) -> JSONResponse:
    """What became of one's own claims, newest first."""
    own, shelf = _own(call, token), call.desk.shelf
    with shelf.engine.connect() as connection:
        found = stored.of_citizen(connection, tokens.about_subject(own).hex())
    told = [_facts(desk.find_own(shelf, own, one.id), call) for one in found]
    return JSONResponse({"corrections": told}, headers=PRIVATE)


@router.post("/{token}/{number}/{action}", **PLAIN, summary="Withdraw, accept or reopen my own claim")
def answer_own(token: str, number: str, action: str, call: TheCall, told: Back | None = None) -> JSONResponse:
    """`withdraw` before a verdict; `accept` or `reopen` (saying why) what was upheld."""
    own = _own(call, token)
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
        raise Unknown(stored.NO_CORRECTION)
    seen = desk.find_own(call.desk.shelf, own, int(number))
    answer = Answer(known_action(action), told.said if told else "")
    answers.answer(call.desk.shelf, PUBLIC, seen, answer, call.now)
    return JSONResponse(_facts(desk.find_own(call.desk.shelf, own, int(number)), call), headers=PRIVATE)


def _own(call: Call, token: str) -> str:
    """The token of the credential's holder; Unknown where it was not made here or has run out."""
    own = tokens.opened(call.desk.shelf.token_key, token, call.now)
    if own is None:
        raise Unknown(NOTHING)
    call.desk.pace.take(f"trace {own}", call.now.timestamp())
    return own


def _facts(seen: Seen, call: Call) -> dict[str, Json]:
    """What its claimant may know: their own claim, how far it is, and by when; no value, and no other claimant."""
    one, claim = seen.it, seen.claims[0]
    return {
        "id": one.id,
        "dataset": claim.dataset,
        "column": claim.column,
        "state": one.state.value,
        "state_text": pick(call.lang, *STATES[one.state]),
        "outcome": one.outcome,
        "outcome_text": pick(call.lang, *OUTCOMES[one.outcome]),
        "at": text(claim.at),
        "moved_at": text(one.moved_at),
        "corrected_version": one.corrected or None,
        "reopened": one.reopened,
        "actions": [each.value for each in seen.actions],
        "clock": clock_facts(seen.clock, call.lang, call.now) if seen.clock else None,
    }
