"""`/collection/check` and `/forms`: the duplicate check 查重, and collection forms 采集表 from draft to decision."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.form_facts import form_facts, hit_facts, known_act, known_choice, known_form, looked_facts
from catalog.collection import desk, moves
from catalog.collection.check import Asked
from catalog.collection.moves import Ruling
from schemas.collection import REASONS, Act, Form, FormItem, Item
from schemas.collection_rules import LONGEST, LONGEST_NAME, MOST_ITEMS, sound
from schemas.dataset import Json

router = APIRouter(prefix="/api/v1", tags=["collected once"])
Words = Annotated[str, StringConstraints(max_length=LONGEST)]
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME)]
Code = Annotated[str, StringConstraints(max_length=128)]


class Line(BaseModel):
    """One item that is to be collected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Told(description="What it is called, as on the form")
    element: Code = Told("", description="Its data element: id, name or alias; left out: what the name means")
    type: Code = Told("string", description="Type, as in contracts")
    column: Code = Told("", description="Name of the field, where the form stands for a contract")


class ToCheck(BaseModel):
    """What is to be collected, of whom and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject_kind: Code = Told("", description="`person`, `enterprise`, or empty for things and places")
    division: Code = Told(description="Where it is to be collected")
    dataset: Code = Told(
        "", description="Key of the dataset for whose contract it stands; it is no repetition of itself"
    )
    items: list[Line] = Told(min_length=1, max_length=MOST_ITEMS)


class ToDesign(ToCheck):
    """A form."""

    title: Name
    basis: Words = Told(description="Legal basis of the collection, as a citation")


class Chosen(BaseModel):
    """What is done about one item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: int = Told(ge=1, le=MOST_ITEMS, description="Place of the item on the form, from 1")
    choice: Code = Told("", description="`reuse`, `exemption`, `different`; empty takes a choice back")
    dataset: Code = Told("", description="Of reuse: whose item is taken")
    reason: Code = Told("", description="Of an exemption: one of " + ", ".join(REASONS))
    said: Words = ""
    until: date | None = Told(None, description="Of an exemption: its last day")


class Choices(BaseModel):
    """Choices for several items: all of them are taken or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    choices: list[Chosen] = Told(min_length=1, max_length=MOST_ITEMS)


class Said(BaseModel):
    """Reasons of a decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: Words = ""


class FormsQuery(Plain):
    """Which forms."""

    limit: int = Told(50, ge=1, le=200, description="Forms of one page")
    before: str = Told("", max_length=32, description="Only forms before this number: the last of the page before")


FormsWanted = Annotated[FormsQuery, Depends(asked(FormsQuery))]


@router.post("/collection/check", **PLAIN, summary="The duplicate check")
def check_items(call: TheCall, told: ToCheck) -> Json:
    """Where each item has a source or is collected already; nothing is kept. For government organisations."""
    form = sound(_form(told, "check", "check"))
    items = tuple(one.item for one in form.items)
    found = desk.look(
        call.desk.shelf, call.subject, Asked(items, form.subject_kind, form.division, form.dataset), call.now
    )
    return {
        "items": [
            {
                "name": one.name,
                "blocked": any(hit.blocks for hit in hits),
                "hits": [hit_facts(h, call.lang) for h in hits],
            }
            for one, hits in zip(items, found, strict=True)
        ]
    }


@router.get("/forms", openapi_extra=documented(FormsQuery), summary="Collection forms")
def list_forms(call: TheCall, query: FormsWanted) -> Json:
    """Those of your organisation, newest first, and those that wait for you as a reviewer."""
    shelf = call.desk.shelf
    mine = desk.listed(shelf, call.subject, before=query.before, limit=query.limit)
    return {
        "forms": [form_facts(one) for one in mine],
        "waiting": [form_facts(one) for one in desk.waiting(shelf, call.subject)],
    }


@router.post("/forms", **PLAIN, summary="Design a collection form", status_code=201)
def design_form(call: TheCall, told: ToDesign) -> Json:
    """A draft, with what is found of each item."""
    made = desk.design(call.desk.shelf, call.subject, _form(told, told.title, told.basis), call.now)
    return _shown(call, made.number)


@router.get("/forms/{number}", **PLAIN, summary="One collection form")
def show_form(number: str, call: TheCall) -> Json:
    """Its items, what was found of each today, and what was chosen."""
    return _shown(call, known_form(number))


@router.put("/forms/{number}", **PLAIN, summary="Change a draft")
def change_form(number: str, call: TheCall, told: ToDesign) -> Json:
    """Items that stay keep what was chosen for them."""
    form = _form(told, told.title, told.basis)
    desk.change(call.desk.shelf, call.subject, known_form(number), form, call.now)
    return _shown(call, number)


@router.post("/forms/{number}/choices", **PLAIN, summary="Choose what is done about items")
def choose_items(number: str, call: TheCall, told: Choices) -> Json:
    """Reuse, ask for an exemption, or say that only the name is alike."""
    chosen = {
        one.place: FormItem(
            Item(""), known_choice(one.choice), dataset=one.dataset, reason=one.reason, said=one.said, until=one.until
        )
        for one in told.choices
    }
    desk.choose(call.desk.shelf, call.subject, known_form(number), chosen, call.now)
    return _shown(call, number)


@router.post("/forms/{number}/{act}", **PLAIN, summary="Submit, withdraw, approve or refuse a form")
def move_form(number: str, act: str, call: TheCall, told: Said | None = None) -> Json:
    """`submit` and `withdraw` by who designs it, `approve` and `refuse` by the data administration; on record first."""
    done(call, known_act(act), known_form(number), told.said if told else "")
    return _shown(call, number)


def done(call: Call, act: Act, number: str, said: str) -> Form:
    """The form after an act."""
    shelf, subject = call.desk.shelf, call.subject
    if act is Act.SUBMIT:
        return moves.submit(shelf, subject, number, call.now)
    if act is Act.WITHDRAW:
        return moves.withdraw(shelf, subject, number, call.now)
    return moves.decide(shelf, subject, number, Ruling(act, said), call.now)


def _form(told: ToCheck, title: str, basis: str) -> Form:
    lines = (Item(one.name, one.element, one.type, one.column) for one in told.items)
    return Form(
        title=title,
        basis=basis,
        subject_kind=told.subject_kind,
        division=told.division,
        items=tuple(FormItem(one) for one in lines),
        dataset=told.dataset,
    )


def _shown(call: Call, number: str) -> Json:
    return looked_facts(desk.find(call.desk.shelf, call.subject, number, call.now), call.lang)
