"""What the writer needs of a database: lock the head, look at hashes, commit leaves and head together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.errors import NotReady

PATIENCE_S = 20
"""How long one waits for the lock of the head."""


@dataclass(frozen=True, slots=True)
class Head:
    """The state of the log after its last leaf."""

    size: int
    frontier: bytes
    origin: str
    note: str
    """The signed checkpoint of this size."""
    day: int
    """Days since 1970 of the last checkpoint that was kept."""


@dataclass(frozen=True, slots=True)
class Tile:
    """256 hashes that are complete."""

    level: int
    number: int
    root: bytes
    hashes: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """What one transaction adds."""

    leaves: Sequence[tuple[int, bytes, str, int]]
    """Index, hash, body, microseconds."""
    subjects: Sequence[tuple[bytes, int]]
    tiles: Sequence[Tile]
    head: Head
    kept: bool
    """Whether the checkpoint of this head is the first of its day."""


class Overtaken(Exception):
    """Somebody else wrote since the head was told: nothing was written, and it is begun again."""


class Store(Protocol):
    """One connection that writes. Whatever fails is NotReady; then it is closed, and `begin` opens another."""

    def begin(self) -> Head | None:
        """The head that receipts follow, locked or looked at again by `commit`; None where the log is empty."""

    def hashes(self, first: int, end: int) -> list[bytes]:
        """Hashes of leaves."""

    def roots(self, level: int, first: int, end: int) -> list[bytes]:
        """Roots of complete tiles."""

    def commit(self, written: Written) -> None:
        """Write and commit; when this returns it is on disk, the lock is free. Overtaken: to be begun again."""

    def close(self) -> None:
        """Give back the connection and the lock, whatever their state."""


def away(why: object) -> NotReady:
    """The error of a ledger that cannot be written."""
    return NotReady(
        f"the ledger cannot be written, so nothing is served ({type(why).__name__}); look at its database and disk"
    )
