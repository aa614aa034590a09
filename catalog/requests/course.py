"""What every act has at hand, and where it leads: the words of the acts on a request."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from schemas.access import Grant, GrantState, Subject
from schemas.divisions import DivisionTree
from schemas.errors import BadInput
from schemas.request import Action, State, after
from schemas.request_want import Answer, Request


@dataclass(frozen=True, slots=True)
class Hand:
    """What an act has at hand: what is known, who acts, when, and what the linkage guard and the clocks have said."""

    connection: Connection
    tree: DivisionTree
    subject: Subject
    now: datetime
    unsafe: bool = False
    """Whether the linkage guard refuses the grant that would be made by itself."""
    overdue: bool = False
    """Whether a term of the request that runs has passed."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where an act leads: through which moves, and what becomes of the grant."""

    request: Request
    moves: tuple[tuple[Action, State], ...]
    afresh: bool = False
    grant: Grant | None = None
    """To be made, in the same transaction."""
    automatic: bool = False
    grant_state: GrantState | None = None
    """Of the grant that there is."""


Act = Callable[[Hand, Request, Answer], Course]


def moved(request: Request, *actions: Action) -> tuple[Request, tuple[tuple[Action, State], ...]]:
    """The request after these moves, and the states that they led through."""
    through, state = [], request.state
    for action in actions:
        state = after(state, action).to
        through.append((action, state))
    return replace(request, state=state), tuple(through)


def needs_words(answer: Answer) -> None:
    """BadInput where an act that must be explained is not."""
    if not answer.said.strip():
        raise BadInput(f"said: found nothing, expected in words why ({answer.action.value})")
