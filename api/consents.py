"""`/consents`: consents of persons and enterprises 个人授权: recorded, listed and counted by the owner, taken back."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.seal import CURSOR_LIFE
from api.shown import refusal
from api.sight import find
from catalog.consents import book, desk
from catalog.consents.book import Held, Terms, Which
from catalog.consents.desk import Batch
from catalog.consents.persons import named, numbered
from catalog.ledger import tokens
from schemas.access import Basis
from schemas.dataset import Dataset, Json
from schemas.errors import BadAsk, Unidentified, Unknown
from schemas.journey import SHANGHAI

router = APIRouter(prefix="/api/v1", tags=["consents"])
MOST = 10_000
"""Subjects of one batch."""
NOTHING = "nothing is on record under this token"
Short = Annotated[str, StringConstraints(max_length=200)]
Key = Annotated[dict[Short, Short], Told(min_length=1, max_length=16)]
Once = Annotated[str, Header(alias="Idempotency-Key", max_length=128)]


class Said(BaseModel):
    """Who may read whose rows, for what and how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: Short = Told("", description="Key of the dataset; left out: every dataset of yours, for this purpose")
    recipient: Short = Told(description="Credit code of the organisation that may read")
    purpose: Short = Told(description="Purpose of use, from the closed list")
    begins: AwareDatetime | None = Told(None, alias="from", description="From when; from now when left out")
    until: AwareDatetime = Told(description="Until when")
    evidence: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Told(
        description="Where the consent itself is kept: number of a form or a record; nothing about the person"
    )
    subjects: list[Key] = Told(
        min_length=1,
        max_length=MOST,
        description="Each by the columns that number persons in the dataset, or by resident_id or credit_code",
    )


class Back(BaseModel):
    """Whose consents are taken back, and which of them; what is left out says nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Key = Told(description="The person or enterprise, as it was recorded")
    dataset: Short = ""
    recipient: Short = ""
    purpose: Short = ""


class Mine(BaseModel):
    """Which of one's own consents; all of them where nothing is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[int, Told(ge=1, lt=1 << 62)] | None = Told(None, description="Number of one consent")
    recipient: Short = ""
    purpose: Short = ""


class Some(Plain):
    """Which consents to your data."""

    dataset: str = Told("", max_length=128, description="Only to the dataset with this key")
    recipient: str = Told("", max_length=18, description="Only to this organisation, by credit code")
    purpose: str = Told("", max_length=64, description="Only for this purpose")


class ListQuery(Some):
    """A page of them."""

    limit: int = Told(50, ge=1, le=200, description="Consents of one page")
    cursor: str = Told("", description="Where the next page starts: `next` of the page before")


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]
SomeWanted = Annotated[Some, Depends(asked(Some))]


@router.post("/consents", **PLAIN, summary="Record consents to data of yours, or that you collected", status_code=201)
def record_consents(call: TheCall, said: Said, once: Once = "") -> JSONResponse:
    """Enter consents of up to 10,000 subjects, all or none; the same Idempotency-Key again is answered as before."""
    known(call)
    if not once.strip():
        raise BadAsk("expected the header Idempotency-Key: a text of your own, another for each batch")
    dataset = find(call.desk, call.subject, said.dataset) if said.dataset else None
    batch = Batch(_terms(call, said, dataset), dataset, tuple(said.subjects), once)
    if dataset is not None and _authorised(call, dataset) is Basis.RETURN:
        desk.collected(call.desk.shelf, call.subject, batch, call.now)
    answer = desk.record(call.desk.shelf, call.subject, batch, call.now)
    return JSONResponse(answer, 201, {"Yishu-Receipt": answer["receipt"], **PRIVATE})


@router.get("/consents", openapi_extra=documented(ListQuery), summary="Consents to your data")
def list_consents(call: TheCall, query: ListWanted) -> Json:
    """Those that open data of your organisation, newest first, without their subjects."""
    known(call)
    bound = {"by": call.subject.organisation, "ask": [query.dataset, query.recipient, query.purpose]}
    before = query.cursor and call.desk.seal.open(query.cursor, purpose="consents", bound=bound, now=call.now)
    with call.desk.shelf.engine.connect() as connection:
        found = book.listed(connection, _which(call, query), int(before) if before else None, query.limit + 1)
    page, more = found[: query.limit], len(found) > query.limit
    until = call.now + CURSOR_LIFE
    following = call.desk.seal.close(page[-1].id, purpose="consents", bound=bound, until=until) if more else None
    return {"consents": [_facts(one, call.now) for one in page], "next": following}


@router.get("/consents/count", openapi_extra=documented(Some), summary="How many consent to what")
def count_consents(call: TheCall, query: SomeWanted) -> Json:
    """Persons whose consent to data of your organisation is in force now, by dataset, recipient and purpose."""
    known(call)
    with call.desk.shelf.engine.connect() as connection:
        found = book.counted(connection, _which(call, query), call.now)
    names = ("dataset", "recipient", "purpose", "persons")
    return {"in_force": [dict(zip(names, one, strict=True)) for one in found]}


@router.post("/consents/withdraw", **PLAIN, summary="Take back consents of a subject")
def withdraw_subject(call: TheCall, told: Back) -> Json:
    """For who recorded them or owns the data. From the next decision on nothing stands on them."""
    known(call)
    secret = call.desk.shelf.token_key
    dataset = find(call.desk, call.subject, told.dataset) if told.dataset else None
    person = named(secret, dataset, told.subject) if dataset else numbered(secret, told.subject)
    which = Which(dataset=told.dataset, recipient=told.recipient, purpose=told.purpose, person=person)
    return {"withdrawn": len(desk.withdraw(call.desk.shelf, call.subject, which, call.now))}


@router.post("/consents/{number}/withdraw", **PLAIN, summary="Take back one consent")
def withdraw_consent(number: str, call: TheCall) -> Json:
    """By its number, as `withdraw` of a subject."""
    known(call)
    return {"withdrawn": len(desk.withdraw(call.desk.shelf, call.subject, Which(id=_number(number)), call.now))}


@router.get("/consents/subjects/{token}", **PLAIN, summary="My own consents")
def list_own(token: str, call: TheCall) -> JSONResponse:
    """What the holder of this token consented to, newest first: to whom, for what, until when, whether taken back."""
    with call.desk.shelf.engine.connect() as connection:
        found = book.listed(connection, _own(call, token), None, MOST)
    if not found:
        raise Unknown(NOTHING)
    return JSONResponse({"consents": [_facts(one, call.now) for one in found]}, headers=PRIVATE)


@router.post("/consents/subjects/{token}/withdraw", **PLAIN, summary="Take back my own consents")
def withdraw_own(token: str, call: TheCall, told: Mine | None = None) -> Json:
    """All of them, or those that are named; the holder of the token needs nobody's leave."""
    said = told or Mine.model_validate({})
    which = replace(_own(call, token), id=said.id, recipient=said.recipient, purpose=said.purpose)
    return {"withdrawn": len(desk.withdraw_own(call.desk.shelf, call.subject, which, call.now))}


def known(call: Call) -> None:
    """Unidentified without a credential: consents are recorded and listed by organisations."""
    if call.subject.public:
        raise Unidentified("consents are recorded by organisations: send the credential of one of its systems")


def _authorised(call: Call, dataset: Dataset) -> Basis:
    """As what the caller records; Refused, and on record, where they are neither owner nor collector."""
    shelf = call.desk.shelf
    decision = desk.authority(shelf, call.subject, dataset, call.now)
    if not decision.allowed or decision.basis is None:
        raise refusal(decision, shelf.record(decision, {"for": "consents"}).number, call.lang)
    return decision.basis


def _terms(call: Call, said: Said, dataset: Dataset | None) -> Terms:
    shelf = call.desk.shelf
    owner = dataset.owner if dataset else call.subject.organisation
    if dataset is None and not any(one.consent for one in shelf.each(shelf.catalogue.owned(owner)).values()):
        raise BadAsk("dataset: expected the key of one: your organisation owns none that asks for consent")
    try:
        shelf.parties.organisation(said.recipient)
    except Unknown as wrong:
        raise BadAsk(f"recipient: {wrong}") from wrong
    begins = said.begins or call.now
    return Terms(owner, said.dataset, said.recipient, said.purpose, begins, said.until, said.evidence)


def _which(call: Call, query: Some) -> Which:
    return Which(call.subject.organisation, query.dataset, query.recipient, query.purpose)


def _own(call: Call, token: str) -> Which:
    """Everything of the token's holder; Unknown where it was not made here or has run out."""
    own = tokens.opened(call.desk.shelf.token_key, token, call.now)
    if own is None:
        raise Unknown(NOTHING)
    call.desk.pace.take(f"trace {own}", call.now.timestamp())
    return Which(person=tokens.about_subject(own))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Unknown(desk.NO_CONSENT)
    return int(text)


def _facts(one: Held, now: datetime) -> dict[str, Json]:
    """A consent as its owner and its subject see it."""
    ended = one.withdrawn_at is not None or one.ends <= now
    state = "withdrawn" if one.withdrawn_at else "ended" if ended else "in_force" if one.begins <= now else "to_come"
    return {
        "id": one.id,
        "dataset": one.dataset or None,
        "owner": one.owner,
        "recipient": one.recipient,
        "purpose": one.purpose,
        "from": _text(one.begins),
        "until": _text(one.ends),
        "evidence": one.evidence,
        "recorded_by": one.recorded_by,
        "recorded_at": _text(one.recorded_at),
        "withdrawn_at": _text(one.withdrawn_at) if one.withdrawn_at else None,
        "state": state,
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat()
