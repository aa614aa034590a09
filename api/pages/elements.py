"""`/elements` and `/elements/{id}` as pages: data elements 数据元, their code tables, the fields that are them."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import TheDesk
from api.element_facts import (
    PAGE,
    check_facts,
    element_facts,
    matching,
    matching_codes,
    table_facts,
    the_element,
    use_facts,
    uses,
)
from api.page import link, render
from api.pages.authority import sources_shown
from api.pages.dataset import type_said
from api.visitor import TheVisitor
from api.words import say
from schemas.dataset import Json
from schemas.standards.elements import Element

router = APIRouter(include_in_schema=False)


@router.get("/elements")
def show_elements(request: Request, visitor: TheVisitor) -> Response:
    """All of them on one page, or those that hold a word."""
    text = request.query_params.get("q", "").strip()[:200]
    shown = [_shown(one, visitor.lang) for one in matching(text)]
    return render(request, visitor, "elements.html", q=text, elements=shown)


@router.get("/elements/{id}")
def show_element(id: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """One element; by an alias it leads on to its own address."""
    element, lang = the_element(id), visitor.lang
    if id != element.id:
        return RedirectResponse(link(lang, f"/elements/{element.id}"), 303)
    used = uses(visitor, desk, element, request.query_params.get("after", "")[:128])
    path = f"/elements/{element.id}"
    facts: dict[str, Json] = {
        "one": _shown(element, lang),
        "checks": check_facts(element, lang),
        "table": table_facts(element, lang),
        "sources": sources_shown(desk, visitor, element.id),
        "used_by": [use_facts(use, lang) for use in used.fields],
        "used_datasets": f"{used.datasets:,}",
        "used_next": link(lang, path, after=used.following) + "#uses" if used.following else "",
    }
    return render(request, visitor, "element.html", **facts | _codes(request, element, lang))


def _shown(element: Element, lang: str) -> Mapping[str, Json]:
    told = {"type_said": type_said(element.type, lang), "grade_said": say(lang, f"grade_{element.grade.word}")}
    return element_facts(element, lang) | told


def _codes(request: Request, element: Element, lang: str) -> dict[str, Json]:
    """One page of the code table, and the links to those before and after it."""
    text, told = request.query_params.get("q", "").strip()[:200], request.query_params.get("start", "")
    first = int(told) if told.isascii() and told.isdigit() and len(told) < 7 else 0
    lines = matching_codes(element, text)
    path, end = f"/elements/{element.id}", first + PAGE
    return {
        "q": text,
        "found": f"{len(lines):,}",
        "codes": lines[first:end],
        "names": {one.code: one.name for one in matching_codes(element, "")},
        "before": link(lang, path, q=text, start=max(0, first - PAGE)) + "#codes" if first else "",
        "after": link(lang, path, q=text, start=end) + "#codes" if end < len(lines) else "",
    }
