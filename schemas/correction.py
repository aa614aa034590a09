"""Corrections 疑义校核: a value that is doubted, from the claim to the last recipient; one table says what may be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from schemas.dataset import Dataset
from schemas.deadline import Event
from schemas.errors import BadInput


class State(StrEnum):
    """What a correction waits for; its names in Chinese stand in `STATES`."""

    LOCATED = "located"
    VERIFYING = "verifying"
    CORRECTING = "correcting"
    UPHELD = "upheld"
    UNASSIGNED = "unassigned"
    PROPAGATING = "propagating"
    CLOSED = "closed"


STATES: Mapping[State, tuple[str, str]] = {
    State.LOCATED: ("已定位，待数源部门受理", "Waits for its source"),
    State.VERIFYING: ("校核中", "Being verified"),
    State.CORRECTING: ("已认定，待新版本更正", "Waits for a version"),
    State.UPHELD: ("维持原值", "Upheld"),
    State.UNASSIGNED: ("待认责", "Waits to be assigned"),
    State.PROPAGATING: ("已更正，待各方确认", "Waits for recipients"),
    State.CLOSED: ("已办结", "Closed"),
}


class Action(StrEnum):
    """What moves a correction."""

    TAKE_UP = "take_up"
    CORRECT = "correct"
    CORRECT_PARTLY = "correct_partly"
    UPHOLD = "uphold"
    NOT_OURS = "not_ours"
    """And the source does not know whose."""
    REROUTE = "reroute"
    """Not ours, but that dataset's."""
    ASSIGN = "assign"
    JOIN = "join"
    """Another claim on the same cell."""
    WITHDRAW = "withdraw"
    """By the last of its claimants."""
    ACCEPT = "accept"
    REOPEN = "reopen"
    ACKNOWLEDGE = "acknowledge"
    """By a recipient, while others are still to."""
    ACKNOWLEDGE_LAST = "acknowledge_last"
    BIND = "bind"
    """A version carries the right value, and somebody has the old one."""
    BIND_ALONE = "bind_alone"
    """A version carries it, and nobody has the old one."""
    LAPSE = "lapse"
    """The term to object to what was upheld is over."""


class Who(StrEnum):
    """Who may do it."""

    SOURCE = "source"
    AUTHORITY = "authority"
    CLAIMANT = "claimant"
    RECIPIENT = "recipient"
    NOBODY = "nobody"
    """It happens: a version is published, a term ends."""


BY: Mapping[Action, Who] = {
    Action.TAKE_UP: Who.SOURCE,
    Action.CORRECT: Who.SOURCE,
    Action.CORRECT_PARTLY: Who.SOURCE,
    Action.UPHOLD: Who.SOURCE,
    Action.NOT_OURS: Who.SOURCE,
    Action.REROUTE: Who.SOURCE,
    Action.ASSIGN: Who.AUTHORITY,
    Action.JOIN: Who.CLAIMANT,
    Action.WITHDRAW: Who.CLAIMANT,
    Action.ACCEPT: Who.CLAIMANT,
    Action.REOPEN: Who.CLAIMANT,
    Action.ACKNOWLEDGE: Who.RECIPIENT,
    Action.ACKNOWLEDGE_LAST: Who.RECIPIENT,
    Action.BIND: Who.NOBODY,
    Action.BIND_ALONE: Who.NOBODY,
    Action.LAPSE: Who.NOBODY,
}

NEXT: Mapping[State, Mapping[Action, State]] = {
    State.LOCATED: {
        Action.TAKE_UP: State.VERIFYING,
        Action.NOT_OURS: State.UNASSIGNED,
        Action.REROUTE: State.LOCATED,
        Action.JOIN: State.LOCATED,
        Action.WITHDRAW: State.CLOSED,
    },
    State.VERIFYING: {
        Action.CORRECT: State.CORRECTING,
        Action.CORRECT_PARTLY: State.CORRECTING,
        Action.UPHOLD: State.UPHELD,
        Action.NOT_OURS: State.UNASSIGNED,
        Action.REROUTE: State.LOCATED,
        Action.JOIN: State.VERIFYING,
        Action.WITHDRAW: State.CLOSED,
    },
    State.CORRECTING: {
        Action.JOIN: State.CORRECTING,
        Action.BIND: State.PROPAGATING,
        Action.BIND_ALONE: State.CLOSED,
    },
    State.UPHELD: {
        Action.ACCEPT: State.CLOSED,
        Action.REOPEN: State.LOCATED,
        Action.LAPSE: State.CLOSED,
    },
    State.UNASSIGNED: {
        Action.ASSIGN: State.LOCATED,
        Action.JOIN: State.UNASSIGNED,
        Action.WITHDRAW: State.CLOSED,
    },
    State.PROPAGATING: {
        Action.ACKNOWLEDGE: State.PROPAGATING,
        Action.ACKNOWLEDGE_LAST: State.CLOSED,
        Action.REOPEN: State.LOCATED,
    },
    State.CLOSED: {Action.REOPEN: State.LOCATED},
}
"""Every move that there is; what stands not here is refused."""

CLOCKS: Mapping[State, Event | None] = {
    State.LOCATED: Event.CORRECTION,
    State.VERIFYING: Event.CORRECTION,
    State.CORRECTING: Event.CORRECTION,
    State.UPHELD: Event.ACKNOWLEDGEMENT,
    State.UNASSIGNED: Event.DUTY_ASSIGNMENT,
    State.PROPAGATING: Event.ACKNOWLEDGEMENT,
    State.CLOSED: None,
}
"""Every state that is not the last has a clock. The term for the check runs until a version carries the right value."""

DISPUTED = (State.LOCATED, State.VERIFYING, State.CORRECTING, State.UNASSIGNED)
"""While in these, what is served says that the value is disputed 存疑."""

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "": ("尚无结论", "None yet"),
    "corrected": ("予以更正", "Corrected"),
    "partly": ("部分更正", "Partly corrected"),
    "upheld": ("维持原值", "Upheld"),
    "not_ours": ("非本部门数据", "Not this department's"),
    "withdrawn": ("申请人撤回", "Withdrawn"),
}
"""What has come of it: code -> (Chinese, English)."""

LONGEST = 500
"""Characters of evidence, and of what is said with an answer."""
LONGEST_VALUE = 2_000


@dataclass(frozen=True, slots=True)
class Correction:
    """One cell of one dataset that is doubted, for its source to verify; without the words that may name a person."""

    id: int
    """0 before it is stored."""
    dataset: str
    column: str
    cell: str
    """Keyed token of dataset, column and row key."""
    owner: str
    """Credit code of the source."""
    division: str
    state: State
    opened_at: datetime
    moved_at: datetime
    version: int
    """The version in which the value stood when it was doubted."""
    corrected: int = 0
    """The version that carries the right value."""
    outcome: str = ""
    reopened: int = 0
    repeats: int = 0
    """How many corrections there were of the same cell before this one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: the action, and what belongs to it."""

    action: Action
    said: str = ""
    value: str | None = None
    """Of a partial correction: what the value will be."""
    valued: bool = False
    """Whether `value` was told: None may be a value."""
    dataset: str = ""
    """Whose it is: of a reroute and an assignment."""
    column: str = ""
    """Its column there; empty: of the same name."""
    key: Mapping[str, str] | None = None
    """The row's key there; None: as it is here."""


def titles(dataset: Dataset, column: str) -> tuple[str, str]:
    """A column's title, Chinese and English; its name where the contract has it no more."""
    return next(
        ((one.title, one.title_en or one.name) for one in dataset.fields if one.name == column), (column, column)
    )


def after(state: State, action: Action) -> State:
    """The state after a move; BadInput lists what is possible instead."""
    found = NEXT[state].get(action)
    if found is None:
        possible = [one.value for one in NEXT[state] if BY[one] is not Who.NOBODY and one is not Action.JOIN]
        raise BadInput(
            f"a correction that is {state.value} cannot be answered with {action.value}; "
            f"possible now: {', '.join(possible) or 'nothing: it waits for a version that carries the right value'}"
        )
    return found


def checked(answer: Answer) -> Answer:
    """The answer, trimmed; BadInput where something that belongs to it is missing."""
    said = answer.said.strip()
    if len(said) > LONGEST:
        raise BadInput(f"said: found {len(said)} characters, expected at most {LONGEST}")
    if answer.action in (Action.UPHOLD, Action.CORRECT_PARTLY, Action.NOT_OURS, Action.REOPEN) and not said:
        raise BadInput(f"said: found nothing, expected in words why, since the answer is {answer.action.value}")
    if answer.action is Action.CORRECT_PARTLY and not answer.valued:
        raise BadInput("value: found nothing, expected what the value will be (null: none)")
    if answer.action in (Action.REROUTE, Action.ASSIGN) and not answer.dataset:
        raise BadInput("dataset: found nothing, expected the key of the dataset whose value it is")
    return replace(answer, said=said)
