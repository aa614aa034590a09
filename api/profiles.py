"""`/profile`: what the values of the last version look like, as far as the caller may see them."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from api.asked import asked, documented
from api.caller import TheCall
from api.figures import figure_headers, on_record
from api.profiled import profile_facts, told
from api.sight import find
from api.wanted import AccessQuery, make_ask
from schemas.access import Mode

router = APIRouter(prefix="/api/v1", tags=["catalogue"])
Wanted = Annotated[AccessQuery, Depends(asked(AccessQuery))]


@router.get("/datasets/{key}/profile", openapi_extra=documented(AccessQuery), summary="What its values look like")
def show_profile(key: str, call: TheCall, query: Wanted) -> JSONResponse:
    """Counts, extremes, quantiles, frequent values, lengths and patterns of the columns that are clear to the caller.

    Told to those who may take every row in bulk, and on record; for anybody else the answer holds no figure at all.
    """
    dataset = find(call.desk, call.subject, key)
    decision = call.desk.shelf.decide(make_ask(query, call.subject, dataset, query.mode or Mode.BULK, call.now))
    found = told(call.desk.shelf, dataset, decision)
    if found.version is None:
        return JSONResponse(profile_facts(found))
    receipt = on_record(call.desk, decision, {"profile": found.version, "of": [one.name for one in found.columns]})
    return JSONResponse(profile_facts(found), headers=figure_headers(receipt, found.version))
