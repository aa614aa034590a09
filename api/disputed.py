"""What is served says which of it is disputed 存疑: a header everywhere, a list where the format has room for one."""

import json
from typing import Annotated

import pyarrow as pa
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import TheCall
from api.shown import refusal
from api.sight import sought
from api.wanted import AccessQuery, make_ask
from catalog.corrections.disputed import Disputed, disputed, facts
from schemas.access import Mode

router = APIRouter(prefix="/api/v1", tags=["corrections"])
HEADER = "Yishu-Disputed"
"""Number of disputed cells within the rows and columns that the answer opens; absent where there is none."""
METADATA = b"yishu.disputed"
"""Key of the same list, as JSON, in the schema of an Arrow stream and in the footer of a Parquet file."""
Wanted = Annotated[AccessQuery, Depends(asked(AccessQuery))]


@router.get("/datasets/{key}/disputed", openapi_extra=documented(AccessQuery), summary="Which values are disputed")
def list_disputed(key: str, call: TheCall, query: Wanted) -> JSONResponse:
    """Cells within the rows and columns that you may have, each with the row's key as you get it; on record."""
    mode = query.mode or Mode.QUERY
    dataset = sought(call, key, mode, query.purpose)
    shelf = call.desk.shelf
    decision = shelf.decide(make_ask(query, call.subject, dataset, mode, call.now))
    receipt = shelf.record(decision, {"for": "disputed"})
    if not decision.allowed:
        raise refusal(decision, receipt.number, call.lang)
    found = disputed(shelf, decision)
    told = {"dataset": key, "version": decision.version, "disputed": facts(found)}
    return JSONResponse(told, headers={"Yishu-Receipt": receipt.number, **header(found), **PRIVATE})


def header(found: tuple[Disputed, ...]) -> dict[str, str]:
    """For the answer's headers."""
    return {HEADER: str(len(found))} if found else {}


def marked(schema: pa.Schema, found: tuple[Disputed, ...]) -> pa.Schema:
    """The schema with the list in its metadata; itself where nothing is disputed."""
    if not found:
        return schema
    told = json.dumps(facts(found), ensure_ascii=False).encode()
    return schema.with_metadata({**(schema.metadata or {}), METADATA: told})
