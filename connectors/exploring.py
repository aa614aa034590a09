"""What a source tells before there is a contract for it, and what it tells of itself: offers, proposals, signs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.dataset import Json


@dataclass(frozen=True, slots=True)
class Proposal:
    """A likely value of an option, and why it is likely; a person decides."""

    value: Json
    why: str
    certain: bool = False
    """True: it may stand in a contract with its reason beside it. False: the contract asks for it, naming it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that a connection has and that a contract could be written for."""

    name: str
    """As `--from CONNECTION:NAME` takes it."""
    form: str
    """What it is: table, view, file, sheet, topic, resource…"""
    kind: str
    """The kind of source that reads it."""
    options: Mapping[str, Json]
    """Options of that kind that are facts."""
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    """Option -> its likely value; looked for only where an offer is asked for by its name."""
    comment: str = ""
    """What the source says that it is."""
    rows: int | None = None
    """As many as the source estimates; None where it tells none."""
    size: int | None = None
    """Bytes at the source."""
    unsampled: str = ""
    """Why no rows of it are looked at for a draft: reading some would do something there. Empty where they are."""


class Weight(StrEnum):
    """well: nothing to do. warning: worth a look, a run may go on. problem: it stands in the way."""

    WELL = "well"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was looked at in a source: how it stands, and what somebody should do about it."""

    about: str
    """reach, login, version, read, write, session, clock, encoding, window, columns…"""
    said: str
    advice: str = ""
    """Empty where there is nothing to do."""
    weight: Weight = Weight.WELL
