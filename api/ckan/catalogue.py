"""Actions on the catalogue: what there is for this caller, as packages, resources and organisations."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from pydantic import Field, field_validator

from api.caller import Call
from api.ckan.asking import Loose, TheActionCall, listed, told
from api.ckan.downloads import links
from api.ckan.envelope import done
from api.ckan.naming import key_of, name_of
from api.ckan.packages import facets, organisation, package, resource
from api.sight import find
from catalog.search import Found, Wanted
from schemas.dataset import Json
from schemas.errors import BadAsk, Unknown

FACETS = {
    "organization": "department",
    "tags": "topic",
    "sharing_class": "sharing",
    "tier": "tier",
    "update_cycle": "cycle",
    "quality": "quality",
}
"""CKAN's name of a facet -> ours."""
PART = re.compile(r'[^\s"]*"[^"]*"\S*|\S+')
"""What blanks part, but for those between quotes."""
CLAUSE = re.compile(r'\+?(?P<name>\w+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"()]+))')
ORDERS = ("", "score desc", "score desc, metadata_modified desc", "relevance asc", "name asc")
"""Best match first, as ours, and without words by key: the same."""
EVERYTHING = ("*:*", "*")


class Page(Loose):
    """Which part of a list."""

    limit: int | None = Field(None, ge=0, description="Names at most; all when left out")
    offset: int = Field(0, ge=0, description="Names before them")


class Of(Loose):
    """One thing by its id or name."""

    id: str = Field(max_length=200, description="Id or name")


class Find(Loose):
    """What `package_search` may be asked."""

    q: str = Field("", max_length=200, description="Words in titles, departments and fields; *:* for everything")
    fq: str = Field("", max_length=500, description="Narrowed to name:value, names " + ", ".join(FACETS))
    rows: int = Field(10, ge=0, description="Packages of the page, 1000 at most")
    start: int = Field(0, ge=0, le=2**53, description="Packages before the page")
    sort: str = Field("", max_length=100, description="Best match first; nothing else is offered")
    facet_field: Json = Field(None, alias="facet.field", description="Facets to count: " + ", ".join(FACETS))
    facet_limit: int = Field(50, alias="facet.limit", ge=-1, description="Values of each facet at most; -1: all")
    include_private: bool = Field(True, description="Whoever may know of a dataset finds it, whatever stands here")

    _listed = field_validator("facet_field", mode="before")(listed)


class Organisations(Page):
    """What `organization_list` may be asked."""

    all_fields: bool = Field(False, description="Whole organisations in place of their names")


def status_show(call: TheActionCall, nothing: Annotated[Loose, Depends(told(Loose))]) -> Response:
    """What speaks here: the actions of CKAN 2.10 that readers use."""
    del nothing
    base = str(call.request.base_url)
    extensions = ["datastore"]
    return done(
        call.request,
        {"site_title": "一数 Yishu", "site_url": base, "ckan_version": "2.10", "extensions": extensions},
    )


def site_read(call: TheActionCall, nothing: Annotated[Loose, Depends(told(Loose))]) -> Response:
    """Whether the catalogue may be read: what is open, by anybody."""
    del nothing
    return done(call.request, True)


def package_list(call: TheActionCall, page: Annotated[Page, Depends(told(Page))]) -> Response:
    """Names of all datasets that the caller may know of, by name."""
    keys = _part(call.desk.shelf.catalogue.in_sight(call.subject), page)  # in the order of their names, too
    return done(call.request, [name_of(key) for key in keys])


def package_show(call: TheActionCall, wanted: Annotated[Of, Depends(told(Of))]) -> Response:
    """One dataset."""
    dataset = find(call.desk, call.subject, key_of(wanted.id))
    newest = call.desk.shelf.newest(dataset.key).get(dataset.key)
    return done(call.request, package(dataset, newest, links(call), call.lang))


def package_search(call: TheActionCall, wanted: Annotated[Find, Depends(told(Find))]) -> Response:
    """A page of datasets, best match first, with facets; what a caller may not know of is neither found nor counted."""
    if wanted.sort.lower() not in ORDERS:
        raise BadAsk(f"sort: found {wanted.sort[:40]!r}, expected one of {', '.join(map(repr, ORDERS))}")
    names = _facets(wanted)
    asked = _asked(wanted, names)
    found = call.desk.shelf.catalogue.search(asked, call.subject, call.now)
    newest = call.desk.shelf.newest_of([hit.dataset.key for hit in found.hits])
    told_facets = facets(found, {name: FACETS[name] for name in names})
    counted = {n: {one["name"]: one["count"] for one in told_facets[n]["items"]} for n in names}
    addresses = links(call)
    return done(
        call.request,
        {
            "count": found.total,
            "sort": wanted.sort or ORDERS[1],
            "results": [package(hit.dataset, newest.get(hit.dataset.key), addresses, call.lang) for hit in found.hits],
            "facets": counted,
            "search_facets": told_facets,
        },
    )


def _asked(wanted: Find, names: list[str]) -> Wanted:
    """As a search of ours; clients that know Solr narrow in `q` as well: `organization:credit`."""
    narrowed = wanted.q if wanted.q.startswith(tuple(f"{name}:" for name in FACETS)) else ""
    return Wanted(
        text="" if narrowed or wanted.q in EVERYTHING else wanted.q,
        filters=_filters(f"{wanted.fq} {narrowed}"),
        facets=tuple(FACETS[name] for name in names),
        start=wanted.start,
        limit=min(wanted.rows, 1000),
        values=None if wanted.facet_limit < 0 else wanted.facet_limit,
    )


def resource_show(call: TheActionCall, wanted: Annotated[Of, Depends(told(Of))]) -> Response:
    """The rows of one dataset, as a resource; Unknown where none are published."""
    dataset = find(call.desk, call.subject, key_of(wanted.id))
    if call.desk.shelf.latest(dataset.key) is None:
        raise Unknown("no resource of this id that you may know of")
    return done(call.request, resource(dataset, links(call), call.lang))


def organization_list(call: TheActionCall, wanted: Annotated[Organisations, Depends(told(Organisations))]) -> Response:
    """Departments that provide something that the caller may know of."""
    every = _everything(call)
    names = _part(sorted(every.departments), wanted)
    if not wanted.all_fields:
        return done(call.request, names)
    return done(call.request, [_organisation(every, name) for name in names])


def organization_show(call: TheActionCall, wanted: Annotated[Of, Depends(told(Of))]) -> Response:
    """One of them."""
    every = _everything(call)
    if wanted.id not in every.departments:
        raise Unknown("no organization of this name that you may know of; organization_list has those that there are")
    return done(call.request, _organisation(every, wanted.id))


def _everything(call: Call) -> Found:
    """Every department with how many datasets of it the caller may know of."""
    return call.desk.shelf.catalogue.search(
        Wanted(facets=("department",), limit=0, values=None), call.subject, call.now
    )


def _organisation(every: Found, name: str) -> dict[str, Json]:
    return organisation(name, every.departments[name], dict(every.facets["department"])[name])


def _part(names: Sequence[str], page: Page) -> Sequence[str]:
    return names[page.offset : None if page.limit is None else page.offset + page.limit]


def _facets(wanted: Find) -> list[str]:
    told_names = wanted.facet_field if isinstance(wanted.facet_field, list) else [wanted.facet_field or None]
    names = [name for name in told_names if name is not None]
    strange = [name for name in names if name not in tuple(FACETS)]  # what a body lists may be anything
    if strange:
        raise BadAsk(f"facet.field: found {str(strange[0])[:40]!r}, expected some of {', '.join(FACETS)}")
    return names


def _filters(fq: str) -> dict[str, str]:
    """`organization:credit +sharing_class:open` as filters of ours; BadAsk for anything else of Solr's grammar."""
    found: dict[str, str] = {}
    for part in (one for one in PART.findall(fq) if one != "AND"):
        one = CLAUSE.fullmatch(part)
        if one is None or one["name"] not in FACETS or FACETS[one["name"]] in found:
            raise BadAsk(f"fq: found {part[:40]!r}, expected name:value, each once, of {', '.join(FACETS)}")
        found[FACETS[one["name"]]] = one["value"] if one["quoted"] is None else one["quoted"]
    return found
