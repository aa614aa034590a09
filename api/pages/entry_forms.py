"""`/entries/new`, `/entries/{number}/edit` and `/entries/import`: the guide's form to fill in, and a file of many."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import Desk, TheDesk
from api.entries import numbered
from api.entry_files import looked_at, plan_facts
from api.page import UNSHARED, link, render
from api.pages.sealed import sealed
from api.uploaded import TheUpload
from api.visitor import TheLongForm, TheVisitor, Visitor
from catalog import duties
from catalog.entries import bulk
from catalog.entries import desk as entry_desk
from catalog.entries.desk import Doing
from catalog.entries.secrets import on_record
from schemas.access import Role
from schemas.dataset import Opening, Sharing
from schemas.entry import CATEGORIES, CYCLES, TYPES, Entry
from schemas.entry_file import kind_of
from schemas.entry_form import ENTRY, HEADER, ITEM, lines, read_lines
from schemas.entry_life import Act, Action
from schemas.entry_words import GRADES, OPENING, SHARING
from schemas.errors import BadInput, Mistake, SecretData

router = APIRouter(include_in_schema=False)
BLANK = 5
"""Empty lines for more items."""
MOST_ITEMS = 150
LONG = ("abstract", "abstract_en", "condition", "withheld_basis", "opening_condition", "collecting_basis")
CHOICES: Mapping[str, Sequence[tuple[str, str]]] = {
    "category": [(chinese, english) for _, chinese, english in CATEGORIES.values()],
    "sharing": list(zip(SHARING.values(), ("Open", "Unconditional", "Conditional", "Withheld"), strict=True)),
    "opening": list(zip(OPENING.values(), ("Unconditional", "Conditional", "Closed"), strict=True)),
    "cycle": list(CYCLES.values()),
    "grade": [(chinese, word) for word, chinese in GRADES.items()],
    "type": [(f"{chinese}{code}", f"{english} {code}") for code, (chinese, english) in TYPES.items()],
    "required": [("是", "Yes"), ("否", "No")],
    "secret": [("否", "No"), ("是", "Yes")],
}
"""Word -> what a cell may say, in Chinese, and how it is shown in English."""
assert len(SHARING) == len(Sharing) and len(OPENING) == len(Opening)  # noqa: S101, PT018 - the English beside them


@router.get("/entries/new")
def show_new(request: Request, visitor: TheVisitor) -> Response:
    """An empty form, with the visitor's organisation filled in."""
    duties.require(visitor.subject, Role.CATALOGUE_KEEPER)
    subject = visitor.subject
    empty = Entry("", provider=subject.organisation, provider_name=subject.organisation_name, division=subject.division)
    return _form(request, visitor, "/entries/new", _cells(empty), ())


@router.post("/entries/new")
def send_new(request: Request, visitor: TheVisitor, desk: TheDesk, form: TheLongForm) -> Response:
    """A draft, and on to it; with mistakes the form again, filled in as it was sent."""
    told = _sealed(visitor, form)
    entry, mistakes = _entry(visitor, desk, told)
    if entry is None:
        return _form(request, visitor, "/entries/new", _sent(told), mistakes, status=422)
    made = entry_desk.create(desk.shelf, visitor.subject, entry, visitor.now)
    return RedirectResponse(link(visitor.lang, f"/entries/{made.id}"), 303, UNSHARED)


@router.get("/entries/{number}/edit")
def show_edit(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The form of the version on its way."""
    seen = entry_desk.find(desk.shelf, visitor.subject, numbered(number), visitor.now)
    if seen.coming is None:
        raise BadInput("没有待编辑的版本，请先发起变更 · no version of this entry is on its way; begin a change first")
    return _form(request, visitor, f"/entries/{number}/edit", _cells(seen.coming.entry), (), seen=seen.coming.steps)


@router.post("/entries/{number}/edit")
def send_edit(number: str, request: Request, visitor: TheVisitor, desk: TheDesk, form: TheLongForm) -> Response:
    """Other words, and back to the entry."""
    told = _sealed(visitor, form)
    seen = entry_desk.find(desk.shelf, visitor.subject, numbered(number), visitor.now)
    entry, mistakes = _entry(visitor, desk, told)
    looked = int(told.get("seen", "0")) if told.get("seen", "0").isdigit() else 0
    if entry is None:
        return _form(request, visitor, f"/entries/{number}/edit", _sent(told), mistakes, seen=looked, status=422)
    act = Act(Action.EDIT, seen=looked)
    entry_desk.edit(Doing(desk.shelf, visitor.subject, act, visitor.now), seen, entry)
    return RedirectResponse(link(visitor.lang, f"/entries/{number}"), 303, UNSHARED)


@router.get("/entries/import")
def show_import(request: Request, visitor: TheVisitor) -> Response:
    """Choose a file."""
    duties.require(visitor.subject, Role.CATALOGUE_KEEPER)
    return render(request, visitor, "entry_import.html", plan=None, name="")


@router.post("/entries/import")
def send_import(request: Request, visitor: TheVisitor, desk: TheDesk, sent: TheUpload) -> Response:
    """What would become of each entry; with the box ticked they are taken in as drafts."""
    told, name, raw = sent
    sealed(visitor, told)
    found = looked_at(desk.shelf, visitor.subject, (kind_of(name), name, raw), visitor.now)
    if told.get("apply") == "1" and not found.mistakes:
        bulk.apply(desk.shelf, visitor.subject, found, raw, visitor.now)
        return RedirectResponse(link(visitor.lang, "/entries", mine=1), 303, UNSHARED)
    facts = plan_facts(found, visitor.lang)
    return render(request, visitor, "entry_import.html", 422 if found.mistakes else 200, plan=facts, name=name)


def _sealed(visitor: Visitor, form: Mapping[str, list[str]]) -> dict[str, str]:
    told = {name: values[0] for name, values in form.items()}
    sealed(visitor, told)
    return told


def _entry(visitor: Visitor, desk: Desk, told: Mapping[str, str]) -> tuple[Entry | None, tuple[Mistake, ...]]:
    """The form as the guide's table, so that a page and a file are read by the same rules."""
    cells = _sent(told)
    rows = [
        HEADER,
        *([*(cells["own"] if not n else [""] * len(ENTRY)), *item] for n, item in enumerate(cells["items"])),
    ]
    try:
        file = read_lines(rows, "表单")
    except SecretData:
        on_record(desk.shelf, visitor.subject, visitor.now)
        raise
    found = file.entries[0].entry if len(file.entries) == 1 and not file.mistakes else None
    return found, file.mistakes


def _sent(told: Mapping[str, str]) -> dict[str, list[Any]]:
    """The cells as they were sent; lines of items without a word fall away."""
    items = [[_text(told, f"item-{n}-{word}") for word in ITEM] for n in range(MOST_ITEMS)]
    kept = [item for item in items if item[0].strip()]
    return {"own": [_text(told, word) for word in ENTRY], "items": kept or [[""] * len(ITEM)]}


def _text(told: Mapping[str, str], name: str) -> str:
    return told.get(name, "").replace("\r\n", "\n").replace("\r", "\n")


def _cells(entry: Entry) -> dict[str, list[Any]]:
    _, *rows = lines([entry])
    return {"own": rows[0][: len(ENTRY)], "items": [row[len(ENTRY) :] for row in rows if any(row[len(ENTRY) :])]}


def _form(  # noqa: PLR0913, PLR0917 - what a form shows
    request: Request,
    visitor: Visitor,
    path: str,
    cells: Mapping[str, list[Any]],
    mistakes: Sequence[Mistake],
    seen: int = 0,
    status: int = 200,
) -> Response:
    items = [dict(zip(ITEM, item, strict=True)) for item in cells["items"] if any(item)]
    items += [dict.fromkeys(ITEM, "") for _ in range(BLANK)]
    return render(
        request,
        visitor,
        "entry_form.html",
        status,
        path=path,
        own=dict(zip(ENTRY, cells["own"], strict=True)),
        items=items[:MOST_ITEMS],
        mistakes=mistakes,
        choices=CHOICES,
        long=LONG,
        seen=seen,
    )
