"""`/corrections`: doubts that concern the visitor's organisation, and the way to say that a value is wrong."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.correction_facts import correction_facts, seen_facts, step_facts, words_facts
from api.corrections import find, known, known_action
from api.desk import Desk, TheDesk
from api.page import UNSHARED, link, render, when
from api.pages.asking import asking, choices
from api.pages.sealed import sealed
from api.shown import refusal
from api.sight import find as find_dataset
from api.sight import may_know
from api.visitor import TheForm, TheVisitor, Visitor
from catalog.corrections import answers, filing, owner_look
from catalog.corrections import desk as correction_desk
from catalog.corrections.counters import counted
from catalog.corrections.desk import Seen, Side
from catalog.corrections.filing import Filing
from catalog.corrections.stored import Wanted
from schemas.access import PURPOSES
from schemas.correction import STATES, Answer, Correction, State
from schemas.dataset import Dataset, Json
from schemas.deadline import Clock
from schemas.errors import Unknown

router = APIRouter(include_in_schema=False)
PAGE = 20
LIVING = tuple(state for state in State if state is not State.CLOSED)
MARKS = {State.LOCATED: "no", State.VERIFYING: "warn", State.CORRECTING: "warn", State.UNASSIGNED: "no",
         State.CLOSED: "yes", State.UPHELD: "plain"}  # fmt: skip
"""State -> colour of its badge."""
QUIET = ("not_ours", "reroute", "withdraw", "reopen")
"""Answers whose buttons do not stand out."""


@router.get("/corrections")
def show_corrections(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Those that the organisation has to answer, has claimed or was told of, and how it deals with doubts."""
    known(visitor.subject)
    every = request.query_params.get("state") == "all"
    before = _number(request.query_params.get("before", ""))
    wanted = Wanted("", states=() if every else LIVING, before=before or None, limit=PAGE + 1)
    found = correction_desk.listed(desk.shelf, visitor.subject, wanted)
    keys = correction_desk.overseen(desk.shelf, visitor.subject)
    with desk.shelf.engine.connect() as connection:
        counts = counted(connection, keys)
    older = {"state": "all" if every else "", "before": found[PAGE - 1].id} if len(found) > PAGE else {}
    return render(
        request,
        visitor,
        "corrections.html",
        every=every,
        corrections=[_row(one, desk, visitor) for one in found[:PAGE]],
        older=link(visitor.lang, "/corrections", **older) if older else "",
        counts=[{"name": _names(desk).get(one.owner, one.owner), "it": one} for one in counts],
    )


@router.get("/corrections/new")
def show_new(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """A form for one value of one row of a dataset that the visitor may have."""
    known(visitor.subject)
    dataset = find_dataset(desk, visitor.subject, request.query_params.get("dataset", ""))
    found = asking(request, desk, visitor, dataset)
    views = found.decision.served if found.decision.allowed else ()
    facts = {one["name"]: one for one in _fields(dataset, visitor.lang)}
    return render(
        request,
        visitor,
        "correction_new.html",
        it=dataset.key,
        title=_title(dataset, visitor.lang),
        allowed=found.decision.allowed and bool(dataset.key_fields),
        keys=[facts[name] for name in dataset.key_fields],
        columns=[facts[view.name] for view in views if view.name not in dataset.key_fields],
        column=request.query_params.get("column", ""),
        action=link(visitor.lang, "/corrections", dataset=dataset.key, purpose=found.purpose, grant=found.grant),
        **choices(found, visitor.lang),
    )


@router.post("/corrections")
def file_claim(request: Request, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """The claim, and on to its page."""
    sealed(visitor, form)
    desk.pace.take(visitor.subject.credential, visitor.now.timestamp())
    query, shelf = request.query_params, desk.shelf
    dataset = find_dataset(desk, visitor.subject, query.get("dataset", ""))
    purpose = query.get("purpose", "")
    filed = Filing(
        dataset=dataset,
        column=form.get("column", ""),
        expected=None if form.get("empty") else form.get("expected", ""),
        evidence=form.get("evidence", ""),
        key={name: form.get(f"key_{name}", "").strip() for name in dataset.key_fields},
        purpose=purpose if purpose in PURPOSES else "",
        grant=query.get("grant", ""),
        case=form.get("case", "").strip(),
    )
    decision = filing.decided(shelf, visitor.subject, filed, visitor.now)
    if not decision.allowed:
        raise refusal(decision, shelf.record(decision, {"for": "correction"}).number, visitor.lang)
    made = filing.file(shelf, visitor.subject, filed, decision, visitor.now)
    return RedirectResponse(link(visitor.lang, f"/corrections/{made[0].id}"), 303, UNSHARED)


@router.get("/corrections/{number}")
def show_correction(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """State, clock with the rules that apply, history, who was told, and what may be answered now."""
    seen = find(desk, visitor.subject, number)
    steps = correction_desk.history(desk.shelf, seen)
    return render(
        request,
        visitor,
        "correction.html",
        it=_shown(seen, desk, visitor),
        clock=_clock(seen.clock),
        history=[step_facts(one, seen) | {"when": when(one.at)} for one in steps],
        heard=[_told(one, visitor) for one in seen_facts(seen, visitor.lang, visitor.now)["told"]],
        states={state.value: words[0 if visitor.lang == "zh-CN" else 1] for state, words in STATES.items()},
        names=_names(desk),
        source=Side.SOURCE in seen.sides,
        quiet=QUIET,
    )


@router.get("/corrections/{number}/cell")
def show_cell(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Row, value and evidence, for the source alone; each look is on record."""
    seen = find(desk, visitor.subject, number)
    if Side.SOURCE not in seen.sides:
        raise correction_desk.not_yours("cell")
    decision = owner_look.decided(desk.shelf, visitor.subject, seen, visitor.now)
    receipt = desk.shelf.record(decision, {"correction": seen.it.id})
    if not decision.allowed:
        raise refusal(decision, receipt.number, visitor.lang)
    shown = words_facts(*owner_look.clear(desk.shelf, seen, decision))
    titles = {one["name"]: one["title"] for one in _fields(seen.dataset, visitor.lang)}
    answer = render(
        request,
        visitor,
        "correction_cell.html",
        it=_shown(seen, desk, visitor),
        cell=shown,
        titles=titles,
        names=_names(desk),
        receipt=receipt.number,
    )
    answer.headers["Yishu-Receipt"] = receipt.number
    return answer


@router.post("/corrections/{number}/answer")
def answer_correction(number: str, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """The answer of one side, and back to the correction."""
    sealed(visitor, form)
    seen = find(desk, visitor.subject, number)
    valued = bool(form.get("value", "").strip()) or bool(form.get("empty"))
    told = Answer(
        action=known_action(form.get("action", "")),
        said=form.get("said", ""),
        value=None if form.get("empty") else form.get("value", "").strip(),
        valued=valued,
        dataset=form.get("dataset", "").strip(),
        column=form.get("column", "").strip(),
    )
    moved = answers.answer(desk.shelf, visitor.subject, seen, told, visitor.now)
    path = f"/corrections/{number}" if moved.owner == seen.it.owner else "/corrections"
    return RedirectResponse(link(visitor.lang, path), 303, UNSHARED)


def _row(one: Correction, desk: Desk, visitor: Visitor) -> dict[str, Json]:
    dataset = desk.shelf.dataset(one.dataset)
    facts = correction_facts(one, dataset, visitor.lang)
    if not may_know(desk, visitor.subject, dataset):
        facts |= dict.fromkeys(("dataset", "dataset_title", "column", "column_title"), "") | {"source": {"name": ""}}
    return facts | {"mark": MARKS.get(one.state, "unconditional"), "opened": when(one.opened_at)}


def _shown(seen: Seen, desk: Desk, visitor: Visitor) -> dict[str, Json]:
    return _row(seen.it, desk, visitor) | {
        "actions": [one.value for one in seen.actions],
        "standing": sum(not one.withdrawn for one in seen.claims),
        "claims": [{"by": "" if one.citizen else one.organisation, "at": when(one.at)} for one in seen.claims],
    }


def _clock(clock: Clock | None) -> dict[str, Any] | None:
    if clock is None:
        return None
    return {
        "due": clock.due.isoformat(),
        "provisional": clock.provisional,
        "breached": clock.breached_at is not None,
        "responsible": clock.thing.responsible,
        "rules": [(one.days, one.unit.value, one.source) for one in clock.rules],
    }


def _told(one: Mapping[str, Any], visitor: Visitor) -> dict[str, Any]:
    mine = one["organisation"] == visitor.subject.organisation
    return {
        **one,
        "mine": mine,
        "when": one["acknowledged_at"][:16].replace("T", " ") if one["acknowledged_at"] else "",
    }


def _fields(dataset: Dataset, lang: str) -> list[dict[str, str]]:
    chinese = lang == "zh-CN"
    return [{"name": one.name, "title": one.title if chinese else one.title_en or one.name} for one in dataset.fields]


def _title(dataset: Dataset, lang: str) -> str:
    return dataset.title if lang == "zh-CN" else dataset.title_en or dataset.title


def _names(desk: Desk) -> Mapping[str, str]:
    return {one.credit_code: one.name for one in desk.shelf.parties.organisations()}


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Unknown("no such number")
    return int(text)
