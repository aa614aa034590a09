"""Quality as it may be told: shares for everybody who sees the dataset, counts only for those who see its rows."""

from collections.abc import Mapping

from api.profiled import every_row
from catalog import duties
from catalog.access import owns
from schemas.access import Decision
from schemas.dataset import Dataset, Json
from schemas.journey import Finding


def counted_for(decision: Decision, dataset: Dataset) -> bool:
    """Whether numbers of rows may be shown: to who may take every row, and to the owner that is not switched off.

    The owner sees them too where no version was good enough to be published: those are what is to be mended.
    """
    subject = decision.ask.subject
    return (owns(subject, dataset) and duties.active(subject)) or every_row(decision)


def percent(share: float) -> str:
    """One decimal, rounded down, so that 100% means all."""
    return f"{int(share * 1000) / 10:g}%"


def overall(scores: Mapping[str, float]) -> float:
    """The mean over the dimensions that were checked."""
    return sum(scores.values()) / len(scores) if scores else 0.0


def finding_facts(finding: Finding, *, counts: bool, owner: bool) -> dict[str, Json]:
    """One rule's finding; what it counted only where `counts`.

    What it observed may be values of items that others never get (the least, the set of all), so `owner` alone.
    """
    facts: dict[str, Json] = {
        "rule": finding.rule,
        "title": finding.title,
        "title_en": finding.title_en,
        "expectation": finding.expectation,
        "severity": finding.severity.value,
        "dimension": finding.dimension.value,
        "columns": list(finding.columns),
        "success": finding.success,
    }
    counted = {"checked": finding.checked, "failed": finding.failed} if counts else {}
    return facts | counted | ({"observed": finding.observed} if owner else {})
