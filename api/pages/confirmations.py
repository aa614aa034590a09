"""`/confirmations`: what waits for the word of a reviewer of its source, as pages; confirmed or refused by a form."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.confirmation_facts import confirmation_facts, known_number, known_verb, word_facts
from api.desk import Desk, TheDesk
from api.language import pick
from api.page import UNSHARED, link, render, when
from api.pages.sealed import sealed
from api.visitor import TheForm, TheVisitor, Visitor
from catalog.confirming import desk as counter
from catalog.confirming import sample as samples
from catalog.confirming.desk import Seen
from catalog.confirming.sample import Sample
from catalog.confirming.stored import NO_MATTER, Wanted
from schemas.deed import LEAST, LONGEST, Word
from schemas.errors import Unidentified
from schemas.matter import Gone, State, Verb

router = APIRouter(include_in_schema=False)
PAGE = 30
MARKS = {State.WAITING: "warn", State.CONFIRMED: "yes", State.REFUSED: "no", State.DONE: "yes", State.SETTLED: "plain"}
"""State -> colour of its badge."""


@router.get("/confirmations")
def show_confirmations(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Those that wait, or all of them."""
    _known(visitor)
    every = request.query_params.get("state") == "all"
    before = known_number(request.query_params.get("before", "") or "0", NO_MATTER)
    found = waiting(desk, visitor, Wanted(states=() if every else (State.WAITING,), before=before or None))
    state, last = "all" if every else "", found[PAGE - 1]["id"] if len(found) > PAGE else 0
    more = link(visitor.lang, "/confirmations", state=state, before=last) if last else ""
    return render(request, visitor, "confirmations.html", every=every, confirmations=found[:PAGE], more=more)


@router.get("/confirmations/{number}")
def show_confirmation(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """What is gone or has changed, some of the keys (on record), and the words that are possible now."""
    seen = counter.find(desk.shelf, visitor.subject, known_number(number, NO_MATTER))
    done = counter.word(desk.shelf, seen.matter)
    keys, tree, row = _sample(desk, visitor, seen), desk.shelf.tree(), _row(seen, visitor)
    blind = not (isinstance(seen.matter.about, Gone) and seen.matter.verbs)
    answer = render(
        request,
        visitor,
        "confirmation.html",
        it=row,
        window=seen.matter.about.window if isinstance(seen.matter.about, Gone) else "",
        said=word_facts(done),
        said_when=when(done.at) if done else "",
        columns=[pick(visitor.lang, one.title, one.title_en) or one.title for one in keys.fields] if keys else [],
        keys=keys.rows if keys else (),
        places=[(tree.name(code) if code else "—", code, rows) for code, rows in keys.places] if keys else [],
        receipt=keys.receipt.number if keys else "",
        verbs=[verb for verb in row["verbs"] if keys or blind or verb != Verb.CONFIRM],
        lost=not keys and not blind and seen.mine,
        least=LEAST,
        longest=LONGEST,
    )
    if keys:
        answer.headers["Yishu-Receipt"] = keys.receipt.number
    return answer


@router.post("/confirmations/{number}/{verb}")
def decide_confirmation(number: str, verb: str, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """The reviewer's word, and back to the confirmation."""
    sealed(visitor, form)
    seen = counter.find(desk.shelf, visitor.subject, known_number(number, NO_MATTER))
    word = Word(counter.hand(visitor.subject), form.get("reason", ""))
    counter.decide(desk.shelf, seen.matter.id, known_verb(verb), word, visitor.now)
    return RedirectResponse(link(visitor.lang, f"/confirmations/{seen.matter.id}"), 303, UNSHARED)


def waiting(desk: Desk, visitor: Visitor, wanted: Wanted) -> list[dict[str, Any]]:
    """Confirmations as the tables of pages show them."""
    return [_row(one, visitor) for one in counter.listed(desk.shelf, visitor.subject, wanted)]


def _sample(desk: Desk, visitor: Visitor, seen: Seen) -> Sample | None:
    """For the owner alone, and while it may still be decided."""
    if not (seen.mine and seen.matter.verbs and isinstance(seen.matter.about, Gone)):
        return None
    decision = samples.decided(desk.shelf, visitor.subject, seen, visitor.now)
    return samples.sample(desk.shelf, seen, decision) if decision.allowed else None


def _row(seen: Seen, visitor: Visitor) -> dict[str, Any]:
    marks = {"mark": MARKS[seen.matter.state], "found": when(seen.matter.found_at)}
    return confirmation_facts(seen, visitor.lang) | marks


def _known(visitor: Visitor) -> None:
    if visitor.subject.public:
        raise Unidentified("待确认事项属于单位，请先登录 · confirmations are an organisation's own: sign in first")
