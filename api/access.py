"""`/access`: may I, and why: the decision gate by gate, without data and without a receipt."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.asked import asked, documented
from api.caller import TheCall
from api.shown import decision_facts
from api.sight import find
from api.wanted import AccessQuery, make_ask
from schemas.access import Mode
from schemas.dataset import Json

router = APIRouter(prefix="/api/v1", tags=["access"])
Wanted = Annotated[AccessQuery, Depends(asked(AccessQuery))]


@router.get("/datasets/{key}/access", openapi_extra=documented(AccessQuery), summary="May I, and why")
def explain_access(key: str, call: TheCall, query: Wanted) -> Json:
    """What the access rule would answer to this ask, gate by gate."""
    dataset = find(call.desk, call.subject, key)
    decision = call.desk.shelf.decide(make_ask(query, call.subject, dataset, query.mode or Mode.BULK, call.now))
    return decision_facts(decision, call.desk.shelf.tree(), call.lang)
