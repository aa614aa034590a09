"""Windows that build on each other 增量合并: from where each is read, what it is merged into, what is refused."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas.dataset import Dataset, Deletes, Load, Source
from schemas.durations import length
from schemas.errors import BadInput, HeldBack
from schemas.journey import Landing, Merge, Window

BEGINNING = datetime(1800, 1, 1, tzinfo=UTC)
"""From where the first window reads: everything that the source holds, also what carries the zero of its system
(1899-12-30, 1900-01-01) since nobody knew a moment. Every database can compare with it."""
TOMBSTONES = "removed.parquet"
"""Beside clean rows and in a version's folder: keys and places of the rows that this version removed."""
SHARE_RULE = "deletes.share"
"""The rule that holds a version back where more rows vanished than may at once."""


@dataclass(frozen=True, slots=True)
class Base:
    """The version that a window is merged into."""

    version: int
    files: tuple[Path, ...]
    rows: int
    merge: Merge
    """What it was made of itself."""
    agreed: tuple[Path, ...] = ()
    """Files of keys that may go: those that a reviewer confirmed, and those that the version it replaces removed."""


def reach(asked: Window, until: datetime | None, lag: timedelta, now: datetime) -> Window:
    """What a window of a merge reads: from where the version before ended, or where the window begins if that is
    earlier, and `lag` before; to its own end, but not into the future. Nothing falls between two windows.

    BadInput where it has not begun yet.
    """
    high = min(asked.high, now)
    low = BEGINNING if until is None else max(BEGINNING + lag, min(asked.low, until)) - lag
    if low >= high:
        raise BadInput(f"window {asked}: found one that has not begun at {now.isoformat()}, expected one that has")
    return Window(low, high)


def lag_of(source: Source) -> timedelta:
    """How far each window reads back."""
    return length(source.lag) if source.lag else timedelta()


def landed(landing: Landing) -> str:
    """Digest of the rows that landed, of those that did not fit, and of the keys."""
    parts = (*landing.parts, *((landing.rejects,) if landing.rejects else ()), *(landing.keys or ()))
    told = [part.sha256 for part in parts] + ["keys" if landing.keys is not None else ""]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def late(landing: Landing, base: Base) -> bool:
    """Whether what the base holds is newer than what landed.

    Rows that were asked for by when they changed are as new as the moment at which they were read, files as their day.
    """
    if landing.reach is not None:
        return landing.collected_at < base.merge.collected_at
    return landing.window.low < base.merge.until


def refuse_late(dataset: Dataset, landing: Landing, base: Base | None) -> None:
    """HeldBack where older rows would take the place of newer ones, and nothing tells which are which."""
    if base is None or not late(landing, base) or (dataset.source.order and dataset.source.deletes is None):
        return
    raise HeldBack(
        f"{dataset.key} {landing.window.key}: held back, version {base.version} holds newer rows than these, "
        f"which were collected at {landing.collected_at.isoformat()}; run the window --anew: its rows are then of today"
        + ("" if landing.reach is not None else ", or name in yishu.source.order the field that tells the later row")
    )


def refuse_gap(dataset: Dataset, landing: Landing, base: Base | None) -> None:
    """HeldBack where rows between the version before and this window were never read."""
    if landing.reach is None:
        return
    low = landing.reach.low
    if low > (base.merge.until if base else BEGINNING):
        before = f"version {base.version} ends at {base.merge.until.isoformat()}" if base else "there is none before"
        raise HeldBack(
            f"{dataset.key} {landing.window.key}: held back, it was read from {low.isoformat()} on and {before}, "
            "so rows would be missing between; run the window --anew"
        )


def too_many(deletes: Deletes, base: Base, removed: int, unsaid: int) -> bool:
    """Whether more rows vanished at once than may, and a reviewer's word does not cover all of them."""
    return removed > deletes.most_share * base.rows and unsaid > 0


def merge_flaws(source: Source, key: Iterable[str], fields: Iterable[str]) -> Iterable[tuple[str, str]]:
    """What is wrong with how a contract merges: the word, and what was expected there."""
    names = tuple(fields)
    if source.load is not Load.MERGE:
        for word in ("order", "lag", "deletes"):
            if getattr(source, word):
                yield word, "load: merge beside it: only rows that replace each other by key may be read twice"
        return
    if not tuple(key):
        yield "load", "a primary key (primaryKey: true): rows are merged by it"
    if source.order and source.order not in names:
        yield "order", f"one of {', '.join(names)}"
    if source.inputs:
        yield "load", "snapshot: a derived dataset is made anew of all its inputs"
