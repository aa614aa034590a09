"""What each act does to a request: pure in its effects, so that it is rehearsed before it is done under the lock."""

from collections.abc import Mapping
from dataclasses import replace

from catalog import datasets, organisations
from catalog.requests import deciding, routing
from catalog.requests.course import Act, Course, Hand, moved, needs_words
from catalog.requests.granting import fits, grant_for
from schemas.access import GrantState
from schemas.dataset import Sharing
from schemas.errors import BadInput
from schemas.journey import SHANGHAI
from schemas.request import Action, State, after
from schemas.request_check import defects
from schemas.request_reasons import DEFECTS
from schemas.request_want import LONGEST, Answer, Incomplete, Request


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
    if dataset.sharing is Sharing.UNCONDITIONAL and not hand.unsafe and fits(request, dataset):
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
    needs_words(answer)
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


ACTS: Mapping[Action, Act] = {
    Action.SAVE: _save,
    Action.SUBMIT: _submit,
    Action.ACCEPT: _accept,
    Action.RETURN: _return,
    Action.MATCH: _match,
    Action.CATALOGUE: _match,
    Action.ASSIGN: _assign,
    Action.NOT_HELD: _not_held,
    Action.APPROVE: deciding.approve,
    Action.OVERTURN: deciding.approve,
    Action.REFUSE: deciding.refuse,
    Action.SIGN: deciding.sign,
    Action.PROVISION: deciding.provision,
    Action.SUSPEND: deciding.of_grant(GrantState.SUSPENDED),
    Action.RESUME: deciding.of_grant(GrantState.ACTIVE),
    Action.REVOKE: deciding.of_grant(GrantState.REVOKED),
    Action.GIVE_BACK: deciding.of_grant(GrantState.REVOKED),
    Action.EXPIRE: deciding.of_grant(GrantState.EXPIRED),
    Action.OBJECT: deciding.dispute,
    Action.UPHOLD: deciding.uphold,
}
"""Acts that do more than move."""
