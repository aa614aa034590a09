"""What belongs to a correction: who doubts what, the words that may name a person, who was told, and each move."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.correction import State


@dataclass(frozen=True, slots=True)
class Words:
    """What of a correction may name a person: sealed wherever it lies."""

    key: Mapping[str, str]
    """The row's primary key."""
    found: str | None
    """The value when it was doubted."""
    becomes: str | None = None
    """The value that the source says is right; with `settled`."""
    settled: bool = False
    said: str = ""
    """The source's own words."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who doubts it, and where they met it."""

    id: int
    correction: int
    dataset: str
    """Where they met the value; a derived dataset, perhaps."""
    column: str
    organisation: str
    """Credit code; empty for a citizen."""
    system: str
    person: str
    citizen: str
    """Of a citizen: what the ledger keeps of their token, in hex."""
    at: datetime
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """What of a claim may name a person: sealed wherever it lies."""

    key: Mapping[str, str]
    """The primary key of the row in which they met it."""
    expected: str | None
    """None: there should be no value."""
    evidence: str


@dataclass(frozen=True, slots=True)
class Told:
    """One grant, or other right, under which the row was received, and whether its holder knows of the correction."""

    organisation: str
    grant: str
    """Empty for a read without one: a return, or open data."""
    dataset: str
    """What was read: the dataset itself or one derived from it."""
    at: datetime
    acknowledged_at: datetime | None = None
    by: str = ""
    """System, and person, that acknowledged."""


@dataclass(frozen=True, slots=True)
class Step:
    """One move, as its history shows it."""

    at: datetime
    action: str
    """An `Action`, or `filed`."""
    state: State
    organisation: str = ""
    system: str = ""
    person: str = ""
    receipt: str = ""
