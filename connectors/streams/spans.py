"""Which offsets of a topic a window takes: from where the last landing ended, and nothing between is ever skipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from connectors.protocol import Claims
from schemas.dataset import Json
from schemas.errors import SourceChanged
from schemas.journey import Plan

Start = Literal["earliest", "latest", "committed"]
Piece = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition as its broker tells of it; offsets are half-open."""

    number: int
    earliest: int
    """The first offset that is still there."""
    latest: int
    """The offset that the next message will have."""
    committed: int | None = None
    """Up to where the group has told that it has read."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as its cluster tells of it."""

    name: str
    id: str
    """Given by the cluster when the topic was made; empty where the cluster is too old for that."""
    partitions: tuple[Partition, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the contract says about where to begin and how much to take."""

    start: Start = "earliest"
    epoch: int = 1
    partitions: int = 0
    most: int = 1_000_000


def spans(topic: Topic, wanted: Wanted, claims: Claims) -> tuple[Piece, ...]:
    """A piece for every partition, those without anything new too; SourceChanged in words where messages are lost."""
    if claims.mine is not None:
        return _again(topic, claims.mine)
    lows = _lows(topic, wanted, claims)
    highs = [_high(part, low, wanted, claims.after) for part, low in zip(topic.partitions, lows, strict=True)]
    taken = shares([high - low for low, high in zip(lows, highs, strict=True)], wanted.most)
    return tuple(
        {
            "name": f"{topic.name}/{part.number}",
            "partition": part.number,
            "low": low,
            "high": low + some,
            "epoch": wanted.epoch,
            "topic_id": topic.id,
        }
        for part, low, some in zip(topic.partitions, lows, taken, strict=True)
    )


def last(topic: Topic, most: int) -> tuple[Piece, ...]:
    """The end of each partition, `most` messages of them all, whatever has landed or was committed."""
    taken = shares([part.latest - part.earliest for part in topic.partitions], most)
    return tuple(
        {
            "name": f"{topic.name}/{part.number}",
            "partition": part.number,
            "low": part.latest - some,
            "high": part.latest,
        }
        for part, some in zip(topic.partitions, taken, strict=True)
    )


def shares(there: Sequence[int], most: int) -> list[int]:
    """How much to take of each so that all together are at most `most`: the same of each, and more where others end."""
    taken = [0] * len(there)
    left = most
    while left > 0 and (open_ := [i for i, count in enumerate(there) if taken[i] < count]):
        each = max(1, left // len(open_))
        for i in open_:
            some = min(each, there[i] - taken[i], left)
            taken[i] += some
            left -= some
    return taken


def _lows(topic: Topic, wanted: Wanted, claims: Claims) -> list[int]:
    before = {piece["partition"]: piece for piece in claims.before.pieces} if claims.before else {}
    if not before:
        return [_first(topic, part, wanted, alone=claims.after is None) for part in topic.partitions]
    epoch = max(piece["epoch"] for piece in before.values())
    if epoch > wanted.epoch:
        raise SourceChanged(f"{topic.name}: found options.epoch {wanted.epoch}, expected at least the landed {epoch}")
    if epoch < wanted.epoch:
        same = not _recreated(topic, before)
        return [_anew(part, wanted, before.get(part.number) if same else None) for part in topic.partitions]
    _refuse_another(topic, wanted, before)
    if claims.after is not None:
        return [before[part.number]["high"] if part.number in before else 0 for part in topic.partitions]
    return [_next(topic, part, before.get(part.number)) for part in topic.partitions]


def _first(topic: Topic, part: Partition, wanted: Wanted, *, alone: bool) -> int:
    """Where a partition is begun of which nothing has landed."""
    where = f"{topic.name}/{part.number}"
    if wanted.start == "committed":
        if part.committed is None:
            raise SourceChanged(f"{where}: found no committed offset of the group, expected one to start at")
        return part.committed
    if part.committed is not None and alone:
        raise SourceChanged(
            f"{where}: nothing has landed here, but the group has committed up to {part.committed}: another reads "
            "with this group, or the lake was emptied; name another options.group, or say options.start: committed"
        )
    return part.latest if wanted.start == "latest" else part.earliest


def _anew(part: Partition, wanted: Wanted, piece: Piece | None) -> int:
    """After a raised epoch: on from the last landing as far as messages are still there, else from the start."""
    if piece is not None:
        return max(int(piece["high"]), part.earliest)
    return part.latest if wanted.start == "latest" else part.earliest


def _refuse_another(topic: Topic, wanted: Wanted, before: Mapping[int, Piece]) -> None:
    found, landed = len(topic.partitions), len(before)
    if said := _recreated(topic, before):
        raise SourceChanged(f"{topic.name}: {said}; {_raise(wanted.epoch)}")
    if found > landed and wanted.partitions != found:
        raise SourceChanged(
            f"{topic.name}: found {found} partitions, expected the {landed} of the last landing; the new ones are read "
            f"from their beginning once the contract says options.partitions: {found}"
        )


def _recreated(topic: Topic, before: Mapping[int, Piece]) -> str:
    """Why it cannot be the topic of the last landing; empty where it can."""
    ids = {piece["topic_id"] for piece in before.values()} - {""}
    if topic.id and ids and topic.id not in ids:
        return "it was deleted and made again since the last landing (its id is another)"
    parts = {part.number: part for part in topic.partitions}
    if gone := sorted(before.keys() - parts.keys()):
        return f"partition {gone[0]} is gone since the last landing"
    for number, piece in before.items():
        if parts[number].latest < piece["high"]:
            return (
                f"partition {number} ends at {parts[number].latest}, but was landed up to {piece['high']}: it was made "
                "again, or its end was cut off"
            )
    return ""


def _next(topic: Topic, part: Partition, piece: Piece | None) -> int:
    low: int = piece["high"] if piece else 0
    where, epoch = f"{topic.name}/{part.number}", piece["epoch"] if piece else 1
    if part.earliest > low:
        lost = f"messages {low} to {part.earliest - 1}"
        raise SourceChanged(f"{where}: {lost} expired at the source before they were read; {_raise(epoch)}")
    if part.committed is not None and part.committed > low:
        raise SourceChanged(
            f"{where}: the last landing ended at {low}, but the group has committed up to {part.committed}: another "
            "reads with this group, or the lake was set back; name another options.group"
        )
    return low


def _raise(epoch: int) -> str:
    return f"ask the department, and say options.epoch: {epoch + 1} to go on without what is lost"


def _high(part: Partition, low: int, wanted: Wanted, after: Plan | None) -> int:
    """No further than where a later window begins that has landed already."""
    if after is None:
        return max(low, part.latest)
    same = [p["low"] for p in after.pieces if p["partition"] == part.number and p["epoch"] == wanted.epoch]
    return max(low, min(same, default=low))


def _again(topic: Topic, mine: Plan) -> tuple[Piece, ...]:
    """The same offsets once more; SourceChanged where they are no longer all there."""
    before = {piece["partition"]: piece for piece in mine.pieces}
    if said := _recreated(topic, before):
        raise SourceChanged(f"{topic.name}: what this window landed is no longer there: {said}")
    for part in topic.partitions:
        piece = before.get(part.number)
        if piece is not None and piece["low"] < min(piece["high"], part.earliest):
            raise SourceChanged(f"{piece['name']}: what this window landed has expired: it begins at {part.earliest}")
    return mine.pieces
