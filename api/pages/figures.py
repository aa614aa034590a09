"""The part of a dataset's page that tells a superior, or the owner, figures by division, when they ask for it."""

from collections.abc import Mapping

from fastapi import Request

from api.desk import Desk
from api.figures import view_on_record
from api.visitor import Visitor
from api.words import say
from catalog.access import owns
from catalog.aggregates import desk as figures_desk
from catalog.aggregates.desk import Figures
from schemas.access import Ask, Decision, Mode, Tier
from schemas.dataset import Dataset, Json
from schemas.divisions import DivisionTree

NOTHING: Mapping[str, Json] = {"figures_open": False, "figures": [], "figures_total": "", "figures_receipt": ""}


def figures_shown(request: Request, desk: Desk, visitor: Visitor, dataset: Dataset) -> Mapping[str, Json]:
    """Whether the visitor may have them, and with `?figures=1` the counts of the tier below theirs, on record."""
    subject = visitor.subject
    purpose = "own_duty" if owns(subject, dataset) else "statistics"
    decision = desk.shelf.decide(Ask(subject, dataset.key, Mode.AGGREGATE, purpose, visitor.now))
    if not decision.allowed:
        return NOTHING
    if request.query_params.get("figures") != "1":
        return {**NOTHING, "figures_open": True}
    return {**NOTHING, "figures_open": True, **_told(request, desk, visitor, decision, dataset)}


def _told(request: Request, desk: Desk, visitor: Visitor, decision: Decision, dataset: Dataset) -> Mapping[str, Json]:
    by = Tier(min(visitor.subject.tier + 1, Tier.TOWN))
    session = visitor.session.token if visitor.session else ""
    told = {"by": by.name.lower(), "measures": "count", "version": decision.version}
    receipt = view_on_record(desk, request.app.state.views, decision, told, session)
    give_back = desk.scans.take(visitor.subject.organisation)
    try:
        question = figures_desk.asked(dataset, (), None, by)
        found, whole = figures_desk.figures(desk.shelf, desk.tables, decision, question)
    finally:
        give_back()
    tree = desk.shelf.tree()
    return {
        "figures": [
            {"name": _name(tree, one, visitor.lang), "code": one.division, "count": _count(one, visitor.lang)}
            for one in found
        ],
        "figures_total": " + ".join(_count(one, visitor.lang) for one in whole),
        "figures_receipt": receipt,
    }


def _name(tree: DivisionTree, one: Figures, lang: str) -> str:
    name = tree.name(one.division) if one.division else say(lang, "figures_unplaced")
    return f"{name} · {say(lang, 'figures_own')}" if one.own and one.division else name


def _count(one: Figures, lang: str) -> str:
    count = one.told[""] if one.told is not None else None
    return f"{count:,}" if isinstance(count, int) else say(lang, "figures_hidden")
