"""`/nodes`: nodes above and below this one, what they have in their catalogues, and requests that went there."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import TheDesk
from api.nodes import node_facts, own
from api.page import link, render, when
from api.visitor import TheVisitor
from catalog.nodes import register, relayed, reporting

router = APIRouter(include_in_schema=False)
PAGE = 30


@router.get("/nodes")
def show_nodes(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """For registered organisations; entries as the other nodes reported them."""
    own(visitor.subject)
    query = request.query_params
    text, after = query.get("q", "")[:200], (query.get("node", ""), query.get("after", ""))
    with desk.shelf.engine.connect() as connection:
        nodes, numbers = register.listed(connection), reporting.numbers(connection, visitor.subject)
        found = reporting.found(connection, visitor.subject, text, after, PAGE + 1)
        asked = relayed.listed(connection, visitor.subject.organisation)
    names = {one.card.id: one.card.name for one in nodes}
    last = found[PAGE - 1] if len(found) > PAGE else None
    return render(
        request,
        visitor,
        "nodes.html",
        nodes=[node_facts(one, numbers) for one in nodes],
        me=desk.shelf.node.public_text,
        q=text,
        entries=[dict(one) | {"node_name": names.get(one["node"], "")} for one in found[:PAGE]],
        more=link(visitor.lang, "/nodes", q=text, node=last["node"], after=last["key"]) if last else "",
        asked=[
            {"node": names.get(one.node, ""), "dataset": one.dataset, "state": one.state, "number": one.number}
            | {"grant": one.grant, "said": one.said, "when": when(one.asked_at)}
            for one in asked
        ],
    )
