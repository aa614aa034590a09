"""Pushed records 推送: who may push into a dataset's inbox, what one push is, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.access import Subject
from schemas.dataset import Dataset, Field, Grade, Identifying
from schemas.journey import Part

INBOX = "inbox"
"""Kind of the source whose records are pushed."""
SENDERS = "senders"
"""Option of that kind: credit codes of the organisations that may push besides the owner."""
CASE = "case"
"""Option of that kind: the field that keeps the receipt of the verify answer that a push refers to."""
LISTED = 100
"""Faults that an answer lists; their number is always told."""
MOST_ROWS = 1_000_000
"""Rows of one push."""
MOST_REFUSED = 20_000
"""Refused rows of one push: a body with more is not one of this dataset."""
MISFIT = ".misfit"
"""How the rule of a field ends whose value is not of its declared type."""
LONGEST_FOUND = 40
"""Characters of a value that are told back."""
CHARACTERS = " characters"
"""What stands after the length of a value that is not."""


class Stage(StrEnum):
    """How far a push has come: received 已接收, landed 已落地, published 已发布, held back 暂缓发布, refused 未接收."""

    RECEIVED = "received"
    LANDED = "landed"
    PUBLISHED = "published"
    HELD_BACK = "held_back"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be pushed."""

    largest: int = 64 << 20
    """Bytes of one body, unpacked."""
    per_second: int = 10
    """Pushes of one credential in one serving process; 0 means unlimited."""
    at_once: int = 4
    """Pushes that one serving process takes at the same time."""


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one row is refused at once: which field, what stands there, what was expected."""

    row: int
    """1-based number of the record in the body; of JSON Lines the line."""
    field: str
    """Name of the field, or empty where the row as a whole is wrong."""
    rule: str
    """Name of the rule, `<field>.misfit` for a value that is not of the declared type, `row.shape` for the row."""
    found: str
    """The value, shortened; of sensitive fields only how long it is."""
    expected: str
    expected_en: str


@dataclass(frozen=True, slots=True)
class Push:
    """One accepted push: who sent what, where it lies, and what was answered."""

    id: str
    """32 hexadecimal digits, made from dataset, system and idempotency key."""
    dataset: str
    organisation: str
    system: str
    body: str
    """Keyed digest of what was sent and how; tells the same body from another."""
    arrived_at: datetime
    lands_at: datetime
    """The moment that windows go by: that of arrival, or the end of the last window that was closed before."""
    accepted: int
    refused: int
    rules: Mapping[str, int]
    """Rule -> rows that it refused; a row counts once for each."""
    answer: str
    """The JSON that was answered, word for word."""
    segment: Part | None
    """Where the accepted rows lie; None where there were none."""
    receipt: str
    faults: Part | None = None
    """Where all that is wrong with the other rows lies; None where the answer lists it."""
    case: str = ""
    """Receipt of the verify answer that it refers to."""
    window: str = ""
    """Key of the window that takes it; empty before one was closed."""
    landed_at: datetime | None = None


def is_inbox(dataset: Dataset) -> bool:
    """Whether its records are pushed."""
    return dataset.source.kind == INBOX


def may_push(subject: Subject, dataset: Dataset) -> bool:
    """Whether the contract lets this organisation push: its owner, or one that `senders` names."""
    named = dataset.source.options.get(SENDERS, ())
    return bool(subject.organisation) and subject.organisation in (dataset.owner, *named)


def sensitive(field: Field) -> bool:
    """Whether of a refused value only the length is told."""
    return field.grade >= Grade.GENERAL_3 or field.identifying in (Identifying.DIRECT, Identifying.SENSITIVE)


def told(field: Field, text: str) -> str:
    """A refused value as it may be told back: shortened, and of sensitive fields only its length."""
    if sensitive(field):
        return f"{len(text)}{CHARACTERS}"
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 1] + "…"
