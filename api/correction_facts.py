"""A correction as answers and pages tell it, in one language."""

from datetime import datetime

from api.clock_facts import clock_facts
from api.language import pick
from catalog.corrections.desk import Seen, Side, counted_claims
from schemas.correction import OUTCOMES, STATES, Correction, titles
from schemas.dataset import Dataset, Json
from schemas.doubt import Claim, Doubt, Step, Told, Words
from schemas.journey import SHANGHAI


def correction_facts(one: Correction, dataset: Dataset, lang: str) -> dict[str, Json]:
    """One correction without key, values and words."""
    return {
        "id": one.id,
        "dataset": one.dataset,
        "dataset_title": pick(lang, dataset.title, dataset.title_en),
        "column": one.column,
        "column_title": pick(lang, *titles(dataset, one.column)),
        "source": {"credit_code": one.owner, "name": dataset.owner_name},
        "state": one.state.value,
        "state_text": pick(lang, *STATES[one.state]),
        "outcome": one.outcome,
        "outcome_text": pick(lang, *OUTCOMES[one.outcome]),
        "opened_at": text(one.opened_at),
        "moved_at": text(one.moved_at),
        "version": one.version,
        "corrected_version": one.corrected or None,
        "reopened": one.reopened,
        "repeats": one.repeats,
    }


def seen_facts(seen: Seen, lang: str, now: datetime) -> dict[str, Json]:
    """The same for one who may know of it, with what they may answer, its clock, and who of theirs was told."""
    facts = correction_facts(seen.it, seen.dataset, lang)
    return facts | {
        "sides": sorted(side.value for side in seen.sides),
        "actions": [one.value for one in seen.actions],
        "clock": clock_facts(seen.clock, lang, now) if seen.clock else None,
        "claims": [claim_facts(one) for one in seen.claims],
        "counts": dict(counted_claims(seen)),
        "told": [told_facts(one) for one in seen.told],
    }


def claim_facts(one: Claim, doubt: Doubt | None = None) -> dict[str, Json]:
    """One claim; its words where the asker may have them. Of a citizen nothing says who they are."""
    facts: dict[str, Json] = {
        "dataset": one.dataset,
        "column": one.column,
        "by": "citizen" if one.citizen else one.organisation,
        "at": text(one.at),
        "withdrawn": one.withdrawn,
    }
    return facts if doubt is None else facts | {"expected": doubt.expected, "evidence": doubt.evidence}


def told_facts(one: Told) -> dict[str, Json]:
    """One recipient."""
    return {
        "organisation": one.organisation,
        "grant": one.grant,
        "dataset": one.dataset,
        "at": text(one.at),
        "acknowledged_at": text(one.acknowledged_at) if one.acknowledged_at else None,
    }


def step_facts(step: Step, seen: Seen) -> dict[str, Json]:
    """One move. Who claimed stays between them and the source."""
    inner = {Side.SOURCE, Side.AUTHORITY} & seen.sides
    return {
        "at": text(step.at),
        "action": step.action,
        "state": step.state.value,
        "organisation": step.organisation if inner or step.organisation == seen.it.owner else "",
        "receipt": step.receipt if inner else "",
    }


def words_facts(words: Words, claims: tuple[tuple[Claim, Doubt], ...]) -> dict[str, Json]:
    """What lies sealed, for the source."""
    return {
        "key": dict(words.key),
        "found": words.found,
        "becomes": words.becomes if words.settled else None,
        "settled": words.settled,
        "said": words.said,
        "claims": [claim_facts(one, doubt) for one, doubt in claims],
    }


def text(moment: datetime) -> str:
    """As answers write it."""
    return moment.astimezone(SHANGHAI).isoformat()
