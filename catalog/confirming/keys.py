"""Keys that are gone at a source, kept in the lake while a matter is open: what was shown is what a word covers."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from catalog import profiles
from catalog.lake import named, where
from catalog.lake.where import Lake
from catalog.rows.writer import sha256_of
from schemas import lake as places
from schemas.errors import LakeUnreachable, NotReady
from schemas.journey import Part, Verdict
from schemas.merging import SHARE_RULE

LEFT_BEHIND = timedelta(days=1)


def of(verdict: Verdict) -> Part | None:
    """Where the keys of a verdict that is held back for them come to lie; None where it is not, or none are gone."""
    part = verdict.merge.tombstones if verdict.merge else None
    if part is None or SHARE_RULE not in verdict.blocked:
        return None
    return replace(part, path=places.gone(verdict.dataset, part.sha256))


def keep(lake: Lake, verdict: Verdict, chance: bytes) -> None:
    """Put them there, written whole under a name of `chance` first; the same keys again are the same file."""
    part = of(verdict)
    if part is None or verdict.merge is None or verdict.merge.tombstones is None:
        return
    file = (where.desk(lake) / part.path).with_name(f".{chance.hex()}")
    file.parent.mkdir(parents=True, exist_ok=True)
    profiles.copy(verdict.merge.tombstones, where.desk(lake), file)
    named.put(lake, part.path, file)


def sweep(lake: Lake, dataset: str, wanted: Collection[str], now: datetime) -> None:
    """Remove those that no open matter speaks of: keys of persons are not kept for nothing."""
    named.sweep(lake, str(PurePosixPath(places.gone(dataset, "x")).parent), wanted, now - LEFT_BEHIND)


def at_hand(lake: Lake, part: Part | None) -> Path | None:
    """The very file; None where it is here no more, or is another."""
    if part is None:
        return None
    try:
        file = where.at_hand(lake, part)
        return file if file.is_file() and sha256_of(file) == part.sha256 else None
    except LakeUnreachable:
        raise
    except NotReady:
        return None
