"""By when a request must move: whose move each state is, and which terms run in it, stand still or stop."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.deadline import Event
from schemas.request import Side, State


class Term(StrEnum):
    """What a request waits for by the clock. A reply's term depends on the sharing class of what is asked for."""

    AMENDMENT = "amendment"
    FORMAL_CHECK = "formal_check"
    REPLY = "reply"
    DUTY_ASSIGNMENT = "duty_assignment"
    CATALOGUE_UPDATE = "catalogue_update"
    SUPPLY = "supply"
    FIRST_READ = "first_read"
    SUSPENSION = "suspension"
    OBJECTION = "objection"
    NEGOTIATION = "negotiation"
    MEDIATION = "mediation"
    ESCALATION_DECISION = "escalation_decision"

    def event(self, *, unconditional: bool) -> Event:
        """The clock's event."""
        if self is Term.REPLY:
            return Event.REPLY_UNCONDITIONAL if unconditional else Event.REPLY_CONDITIONAL
        return Event(self.value)


@dataclass(frozen=True, slots=True)
class Timing:
    """Whose move a state is, and which terms run in it or stand still; every other term of the request stops."""

    whose: Side
    runs: tuple[Term, ...] = ()
    paused: tuple[Term, ...] = ()
    until_end: bool = False
    """The end of the grant itself is the clock: it moves the request, whoever does nothing."""


TIMING: Mapping[State, Timing] = {
    State.DRAFT: Timing(Side.REQUESTER, (Term.AMENDMENT,)),
    State.SUBMITTED: Timing(Side.AUTHORITY, (Term.FORMAL_CHECK, Term.REPLY)),
    State.FORMAL_CHECK: Timing(Side.AUTHORITY, (Term.FORMAL_CHECK, Term.REPLY)),
    State.RETURNED: Timing(Side.REQUESTER, (Term.AMENDMENT,), (Term.REPLY,)),
    State.ACCEPTED: Timing(Side.PLATFORM, (Term.REPLY,)),
    State.DEMAND: Timing(Side.AUTHORITY, (Term.DUTY_ASSIGNMENT,)),
    State.DUTY: Timing(Side.PROVIDER, (Term.CATALOGUE_UPDATE,)),
    State.PROVIDER_REVIEW: Timing(Side.PROVIDER, (Term.REPLY,)),
    State.PROVISIONING: Timing(Side.PROVIDER, (Term.SUPPLY,)),
    State.TESTING: Timing(Side.REQUESTER, (Term.FIRST_READ,), until_end=True),
    State.ACTIVE: Timing(Side.REQUESTER, until_end=True),
    State.EXPIRING: Timing(Side.REQUESTER, until_end=True),
    State.SUSPENDED: Timing(Side.PROVIDER, (Term.SUSPENSION,), until_end=True),
    State.REFUSED: Timing(Side.REQUESTER, (Term.OBJECTION,)),
    State.NEGOTIATION: Timing(Side.PROVIDER, (Term.NEGOTIATION,)),
    State.MEDIATION: Timing(Side.MEDIATOR, (Term.MEDIATION,)),
    State.ESCALATED: Timing(Side.DECIDER, (Term.ESCALATION_DECISION,)),
}
"""Of every state that is not final: nothing can wait without a day by which somebody must have moved."""
