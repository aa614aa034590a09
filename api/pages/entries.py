"""`/entries`: the catalogue's entries as pages: lists, one entry with its history, and the acts of officials."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import Desk, TheDesk
from api.entries import known_action, numbered, standing
from api.entry_facts import entry_facts, version_facts
from api.entry_files import as_file, every
from api.language import pick
from api.page import UNSHARED, link, render, when
from api.pages.entry_forms import CHOICES
from api.pages.sealed import sealed
from api.visitor import TheForm, TheVisitor
from api.words import say
from catalog.entries import desk as entry_desk
from catalog.entries.book import Wanted
from catalog.entries.desk import Doing, Seen
from schemas.access import Role
from schemas.entry_file import KINDS
from schemas.entry_form import ENTRY, ITEM, PATH
from schemas.entry_life import IN_FORCE, WAYS, Act, Action, State
from schemas.entry_words import CELLS, TEXT
from schemas.errors import BadAsk

router = APIRouter(include_in_schema=False)
PAGE = 20
MARKS = {
    State.PUBLISHED: "yes",
    State.CHANGING: "yes",
    State.RETIRING: "warn",
    State.RETIRED: "no",
    State.DISCARDED: "no",
}
SHOWN = tuple(word for word in ENTRY if word not in ("title", "secret", *PATH))


@router.get("/entries")
def show_entries(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """What is in force, or what the visitor works on."""
    query, shelf = request.query_params, desk.shelf
    mine, text = query.get("mine") == "1" and not visitor.subject.public, query.get("q", "").strip()[:100]
    state = _state(query.get("state", ""))
    states = (state,) if state else WAYS if mine else IN_FORCE
    wanted = Wanted(states, text, numbered(query["before"]) if query.get("before") else None, PAGE + 1)
    found = entry_desk.listed(shelf, visitor.subject, wanted, visitor.now, working=mine)
    counts = entry_desk.counts(shelf, visitor.subject, visitor.now, working=mine)
    kept = {"mine": "1" if mine else "", "q": text, "state": state.value if state else ""}
    return render(
        request,
        visitor,
        "entries.html",
        mine=mine,
        q=text,
        state=kept["state"],
        counts=[(one.value, counts[one]) for one in State if counts.get(one)],
        keeper=Role.CATALOGUE_KEEPER in visitor.subject.roles,
        entries=[_row(version_facts(one, visitor.lang)) for one in found[:PAGE]],
        after=link(visitor.lang, "/entries", **kept, before=found[PAGE - 1].id) if len(found) > PAGE else "",
        kinds=tuple(KINDS),
        kept=kept,
    )


@router.get("/entries.{kind}")
def save_entries(kind: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The list as a file."""
    if kind not in KINDS:
        raise BadAsk(f"found the ending {kind[:20]!r}, expected one of {', '.join(KINDS)}")
    query = request.query_params
    mine, state = query.get("mine") == "1", _state(query.get("state", ""))
    wanted = Wanted((state,) if state else WAYS if mine else IN_FORCE, query.get("q", "").strip()[:100])
    return as_file(every(desk.shelf, visitor.subject, wanted, visitor.now, working=mine), kind)


@router.get("/entries/{number}")
def show_entry(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The version in force, the one on its way, the acts that are possible, clocks and history."""
    seen = entry_desk.find(desk.shelf, visitor.subject, numbered(number), visitor.now)
    facts = entry_facts(desk.shelf, seen, visitor.lang, visitor.now)
    looked = seen.coming or seen.shown
    return render(
        request,
        visitor,
        "entry.html",
        it=_row(facts),
        looked=looked.number,
        coming=seen.coming is not None,
        words=words_of(facts["coming"]["entry"] if facts["coming"] else facts["entry"], visitor.lang),
        acts=_acts(seen),
        history=[one | {"when": when(step.at)} for one, step in _steps(desk, seen, facts)],
        names={one.credit_code: one.name for one in desk.shelf.parties.organisations()},
    )


@router.post("/entries/{number}/act")
def move_entry(number: str, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """One act, and back to the entry."""
    sealed(visitor, form)
    seen = entry_desk.find(desk.shelf, visitor.subject, numbered(number), visitor.now)
    version = int(form.get("version", "0")) if form.get("version", "0").isdigit() else 0
    looked = int(form.get("seen", "0")) if form.get("seen", "0").isdigit() else 0
    act = Act(known_action(form.get("action", "")), version or standing(seen), form.get("said", ""), _day(form), looked)
    entry_desk.act(Doing(desk.shelf, visitor.subject, act, visitor.now), seen)
    return RedirectResponse(link(visitor.lang, f"/entries/{number}"), 303, UNSHARED)


def words_of(told: dict[str, Any], lang: str) -> dict[str, Any]:
    """An entry for reading: heading and text of each word, and a table of its items."""
    flat = told | {"path": " › ".join(filter(None, (_cell(word, told["path"][word], lang) for word in PATH)))}
    own = [(say(lang, f"entry_{word}"), _cell(word, flat[word], lang)) for word in ("path", *SHOWN)]
    return {
        "title": told["title"],
        "own": [(heading, text) for heading, text in own if text],
        "items": [{word: _cell(word, item[word], lang) for word in ITEM} for item in told["items"]],
    }


def _cell(word: str, value: object, lang: str) -> str:
    """As the form says it; a word of a closed list in the visitor's language."""
    text = CELLS.get(word, TEXT)[0](value)
    return pick(lang, text, dict(CHOICES.get(word, ())).get(text, text))


def _row(facts: dict[str, Any]) -> dict[str, Any]:
    return facts | {"mark": MARKS.get(State(facts["state"]), "plain")}


def _acts(seen: Seen) -> list[dict[str, Any]]:
    """Acts that are forms on this page; editing has a page of its own."""
    needs = {Action.RETURN, Action.CHANGE, Action.ANNOUNCE, Action.KEEP}
    return [
        {"version": number, "action": action.value, "said": action in needs, "ends": action is Action.ANNOUNCE}
        for number, action in seen.actions
        if action is not Action.EDIT
    ]


def _steps(desk: Desk, seen: Seen, facts: dict[str, Any]) -> list[tuple[dict[str, Any], Any]]:
    return list(zip(facts["history"], entry_desk.history(desk.shelf, seen), strict=True))


def _state(text: str) -> State | None:
    if not text:
        return None
    if text not in {one.value for one in State}:
        raise BadAsk(f"state: found {text[:20]!r}, expected one of {', '.join(State)}")
    return State(text)


def _day(form: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(form["ends"]) if form.get("ends") else None
    except ValueError as wrong:
        raise BadAsk("ends: expected a day such as 2026-12-31") from wrong
