"""On which side of a request an organisation stands, which one holds a side, and who may take a move there."""

from catalog.duties import active, require
from schemas.access import Role, Subject
from schemas.errors import Refused
from schemas.request import Action, Move, Side, State
from schemas.request_want import Request


def holder(request: Request, side: Side) -> str:
    """Credit code of the organisation on a side; empty where there is none."""
    independent = request.authority if request.authority != request.provider else ""
    return {
        Side.REQUESTER: request.requester,
        Side.PROVIDER: request.provider,
        Side.AUTHORITY: request.authority or request.provider,
        Side.STAND_IN: "" if independent else request.provider,
        Side.MEDIATOR: independent or request.superior,
        Side.DECIDER: request.superior or independent,
        Side.PLATFORM: "",
    }[side]


def parties(request: Request) -> tuple[str, ...]:
    """Everybody on a side; of a draft its requester alone."""
    if request.state is State.DRAFT and request.submitted_at is None:
        return (request.requester,)
    each = (request.requester, request.provider, request.authority, request.superior)
    return tuple(dict.fromkeys(code for code in each if code))


def stands(request: Request, subject: Subject, side: Side) -> bool:
    """Whether an organisation stands there. The requester decides nothing about its own request."""
    if subject.public or not active(subject):
        return False
    if side is not Side.REQUESTER and subject.organisation == request.requester:
        return False
    return holder(request, side) == subject.organisation


def may(request: Request, subject: Subject, move: Move) -> bool:
    """Whether this subject may take a move now."""
    for who in move.by:
        if stands(request, subject, who.side) and (subject.roles & who.roles or (who.system and not subject.person)):
            return True
    return False


def require_may(request: Request, subject: Subject, action: Action, move: Move) -> None:
    """Refused for one on another side, and for one on the right side without the role."""
    if may(request, subject, move):
        return
    mine = [who for who in move.by if stands(request, subject, who.side)]
    if not mine:
        sides = " or ".join(dict.fromkeys(who.side.value for who in move.by))
        raise Refused(
            f"{action.value}: this is the {sides}'s to do, and your organisation does not stand there",
            code="NOT_YOUR_MOVE",
            gate="G0",
            following="GET /api/v1/requests/{number} lists under `actions` what you may do",
        )
    roles: set[Role] = set().union(*(who.roles for who in mine))
    require(subject, *sorted(roles))
