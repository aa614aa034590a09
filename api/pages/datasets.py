"""`/` and `/datasets`: the catalogue as a list with a search box and facets; only what the visitor may know of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import Desk, TheDesk
from api.found import FACETS, Filters, Listing, listing
from api.language import pick
from api.measured import overall, percent
from api.page import link, render, when
from api.pages.dataset import cycle
from api.visitor import TheVisitor, Visitor
from api.words import say
from catalog.newest import Newest
from catalog.search import Hit
from schemas.dataset import Dataset, Json
from schemas.due import overdue

router = APIRouter(include_in_schema=False)
PAGE = 20
SHORT = 120
"""Characters of a description in the list."""


@router.get("/")
def home(request: Request, visitor: TheVisitor) -> Response:
    """The catalogue is the home."""
    lang = request.query_params.get("lang")
    return RedirectResponse("/datasets" + (f"?lang={visitor.lang}" if lang else ""), 303)


@router.get("/datasets")
def show_datasets(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """A page of hits, twenty at a time, and the facets with counts."""
    query = request.query_params
    text = query.get("q", "").strip()[:200]
    filters = Filters(*(query.get(name, "")[:64] for name in FACETS))
    found = listing(desk.shelf, visitor.subject, text, filters)
    first = _number(query.get("from", "")) * PAGE
    more = first + PAGE < len(found.hits)
    following = {"q": text, **asdict(filters), "from": first // PAGE + 1}
    return render(
        request,
        visitor,
        "datasets.html",
        q=text,
        kept={name: value for name, value in asdict(filters).items() if value},
        total=len(found.hits),
        hits=_cards(desk, visitor, found.hits[first : first + PAGE], matched=bool(text)),
        facets_shown=list(_facets(found, visitor, text, filters)),
        next_page=link(visitor.lang, "/datasets", **following) if more else "",
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _cards(desk: Desk, visitor: Visitor, hits: Sequence[Hit], *, matched: bool) -> list[Mapping[str, Json]]:
    newest = desk.shelf.newest()
    late = {hit.dataset.key for hit in hits if _late(hit.dataset, newest, visitor.now)}
    return [_card(desk, visitor, hit, matched=matched) | {"overdue": hit.dataset.key in late} for hit in hits]


def _late(dataset: Dataset, newest: Mapping[str, Newest], now: datetime) -> bool:
    found = newest.get(dataset.key)
    return overdue(dataset, found.came if found else None, now)


def _card(desk: Desk, visitor: Visitor, hit: Hit, *, matched: bool) -> dict[str, Json]:
    dataset, lang = hit.dataset, visitor.lang
    description = pick(lang, dataset.description, dataset.description_en)
    good = next((v for v in desk.shelf.versions(dataset.key) if v.state == "published"), None)
    return {
        "key": dataset.key,
        "title": pick(lang, dataset.title, dataset.title_en),
        "description": description if len(description) <= SHORT else description[:SHORT] + "…",
        "owner": dataset.owner_name,
        "sharing": dataset.sharing.value,
        "cycle": cycle(dataset.update_cycle, lang),
        "version": f"v{good.number} · {when(good.published_at)}" if good else say(lang, "not_yet"),
        "score": percent(overall(good.scores)) if good and good.scores else "",
        "matched": [_field_title(dataset, name, lang) for name in hit.fields] if matched else [],
    }


def _field_title(dataset: Dataset, name: str, lang: str) -> str:
    one = dataset.field(name)
    return pick(lang, one.title, one.title_en)


def _facets(found: Listing, visitor: Visitor, text: str, filters: Filters) -> Iterator[Mapping[str, Json]]:
    told = asdict(filters)
    for name in FACETS:
        values = []
        for value, count in found.facets[name]:
            chosen = told[name] == value
            other = asdict(replace(filters, **{name: "" if chosen else value}))
            title = _facet_title(found, visitor.lang, name, value)
            values.append(
                {
                    "title": title,
                    "count": count,
                    "chosen": chosen,
                    "href": link(visitor.lang, "/datasets", q=text, **other),
                }
            )
        yield {"name": name, "values": values}


def _facet_title(found: Listing, lang: str, name: str, value: str) -> str:
    return found.departments.get(value, value) if name == "department" else say(lang, f"{name}_{value}")
