"""`/divisions` and `/divisions/{code}` as pages: the tree of divisions, opened link by link, and a search in it."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import TheDesk
from api.division_facts import PAGE, below, division_facts, find, place_facts
from api.page import link, render
from api.visitor import TheVisitor, Visitor
from api.words import say
from catalog.territory import desk as territory
from schemas.division import Division
from schemas.division_search import Sought, look_up
from schemas.divisions import DivisionTree
from schemas.errors import BadAsk
from schemas.journey import SHANGHAI

router = APIRouter(include_in_schema=False)


@router.get("/divisions")
def show_divisions(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The provinces, or what was found."""
    text, at = request.query_params.get("q", "").strip()[:60], _day(request, visitor)
    tree = desk.shelf.tree()
    found = look_up(tree, Sought(text, at=at)) if text else below(tree, "", at)
    told = _listed(request, visitor, tree, found, at) | {"q": text, "authorities": territory.authorities(desk.shelf)}
    return render(request, visitor, "divisions.html", **told)


@router.get("/divisions/{code}")
def show_division(code: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """One division, and a page of those right below it."""
    tree, at = desk.shelf.tree(), _day(request, visitor)
    _, full = find(tree, code, at)
    told = _listed(request, visitor, tree, below(tree, full, at), at)
    one = division_facts(desk.shelf, full, visitor.lang, at)
    return render(
        request, visitor, "division.html", one=one, tier_said=say(visitor.lang, f"tier_{one['tier']}"), **told
    )


def _listed(
    request: Request, visitor: Visitor, tree: DivisionTree, found: tuple[Division, ...], at: date
) -> dict[str, Any]:
    """One page of a list, and the links to those before and after it."""
    told, day = request.query_params.get("start", ""), request.query_params.get("at", "")
    start = int(told) if told.isascii() and told.isdigit() and len(told) < 8 else 0
    kept = {"q": request.query_params.get("q", "").strip()[:60], "at": day}
    path, end = request.url.path, start + PAGE
    return {
        "at": at.isoformat(),
        "day": day,
        "count": len(found),
        "places": [place_facts(tree, one, visitor.lang, at) for one in found[start:end]],
        "before": link(visitor.lang, path, **kept, start=max(0, start - PAGE)) if start else "",
        "after": link(visitor.lang, path, **kept, start=end) if end < len(found) else "",
    }


def _day(request: Request, visitor: Visitor) -> date:
    told = request.query_params.get("at", "")
    try:
        return date.fromisoformat(told) if told else visitor.now.astimezone(SHANGHAI).date()
    except ValueError as wrong:
        raise BadAsk(f"at: found {told[:20]!r}, expected a day such as 2018-12-30") from wrong
