"""`GET /datasets/{key}/records/{id}/refusals`: every refused row of one push, and why; for its sender and the owner."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import Plain
from api.desk import Desk
from api.language import pick
from api.records import found_push, known
from api.seal import CURSOR_LIFE
from api.visitor import Visitor
from catalog.inbox import refusals
from catalog.inbox.quarantined import Spot
from catalog.inbox.refusals import Page, Refusal, Start
from schemas.access import Subject
from schemas.dataset import Dataset, Json
from schemas.push import Push

router = APIRouter(prefix="/api/v1", tags=["records"])
CURSOR = "refusals"


class RefusalsQuery(Plain):
    """Which of them."""

    limit: int = Field(200, ge=1, le=1_000, description="Refusals of one page")
    cursor: str = Field("", description="Where the next page starts: `next` of the page before")


RefusalsWanted = Annotated[RefusalsQuery, Depends(asked(RefusalsQuery))]


@router.get(
    "/datasets/{key}/records/{id}/refusals",
    openapi_extra=documented(RefusalsQuery),
    summary="All refused rows of a push",
)
def list_refusals(key: str, id: str, call: TheCall, query: RefusalsWanted) -> JSONResponse:
    """By number and rule: those that were refused at once, then those that validation put into quarantine."""
    dataset = known(call.desk, call.subject, key)
    push = found_push(call.desk, call.subject, dataset, id)
    found, following = page(call.desk, call, dataset, push, query)
    body = {
        "id": push.id,
        "dataset": push.dataset,
        "refusals": [refusal_facts(one, call.subject, push, call.lang) for one in found.refusals],
        "next": following or None,
    }
    return JSONResponse(body, headers=PRIVATE)


def page(desk: Desk, asking: Call | Visitor, dataset: Dataset, push: Push, query: RefusalsQuery) -> tuple[Page, str]:
    """One page, and the cursor of the next one; empty at the end."""
    bound = {"by": [asking.subject.system, asking.subject.organisation], "push": push.id}
    said = desk.seal.open(query.cursor, purpose=CURSOR, bound=bound, now=asking.now) if query.cursor else None
    start = Start(said[0], Spot(*said[1]), said[2]) if said else Start()
    found = refusals.page(desk.shelf.lake, dataset, push, start, query.limit)
    if found.following is None:
        return found, ""
    told, spot, mark = found.following.told, found.following.spot, found.following.mark
    place = [told, [spot.part, spot.row, spot.rule], mark]
    return found, desk.seal.close(place, purpose=CURSOR, bound=bound, until=asking.now + CURSOR_LIFE)


def refusal_facts(one: Refusal, subject: Subject, push: Push, lang: str) -> dict[str, Json]:
    """One of them in one language. What was found is told to the organisation that sent it alone."""
    fault = one.fault
    return {
        "row": fault.row,
        "field": fault.field or None,
        "rule": fault.rule,
        "found": fault.found if subject.organisation == push.organisation else "",
        "expected": pick(lang, fault.expected, fault.expected_en),
        "when": one.when.value,
    }
