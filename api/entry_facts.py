"""A catalogue entry in words and facts, for the API and the pages."""

from datetime import datetime
from typing import Any

from api.language import pick
from catalog.clocks import clocks
from catalog.entries import desk
from catalog.entries.book import Version
from catalog.entries.desk import Seen
from catalog.entries.followed import KIND
from catalog.shelf import Shelf
from schemas.deadline import State as Running
from schemas.deadline import Thing
from schemas.entry_json import entry_json
from schemas.entry_life import WAYS, Step
from schemas.entry_lint import Flaw, self_check
from schemas.journey import SHANGHAI


def version_facts(version: Version, lang: str) -> dict[str, Any]:
    """One version in a list."""
    entry = version.entry
    return {
        "id": version.id,
        "version": version.number,
        "state": version.state.value,
        "title": pick(lang, entry.title, entry.title_en or entry.title),
        "code": entry.code or None,
        "provider": {"credit_code": entry.provider, "name": entry.provider_name},
        "sharing": entry.sharing.value if entry.sharing else None,
        "dataset": entry.dataset or None,
        "origin": version.origin,
        "ends": version.ends.isoformat() if version.ends else None,
        "moved_at": version.moved_at.astimezone(SHANGHAI).isoformat(),
    }


def entry_facts(shelf: Shelf, seen: Seen, lang: str, now: datetime) -> dict[str, Any]:
    """The version in force (else the newest), what is on its way for those who work on it, and what may be done."""
    shown = seen.shown
    return version_facts(shown, lang) | {
        "entry": entry_json(shown.entry),
        "coming": _coming(seen, lang, now),
        "versions": [version_facts(one, lang) for one in seen.versions],
        "actions": [{"version": number, "action": action.value} for number, action in seen.actions],
        "steps": shown.steps if seen.mine else None,
        "clocks": _clocks(shelf, seen) if seen.mine else [],
        "history": [step_facts(one) for one in desk.history(shelf, seen)],
    }


def _coming(seen: Seen, lang: str, now: datetime) -> dict[str, Any] | None:
    coming = seen.coming
    if coming is None:
        return None
    flaws = self_check(coming.entry, now.astimezone(SHANGHAI).date())
    return version_facts(coming, lang) | {
        "entry": entry_json(coming.entry),
        "flaws": [flaw_facts(one, lang) for one in flaws],
    }


def flaw_facts(flaw: Flaw, lang: str) -> dict[str, Any]:
    """What the self-check found."""
    return {
        "rule": flaw.rule,
        "severity": flaw.severity.value,
        "where": flaw.where,
        "said": pick(lang, *flaw.said),
        "fix": pick(lang, *flaw.fix),
    }


def step_facts(step: Step) -> dict[str, Any]:
    """One move of its history."""
    return {
        "at": step.at.astimezone(SHANGHAI).isoformat(),
        "version": step.version,
        "action": step.action,
        "state": step.state.value,
        "organisation": step.organisation or None,
        "post": step.post or None,
        "said": step.said or None,
        "receipt": step.receipt or None,
    }


def _clocks(shelf: Shelf, seen: Seen) -> list[dict[str, Any]]:
    """Terms that run for the entry, and for the version on its way."""
    things = [
        Thing(KIND, str(seen.id)),
        *(Thing(KIND, f"{seen.id}.{one.number}") for one in seen.versions if one.state in WAYS),
    ]
    with shelf.engine.connect() as connection:
        found = [one for thing in things for one in clocks.of(connection, thing) if one.state is not Running.STOPPED]
    return [
        {
            "event": one.event.value,
            "due": one.due.isoformat(),
            "provisional": one.provisional,
            "overdue": one.breached_at is not None,
            "source": one.rule.source,
        }
        for one in found
    ]
