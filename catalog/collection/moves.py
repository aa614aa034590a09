"""What is done to a collection form that is designed: sent, decided, withdrawn; on record before it counts."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import duties
from catalog.clocks import clocks
from catalog.collection import forms, told
from catalog.collection.desk import Looked, find
from catalog.collection.registry import OWN_PROPOSAL, actor, government, within_area
from catalog.database import writing
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.collection import MOVES, Act, Choice, Form, FormItem, FormState, may
from schemas.collection_rules import LONGEST
from schemas.dataset import Json
from schemas.deadline import Event
from schemas.divisions import DivisionTree
from schemas.errors import BadInput, Refused, Unknown
from schemas.journey import SHANGHAI


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the data administration says of the exemptions of a form."""

    act: Act
    """`approve` or `refuse`."""
    said: str


@dataclass(frozen=True, slots=True)
class _Move:
    """What is done to a form, what it is then, and in which state."""

    act: Act
    form: Form
    state: FormState


def submit(shelf: Shelf, subject: Subject, number: str, now: datetime) -> Form:
    """Cleared where nothing blocks it any more, waiting where exemptions are asked for; BadInput lists what blocks."""
    seen = find(shelf, subject, number, now)
    _own(seen, subject)
    _possible(seen.form, Act.SUBMIT)
    if seen.blocked:
        raise BadInput(
            f"{', '.join(seen.blocked)}: collected already or with a source of its own; choose for each: reuse it, "
            "ask for an exemption, or say that only the name is alike"
        )
    counted = tuple(
        replace(one, hits=sum(hit.blocks for hit in some)) for one, some in zip(seen.form.items, seen.hits, strict=True)
    )
    asked = replace(seen.form, items=counted)
    return _move(
        shelf, subject, seen.form, _Move(Act.SUBMIT, asked, MOVES[FormState.DRAFT, Act.SUBMIT][asked.waits]), now
    )


def decide(shelf: Shelf, subject: Subject, number: str, ruling: Ruling, now: datetime) -> Form:
    """Approve or refuse the exemptions that a form asks for: an authority reviewer of its area who has not sent it."""
    act, said = ruling.act, ruling.said
    duties.require(subject, Role.AUTHORITY_REVIEWER)
    seen = find(shelf, subject, number, now)
    _possible(seen.form, act)
    within_area(subject, seen.form.division, shelf.tree())
    if not 0 < len(said.strip()) <= LONGEST:
        raise BadInput(f"said: expected the reasons of the decision in 1 to {LONGEST} characters")
    with shelf.engine.connect() as connection:
        sent = [step.actor for step in forms.history(connection, number) if step.act == Act.SUBMIT.value]
    if sent and sent[-1] == actor(subject):
        raise Refused(
            "who sent a form does not decide on it",
            code=OWN_PROPOSAL,
            gate=duties.GATE,
            following="another authority reviewer of the data administration decides it",
        )
    items = tuple(_decided(one, act) for one in seen.form.items)
    ruled = replace(seen.form, items=items, decided_by=subject.organisation, said=said.strip())
    return _move(shelf, subject, seen.form, _Move(act, ruled, MOVES[FormState.WAITING, act][0]), now)


def withdraw(shelf: Shelf, subject: Subject, number: str, now: datetime) -> Form:
    """Taken back by who designed it; it stands for nothing any more."""
    seen = find(shelf, subject, number, now)
    _own(seen, subject)
    _possible(seen.form, Act.WITHDRAW)
    return _move(shelf, subject, seen.form, _Move(Act.WITHDRAW, seen.form, FormState.WITHDRAWN), now)


def _move(shelf: Shelf, subject: Subject, before: Form, move: _Move, now: datetime) -> Form:
    """The receipt first, then the move; BadInput where the form was moved meanwhile."""
    body = _body(subject, move, now)
    receipt = shelf.ledger.record(body, now, shelf.randomness(16))
    with writing(shelf.engine) as connection:
        here = forms.get(connection, before.number, lock=True)
        if (here.state, here.items) != (before.state, before.items):
            raise BadInput(
                f"{before.number}: somebody changed this form meanwhile (it is {here.state.value}); look again"
            )
        moved = forms.put(connection, replace(move.form, state=move.state), now)
        forms.step(
            connection,
            moved,
            at=now,
            act=move.act.value,
            organisation=subject.organisation,
            actor=actor(subject),
            said=move.form.said if move.act in (Act.APPROVE, Act.REFUSE) else "",
            receipt=receipt.number,
        )
        _clock(connection, moved, shelf.tree(), now)
        return moved


def _clock(connection: Connection, form: Form, tree: DivisionTree, now: datetime) -> None:
    """What waits has a term, and who decides is told; what was decided is told to who asked."""
    if form.state is FormState.WAITING:
        thing = told.asked(connection, form, tree, now)
        clocks.start(connection, thing, Event.AUTHORITY_REVIEW, form.division, now)
    elif clocks.stop(connection, told.thing(form), Event.AUTHORITY_REVIEW, now) is not None:
        told.decided(connection, form, now)


def _own(seen: Looked, subject: Subject) -> None:
    government(subject)
    if not seen.mine:
        raise Unknown(forms.NO_FORM)


def _possible(form: Form, act: Act) -> None:
    if not may(form.state, act):
        possible = [one.value for state, one in MOVES if state is form.state]
        raise BadInput(
            f"{act.value}: {form.number} is {form.state.value}; possible now: {', '.join(possible) or 'nothing'}"
        )


def _decided(one: FormItem, act: Act) -> FormItem:
    """An exemption that was refused is chosen anew."""
    if one.choice is not Choice.EXEMPTION:
        return one
    return replace(one, approved=True) if act is Act.APPROVE else FormItem(one.item)


def _body(subject: Subject, move: _Move, now: datetime) -> dict[str, Json]:
    """Of a receipt: who did what with which form, and what was chosen for its items. Reasons in words stay outside."""
    form = move.form
    chosen = [
        {"item": one.item.name, "choice": one.choice.value, "dataset": one.dataset, "reason": one.reason}
        | ({"until": one.until.isoformat()} if one.until else {})
        for one in form.items
        if one.choice is not Choice.NONE
    ]
    return {
        "event": "collection_form",
        "act": move.act.value,
        "form": form.number,
        "state": move.state.value,
        "system": subject.system,
        "credential": subject.credential,
        "person": subject.person,
        "organisation": subject.organisation,
        "division": subject.division,
        "moment": now.astimezone(SHANGHAI).isoformat(),
        "area": form.division,
        "subject_kind": form.subject_kind,
        "items": len(form.items),
        "chosen": chosen,
    }
