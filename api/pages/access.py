"""`/datasets/{key}/access`: why may I, or may I not, gate by gate."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import TheDesk
from api.language import pick
from api.page import render
from api.pages.asking import SHOWN_MODES, asking, basis_word, choices
from api.pages.dataset import views
from api.shown import dataset_facts, gate_facts, gate_name, scope_facts
from api.sight import find
from api.visitor import TheVisitor
from api.words import say
from schemas.dataset import Json

router = APIRouter(include_in_schema=False)


@router.get("/datasets/{key}/access")
def show_access(key: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The decision in words: each gate, the scope, the columns; for a refusal the next step."""
    dataset = find(desk, visitor.subject, key)
    found = asking(request, desk, visitor, dataset)
    decision, lang = found.decision, visitor.lang
    facts: dict[str, Json] = {
        "it": dataset_facts(dataset, lang),
        "modes": [(m.value, say(lang, f"mode_{m.value}")) for m in SHOWN_MODES],
        "allowed": decision.allowed,
        "basis": basis_word(decision.basis),
        "used": decision.grant,
        "places": scope_facts(decision, desk.shelf.tree())["divisions"] if decision.allowed else [],
        "gate": decision.gate,
        "gate_name": gate_name(decision.gate, lang),
        "code": decision.code,
        "following": pick(lang, decision.following, decision.following_en),
        "gates": [gate_facts(one, lang) for one in decision.gates],
        "fields": views(dataset, decision, lang),
    }
    return render(request, visitor, "access.html", **facts, **choices(found, lang))
