"""The life of a catalogue entry: which act leads from which state to which, who may do it, and which clocks run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from schemas.access import Role
from schemas.deadline import Event
from schemas.errors import BadInput


class State(StrEnum):
    """Of one version of an entry."""

    DRAFT = "draft"
    CHECKED = "checked"
    """The self-check found no error."""
    DEPT_REVIEW = "dept_review"
    AUTHORITY_REVIEW = "authority_review"
    PUBLISHED = "published"
    CHANGING = "changing"
    """In force, while a new version beside it is on its way."""
    RETIRING = "retiring"
    """In force until the day that was announced."""
    RETIRED = "retired"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class Action(StrEnum):
    """What moves a version."""

    EDIT = "edit"
    CHECK = "check"
    SUBMIT = "submit"
    RECALL = "recall"
    APPROVE = "approve"
    RETURN = "return"
    PUBLISH = "publish"
    CHANGE = "change"
    REPLACE = "replace"
    """The new version was published."""
    KEEP = "keep"
    """The new version was discarded, or the end is called off."""
    ANNOUNCE = "announce"
    """Notice that it ends, and when."""
    RETIRE = "retire"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Move:
    """Where an act leads."""

    state: State
    role: Role | None
    """Who may do it; None: it follows from an act on the other version."""
    stops: Event | None = None
    starts: Event | None = None
    said: bool = False
    """Whether a reason must be given."""


_KEEPER, _SOURCE, _AUTHORITY = Role.CATALOGUE_KEEPER, Role.SOURCE_REVIEWER, Role.AUTHORITY_REVIEWER
_DEPT, _UPPER, _UPDATE = Event.DEPT_REVIEW, Event.AUTHORITY_REVIEW, Event.CATALOGUE_UPDATE

NEXT: Mapping[State, Mapping[Action, Move]] = {
    State.DRAFT: {
        Action.EDIT: Move(State.DRAFT, _KEEPER),
        Action.CHECK: Move(State.CHECKED, _KEEPER),
        Action.DISCARD: Move(State.DISCARDED, _KEEPER),
    },
    State.CHECKED: {
        Action.EDIT: Move(State.DRAFT, _KEEPER),
        Action.SUBMIT: Move(State.DEPT_REVIEW, _KEEPER, starts=_DEPT),
        Action.DISCARD: Move(State.DISCARDED, _KEEPER),
    },
    State.DEPT_REVIEW: {
        Action.RECALL: Move(State.DRAFT, _KEEPER, stops=_DEPT),
        Action.APPROVE: Move(State.AUTHORITY_REVIEW, _SOURCE, stops=_DEPT, starts=_UPPER),
        Action.RETURN: Move(State.DRAFT, _SOURCE, stops=_DEPT, said=True),
    },
    State.AUTHORITY_REVIEW: {
        Action.RECALL: Move(State.DRAFT, _KEEPER, stops=_UPPER),
        Action.PUBLISH: Move(State.PUBLISHED, _AUTHORITY, stops=_UPPER),
        Action.RETURN: Move(State.DRAFT, _AUTHORITY, stops=_UPPER, said=True),
    },
    State.PUBLISHED: {
        Action.CHANGE: Move(State.CHANGING, _KEEPER, starts=_UPDATE, said=True),
        Action.ANNOUNCE: Move(State.RETIRING, _SOURCE, said=True),
    },
    State.CHANGING: {
        Action.REPLACE: Move(State.SUPERSEDED, None, stops=_UPDATE),
        Action.KEEP: Move(State.PUBLISHED, None, stops=_UPDATE),
    },
    State.RETIRING: {
        Action.KEEP: Move(State.PUBLISHED, _SOURCE, said=True),
        Action.RETIRE: Move(State.RETIRED, _AUTHORITY),
    },
    State.RETIRED: {},
    State.SUPERSEDED: {},
    State.DISCARDED: {},
}
"""Every move that there is. What stands not here is refused."""

WAYS = (State.DRAFT, State.CHECKED, State.DEPT_REVIEW, State.AUTHORITY_REVIEW)
"""Of a version that is on its way to publication: an entry has at most one."""
IN_FORCE = (State.PUBLISHED, State.CHANGING, State.RETIRING)
"""Of the version that holds: an entry has at most one."""
LONGEST = 500
"""Characters of what is said with an act."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does to an entry."""

    action: Action
    version: int = 0
    """Of which version; 0: of an edit the one on its way."""
    said: str = ""
    ends: date | None = None
    """Of an announcement: the day from which it is in force no more."""
    seen: int = 0
    """How many steps the actor has seen: refused where there are more by now; 0: any."""


@dataclass(frozen=True, slots=True)
class Step:
    """One move in the history of an entry."""

    at: datetime
    version: int
    action: str
    state: State
    """After it."""
    organisation: str = ""
    """Who did it; empty for what followed by itself or was entered by the operator."""
    system: str = ""
    person: str = ""
    post: str = ""
    said: str = ""
    receipt: str = ""
    """Number of its entry in the ledger."""


def move(state: State, action: Action) -> Move:
    """Where the act leads; BadInput lists what is possible instead."""
    found = NEXT[state].get(action)
    if found is None:
        raise BadInput(
            f"a version that is {state.value} cannot be moved by {action.value}; possible now: "
            f"{', '.join(possible(state)) or 'nothing'}"
        )
    return found


def possible(state: State) -> tuple[Action, ...]:
    """What somebody may do in a state, whoever it is."""
    return tuple(action for action, one in NEXT[state].items() if one.role is not None)


def checked(act: Act, today: date, found: Move) -> Act:
    """The act, its words trimmed; BadInput where a reason or an end is missing."""
    said = act.said.strip()
    if len(said) > LONGEST:
        raise BadInput(f"said: found {len(said)} characters, expected at most {LONGEST}")
    if found.said and not said:
        raise BadInput(f"said: found nothing, expected in words why ({act.action.value})")
    if act.action is Action.ANNOUNCE and (act.ends is None or act.ends <= today):
        raise BadInput(
            f"ends: found {act.ends or 'nothing'}, expected a day after {today}: whoever uses it must learn of it"
        )
    return replace(act, said=said, ends=act.ends if act.action is Action.ANNOUNCE else None)
