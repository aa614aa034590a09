"""Lineage over HTTP: the ways to and from a dataset, and what runs of other systems tell of theirs (OpenLineage)."""

import json
import zlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import Field

from api.asked import asked, documented
from api.bodies import LARGEST
from api.caller import TheCall
from api.catalogue import Plain
from api.column_lineage import column_facts
from api.language import pick
from api.sight import find
from catalog.lineage.told import Teller
from catalog.lineage.walk import HOPS, MOST_HOPS, NODES, Limits, Name, Node
from schemas.dataset import Json
from schemas.errors import BadInput
from schemas.openlineage import read_event

router = APIRouter(prefix="/api/v1", tags=["lineage"])


class LineageQuery(Plain):
    """How far to go."""

    hops: int = Field(HOPS, ge=1, le=MOST_HOPS, description="Datasets between the start and the end of a way")
    nodes: int = Field(
        NODES, ge=1, le=NODES, description="Things that are told at most; `cut` says whether there are more"
    )


Wanted = Annotated[LineageQuery, Depends(asked(LineageQuery))]


@router.get(
    "/datasets/{key}/lineage", openapi_extra=documented(LineageQuery), summary="Where it comes from and goes to"
)
def show_lineage(key: str, call: TheCall, wanted: Wanted) -> Json:
    """Edges between what the caller may know of, and between columns; what they may not know of is absent.

    Systems of departments appear as `source` without a name. `cut` lists the limits that were met: `hops`, `nodes`.
    """
    find(call.desk, call.subject, key)
    shelf = call.desk.shelf
    walk = shelf.catalogue.lineage(key, call.subject, call.now, Limits(wanted.hops, wanted.nodes))
    columns = shelf.catalogue.column_lineage(key, call.subject)
    nodes = {(one.kind, one.name): one for one in walk.nodes}
    return {
        "nodes": [_node(one, call.lang) for one in walk.nodes],
        "edges": [
            {
                "from": _end(one.start),
                "to": _end(one.end),
                "since": one.since.isoformat(),
                "told_by": one.told_by or None,
            }
            for one in walk.edges
            if one.start in nodes and one.end in nodes
        ],
        "cut": sorted(walk.cut | ({"columns"} if columns.cut else set())),
        "columns": [column_facts(one) for one in columns.edges],
    }


def _end(name: Name) -> dict[str, str]:
    kind, told = name
    if kind == "source":
        return {"kind": "source"}
    return {"kind": kind, {"dataset": "key", "grant": "number", "organisation": "credit_code"}.get(kind, "name"): told}


def _node(node: Node, lang: str) -> Json:
    title = {"title": pick(lang, node.title, node.title_en)} if node.title else {}
    return _end((node.kind, node.name)) | {"depth": node.depth} | title


@router.post("/lineage", status_code=201, summary="What a run of a system of yours made of what (OpenLineage)")
async def tell_lineage(request: Request, call: TheCall) -> JSONResponse:
    """Take an OpenLineage event; 200 where this very one was taken before. Of our datasets their owner alone tells."""
    event = read_event(_json(await request.body(), request.headers.get("content-encoding", "")))
    if event is None:
        return JSONResponse(
            {"accepted": False, "reason": "a dataset alone says nothing about where data come from"}, 200
        )
    teller = Teller(call.subject, call.desk.settings.openlineage.namespace)
    new = await run_in_threadpool(call.desk.shelf.catalogue.tell_lineage, event, teller, call.now)
    return JSONResponse({"accepted": True, "new": new}, 201 if new else 200)


def _json(body: bytes, encoding: str) -> Any:
    """The body, which may be compressed; BadInput where it is no JSON or would grow too long."""
    if encoding not in ("", "identity", "gzip"):
        raise BadInput(f"Content-Encoding: found {encoding[:40]!r}, expected gzip or none")
    try:
        if encoding == "gzip":
            unpack = zlib.decompressobj(wbits=31)
            body = unpack.decompress(body, LARGEST)
            if unpack.unconsumed_tail:
                raise BadInput(f"the body is longer than {LARGEST} bytes once it is unpacked")
        found = json.loads(body)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError, zlib.error) as wrong:
        raise BadInput("the body is not JSON; expected one OpenLineage event") from wrong
    return found
