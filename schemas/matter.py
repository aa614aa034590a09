"""What waits for the word of a reviewer of its source 待确认: rows gone in masses, a source that has changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.dataset import Json
from schemas.deed import Act
from schemas.drift import Drift, Shape
from schemas.errors import BadInput
from schemas.journey import Part


class Kind(StrEnum):
    """What it is about."""

    DELETES = "deletes"
    CHANGE = "change"


class State(StrEnum):
    """How it stands; done 已办结: its word was used up by a version; settled 已了结: it went without one being used."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    DONE = "done"
    SETTLED = "settled"


class Verb(StrEnum):
    """What a reviewer says."""

    CONFIRM = "confirm"
    REFUSE = "refuse"


LIVING = (State.WAITING, State.REFUSED)
"""What is refused stays as it is, so that it may be confirmed yet."""
OPEN = (*LIVING, State.CONFIRMED)
"""Of deletions a word, too, lives on until a version is published with it."""
MOVES: Mapping[tuple[State, Verb], State] = {
    (State.WAITING, Verb.CONFIRM): State.CONFIRMED,
    (State.WAITING, Verb.REFUSE): State.REFUSED,
    (State.REFUSED, Verb.CONFIRM): State.CONFIRMED,
}
ACTS: Mapping[tuple[Kind, Verb], Act] = {
    (Kind.DELETES, Verb.CONFIRM): Act.CONFIRM_DELETES,
    (Kind.DELETES, Verb.REFUSE): Act.REFUSE_DELETES,
    (Kind.CHANGE, Verb.CONFIRM): Act.ACCEPT_CHANGE,
    (Kind.CHANGE, Verb.REFUSE): Act.REFUSE_CHANGE,
}
"""What deed each word is."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of the version before whose keys the source has no more, above the share that may vanish at once."""

    window: str
    """Key of the window that is held back."""
    version: int
    """Number of the version that is."""
    base: int
    """Number of the version whose rows they are."""
    removed: int
    of: int
    """Rows of that version."""
    most_share: float
    keys: Part | None = None
    """Their keys, kept in the lake while this is open."""

    kind = Kind.DELETES

    @property
    def mark(self) -> str:
        """The same keys of the same version, gone in the same one, are the same matter."""
        return f"version {self.version} of {self.base} without {self.keys.sha256[:16] if self.keys else 'keys'}"

    @property
    def facts(self) -> dict[str, Json]:
        """What goes on record of it."""
        return {"window": self.window, "version": self.version, "removed": self.removed, "of": self.of}


@dataclass(frozen=True, slots=True)
class Change:
    """Columns that are other than when the source was last read, in a way that its contract freezes."""

    drift: Drift
    shape: Shape
    """The source as it is now; known once this is confirmed."""

    kind = Kind.CHANGE

    @property
    def mark(self) -> str:
        """The same change is the same matter."""
        return hashlib.sha256("\n".join(self.drift.said()).encode()).hexdigest()[:16]

    @property
    def facts(self) -> dict[str, Json]:
        """What goes on record of it."""
        return {"changes": list(self.drift.said())}


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits, or waited."""

    id: int
    dataset: str
    about: Gone | Change
    state: State
    found_at: datetime
    moved_at: datetime
    receipt: str = ""
    """Of the word that was said of it; its reason stands with that deed."""

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What can be said of it now."""
        return tuple(verb for state, verb in MOVES if state is self.state)


def after(one: Matter, verb: Verb) -> State:
    """How it stands then; BadInput says what is possible."""
    found = MOVES.get((one.state, verb))
    if found is None:
        raise BadInput(
            f"{verb}: confirmation {one.id} is {one.state}; possible now: {', '.join(one.verbs) or 'nothing'}"
        )
    return found
