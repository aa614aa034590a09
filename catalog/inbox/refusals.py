"""Every refused row of one push, a page at a time: what was told at once, then what validation put into quarantine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from itertools import islice

from catalog.inbox import faults, quarantined
from catalog.inbox.judged import declared
from catalog.inbox.quarantined import FIRST, Spot
from catalog.lake.where import Lake
from schemas.dataset import Dataset
from schemas.errors import BadAsk
from schemas.journey import Part
from schemas.push import MISFIT, Fault, Push


class When(StrEnum):
    """When a row was refused."""

    AT_ONCE = "at_once"
    IN_VALIDATION = "in_validation"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One fault of one row; of quarantine no value is told."""

    when: When
    fault: Fault


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page begins."""

    told: int = 0
    """Faults of those at once that were told before."""
    spot: Spot = FIRST
    mark: str = ""
    """Of the verdict whose quarantine `spot` lies in; empty as long as pages are about what was told at once."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them, and where the next page begins; None at the end."""

    refusals: tuple[Refusal, ...]
    following: Start | None


def page(lake: Lake, dataset: Dataset, push: Push, start: Start, limit: int) -> Page:
    """So many from there on. BadAsk where the push was validated anew since the page before."""
    parts = quarantined.parts(lake, push)
    if start.mark and start.mark != _mark(parts):
        raise BadAsk("cursor: found one from before this push was validated anew, expected none: start again")
    found = list(islice(_each(lake, dataset, push, parts, start), limit + 1))
    following = found[limit][0] if len(found) > limit else None
    return Page(tuple(refusal for _, refusal in found[:limit]), following)


def _each(
    lake: Lake, dataset: Dataset, push: Push, parts: Sequence[Part], start: Start
) -> Iterator[tuple[Start, Refusal]]:
    told = start.told
    for fault in faults.of(lake, push, told):
        yield Start(told), Refusal(When.AT_ONCE, _in_both_languages(dataset, fault))
        told += 1
    for spot, row, rule in quarantined.broken(lake, parts, push.id, start.spot):
        yield Start(told, spot, _mark(parts)), Refusal(When.IN_VALIDATION, _fault(dataset, row, rule))


def _in_both_languages(dataset: Dataset, fault: Fault) -> Fault:
    """What an answer told in the language of its push alone is told in the other by the contract, where it can be."""
    named = _fault(dataset, fault.row, fault.rule)
    if fault.expected != fault.expected_en or not (named.expected and named.expected_en):
        return fault
    if fault.expected == named.expected:
        return replace(fault, expected_en=named.expected_en)
    return replace(fault, expected=named.expected) if fault.expected.startswith(named.expected_en) else fault


def _mark(parts: Sequence[Part]) -> str:
    return sha256("".join(part.sha256 for part in parts).encode()).hexdigest()[:16] if parts else ""


def _fault(dataset: Dataset, row: int, rule: str) -> Fault:
    """In the words of the contract as it is now; a rule that it has no more tells its name alone."""
    name = rule.removesuffix(MISFIT)
    for field in dataset.fields:
        if rule.endswith(MISFIT) and field.name == name:
            return Fault(row, name, rule, "", *declared(field))
    for one in dataset.rules:
        if one.name == rule:
            return Fault(row, str(one.arguments.get("column") or ""), rule, "", one.title, one.title_en)
    return Fault(row, "", rule, "", "", "")
