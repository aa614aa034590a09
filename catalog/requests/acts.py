"""What each act does to a request: pure in its effects, so that it is rehearsed before it is done under the lock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import datasets, organisations
from catalog.requests import routing
from catalog.requests.granting import grant_for
from catalog.requests.sides import holder
from schemas.access import Grant, GrantState, Subject
from schemas.dataset import Sharing
from schemas.divisions import DivisionTree
from schemas.errors import BadInput
from schemas.journey import SHANGHAI
from schemas.request import Action, Side, State, after
from schemas.request_check import defects
from schemas.request_reasons import DEFECTS, ENDINGS, REFUSALS
from schemas.request_want import LONGEST, Answer, Incomplete, Request
from schemas.sharing_condition import check_conditions


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


def play(hand: Hand, request: Request, answer: Answer) -> Course:
    """The whole course of one act, platform's moves included; BadInput where it is not possible."""
    if answer.version not in (0, request.version):
        raise BadInput(
            f"version: found {answer.version}, but {request.number} has moved on to version {request.version}; "
            "look at it again, then act"
        )
    for name in ("said", "document"):
        if len(getattr(answer, name)) > LONGEST:
            raise BadInput(f"{name}: found {len(getattr(answer, name))} characters, expected at most {LONGEST}")
    after(request.state, answer.action)
    return ACTS.get(answer.action, _simply)(hand, request, answer)


def moved(request: Request, *actions: Action) -> tuple[Request, tuple[tuple[Action, State], ...]]:
    """The request after these moves, and the states that they led through."""
    through, state = [], request.state
    for action in actions:
        state = after(state, action).to
        through.append((action, state))
    return replace(request, state=state), tuple(through)


def _simply(hand: Hand, request: Request, answer: Answer) -> Course:
    del hand
    at, through = moved(request, answer.action)
    return Course(replace(at, said=answer.said), through, afresh=after(request.state, answer.action).afresh)


def _save(hand: Hand, request: Request, answer: Answer) -> Course:
    del hand
    if answer.want is None:
        raise BadInput("expected what is asked for now")
    at, through = moved(request, Action.SAVE)
    return Course(replace(at, want=answer.want), through, afresh=after(request.state, Action.SAVE).afresh)


def _submit(hand: Hand, request: Request, answer: Answer) -> Course:
    """Complete or not at all; unconditional data are granted at once, unless the linkage guard wants a signature."""
    del answer
    dataset = routing.requested(hand.connection, request)
    today = hand.now.astimezone(SHANGHAI).date()
    found = defects(request.want, dataset, hand.subject, hand.tree, today)
    if found:
        raise Incomplete(found, request.number)
    if dataset is not None:
        request = routing.pointed(hand.connection, request, dataset, request.want.items)
    request = routing.officials(hand.connection, request, hand.tree)
    request = replace(request, submitted_at=request.submitted_at or hand.now)
    by_itself = dataset is not None and dataset.sharing is Sharing.UNCONDITIONAL and not hand.unsafe
    if not by_itself:
        at, through = moved(request, Action.SUBMIT, Action.CHECK)
        return Course(at, through)
    return _routed(hand, request, Action.SUBMIT, Action.PASS)


def _accept(hand: Hand, request: Request, answer: Answer) -> Course:
    return _routed(hand, replace(request, said=answer.said), Action.ACCEPT)


def _routed(hand: Hand, request: Request, *actions: Action) -> Course:
    """To the provider, to those who assign duties, or granted by itself."""
    dataset = routing.requested(hand.connection, request)
    if dataset is None:
        at, through = moved(request, *actions, Action.DEMAND)
        return Course(at, through)
    if dataset.sharing is Sharing.UNCONDITIONAL and not hand.unsafe:
        at, through = moved(request, *actions, Action.GRANT)
        grant = grant_for(at, dataset, hand.now)
        return Course(replace(at, outcome="approved"), through, grant=grant, automatic=True)
    at, through = moved(request, *actions, Action.REVIEW)
    return Course(at, through)


def _return(hand: Hand, request: Request, answer: Answer) -> Course:
    """Once, with everything that is wrong: 一次性告知."""
    del hand
    if request.returned:
        raise BadInput(f"{request.number} was returned once already, with every defect; accept it, or refuse it")
    if not answer.defects:
        raise BadInput("defects: found none, expected every one of them, as a request is returned once")
    for one in answer.defects:
        if one.code not in DEFECTS:
            raise BadInput(f"defects: found {one.code[:40]!r}, expected one of {', '.join(DEFECTS)}")
    at, through = moved(request, Action.RETURN)
    return Course(replace(at, returned=1, defects=answer.defects, said=answer.said), through)


def _match(hand: Hand, request: Request, answer: Answer) -> Course:
    """A dataset meets the demand after all, or has been catalogued for it: back to the route."""
    if answer.action is Action.CATALOGUE and _owner(hand, answer.dataset) != request.provider:
        raise BadInput(f"dataset: {answer.dataset[:128]!r} is not the assigned department's own")
    dataset = datasets.get(hand.connection, answer.dataset)
    pointed = routing.pointed(hand.connection, request, dataset, answer.items)
    pointed = routing.officials(hand.connection, replace(pointed, said=answer.said), hand.tree)
    return _routed(hand, pointed, answer.action)


def _owner(hand: Hand, key: str) -> str:
    return datasets.get(hand.connection, key).owner


def _assign(hand: Hand, request: Request, answer: Answer) -> Course:
    assigned = organisations.organisation(hand.connection, answer.organisation)
    if not assigned.government or not assigned.active or assigned.credit_code == request.requester:
        raise BadInput(f"organisation: {assigned.name} cannot be a source department 数源部门 here")
    at, through = moved(replace(request, provider=assigned.credit_code, said=answer.said), Action.ASSIGN)
    return Course(at, through)


def _not_held(hand: Hand, request: Request, answer: Answer) -> Course:
    """To the authority source of most of the items; to those who assign duties where none is registered."""
    _needs_words(answer)
    request = replace(request, said=answer.said)
    if request.state is State.DUTY:
        at, through = moved(replace(request, provider=""), Action.NOT_HELD)
        return Course(routing.officials(hand.connection, at, hand.tree), through)
    dataset = routing.requested(hand.connection, request)
    at_hand = routing.Elsewhere(hand.tree, hand.now.astimezone(SHANGHAI).date())
    found = routing.authority_source(hand.connection, request, dataset, at_hand) if dataset else None
    if found is not None:
        request = routing.pointed(hand.connection, request, *found)
    elif dataset is not None:
        titles = tuple(field.title for field in dataset.fields if field.name in request.want.items)
        want = replace(request.want, dataset="", items=titles, demand=request.want.demand or dataset.title)
        request = replace(request, want=want, provider="")
    course = _routed(hand, routing.officials(hand.connection, request, hand.tree), Action.NOT_HELD)
    return replace(course, afresh=True)


def _approve(hand: Hand, request: Request, answer: Answer) -> Course:
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
    check_conditions(dataset, answer.transforms, answer.conditions)
    at, through = moved(request, answer.action)
    at = replace(at, refused=answer.refused, transforms=answer.transforms, conditions=answer.conditions)
    outcome = "partial" if answer.refused else "approved"
    return Course(replace(at, outcome=outcome, said=answer.said, document=answer.document), through)


def _refuse(hand: Hand, request: Request, answer: Answer) -> Course:
    del hand
    if answer.reason not in REFUSALS:
        raise BadInput(f"reason: found {answer.reason[:40]!r}, expected one of {', '.join(REFUSALS)}")
    if answer.reason == "withheld_by_law" and not answer.document.strip():
        raise BadInput("document: found nothing, expected the law and article that withhold these data")
    _needs_words(answer)
    at, through = moved(request, Action.REFUSE)
    at = replace(at, reason=answer.reason, said=answer.said, document=answer.document)
    return Course(replace(at, outcome="refused"), through)


def _sign(hand: Hand, request: Request, answer: Answer) -> Course:
    del hand
    if not answer.document.strip():
        raise BadInput("document: found nothing, expected the number of the document that the authority signed")
    at, through = moved(request, Action.SIGN)
    return Course(replace(at, signature=answer.document.strip(), said=answer.said), through)


def _provision(hand: Hand, request: Request, answer: Answer) -> Course:
    dataset = routing.requested(hand.connection, request)
    if dataset is None:
        raise BadInput("no dataset is known that meets this request")
    at, through = moved(replace(request, said=answer.said), Action.PROVISION)
    return Course(at, through, grant=grant_for(at, dataset, hand.now))


def _of_grant(state: GrantState) -> Act:
    def act(hand: Hand, request: Request, answer: Answer) -> Course:
        """Suspended and revoked with a reason of the list; resumed and given back without."""
        del hand
        if answer.action in (Action.SUSPEND, Action.REVOKE):
            if answer.reason not in ENDINGS:
                raise BadInput(f"reason: found {answer.reason[:40]!r}, expected one of {', '.join(ENDINGS)}")
            _needs_words(answer)
        at, through = moved(request, answer.action)
        return Course(replace(at, reason=answer.reason, said=answer.said), through, grant_state=state)

    return act


def _object(hand: Hand, request: Request, answer: Answer) -> Course:
    """Against a refusal, against items refused, or against silence: what is overdue, is never consent."""
    _needs_words(answer)
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


def _uphold(hand: Hand, request: Request, answer: Answer) -> Course:
    del hand
    _needs_words(answer)
    at, through = moved(request, Action.UPHOLD)
    return Course(replace(at, outcome="refused", said=answer.said, document=answer.document), through)


def _needs_words(answer: Answer) -> None:
    if not answer.said.strip():
        raise BadInput(f"said: found nothing, expected in words why ({answer.action.value})")


ACTS: Mapping[Action, Act] = {
    Action.SAVE: _save,
    Action.SUBMIT: _submit,
    Action.ACCEPT: _accept,
    Action.RETURN: _return,
    Action.MATCH: _match,
    Action.CATALOGUE: _match,
    Action.ASSIGN: _assign,
    Action.NOT_HELD: _not_held,
    Action.APPROVE: _approve,
    Action.OVERTURN: _approve,
    Action.REFUSE: _refuse,
    Action.SIGN: _sign,
    Action.PROVISION: _provision,
    Action.SUSPEND: _of_grant(GrantState.SUSPENDED),
    Action.RESUME: _of_grant(GrantState.ACTIVE),
    Action.REVOKE: _of_grant(GrantState.REVOKED),
    Action.GIVE_BACK: _of_grant(GrantState.REVOKED),
    Action.EXPIRE: _of_grant(GrantState.EXPIRED),
    Action.OBJECT: _object,
    Action.UPHOLD: _uphold,
}
"""Acts that do more than move."""
