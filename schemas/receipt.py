"""A receipt: what was asked, by whom, on what basis, and what the rule answered; on record before the first byte."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.dataset import Json


@dataclass(frozen=True, slots=True)
class Receipt:
    """One entry of the ledger. `hash` covers its canonical JSON with its index."""

    index: int
    """Dense, from 0."""
    number: str
    """Random id that answers carry in `Yishu-Receipt`."""
    at: datetime
    body: Mapping[str, Json]
    hash: str
    """Hex sha256: the leaf of the log, or the link of the chain of earlier releases."""
    previous: str = ""
    """Only in the chain of earlier releases: the hash of the entry before."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A path of hashes from something known to the root of the first `size` receipts (RFC 9162)."""

    size: int
    root: bytes
    path: tuple[bytes, ...]
    known: bytes
    """The leaf that is included, or the root of the earlier tree."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that verification found wrong."""

    index: int
    kind: str
    """`changed`, `missing`, `reordered`, `unreadable`, `forked` or `erased`."""
    said: str
