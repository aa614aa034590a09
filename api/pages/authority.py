"""`/authority` as a page: the authority registry 一数一源, proposals to it and decisions on them."""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.authority_facts import known_number, known_verb, source_facts
from api.desk import Desk, TheDesk
from api.language import pick
from api.page import UNSHARED, link, render
from api.pages.sealed import sealed
from api.visitor import TheForm, TheVisitor, Visitor
from catalog import duties
from catalog.collection import registry
from catalog.collection.registry import Decided
from schemas.access import Role
from schemas.authority_source import KINDS, MOVES, Source
from schemas.dataset import Json
from schemas.errors import BadAsk
from schemas.journey import SHANGHAI
from schemas.standards.elements import ELEMENTS, find_element

router = APIRouter(include_in_schema=False)


@router.get("/authority")
def show_registry(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Every entry that the visitor may know of, or those of one element; who may decide finds buttons there."""
    element = find_element(request.query_params.get("element", "")[:64])
    return render(
        request,
        visitor,
        "authority.html",
        sources=sources_shown(desk, visitor, element.id if element else ""),
        element=element.id if element else "",
        elements=[(one.id, pick(visitor.lang, one.title, one.title_en)) for one in ELEMENTS],
        kinds=KINDS,
        may_propose=visitor.subject.government,
        may_decide=duties.active(visitor.subject) and Role.AUTHORITY_REVIEWER in visitor.subject.roles,
        verbs=_verbs(),
        today=visitor.now.astimezone(SHANGHAI).date().isoformat(),
    )


@router.post("/authority")
def propose_source(visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """A proposal, and back to the registry."""
    sealed(visitor, form)
    source = Source(
        element=form.get("element", ""),
        subject_kind=form.get("subject_kind", ""),
        division=form.get("division", "").strip(),
        organisation=form.get("organisation", "").strip(),
        basis=form.get("basis", ""),
        since=day(form.get("since", "")),
        dataset=form.get("dataset", "").strip(),
    )
    entered = registry.propose(desk.shelf, visitor.subject, source, visitor.now)
    return RedirectResponse(link(visitor.lang, "/authority", element=entered.element), 303, UNSHARED)


@router.post("/authority/{number}/{verb}")
def decide_source(number: str, verb: str, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """A decision, and back to the registry."""
    sealed(visitor, form)
    told = Decided(known_verb(verb), form.get("said", ""))
    moved = registry.decide(desk.shelf, visitor.subject, known_number(number), told, visitor.now)
    return RedirectResponse(link(visitor.lang, "/authority", element=moved.element), 303, UNSHARED)


def sources_shown(desk: Desk, visitor: Visitor, element: str) -> list[Mapping[str, Json]]:
    """Entries as the tables of pages show them."""
    found = registry.told_once(registry.entries(desk.shelf, visitor.subject, element))
    return [_shown(source_facts(one, desk, visitor.now), visitor.lang) for one in found]


def day(text: str) -> date:
    """A day of a form; BadAsk shows how one is written."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadAsk(f"day: found {text[:40]!r}, expected one such as 2026-11-20") from None


def _shown(facts: dict[str, Json], lang: str) -> dict[str, Json]:
    known = find_element(str(facts["element"]))
    return facts | {"element_title": pick(lang, known.title, known.title_en) if known else facts["element"]}


def _verbs() -> Mapping[str, list[str]]:
    """Standing -> what can be decided."""
    found: dict[str, list[str]] = {}
    for standing, verb in MOVES:
        found.setdefault(standing.value, []).append(verb.value)
    return found
