"""An incident as answers and pages tell it, in one language."""

from datetime import datetime

from api.language import pick
from catalog.mending.desk import Seen
from catalog.mending.failing_records import Record
from schemas.dataset import Json
from schemas.incident import ANSWERS, MENDING_DAYS, MENDING_SOURCE, NEXT, REASONS, Step
from schemas.journey import SHANGHAI


def incident_facts(seen: Seen, lang: str, now: datetime) -> dict[str, Json]:
    """One incident, and what the asker may answer now. The department's words may name a person: for itself alone."""
    one = seen.incident
    return {
        "id": one.id,
        "dataset": one.dataset,
        "dataset_title": pick(lang, seen.dataset.title, seen.dataset.title_en),
        "owner": {"credit_code": seen.dataset.owner, "name": seen.dataset.owner_name},
        "rule": one.rule,
        "title": pick(lang, one.title, one.title_en) or one.rule,
        "columns": list(one.columns),
        "severity": one.severity.value,
        "state": one.state.value,
        "failed": one.failed,
        "checked": one.checked,
        "reopened": one.reopened,
        "first_version": one.first_version,
        "last_version": one.last_version,
        "window": one.window,
        "opened_at": _text(one.opened_at),
        "moved_at": _text(one.moved_at),
        "due": one.due.isoformat(),
        "due_provisional": one.provisional,
        "overdue": one.overdue(now.astimezone(SHANGHAI).date()),
        "reason": one.reason,
        "said": one.said if seen.mine else "",
        "records_kept": one.kept,
        "mine": seen.mine,
        "actions": [a.value for a in NEXT[one.state] if a in ANSWERS] if seen.mine else [],
    }


def term_facts(lang: str) -> dict[str, Json]:
    """How long a department has, and which rule says so."""
    return {"working_days": MENDING_DAYS, "source": pick(lang, *MENDING_SOURCE)}


def step_facts(step: Step, lang: str, *, mine: bool) -> dict[str, Json]:
    """One move of its history; its words where it is the asker's own."""
    return {
        "at": _text(step.at),
        "action": step.action,
        "state": step.state.value,
        "organisation": step.organisation,
        "system": step.system,
        "reason": step.reason,
        "reason_text": pick(lang, *REASONS[step.reason]) if step.reason else "",
        "said": step.said if mine else "",
        "version": step.version,
        "failed": step.failed,
        "receipt": step.receipt,
    }


def record_facts(record: Record) -> dict[str, Json]:
    """One failing record: its key, what stands in the columns of the rule, and where it came from."""
    return {
        "key": dict(record.key),
        "values": dict(record.values),
        "piece": record.piece,
        "place": record.place,
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat()
