"""The sharing condition 共享条件 of a dataset, as its contract states it: nothing else may be asked of a requester."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.access import ROW_MODES, Mode, Tier
from schemas.dataset import Dataset, Transform
from schemas.errors import BadInput

_CLAUSE = re.compile(r"[，,；;。\n]+")


@dataclass(frozen=True, slots=True)
class Condition:
    """What the catalogue states, and what an approval may therefore say."""

    purposes: tuple[str, ...]
    """Empty: every purpose that grants are given for."""
    modes: tuple[Mode, ...]
    tiers: tuple[Tier, ...]
    """Tiers that may have it; empty: every tier."""
    clauses: tuple[str, ...]
    """Of the condition's text."""


def condition_of(dataset: Dataset) -> Condition:
    """The condition of a dataset."""
    return Condition(
        purposes=dataset.purposes,
        modes=tuple(mode for mode in ROW_MODES if mode.value in dataset.modes),
        tiers=tuple(Tier[word.upper()] for word in dataset.sharing_tiers),
        clauses=tuple(part.strip() for part in _CLAUSE.split(dataset.sharing_condition) if part.strip()),
    )


def may_ask(dataset: Dataset, item: str, transform: Transform) -> bool:
    """Whether an approval may let an item leave so: not stricter than its own, or by a word of the condition."""
    return transform <= dataset.field(item).transform or transform.word in dataset.sharing_transforms


def check_conditions(dataset: Dataset, transforms: Mapping[str, Transform], clauses: tuple[str, ...]) -> None:
    """BadInput for a condition that the catalogue does not state: 禁止擅自增设条件."""
    known = condition_of(dataset).clauses
    for clause in clauses:
        if clause not in known:
            raise BadInput(
                f"conditions: found {clause[:60]!r}, which the catalogue does not state; expected some of "
                f"{'; '.join(known) or 'none: it states no condition in words'}"
            )
    for item, transform in transforms.items():
        if not may_ask(dataset, item, transform):
            raise BadInput(
                f"transforms: found {transform.word} for {item}, expected {dataset.field(item).transform.word} or one "
                f"that the sharing condition names ({', '.join(dataset.sharing_transforms) or 'it names none'}): no "
                "condition may be added that the catalogue does not state"
            )
