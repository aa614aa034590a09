"""`/entries`: the catalogue's entries, their way from a draft to publication, and what an official may do with them."""

import json
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.entry_facts import entry_facts, version_facts
from api.seal import CURSOR_LIFE
from catalog.entries import desk
from catalog.entries.book import Wanted
from catalog.entries.desk import Doing, Seen
from catalog.entries.secrets import on_record
from schemas.dataset import Json
from schemas.entry import Entry
from schemas.entry_json import read_entry
from schemas.entry_life import LONGEST, Act, Action, State
from schemas.errors import BadAsk, SecretData, Unknown

router = APIRouter(prefix="/api/v1", tags=["governance"])
DIGITS = 15
"""Of an entry's number, at most."""
ACTS = tuple(one for one in Action if one not in (Action.EDIT, Action.REPLACE))


class ListQuery(Plain):
    """Which entries."""

    q: str = Field("", max_length=100, description="Letters of a title, or a whole code")
    state: State | None = Field(None, description="Only versions in this state")
    mine: Literal["0", "1"] = Field("0", description="1: only those that you work on")
    limit: int = Field(50, ge=1, le=200, description="Versions of one page")
    cursor: str = Field("", description="Where the next page starts: `next` of the page before")


class Said(BaseModel):
    """What is said with an act."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(
        0, ge=0, le=2**31 - 1, description="Which version; 0: the one on its way, else the one in force"
    )
    said: str = Field("", max_length=LONGEST, description="Why; needed to return, change, announce or keep")
    ends: date | None = Field(None, description="Of announce: the day from which it is in force no more")
    seen: int = Field(
        0, ge=0, le=2**31 - 1, description="`steps` as you saw it: refused where it has moved since; 0: any"
    )


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]
EntryBody = Annotated[dict[str, Any], Body(description="The words of an entry, as `entry` shows them, and `secret`")]


@router.get("/entries", openapi_extra=documented(ListQuery), summary="Catalogue entries that you may know of")
def list_entries(call: TheCall, query: ListWanted) -> Json:
    """Newest first, with how many there are in each state; `next` is the cursor of the next page."""
    told = query.model_dump(mode="json", exclude={"cursor", "limit", "lang"})
    bound = {"by": [call.subject.system, call.subject.organisation, call.subject.person], "ask": told}
    before = query.cursor and call.desk.seal.open(query.cursor, purpose="entries", bound=bound, now=call.now)
    wanted = Wanted((query.state,) if query.state else (), query.q, int(before) if before else None, query.limit + 1)
    shelf, working = call.desk.shelf, query.mine == "1"
    found = desk.listed(shelf, call.subject, wanted, call.now, working=working)
    page, last = found[: query.limit], found[query.limit - 1].id if len(found) > query.limit else 0
    following = call.desk.seal.close(last, purpose="entries", bound=bound, until=call.now + CURSOR_LIFE)
    return {
        "entries": [version_facts(one, call.lang) for one in page],
        "counts": {
            state.value: count for state, count in desk.counts(shelf, call.subject, call.now, working=working).items()
        },
        "next": following if last else None,
    }


@router.post("/entries", status_code=201, **PLAIN, summary="Begin an entry")
def create_entry(call: TheCall, told: EntryBody) -> Json:
    """A draft of your own organisation's, or of a department whose data administration yours is; no secrets."""
    made = desk.create(call.desk.shelf, call.subject, entry_of(call, told), call.now)
    return show_entry(str(made.id), call)


@router.get("/entries/{number}", **PLAIN, summary="One entry")
def show_entry(number: str, call: TheCall) -> Json:
    """The version in force, the one on its way with what the self-check finds, its clocks and its history."""
    return entry_facts(call.desk.shelf, find(call, number), call.lang, call.now)


@router.put("/entries/{number}", **PLAIN, summary="Other words for the version on its way")
def edit_entry(number: str, call: TheCall, told: EntryBody) -> Json:
    """The whole entry; whose it is stays as it is. A version that was checked is a draft again."""
    seen, entry = find(call, number), entry_of(call, told)
    desk.edit(Doing(call.desk.shelf, call.subject, Act(Action.EDIT), call.now), seen, entry)
    return show_entry(number, call)


@router.post("/entries/{number}/{action}", **PLAIN, summary="Move an entry")
def move_entry(number: str, action: str, call: TheCall, told: Said | None = None) -> Json:
    """By one of `check submit recall approve return publish change announce keep retire discard`."""
    said, seen = told or Said(version=0, said="", ends=None, seen=0), find(call, number)
    act = Act(known_action(action), said.version or standing(seen), said.said, said.ends, said.seen)
    desk.act(Doing(call.desk.shelf, call.subject, act, call.now), seen)
    return show_entry(number, call)


def find(call: Call, number: str) -> Seen:
    """The entry; the same Unknown for one that is not there, one of others, and what is no number."""
    return desk.find(call.desk.shelf, call.subject, numbered(number), call.now)


def numbered(text: str) -> int:
    """The number of an entry."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise Unknown(desk.NO_ENTRY)
    return int(text)


def standing(seen: Seen) -> int:
    """Number of the version that is meant where none is named."""
    return (seen.coming or seen.shown).number


def known_action(text: str) -> Action:
    """An act of an official; BadAsk lists them."""
    if text not in ACTS:
        raise BadAsk(f"action: found {text[:40]!r}, expected one of {', '.join(ACTS)}")
    return Action(text)


def entry_of(call: Call, told: object) -> Entry:
    """The entry that was sent; one that is marked secret goes on record without any of its words, and nowhere else."""
    try:
        return read_entry(json.loads(json.dumps(told)))
    except SecretData:
        on_record(call.desk.shelf, call.subject, call.now)
        raise
