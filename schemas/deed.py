"""Deeds 处置: what a person does that no rule decides; on record with who, what, when, on what basis and why."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from schemas.dataset import Json
from schemas.errors import BadInput

LEAST, LONGEST = 4, 1000
"""Characters of a reason that says something, and of one that is read."""
BLANKS = "\t\r\n"


class Act(StrEnum):
    """What is done; the event of its receipt."""

    CONFIRM_DELETES = "deletes_confirmed"
    REFUSE_DELETES = "deletes_refused"
    ACCEPT_CHANGE = "change_accepted"
    REFUSE_CHANGE = "change_refused"
    SAMPLE = "sample"
    ERASE = "erased"


class Right(StrEnum):
    """On what basis: an officer answers for the data of their organisation, the operator runs the platform."""

    OWNER = "owner"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does it: told by a credential at the counter, by the account of the machine at a command."""

    organisation: str = ""
    person: str = ""
    """Id of the officer; empty where the operator does it in nobody's name."""
    system: str = ""
    credential: str = ""
    account: str = ""
    """Of the machine, as its system knows it; empty at the counter."""


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says of what waits for them."""

    by: Hand
    reason: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed, before it is on record."""

    act: Act
    by: Hand
    right: Right
    said: str
    """Why, in words."""
    dataset: str = ""
    facts: Mapping[str, Json] = field(default_factory=dict)
    """What exactly: counts, windows, names of columns; never a value of a row."""


@dataclass(frozen=True, slots=True)
class Done:
    """A deed that is on record."""

    deed: Deed
    at: datetime
    receipt: str
    """Number of its receipt."""


def reason(said: str) -> str:
    """The words without blanks around them; BadInput where they say nothing, or more than anybody reads.

    What nobody sees says nothing; control characters and halves of characters could not be kept by every database.
    """
    words = said.strip()
    unkept = any(unicodedata.category(one) in ("Cc", "Cs") and one not in BLANKS for one in words)
    if unkept or len(words) > LONGEST or sum(map(str.isprintable, words)) < LEAST:
        raise BadInput(
            f"reason: found {said[:40]!r}, expected why in {LEAST} to {LONGEST} characters that show; it goes on record"
        )
    return words
