"""`/nodes/{node}/requests`: ask for data that another node holds; it decides by its own rules, on its own clocks."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.answers import PRIVATE
from api.caller import TheCall
from api.catalogue import PLAIN
from api.nodes import own
from catalog import duties
from catalog.nodes import register, relayed
from catalog.nodes.relayed import Relayed
from schemas.access import Mode, Role
from schemas.dataset import Json, ScopeRole
from schemas.journey import SHANGHAI
from schemas.request_want import LONGEST, Want

router = APIRouter(prefix="/api/v1", tags=["nodes"])
Words = Annotated[str, StringConstraints(max_length=LONGEST)]
Code = Annotated[str, StringConstraints(max_length=128)]


class WantTold(BaseModel):
    """What is wanted of a dataset there; as for a request here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: Code = Told(description="Its key, as the node reported it")
    items: tuple[Code, ...] = Told((), max_length=500, description="Names of its fields")
    purpose: Code = ""
    basis: Words = Told("", description="Legal basis 使用依据")
    scenario: Words = ""
    divisions: tuple[Code, ...] = Told((), max_length=500)
    scope: ScopeRole | None = None
    modes: tuple[Mode, ...] = ()
    start: date | None = None
    end: date | None = None
    retention_days: int = Told(0, ge=0, le=36_600)
    security: Words = ""
    case_system: Words = ""


@router.post("/nodes/{node}/requests", **PLAIN, status_code=202, summary="Ask for data that another node holds")
def ask_there(node: str, call: TheCall, told: WantTold) -> JSONResponse:
    """Relayed to that node, and answered there: see `GET /api/v1/nodes/requests`."""
    own(call.subject)
    if call.subject.person:
        duties.require(call.subject, Role.REQUESTER)
    shelf = call.desk.shelf
    with shelf.engine.connect() as connection:
        to = register.find(connection, node)
    made = relayed.send(shelf, call.subject, to, Want(**dict(told)), call.now)
    return JSONResponse(relayed_facts(made), 202, headers=PRIVATE)


@router.get("/nodes/requests", **PLAIN, summary="Your organisation's requests at other nodes")
def list_relayed(call: TheCall) -> Json:
    """As the other nodes last told; `state` is `relayed` until they have answered."""
    own(call.subject)
    with call.desk.shelf.engine.connect() as connection:
        found = relayed.listed(connection, call.subject.organisation)
    return {"requests": [relayed_facts(one) for one in found]}


def relayed_facts(one: Relayed) -> dict[str, Json]:
    """One of them."""
    return {
        "id": one.id,
        "node": one.node.split("/")[1],
        "dataset": one.dataset,
        "state": one.state,
        "number": one.number or None,
        "grant": one.grant or None,
        "said": one.said,
        "asked_at": one.asked_at.astimezone(SHANGHAI).isoformat(),
        "told_at": one.told_at.astimezone(SHANGHAI).isoformat(),
    }
