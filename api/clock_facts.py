"""A clock as answers and pages tell it: by when, by which rules, whether that may still move."""

from datetime import datetime

from api.language import pick
from catalog.clocks.told import NAMES
from schemas.dataset import Json
from schemas.deadline import Clock, Rule
from schemas.journey import SHANGHAI


def clock_facts(clock: Clock, lang: str, now: datetime) -> dict[str, Json]:
    """One clock; the rule that decides stands first, the others that apply beside it."""
    return {
        "event": clock.event.value,
        "name": pick(lang, *NAMES[clock.event.value]),
        "state": clock.state.value,
        "responsible": clock.thing.responsible,
        "due": clock.due.isoformat(),
        "due_provisional": clock.provisional,
        "overdue": clock.overdue(now.astimezone(SHANGHAI).date()),
        "breached": clock.breached_at is not None,
        "extended": clock.extended,
        "rules": [rule_facts(one) for one in clock.rules],
    }


def rule_facts(rule: Rule) -> dict[str, Json]:
    """One rule with its source."""
    return {
        "jurisdiction": rule.jurisdiction,
        "days": rule.days,
        "unit": rule.unit.value,
        "source": rule.source,
    }
