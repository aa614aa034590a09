"""A request as answers and pages tell it to those on its sides, in one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from api.language import pick
from catalog.clocks.told import NAMES
from catalog.requests.sides import holder
from schemas.access import PURPOSES, Grant
from schemas.dataset import Dataset, Json
from schemas.deadline import Clock
from schemas.deadline import State as Running
from schemas.divisions import DivisionTree
from schemas.journey import SHANGHAI
from schemas.request import Action, State
from schemas.request_reasons import ACTIONS, DEFECTS, ENDINGS, REFUSALS, STATES
from schemas.request_terms import TIMING
from schemas.request_want import Defect, Request, Step
from schemas.working_days import Calendar, worked


@dataclass(frozen=True, slots=True)
class Telling:
    """What the facts are told with: the language, the day, and the names of what they name."""

    lang: str
    now: datetime
    names: Mapping[str, str]
    """Credit code -> name."""
    tree: DivisionTree
    calendar: Calendar

    @property
    def today(self) -> date:
        """In Shanghai."""
        return self.now.astimezone(SHANGHAI).date()

    def organisation(self, credit_code: str) -> Json:
        """By code and name; None where there is none."""
        return {"credit_code": credit_code, "name": self.names.get(credit_code, credit_code)} if credit_code else None


def row_facts(request: Request, telling: Telling) -> dict[str, Json]:
    """One request as a list shows it."""
    timing = TIMING.get(request.state)
    return {
        "number": request.number,
        "state": request.state.value,
        "state_text": pick(telling.lang, *STATES[request.state]),
        "title": pick(telling.lang, request.title, request.title_en),
        "dataset": request.want.dataset,
        "purpose": request.want.purpose,
        "purpose_text": pick(telling.lang, *PURPOSES[request.want.purpose]) if request.want.purpose in PURPOSES else "",
        "requester": telling.organisation(request.requester),
        "provider": telling.organisation(request.provider),
        "waits_for": telling.organisation(holder(request, timing.whose)) if timing else None,
        "outcome": request.outcome,
        "grant": request.grant,
        "ends_at": text_of(request.ends_at),
        "version": request.version,
        "created_at": text_of(request.created_at),
        "submitted_at": text_of(request.submitted_at),
        "moved_at": text_of(request.moved_at),
    }


def request_facts(request: Request, dataset: Dataset | None, telling: Telling) -> dict[str, Json]:
    """One request, whole."""
    want = request.want
    return row_facts(request, telling) | {
        "demand": want.demand,
        "items": [_item(request, name, dataset, telling.lang) for name in want.items],
        "basis": want.basis,
        "scenario": want.scenario,
        "divisions": [{"code": code, "name": _place(code, telling)} for code in want.divisions],
        "scope": want.scope.value if want.scope else None,
        "modes": [mode.value for mode in want.modes],
        "start": want.start.isoformat() if want.start else None,
        "end": want.end.isoformat() if want.end else None,
        "retention_days": want.retention_days,
        "security": want.security,
        "case_system": want.case_system,
        "authority": telling.organisation(request.authority),
        "superior": telling.organisation(request.superior),
        "reason": request.reason,
        "reason_text": reason_text(request.reason, telling.lang),
        "said": request.said,
        "document": request.document,
        "conditions": list(request.conditions),
        "defects": [defect_facts(one, telling.lang) for one in request.defects],
        "signature": request.signature,
    }


def _item(request: Request, name: str, dataset: Dataset | None, lang: str) -> dict[str, Json]:
    known = {field.name: field for field in dataset.fields} if dataset else {}
    field = known.get(name)
    reason = request.refused.get(name, "")
    transform = request.transforms.get(name)
    return {
        "name": name,
        "title": pick(lang, field.title, field.title_en) if field else name,
        "given": not reason if request.outcome in ("approved", "partial") else None,
        "reason": reason,
        "reason_text": reason_text(reason, lang),
        "transform": transform.word if transform is not None else None,
    }


def _place(code: str, telling: Telling) -> str:
    try:
        return telling.tree.name(code, telling.today)
    except ValueError:
        return code


def reason_text(code: str, lang: str) -> str:
    """A reason of either closed list in words."""
    found = REFUSALS.get(code) or ENDINGS.get(code)
    return pick(lang, *found) if found else ""


def defect_facts(one: Defect, lang: str) -> dict[str, Json]:
    """One defect."""
    return {"field": one.field, "code": one.code, "text": pick(lang, *DEFECTS[one.code]), "found": one.found}


def action_facts(actions: tuple[Action, ...], lang: str) -> list[dict[str, Json]]:
    """What may be done now."""
    return [{"action": one.value, "text": pick(lang, *ACTIONS[one])} for one in actions]


def clock_facts(clock: Clock, telling: Telling) -> dict[str, Json]:
    """One clock of it: due when, how many working days are left, by which rule, and what became of it."""
    running = clock.state is not Running.STOPPED
    left = worked(telling.today, clock.due, telling.calendar) if telling.today <= clock.due else 0
    return {
        "event": clock.event.value,
        "event_text": pick(telling.lang, *NAMES[clock.event.value]),
        "state": clock.state.value,
        "responsible": telling.organisation(clock.thing.responsible),
        "started_at": text_of(clock.started_at),
        "due": clock.due.isoformat(),
        "due_provisional": clock.provisional,
        "working_days_left": left if running else None,
        "overdue": clock.overdue(telling.today),
        "breached_at": text_of(clock.breached_at),
        "escalated_at": text_of(clock.escalated_at),
        "stopped_at": text_of(clock.stopped_at),
        "sources": [one.source for one in clock.rules],
    }


def step_facts(step: Step, telling: Telling) -> dict[str, Json]:
    """One move; everybody on a side reads its words."""
    return {
        "at": text_of(step.at),
        "action": step.action,
        "action_text": pick(telling.lang, *ACTIONS[Action(step.action)]),
        "state": step.state.value,
        "state_text": pick(telling.lang, *STATES[State(step.state)]),
        "organisation": telling.organisation(step.organisation),
        "post": step.post,
        "reason": step.reason,
        "reason_text": reason_text(step.reason, telling.lang),
        "said": step.said,
        "more": dict(step.body),
        "receipt": step.receipt,
    }


def grant_facts(grant: Grant, telling: Telling) -> dict[str, Json]:
    """One grant, as its holder and the provider of its dataset may know it."""
    return {
        "number": grant.number,
        "dataset": grant.dataset,
        "holder": telling.organisation(grant.organisation),
        "purpose": grant.purpose,
        "modes": [mode.value for mode in grant.modes],
        "columns": list(grant.columns),
        "transforms": {name: transform.word for name, transform in grant.transforms.items()},
        "divisions": [{"code": code, "name": _place(code, telling)} for code in grant.divisions],
        "scope": grant.scope.value if grant.scope else None,
        "start": text_of(grant.start),
        "end": text_of(grant.end),
        "state": grant.state.value,
        "in_force": grant.state.value == "active" and grant.start <= telling.now < grant.end,
        "basis": grant.basis,
        "request": grant.request,
        "read_yet": not grant.proving,
        "retention_days": grant.retention_days,
    }


def text_of(moment: datetime | None) -> str | None:
    """RFC 3339, in Shanghai."""
    return moment.astimezone(SHANGHAI).isoformat() if moment else None
