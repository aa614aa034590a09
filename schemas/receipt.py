"""A receipt: what was asked, by whom, on what basis, and what the rule answered; on record before the first byte."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.dataset import Json


@dataclass(frozen=True, slots=True)
class Receipt:
    """One entry of the ledger. `hash` covers the canonical JSON of `body` and the hash before it."""

    index: int
    """Dense, from 0."""
    number: str
    """Random id that answers carry in `Yishu-Receipt`."""
    at: datetime
    body: Mapping[str, Json]
    previous: str
    """Hex sha256 of the entry before; 64 zeros for the first."""
    hash: str
    """Hex sha256."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that verification found wrong."""

    index: int
    kind: str
    """`changed`, `missing`, `reordered` or `unreadable`."""
    said: str
