"""How sources deal with doubts: how many, how long until they say, what share is corrected, how often again."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from sqlalchemy import Connection, func, select

from catalog.corrections import tables
from schemas.correction import Action

VERDICTS = (Action.CORRECT, Action.CORRECT_PARTLY, Action.UPHOLD)


@dataclass(frozen=True, slots=True)
class Count:
    """One source's."""

    owner: str
    filed: int
    decided: int
    median_days: float | None
    """From the claim to the first verdict; None where there is none yet."""
    corrected: float | None
    """Share of those decided that were corrected, wholly or in part."""
    repeated: float
    """Share that was about a value that had been in doubt before, or was opened again."""


@dataclass(slots=True)
class _Sum:
    filed: int = 0
    right: int = 0
    again: int = 0
    days: list[float] = field(default_factory=list)


def counted(connection: Connection, datasets: Collection[str] | None) -> tuple[Count, ...]:
    """By source, of these datasets; None: of all."""
    one, step = tables.correction, tables.step
    first = (
        select(step.c.correction, func.min(step.c.at).label("at"))
        .where(step.c.action.in_([each.value for each in VERDICTS]))
        .group_by(step.c.correction)
        .subquery()
    )
    wanted = select(one.c.owner, one.c.opened_at, one.c.outcome, one.c.reopened, one.c.repeats, first.c.at).select_from(
        one.outerjoin(first, first.c.correction == one.c.id)
    )
    if datasets is not None:
        wanted = wanted.where(one.c.dataset.in_(list(datasets)))
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for owner, opened, outcome, reopened, repeats, at in connection.execute(wanted):
        it = sums[owner]
        it.filed += 1
        it.again += bool(reopened or repeats)
        if at is not None:
            it.days.append(_days(opened, at))
            it.right += outcome in ("corrected", "partly")
    return tuple(_count(owner, it) for owner, it in sorted(sums.items()))


def _days(opened: datetime, at: datetime) -> float:
    return (at - opened).total_seconds() / 86_400


def _count(owner: str, it: _Sum) -> Count:
    decided = len(it.days)
    return Count(
        owner=owner,
        filed=it.filed,
        decided=decided,
        median_days=round(median(it.days), 2) if decided else None,
        corrected=round(it.right / decided, 4) if decided else None,
        repeated=round(it.again / it.filed, 4),
    )
