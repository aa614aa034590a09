"""The words of a sharing request 共享申请, and the one table that says what may become of it, by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.access import Role
from schemas.errors import BadInput


class State(StrEnum):
    """Where a request stands. `submitted` and `accepted` are passed through within one act."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    FORMAL_CHECK = "formal_check"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DEMAND = "demand"
    DUTY = "duty"
    PROVIDER_REVIEW = "provider_review"
    PROVISIONING = "provisioning"
    TESTING = "testing"
    ACTIVE = "active"
    EXPIRING = "expiring"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    NEGOTIATION = "negotiation"
    MEDIATION = "mediation"
    ESCALATED = "escalated"
    DECIDED = "decided"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Action(StrEnum):
    """What moves a request."""

    SAVE = "save"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    OBJECT = "object"
    MEDIATE = "mediate"
    ESCALATE = "escalate"
    GIVE_BACK = "give_back"
    ACCEPT = "accept"
    RETURN = "return"
    MATCH = "match"
    ASSIGN = "assign"
    SIGN = "sign"
    APPROVE = "approve"
    REFUSE = "refuse"
    NOT_HELD = "not_held"
    CATALOGUE = "catalogue"
    PROVISION = "provision"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    CHECK = "check"
    PASS = "pass"  # noqa: S105 - the check's outcome
    GRANT = "grant"
    REVIEW = "review"
    DEMAND = "demand"
    READ = "read"
    REMIND = "remind"
    EXPIRE = "expire"
    LAPSE = "lapse"
    OVERRUN = "overrun"


class Side(StrEnum):
    """On which side of a request an organisation stands; the platform 平台 moves by rule alone."""

    REQUESTER = "requester"
    PROVIDER = "provider"
    AUTHORITY = "authority"
    """The data administration that checks and assigns; where none is registered, the provider."""
    STAND_IN = "stand_in"
    """The provider, where no data administration is registered that is neither side."""
    MEDIATOR = "mediator"
    """The data administration, or its superior where that is the provider itself."""
    DECIDER = "decider"
    """The body above: decides what mediation could not settle."""
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Who:
    """One side, and the roles of which a person there needs one. Systems alone may act where `system` says so."""

    side: Side
    roles: frozenset[Role] = frozenset()
    system: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """Where an action leads, who may take it, and whether the terms that run begin anew."""

    to: State
    by: tuple[Who, ...]
    afresh: bool = False


ASKER = (Who(Side.REQUESTER, frozenset({Role.REQUESTER}), system=True),)
CHECKER = (
    Who(Side.AUTHORITY, frozenset({Role.AUTHORITY_REVIEWER})),
    Who(Side.STAND_IN, frozenset({Role.SOURCE_REVIEWER})),
)
PROVIDER = (Who(Side.PROVIDER, frozenset({Role.SOURCE_REVIEWER})),)
KEEPER = (Who(Side.PROVIDER, frozenset({Role.CATALOGUE_KEEPER, Role.SOURCE_REVIEWER})),)
EITHER = (*PROVIDER, Who(Side.AUTHORITY, frozenset({Role.AUTHORITY_REVIEWER})))
MEDIATOR = (Who(Side.MEDIATOR, frozenset({Role.AUTHORITY_REVIEWER})),)
DECIDER = (Who(Side.DECIDER, frozenset({Role.AUTHORITY_REVIEWER})),)
PLATFORM = (Who(Side.PLATFORM),)

WITHDRAW = {Action.WITHDRAW: Move(State.WITHDRAWN, ASKER)}
ENDS = {
    Action.REVOKE: Move(State.REVOKED, EITHER),
    Action.GIVE_BACK: Move(State.CLOSED, ASKER),
    Action.EXPIRE: Move(State.EXPIRED, PLATFORM),
}
SUSPEND = {Action.SUSPEND: Move(State.SUSPENDED, EITHER)}

MOVES: Mapping[State, Mapping[Action, Move]] = {
    State.DRAFT: {
        Action.SAVE: Move(State.DRAFT, ASKER, afresh=True),
        Action.SUBMIT: Move(State.SUBMITTED, ASKER),
        Action.LAPSE: Move(State.CLOSED, PLATFORM),
        **WITHDRAW,
    },
    State.SUBMITTED: {Action.CHECK: Move(State.FORMAL_CHECK, PLATFORM), Action.PASS: Move(State.ACCEPTED, PLATFORM)},
    State.FORMAL_CHECK: {
        Action.ACCEPT: Move(State.ACCEPTED, CHECKER),
        Action.RETURN: Move(State.RETURNED, CHECKER),
        Action.REFUSE: Move(State.REFUSED, CHECKER),
        **WITHDRAW,
    },
    State.RETURNED: {
        Action.SAVE: Move(State.RETURNED, ASKER),
        Action.SUBMIT: Move(State.SUBMITTED, ASKER),
        Action.LAPSE: Move(State.CLOSED, PLATFORM),
        **WITHDRAW,
    },
    State.ACCEPTED: {
        Action.GRANT: Move(State.TESTING, PLATFORM),
        Action.REVIEW: Move(State.PROVIDER_REVIEW, PLATFORM),
        Action.DEMAND: Move(State.DEMAND, PLATFORM),
    },
    State.DEMAND: {
        Action.MATCH: Move(State.ACCEPTED, CHECKER),
        Action.ASSIGN: Move(State.DUTY, CHECKER),
        Action.REFUSE: Move(State.REFUSED, CHECKER),
        **WITHDRAW,
    },
    State.DUTY: {
        Action.CATALOGUE: Move(State.ACCEPTED, KEEPER),
        Action.NOT_HELD: Move(State.DEMAND, PROVIDER),
        **WITHDRAW,
    },
    State.PROVIDER_REVIEW: {
        Action.APPROVE: Move(State.PROVISIONING, PROVIDER),
        Action.REFUSE: Move(State.REFUSED, PROVIDER),
        Action.NOT_HELD: Move(State.ACCEPTED, PROVIDER, afresh=True),
        Action.OBJECT: Move(State.NEGOTIATION, ASKER),
        **WITHDRAW,
    },
    State.PROVISIONING: {
        Action.SIGN: Move(State.PROVISIONING, MEDIATOR),
        Action.PROVISION: Move(State.TESTING, KEEPER),
        Action.OBJECT: Move(State.NEGOTIATION, ASKER),
        **WITHDRAW,
    },
    State.TESTING: {Action.READ: Move(State.ACTIVE, PLATFORM), **ENDS},
    State.ACTIVE: {Action.REMIND: Move(State.EXPIRING, PLATFORM), **SUSPEND, **ENDS},
    State.EXPIRING: {**SUSPEND, **ENDS},
    State.SUSPENDED: {Action.RESUME: Move(State.ACTIVE, EITHER), **ENDS},
    State.REFUSED: {
        Action.OBJECT: Move(State.NEGOTIATION, ASKER),
        Action.LAPSE: Move(State.CLOSED, PLATFORM),
        **WITHDRAW,
    },
    State.NEGOTIATION: {
        Action.APPROVE: Move(State.PROVISIONING, PROVIDER),
        Action.MEDIATE: Move(State.MEDIATION, ASKER),
        Action.OVERRUN: Move(State.MEDIATION, PLATFORM),
        **WITHDRAW,
    },
    State.MEDIATION: {
        Action.APPROVE: Move(State.PROVISIONING, PROVIDER),
        Action.ESCALATE: Move(State.ESCALATED, (*ASKER, *MEDIATOR)),
        Action.OVERRUN: Move(State.ESCALATED, PLATFORM),
        **WITHDRAW,
    },
    State.ESCALATED: {
        Action.UPHOLD: Move(State.DECIDED, DECIDER),
        Action.OVERTURN: Move(State.PROVISIONING, DECIDER),
        **WITHDRAW,
    },
    State.DECIDED: {},
    State.EXPIRED: {},
    State.REVOKED: {},
    State.WITHDRAWN: {},
    State.CLOSED: {},
}
"""Every move that there is. What stands not here is refused."""

FINAL = frozenset(state for state, moves in MOVES.items() if not moves)


def after(state: State, action: Action) -> Move:
    """The move; BadInput lists what is possible instead."""
    found = MOVES[state].get(action)
    if found is None:
        possible = [one.value for one, move in MOVES[state].items() if move.by != PLATFORM]
        raise BadInput(
            f"a request that is {state.value} cannot be moved by {action.value}; "
            f"possible now: {', '.join(possible) or 'nothing, it has ended'}"
        )
    return found
