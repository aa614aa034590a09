"""`/forms`: collection forms 采集表 as pages; beside each item stands where it is collected already."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.caller import Call
from api.desk import Desk, TheDesk
from api.form_facts import by_name, form_facts, hit_facts, item_facts, known_act, known_choice, known_form, request_path
from api.forms import done
from api.language import pick
from api.page import UNSHARED, link, render
from api.pages.authority import day
from api.pages.sealed import sealed
from api.visitor import TheForm, TheVisitor, Visitor
from catalog.collection import desk as counter
from catalog.collection.desk import Looked
from schemas.authority_source import KINDS
from schemas.collection import MOVES, REASONS, Choice, Form, FormItem, Hit, Item
from schemas.dataset import Json, Kind
from schemas.errors import BadAsk, Unidentified, Unknown
from schemas.journey import SHANGHAI
from schemas.standards.elements import ELEMENTS, find_element

router = APIRouter(include_in_schema=False)
BADGES = {"draft": "plain", "waiting": "warn", "cleared": "yes", "withdrawn": "plain"}
DAYS = 90
"""Of an exemption, unless another day is named."""


@router.get("/forms")
def show_forms(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The forms of the visitor's organisation, and those that wait for them as a reviewer."""
    _signed_in(visitor)
    mine = counter.listed(desk.shelf, visitor.subject, limit=200)
    waiting = counter.waiting(desk.shelf, visitor.subject)
    names = {one.credit_code: one.name for one in desk.shelf.parties.organisations()} if waiting else {}
    return render(
        request,
        visitor,
        "forms.html",
        forms=[_line(one, names) for one in mine],
        waiting=[_line(one, names) for one in waiting],
    )


@router.get("/forms/new")
def new_form(request: Request, visitor: TheVisitor) -> Response:
    """An empty form to be filled in."""
    _signed_in(visitor)
    elements = [(one.id, pick(visitor.lang, one.title, one.title_en)) for one in ELEMENTS]
    return render(request, visitor, "form_new.html", kinds=KINDS, elements=elements, types=list(Kind))


@router.post("/forms")
def design_form(visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """A draft, and on to its page."""
    sealed(visitor, form)
    drafted = Form(
        title=form.get("title", ""),
        basis=form.get("basis", ""),
        subject_kind=form.get("subject_kind", ""),
        division=form.get("division", "").strip(),
        items=tuple(FormItem(one) for one in lines(form.get("items", ""))),
    )
    return _to(visitor, counter.design(desk.shelf, visitor.subject, drafted, visitor.now).number)


@router.get("/forms/{number}")
def show_form(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Its items with what was found of each, and what can be done now."""
    if visitor.subject.public:
        raise Unknown("no collection form of this number that you may know of")
    seen = counter.find(desk.shelf, visitor.subject, known_form(number), visitor.now)
    acts = [act.value for state, act in MOVES if state is seen.form.state]
    decisions = ("approve", "refuse")
    return render(
        request,
        visitor,
        "form.html",
        it=form_facts(seen.form) | {"badge": BADGES[seen.form.state.value]},
        place=desk.shelf.tree().name(seen.form.division),
        items=_items(desk, seen, visitor),
        blocked="、".join(seen.blocked),
        editable=seen.mine and seen.form.state.value == "draft",
        acts=[one for one in acts if seen.mine and one not in decisions],
        decisions=[one for one in acts if seen.decides and one in decisions],
        reasons=[(code, pick(visitor.lang, *both)) for code, both in REASONS.items()],
        until=(visitor.now.astimezone(SHANGHAI).date() + timedelta(days=DAYS)).isoformat(),
    )


@router.post("/forms/{number}/items/{place}")
def choose_item(number: str, place: str, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """What is done about one item, and back to the form."""
    sealed(visitor, form)
    if not (place.isascii() and place.isdigit() and len(place) < 4):
        raise Unknown("no item of this number on the form")
    word, _, dataset = form.get("choice", "").partition(" ")
    choice = known_choice(word)
    until = day(form.get("until", "")) if choice is Choice.EXEMPTION else None
    told = FormItem(Item(""), choice, dataset, form.get("reason", ""), form.get("said", ""), until)
    counter.choose(desk.shelf, visitor.subject, known_form(number), {int(place): told}, visitor.now)
    return _to(visitor, number, f"#item-{place}")


@router.post("/forms/{number}/{act}")
def move_form(  # noqa: PLR0913, PLR0917 - two words of the path and what every route of the pages needs
    number: str, act: str, request: Request, visitor: TheVisitor, desk: TheDesk, form: TheForm
) -> Response:
    """Sent, withdrawn, approved or refused, and back to the form."""
    sealed(visitor, form)
    call = Call(request, desk, visitor.subject, visitor.now, visitor.lang)
    done(call, known_act(act), known_form(number), form.get("said", ""))
    return _to(visitor, number)


def lines(text: str) -> list[Item]:
    """Items from a field of text: one a line, `name, element, type`, of which the name alone must be there."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        parts = [part.strip() for part in line.replace("，", ",").split(",")]
        if len(parts) > 3:
            raise BadAsk(f"items: found {line[:60]!r}, expected name, element, type on a line")
        name, element, kind = (*parts, "", "")[:3]
        found.append(Item(name, element, kind or Kind.STRING.value))
    return found


def _signed_in(visitor: Visitor) -> None:
    if visitor.subject.public:
        raise Unidentified("采集表属于单位，请先登录 · forms are an organisation's own: sign in first")


def _to(visitor: Visitor, number: str, part: str = "") -> Response:
    return RedirectResponse(link(visitor.lang, f"/forms/{number}") + part, 303, UNSHARED)


def _line(form: Form, names: Mapping[str, str]) -> dict[str, Any]:
    owner = {"organisation_name": names.get(form.organisation, ""), "badge": BADGES[form.state.value]}
    return form_facts(form) | owner


def _items(desk: Desk, seen: Looked, visitor: Visitor) -> list[dict[str, Json]]:
    found = []
    for place, (one, hits, left) in enumerate(zip(seen.form.items, seen.hits, seen.open, strict=True), 1):
        element = find_element(one.item.element) if one.item.element else None
        told = {
            "element_title": pick(visitor.lang, element.title, element.title_en) if element else "",
            "reason_said": pick(visitor.lang, *REASONS[one.reason]) if one.reason else "",
            "blocked": bool(left),
            "blocking": any(hit.blocks for hit in hits),
            "hits": [_hit(desk, hit, visitor) for hit in hits],
            "reusable": _reusable(hits, visitor.lang),
            "alike": any(by_name(hit) for hit in hits),
        }
        found.append(item_facts(one, place) | told)
    return found


def _hit(desk: Desk, hit: Hit, visitor: Visitor) -> dict[str, Json]:
    facts = hit_facts(hit, visitor.lang)
    if hit.hidden:
        return facts
    path = request_path(hit)
    asking = link(visitor.lang, "/requests/new", dataset=hit.dataset) if path else ""
    return facts | {"place": desk.shelf.tree().name(hit.division), "percent": f"{hit.share:.0%}", "asking": asking}


def _reusable(hits: tuple[Hit, ...], lang: str) -> list[tuple[str, str]]:
    """(key, title) of every dataset that may be reused; an empty key where the data administration names it."""
    named = {one.dataset: pick(lang, one.dataset_title, one.dataset_title_en) for one in hits if one.dataset}
    nameless = [("", pick(lang, "由数据主管部门指定", "as the data administration names it"))]
    return [*named.items(), *(nameless if any(not one.dataset for one in hits) else [])]
