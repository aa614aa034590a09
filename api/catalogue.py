"""The catalogue over HTTP: datasets, versions, quality, lineage; only what the caller may know of."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from api.asked import Query, asked, documented
from api.caller import Call, TheCall
from api.figures import figure_headers, on_record
from api.found import FACETS, Filters, facet_facts, wanted
from api.measured import counted_for, finding_facts, overall
from api.seal import CURSOR_LIFE
from api.shown import dataset_facts, field_facts, merge_facts, snapshot_facts, timeliness
from api.sight import find
from api.wanted import AccessQuery, make_ask
from catalog.access import owns
from catalog.cards.drawer import Place
from catalog.newest import Newest
from catalog.search import Hit
from catalog.versions import Version
from schemas.access import Mode
from schemas.dataset import Dataset, Json, Sharing
from schemas.errors import BadAsk

router = APIRouter(prefix="/api/v1", tags=["catalogue"])
LISTED = 100
"""Versions that the list of versions shows."""


class Plain(Query):
    """A route without parameters but the language."""

    lang: Literal["zh-CN", "en"] | None = Field(None, description="Language of titles and messages")


class ListQuery(Plain):
    """What to list."""

    q: str = Field("", max_length=200, description="Words to look for in titles, departments and fields")
    department: str = Field("", description="Only of this department (first part of the key)")
    sharing: Sharing | None = Field(None, description="Only of this sharing class")
    tier: int | None = Field(None, ge=1, le=6, description="Only of providers of this tier, 1 province to 6 grid")
    topic: str = Field("", max_length=200, description="Only with this topic")
    cycle: str = Field("", max_length=32, description="Only with this update cycle, as an ISO 8601 duration")
    quality: Literal["", "good", "fair", "poor", "none"] = Field("", description="Only of this band of quality")
    mine: Literal["", "yes"] = Field("", description="`yes`: only what you may take today without asking anybody")
    facets: str = Field("", max_length=200, description="Facets to count, with commas: " + ", ".join(FACETS))
    limit: int = Field(50, ge=1, le=200, description="Datasets of one page")
    cursor: str = Field("", description="Where the next page starts: `next` of the page before")


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]
AccessWanted = Annotated[AccessQuery, Depends(asked(AccessQuery))]
PLAIN: Mapping[str, Any] = {"openapi_extra": documented(Plain), "dependencies": [Depends(asked(Plain))]}
"""What routes have that take no parameter but the language."""


@router.get("/datasets", openapi_extra=documented(ListQuery), summary="Datasets that you may know of")
def list_datasets(call: TheCall, query: ListWanted) -> Json:
    """A page of datasets, best match first; `next` is the cursor of the following page, or null.

    `relaxed` says that nothing holds all that was looked for: these hold some of it.
    """
    desk, subject = call.desk, call.subject
    told = query.model_dump(mode="json", exclude={"cursor", "limit", "lang", "facets"})
    bound = {"by": [subject.system, subject.organisation], "ask": told}
    after = Place(*desk.seal.open(query.cursor, purpose="list", bound=bound, now=call.now)) if query.cursor else None
    filters = Filters(**{name: str(told[name] or "") for name in FACETS})
    asked = wanted(query.q, filters, facets=_facets(query.facets), after=after, limit=query.limit)
    found = desk.shelf.catalogue.search(asked, subject, call.now)
    newest = desk.shelf.newest_of([hit.dataset.key for hit in found.hits])
    until = call.now + CURSOR_LIFE
    return {
        "datasets": [_listed(call, hit, newest.get(hit.dataset.key)) for hit in found.hits],
        "total": found.total,
        "relaxed": found.relaxed,
        "facets": facet_facts(found),
        "next": desk.seal.close(found.following, purpose="list", bound=bound, until=until) if found.following else None,
    }


def _facets(told: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in told.split(",") if name.strip()))
    strange = [name for name in names if name not in FACETS]
    if strange:
        raise BadAsk(f"facets: found {strange[0][:40]!r}, expected some of {', '.join(FACETS)}")
    return names


def _listed(call: Call, hit: Hit, newest: Newest | None) -> dict[str, Json]:
    shown = timeliness(hit.dataset, newest.came if newest else None, call.now)
    return dataset_facts(hit.dataset, call.lang) | shown | {"matched": list(hit.fields)}


@router.get("/datasets/{key}", **PLAIN, summary="One dataset and its fields")
def show_dataset(key: str, call: TheCall) -> Json:
    """What the contract promises, and the latest version."""
    dataset = find(call.desk, call.subject, key)
    latest = call.desk.shelf.latest(key)
    fields = [field_facts(one, call.lang) for one in dataset.fields]
    newest = call.desk.shelf.newest(key).get(key)
    shown = timeliness(dataset, newest.came if newest else None, call.now)
    facts = dataset_facts(dataset, call.lang) | shown
    return facts | {"fields": fields, "latest": snapshot_facts(latest) if latest else None}


@router.get("/datasets/{key}/versions", openapi_extra=documented(AccessQuery), summary="Its versions")
def list_versions(key: str, call: TheCall, query: AccessWanted) -> JSONResponse:
    """Published versions, newest first, so many as `LISTED`; an older one is still served by its number.

    Of a merge those who may take every row are told how many rows it kept, replaced and removed; that leaves a receipt.
    """
    dataset, shelf = find(call.desk, call.subject, key), call.desk.shelf
    every = [v.number for v in shelf.versions(key) if v.state == "published"]
    found = [shelf.version(key, number) for number in every[:LISTED]]
    merged = [one.version for one in found if one.merged]
    if merged:
        decision = shelf.decide(make_ask(query, call.subject, dataset, query.mode or Mode.BULK, call.now))
        if counted_for(decision, dataset):
            receipt = on_record(call.desk, decision, {"merged": merged})
            told = {"versions": [snapshot_facts(one) | merge_facts(one) for one in found]}
            return JSONResponse(told, headers=figure_headers(receipt, found[0].version))
    return JSONResponse({"versions": [snapshot_facts(one) for one in found]})


@router.get("/datasets/{key}/quality", openapi_extra=documented(AccessQuery), summary="How good it is, rule by rule")
def show_quality(key: str, call: TheCall, query: AccessWanted) -> JSONResponse:
    """Findings of the last check and scores by dimension; numbers of rows only for those who may take every row.

    Those leave a receipt, shares of rows do not.
    """
    dataset = find(call.desk, call.subject, key)
    decision = call.desk.shelf.decide(make_ask(query, call.subject, dataset, query.mode or Mode.BULK, call.now))
    last = next(iter(call.desk.shelf.versions(key)), None)
    if last is None or not counted_for(decision, dataset):
        return JSONResponse(_quality(call, dataset, last, counts=False))
    receipt = on_record(call.desk, decision, {"quality": last.number})
    return JSONResponse(_quality(call, dataset, last, counts=True), headers=figure_headers(receipt, last.number))


def _quality(call: Call, dataset: Dataset, last: Version | None, *, counts: bool) -> dict[str, Json]:
    owner = owns(call.subject, dataset)
    return {
        "version": last.number if last else None,
        "state": last.state if last else None,
        "scores": {name: round(value, 4 if counts else 3) for name, value in last.scores.items()} if last else {},
        "score": round(overall(last.scores), 3) if last else None,
        "findings": [finding_facts(one, counts=counts, owner=owner) for one in call.desk.shelf.findings(dataset.key)],
    }
