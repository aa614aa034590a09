"""`/datasets/{key}/lineage`: the ways to and from a dataset as a drawing with links, and the same as a table."""

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import TheDesk
from api.drawing import HIGH, WIDE, drawing
from api.language import pick
from api.page import link, render, when
from api.shown import dataset_facts
from api.sight import find
from api.visitor import TheVisitor
from api.words import say
from catalog.lineage.walk import HOPS, MOST_HOPS, Edge, Limits, Name, Node, Walk
from schemas.dataset import Json

router = APIRouter(include_in_schema=False)
DRAWN = 60
"""Things of one drawing."""


@router.get("/datasets/{key}/lineage")
def show_lineage(key: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The drawing, two hops far unless more are asked for, and the table that says the same."""
    dataset = find(desk, visitor.subject, key)
    hops = _hops(request.query_params.get("hops", ""))
    walk = desk.shelf.catalogue.lineage(key, visitor.subject, visitor.now, Limits(hops, DRAWN))
    title = partial(title_of, lang=visitor.lang)
    facts: dict[str, Json] = {
        "it": dataset_facts(dataset, visitor.lang),
        "hops": hops,
        "most": MOST_HOPS,
        "cut": sorted(walk.cut),
        "drawn": drawing(walk, title),
        "wide": WIDE,
        "tall": HIGH,
        "href": partial(href, visitor.lang),
        "rows": rows(walk, visitor.lang),
    }
    return render(request, visitor, "lineage.html", **facts)


def _hops(told: str) -> int:
    return int(told) if told.isascii() and told.isdigit() and 1 <= int(told[:3]) <= MOST_HOPS else HOPS


def title_of(node: Node, lang: str) -> str:
    """A node's name as people read it."""
    if node.kind == "source":
        return say(lang, "source_system")
    return pick(lang, node.title, node.title_en) or node.name


def href(lang: str, node: Node) -> str:
    """Where a node leads; only datasets have a page."""
    return link(lang, f"/datasets/{node.name}/lineage") if node.kind == "dataset" else ""


def rows(walk: Walk, lang: str) -> list[dict[str, Json]]:
    """Each line of the drawing as a row: from, to, since when, and who says so."""
    nodes = {(one.kind, one.name): one for one in walk.nodes}
    known = [one for one in walk.edges if one.start in nodes and one.end in nodes]
    known.sort(key=lambda one: (nodes[one.start].depth, nodes[one.end].depth, one.start, one.end))
    return [
        {
            "start": _end(nodes, one.start, lang),
            "end": _end(nodes, one.end, lang),
            "since": when(one.since),
            "said": say(lang, _said(one)),
        }
        for one in known
    ]


def _end(nodes: dict[Name, Node], name: Name, lang: str) -> dict[str, str]:
    node = nodes[name]
    return {"title": title_of(node, lang), "kind": say(lang, f"node_{node.kind}"), "href": href(lang, node)}


def _said(edge: Edge) -> str:
    if "grant" in (edge.start[0], edge.end[0]):
        return "lineage_by_grant"
    return "lineage_by_run" if edge.told_by else "lineage_by_contract"
