"""`/follows`: hear of a dataset, of a data element, or of all that a department shares."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.answers import PRIVATE
from api.caller import TheCall
from api.catalogue import PLAIN
from api.desk import Desk
from api.incidents import DIGITS
from api.sight import find
from catalog.database import writing
from catalog.following import errands, follows, signing
from schemas.access import Subject
from schemas.dataset import Json
from schemas.errors import BadInput, Unidentified, Unknown
from schemas.following import Errand, Follow, Followed, mailbox
from schemas.journey import SHANGHAI
from schemas.standards.elements import find_element
from schemas.targets import target

router = APIRouter(prefix="/api/v1", tags=["following"])
Name = Annotated[str, StringConstraints(max_length=128)]


class FollowTold(BaseModel):
    """What is followed: exactly one of the first three; the inbox always hears, e-mail or webhook besides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: Name = Told("", description="Key of a dataset: each version and each contract")
    element: Name = Told("", description="Id or alias of a data element: datasets that hold it, and their contracts")
    department: Name = Told("", description="First part of its datasets' keys: new datasets, and their contracts")
    email: Annotated[str, StringConstraints(max_length=320)] = ""
    webhook: Annotated[str, StringConstraints(max_length=2000)] = Told("", description="http(s)://…")


@router.post("/follows", **PLAIN, status_code=201, summary="Follow a dataset, an element or a department 关注")
def follow(call: TheCall, told: FollowTold) -> JSONResponse:
    """The same again finds the first. The secret of a webhook is told this once."""
    own(call.subject)
    followed, what = which(call.desk, call.subject, told.model_dump())
    made = made_of(call.desk, call.subject, (followed, what), told.email, told.webhook)
    with writing(call.desk.shelf.engine) as connection:
        kept = follows.make(connection, Follow(**made, made_at=call.now))
    facts = follow_facts(kept, None)
    if kept.url and kept.salt == made["salt"]:
        key = signing.secret(call.desk.shelf.token_key, kept)
        facts["secret"] = f"whsec_{base64.b64encode(key).decode()}"
    return JSONResponse(facts, 201, headers=PRIVATE)


@router.get("/follows", **PLAIN, summary="What your organisation follows")
def list_follows(call: TheCall) -> Json:
    """Each with what became of the last word that was sent outside."""
    own(call.subject)
    with call.desk.shelf.engine.connect() as connection:
        found = follows.of_organisation(connection, call.subject.organisation)
        return {"follows": [follow_facts(one, errands.last(connection, one.id)) for one in found]}


@router.delete("/follows/{number}", **PLAIN, status_code=204, summary="Follow no more")
def unfollow(number: str, call: TheCall) -> Response:
    """It hears of nothing any more; what is on its way is dropped."""
    own(call.subject)
    with writing(call.desk.shelf.engine) as connection:
        found = follows.get(connection, known(number), call.subject.organisation)
        follows.end(connection, found.id, call.now)
    return Response(status_code=204, headers=PRIVATE)


def own(subject: Subject) -> None:
    """Unidentified for the public."""
    if subject.public:
        raise Unidentified("follows are those of an organisation: send a credential as Authorization: Bearer ys_…")


def which(desk: Desk, subject: Subject, told: dict[str, Any]) -> tuple[Followed, str]:
    """What is followed; a dataset must be one that the asker may know of. BadInput where it is none or several."""
    named = [(kind, told[kind.value].strip()) for kind in Followed if told[kind.value].strip()]
    if len(named) != 1:
        raise BadInput(f"found {len(named)} of dataset, element, department; expected exactly one")
    kind, what = named[0]
    if kind is Followed.DATASET:
        return kind, find(desk, subject, what).key
    if kind is Followed.ELEMENT:
        element = find_element(what)
        if element is None:
            raise Unknown(f"no data element {what[:60]!r}; /api/v1/elements lists them")
        return kind, element.id
    return kind, what


def made_of(desk: Desk, subject: Subject, of: tuple[Followed, str], email: str, url: str) -> dict[str, Any]:
    """A follow but for its moment; BadInput where mail or webhook may not go there, or both are wanted at once."""
    if email and url:
        raise BadInput("found email and webhook; make two follows, so that what stops one way does not stop the other")
    if url:
        target(url, desk.settings.targets)
    return {
        "id": 0,
        "organisation": subject.organisation,
        "system": subject.system,
        "person": subject.person,
        "followed": of[0],
        "what": of[1],
        "email": mailbox(email, desk.settings.mail_domains) if email else "",
        "url": url,
        "salt": desk.shelf.randomness(16).hex() if url else "",
    }


def known(number: str) -> int:
    """The number; what is none is no follow."""
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
        raise Unknown(follows.UNKNOWN)
    return int(number)


def follow_facts(one: Follow, last: Errand | None) -> dict[str, Json]:
    """One follow; `last` is what became of the newest word that was to be sent outside."""
    return {
        "id": one.id,
        "followed": one.followed.value,
        "what": one.what,
        "email": one.email or None,
        "webhook": one.url or None,
        "made_at": one.made_at.astimezone(SHANGHAI).isoformat(),
        "last": last and {"about": last.about, "dataset": last.dataset, "state": last.state.value, "tries": last.tries},
    }
