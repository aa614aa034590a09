"""`/divisions`: the administrative divisions by name or code as of a day, one by one, and who is right about them."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.division_facts import PAGE, below, division_facts, find, place_facts
from catalog.territory import desk
from schemas.access import Tier
from schemas.dataset import Json
from schemas.division import Division
from schemas.division_search import Sought, look_up
from schemas.divisions import normalise
from schemas.errors import BadAsk
from schemas.journey import SHANGHAI

router = APIRouter(prefix="/api/v1", tags=["governance"])


class OneQuery(Plain):
    """On which day."""

    at: date | None = Field(None, description="As of this day, e.g. 2018-12-30; without it today")


class BelowQuery(OneQuery):
    """Which page of those right below."""

    start: int = Field(
        0, ge=0, le=10_000_000, description="Number of divisions to leave out: `next` of the page before"
    )
    limit: int = Field(PAGE, ge=1, le=500, description="Divisions of one page")


class ListQuery(BelowQuery):
    """What to look for."""

    q: str = Field(
        "", max_length=60, description="Words of a name, or the beginning of a code; without it the provinces"
    )
    within: str = Field("", max_length=15, description="Only within this division")
    tier: int | None = Field(None, ge=1, le=6, description="Only of this tier, 1 province to 6 grid")


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]
OneWanted = Annotated[OneQuery, Depends(asked(OneQuery))]
BelowWanted = Annotated[BelowQuery, Depends(asked(BelowQuery))]


@router.get("/divisions", openapi_extra=documented(ListQuery), summary="Divisions by name or code")
def list_divisions(call: TheCall, query: ListWanted) -> Json:
    """Those in force on the day, the very name first, then larger ones; `next` is the `start` of the next page."""
    tree, at = call.desk.shelf.tree(), query.at or call.now.astimezone(SHANGHAI).date()
    if not (query.q or query.within or query.tier):
        found = below(tree, "", at)
    else:
        tier = Tier(query.tier) if query.tier else None
        found = look_up(tree, Sought(query.q, _within(query.within), tier, at))
    return _page(call, query, found, at)


@router.get("/divisions/authorities", **PLAIN, summary="Who is right about divisions")
def list_authorities(call: TheCall) -> Json:
    """The source that wins for each kind of fact, and the yearly tables that were imported."""
    named, years = desk.authorities(call.desk.shelf), desk.years(call.desk.shelf)
    return {
        "authorities": [
            {"fact": one.fact.value, "source": one.source, "basis": one.basis, "since": one.at and one.at.isoformat()}
            for one in named.values()
        ],
        "years": [
            {
                "year": one.year,
                "source": one.source,
                "read": one.read,
                "added": one.added,
                "renamed": one.renamed,
                "moved": one.moved,
                "ended": one.ended,
                "at": one.at.astimezone(SHANGHAI).isoformat(),
            }
            for one in years
        ],
    }


@router.get("/divisions/{code}", openapi_extra=documented(OneQuery), summary="One division")
def show_division(code: str, call: TheCall, query: OneWanted) -> Json:
    """What it is on the day, its names over time, what it became and came from, and on whose land a zone lies."""
    return division_facts(call.desk.shelf, code, call.lang, query.at or call.now.astimezone(SHANGHAI).date())


@router.get("/divisions/{code}/children", openapi_extra=documented(BelowQuery), summary="Divisions right below one")
def list_children(code: str, call: TheCall, query: BelowWanted) -> Json:
    """By code; `next` is the `start` of the next page, or null."""
    tree, at = call.desk.shelf.tree(), query.at or call.now.astimezone(SHANGHAI).date()
    _, full = find(tree, code, at)
    return _page(call, query, below(tree, full, at), at)


def _page(call: Call, query: BelowQuery, found: tuple[Division, ...], at: date) -> Json:
    tree, end = call.desk.shelf.tree(), query.start + query.limit
    return {
        "divisions": [place_facts(tree, one, call.lang, at) for one in found[query.start : end]],
        "found": len(found),
        "at": at.isoformat(),
        "next": end if end < len(found) else None,
    }


def _within(code: str) -> str:
    try:
        return normalise(code) if code else ""
    except ValueError as wrong:
        raise BadAsk(f"parameter 'within': {wrong}") from wrong
