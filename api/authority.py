"""`/elements/{id}/authority` and `/authority`: who is right about a data element, proposed and decided."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.asked import asked, documented
from api.authority_facts import known_number, known_verb, source_facts
from api.caller import TheCall
from api.catalogue import PLAIN, Plain
from api.element_facts import the_element
from catalog.collection import registry
from catalog.collection.registry import Decided, Shown
from catalog.collection.sources import LONGEST
from schemas.authority_source import Source, Standing
from schemas.dataset import Json

router = APIRouter(prefix="/api/v1", tags=["collected once"])
Words = Annotated[str, StringConstraints(max_length=LONGEST)]
Code = Annotated[str, StringConstraints(max_length=128)]


class Proposal(BaseModel):
    """Who is to be right, where and since when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject_kind: Code = Told("", description="`person`, `enterprise`, or empty for things and places")
    division: Code = Told(description="The area: this division and all below it")
    organisation: Code = Told("", description="Credit code of the source; your own when left out")
    dataset: Code = Told("", description="Key of the source's dataset, where there is one")
    basis: Words = Told(description="Law, regulation or list of duties, as a citation")
    since: date
    until: date | None = Told(None, description="First day on which it is no more")


class Decision(BaseModel):
    """What is said with a decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: Words = Told("", description="The reason; needed to refuse and to end")
    until: date | None = Told(None, description="Of `end`: first day on which it is no more; today when left out")


class RegistryQuery(Plain):
    """Which entries."""

    standing: Standing | None = Told(None, description="Only with this standing")


RegistryWanted = Annotated[RegistryQuery, Depends(asked(RegistryQuery))]


@router.get("/elements/{id}/authority", **PLAIN, summary="Who is right about a data element")
def list_authority(id: str, call: TheCall) -> Json:
    """Its entries in the authority registry 一数一源; of a dataset that you may not know of only that there is one."""
    element = the_element(id)
    found = registry.entries(call.desk.shelf, call.subject, element.id)
    return {
        "element": element.id,
        "sources": [source_facts(one, call.desk, call.now) for one in registry.told_once(found)],
    }


@router.post("/elements/{id}/authority", **PLAIN, summary="Propose who is right", status_code=201)
def propose_authority(id: str, call: TheCall, told: Proposal) -> Json:
    """By a government organisation; it counts once the data administration has decided so. On record."""
    source = Source(
        element=the_element(id).id,
        subject_kind=told.subject_kind,
        division=told.division,
        organisation=told.organisation or call.subject.organisation,
        basis=told.basis,
        since=told.since,
        until=told.until,
        dataset=told.dataset,
    )
    entered = registry.propose(call.desk.shelf, call.subject, source, call.now)
    return source_facts(Shown(entered, hidden=False), call.desk, call.now)


@router.get("/authority", openapi_extra=documented(RegistryQuery), summary="The authority registry")
def list_registry(call: TheCall, query: RegistryWanted) -> Json:
    """Every entry that you may know of, by element; `standing=proposed` are those that wait for a decision."""
    standing = (query.standing,) if query.standing else tuple(Standing)
    found = registry.entries(call.desk.shelf, call.subject, standing=standing)
    return {"sources": [source_facts(one, call.desk, call.now) for one in registry.told_once(found)]}


@router.post("/authority/{number}/{verb}", **PLAIN, summary="Decide on an entry")
def decide_authority(number: str, verb: str, call: TheCall, told: Decision | None = None) -> Json:
    """`approve`, `refuse` or `end`, by an authority reviewer of the area. On record before it counts."""
    words = told or Decision(said="", until=None)
    decided = Decided(known_verb(verb), words.said, words.until)
    moved = registry.decide(call.desk.shelf, call.subject, known_number(number), decided, call.now)
    return source_facts(Shown(moved, hidden=False), call.desk, call.now)
