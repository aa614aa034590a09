"""The ask behind a page: for which purpose, mode and grant a visitor wants to see what they may have."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import Request

from api.desk import Desk
from api.language import pick
from api.visitor import Visitor
from schemas.access import PURPOSES, Ask, Basis, Decision, Grant, Mode
from schemas.dataset import Dataset, Json, Sharing

SHOWN_MODES = (Mode.BULK, Mode.QUERY, Mode.VERIFY)


@dataclass(frozen=True, slots=True)
class Asking:
    """What the visitor chose, or what stands to reason for them, and the decision on it."""

    purpose: str
    mode: Mode
    grant: str
    grants: tuple[Grant, ...]
    decision: Decision


def asking(
    request: Request, desk: Desk, visitor: Visitor, dataset: Dataset, held: tuple[Grant, ...] | None = None
) -> Asking:
    """The decision on the purpose, mode and grant in the query; unknown ones count as not given.

    Who names no mode and may not take all at once is shown what a query gives. `held`: the grants of the visitor's
    organisation on the dataset, where they are known.
    """
    subject, query = visitor.subject, request.query_params
    grants = held if held is not None else desk.shelf.grants_for(dataset.key, subject.organisation)
    grant = query.get("grant", "") if query.get("grant", "") in [g.number for g in grants] else ""
    purpose = query.get("purpose", "")
    if purpose not in PURPOSES:
        purpose = _likely(visitor, dataset, grants)
    told = query.get("mode", "")
    mode = Mode(told) if told in [m.value for m in SHOWN_MODES] else Mode.BULK
    ask = Ask(subject=subject, dataset=dataset.key, mode=mode, purpose=purpose, moment=visitor.now, grant=grant)
    decision = desk.shelf.decide(ask)
    if not told and not decision.allowed:
        narrower = desk.shelf.decide(replace(ask, mode=Mode.QUERY))
        decision = narrower if narrower.allowed else decision
    return Asking(purpose, decision.ask.mode, grant, grants, decision)


def choices(found: Asking, lang: str) -> Mapping[str, Json]:
    """What the form of purpose, mode and grant offers."""
    return {
        "purposes": [(code, pick(lang, *both)) for code, both in PURPOSES.items()],
        "purpose": found.purpose,
        "grants": [(g.number, f"{g.number} · {pick(lang, *PURPOSES[g.purpose])}") for g in found.grants],
        "grant": found.grant,
        "mode": found.mode.value,
    }


def _likely(visitor: Visitor, dataset: Dataset, grants: tuple[Grant, ...]) -> str:
    """The purpose that a visitor most likely has: their own duty, the one of their only grant, open use."""
    if visitor.subject.organisation == dataset.owner:
        return "own_duty"
    of_grants = {g.purpose for g in grants if g.state.value == "active"}
    if len(of_grants) == 1:
        return of_grants.pop()
    return "open_use" if dataset.sharing is Sharing.OPEN else ""


def basis_word(basis: Basis | None) -> str:
    """For the table of texts."""
    return basis.value if basis else "open"
