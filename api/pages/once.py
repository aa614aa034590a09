"""`/once` as a page: facts about each department's data, collected once and used by others; no order of merit."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import TheDesk
from api.once import figures, known_place, spreadsheet, told
from api.page import link, render
from api.visitor import TheVisitor
from catalog.collection import once

router = APIRouter(include_in_schema=False)
BY = ("department", "division", "dataset")


@router.get("/once")
def show_once(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """By department, division or dataset; the words of each figure stand on the page."""
    asked = request.query_params.get("by", "")
    by, place = asked if asked in BY else BY[0], known_place(request.query_params.get("division", "")[:15])
    lines = once.lines(desk.shelf, visitor.subject, visitor.now, place)
    rows = told(desk, lines, by, place, visitor.lang)
    if request.query_params.get("format") == "csv":
        return spreadsheet(rows, by)
    return render(
        request,
        visitor,
        "once.html",
        by=by,
        ways=[(one, link(visitor.lang, "/once", by=one, division=place)) for one in BY],
        place=desk.shelf.tree().name(place) if place else "",
        division=place,
        lines=rows,
        total=figures(once.together(lines)),
        csv=link(visitor.lang, "/once", by=by, division=place, format="csv"),
    )
