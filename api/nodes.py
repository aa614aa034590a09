"""`/nodes`: what other nodes send, what they have in their catalogues, and passports for who reads there."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import Field as Told

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall, TheMoment
from api.catalogue import PLAIN, Plain
from api.desk import TheDesk
from api.seal import CURSOR_LIFE
from catalog.nodes import desk as node_desk
from catalog.nodes import passport, register, reporting
from schemas.access import Subject
from schemas.dataset import Json
from schemas.errors import Unidentified
from schemas.journey import SHANGHAI
from schemas.node import Node

router = APIRouter(prefix="/api/v1", tags=["nodes"])


class EntriesQuery(Plain):
    """Which entries of other nodes."""

    q: str = Told("", max_length=200, description="Words to look for in titles, providers and items")
    limit: int = Told(50, ge=1, le=200, description="Entries of one page")
    cursor: str = Told("", description="Where the next page starts: `next` of the page before")


EntriesWanted = Annotated[EntriesQuery, Depends(asked(EntriesQuery))]


@router.post("/nodes/messages", summary="A signed message of another node", openapi_extra={"security": []})
async def take_message(request: Request, desk: TheDesk, now: TheMoment) -> Response:
    """An envelope (DSSE, Ed25519); the answer is one too. Believed for its signature alone, acted on once."""
    text = await request.body()
    answer = await run_in_threadpool(node_desk.receive, desk.shelf, text, now)
    return Response(answer, media_type="application/json", headers=PRIVATE)


@router.get("/nodes", **PLAIN, summary="Nodes above and below this one")
def list_nodes(call: TheCall) -> Json:
    """For registered organisations: name, division, keys, and how many entries each has reported."""
    own(call.subject)
    with call.desk.shelf.engine.connect() as connection:
        found, numbers = register.listed(connection), reporting.numbers(connection, call.subject)
    key = call.desk.shelf.node.public_text
    return {"nodes": [node_facts(one, numbers) for one in found], "me": call.desk.shelf.node.origin, "key": key}


@router.get("/nodes/entries", openapi_extra=documented(EntriesQuery), summary="Catalogues of other nodes")
def list_entries(call: TheCall, query: EntriesWanted) -> Json:
    """As they reported it, without what they withhold; to whom their sharing class shows it."""
    bound = ["nodes", call.subject.system, query.q]
    after = ["", ""]
    if query.cursor:
        after = call.desk.seal.open(query.cursor, purpose="node entries", bound=bound, now=call.now)
    return entries(call, query, bound, (str(after[0]), str(after[1])))


def entries(call: Call, query: EntriesQuery, bound: Json, after: tuple[str, str]) -> dict[str, Json]:
    """A page of them."""
    with call.desk.shelf.engine.connect() as connection:
        found = reporting.found(connection, call.subject, query.q, after, query.limit + 1)
    page, until = found[: query.limit], call.now + CURSOR_LIFE
    last = [page[-1]["node"], page[-1]["key"]] if page else ["", ""]
    following = call.desk.seal.close(last, purpose="node entries", bound=bound, until=until)
    return {"entries": [dict(one) for one in page], "next": following if len(found) > query.limit else None}


@router.post("/nodes/{node}/passport", **PLAIN, status_code=201, summary="A passport for another node 跨域身份")
def make_passport(node: str, call: TheCall) -> JSONResponse:
    """Ten minutes, for that node alone: send it there as `Authorization: Bearer ysn_…`. `node`: its twelve digits."""
    own(call.subject)
    with call.desk.shelf.engine.connect() as connection:
        to = register.find(connection, node)
    text = passport.issue(call.subject, to, call.desk.shelf.node, call.now)
    told = {"passport": text, "ends": (call.now + passport.LIFE).astimezone(SHANGHAI).isoformat(), "url": to.card.url}
    return JSONResponse(told, 201, headers=PRIVATE)


def own(subject: Subject) -> None:
    """Unidentified for the public."""
    if subject.public:
        raise Unidentified("nodes are for registered organisations: send a credential as Authorization: Bearer ys_…")


def node_facts(one: Node, numbers: Mapping[str, int]) -> dict[str, Any]:
    """One node; its address is the operators' matter."""
    return {
        "id": one.card.id.split("/")[1],
        "name": one.card.name,
        "division": one.card.division,
        "relation": one.relation.value,
        "active": one.active,
        "key": one.card.key,
        "ledger_key": one.card.ledger_key,
        "entries": numbers.get(one.card.id, 0),
    }
