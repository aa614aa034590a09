"""What the provider, the authority and the body above decide about a request, and what ends or disputes it."""

from dataclasses import replace

from catalog.requests import routing
from catalog.requests.course import Act, Course, Hand, moved, needs_words
from catalog.requests.granting import check, grant_for
from catalog.requests.sides import holder
from schemas.access import GrantState
from schemas.errors import BadInput
from schemas.request import Action, Side, State
from schemas.request_reasons import ENDINGS, REFUSALS
from schemas.request_want import Answer, Request
from schemas.sharing_condition import check_conditions


def approve(hand: Hand, request: Request, answer: Answer) -> Course:
    """Item by item; what is not refused is given. Nothing may be asked that the catalogue does not state."""
    dataset = routing.requested(hand.connection, request)
    if dataset is None:
        raise BadInput("no dataset is known that meets this request")
    for item, reason in answer.refused.items():
        if item not in request.want.items or reason not in REFUSALS:
            raise BadInput(
                f"refused: found {item[:64]!r}: {reason[:40]!r}, expected items of the request "
                f"({', '.join(request.want.items)}), each with one of {', '.join(REFUSALS)}"
            )
    given = [item for item in request.want.items if item not in answer.refused]
    if not given:
        raise BadInput("refused: found every item; to give none of them is a refusal, with one reason")
    strange = [item for item in answer.transforms if item not in given]
    if strange:
        raise BadInput(f"transforms: found {', '.join(strange)[:200]}, expected items that are given")
    check(request, dataset)
    check_conditions(dataset, answer.transforms, answer.conditions)
    at, through = moved(request, answer.action)
    at = replace(at, refused=answer.refused, transforms=answer.transforms, conditions=answer.conditions)
    outcome = "partial" if answer.refused else "approved"
    return Course(replace(at, outcome=outcome, said=answer.said, document=answer.document), through)


def refuse(hand: Hand, request: Request, answer: Answer) -> Course:
    del hand
    if answer.reason not in REFUSALS:
        raise BadInput(f"reason: found {answer.reason[:40]!r}, expected one of {', '.join(REFUSALS)}")
    if answer.reason == "withheld_by_law" and not answer.document.strip():
        raise BadInput("document: found nothing, expected the law and article that withhold these data")
    needs_words(answer)
    at, through = moved(request, Action.REFUSE)
    at = replace(at, reason=answer.reason, said=answer.said, document=answer.document)
    return Course(replace(at, outcome="refused"), through)


def sign(hand: Hand, request: Request, answer: Answer) -> Course:
    del hand
    if not answer.document.strip():
        raise BadInput("document: found nothing, expected the number of the document that the authority signed")
    at, through = moved(request, Action.SIGN)
    return Course(replace(at, signature=answer.document.strip(), said=answer.said), through)


def provision(hand: Hand, request: Request, answer: Answer) -> Course:
    dataset = routing.requested(hand.connection, request)
    if dataset is None:
        raise BadInput("no dataset is known that meets this request")
    at, through = moved(replace(request, said=answer.said), Action.PROVISION)
    return Course(at, through, grant=grant_for(at, dataset, hand.now))


def of_grant(state: GrantState) -> Act:
    def act(hand: Hand, request: Request, answer: Answer) -> Course:
        """Suspended and revoked with a reason of the list; resumed and given back without."""
        del hand
        if answer.action in (Action.SUSPEND, Action.REVOKE):
            if answer.reason not in ENDINGS:
                raise BadInput(f"reason: found {answer.reason[:40]!r}, expected one of {', '.join(ENDINGS)}")
            needs_words(answer)
        at, through = moved(request, answer.action)
        return Course(replace(at, reason=answer.reason, said=answer.said), through, grant_state=state)

    return act


def dispute(hand: Hand, request: Request, answer: Answer) -> Course:
    """Against a refusal, against items refused, or against silence: what is overdue, is never consent."""
    needs_words(answer)
    if request.state is not State.REFUSED and request.outcome != "partial" and not hand.overdue:
        raise BadInput(
            f"nothing of {request.number} was refused, and nothing is overdue; there is nothing to object to"
        )
    if not holder(request, Side.DECIDER) or not request.provider:
        raise BadInput(
            "nobody is registered who could decide a dispute about this request: neither a data administration apart "
            "from the two sides nor a body above the provider; the platform's operator registers them (`yishu org add`)"
        )
    at, through = moved(request, Action.OBJECT)
    return Course(replace(at, said=answer.said), through)


def uphold(hand: Hand, request: Request, answer: Answer) -> Course:
    del hand
    needs_words(answer)
    at, through = moved(request, Action.UPHOLD)
    return Course(replace(at, outcome="refused", said=answer.said, document=answer.document), through)
